//! Prompting, and what goes wrong with it.

use std::num::NonZeroU32;

use axum::http::StatusCode;
use parlor_application::{
    paging::PageSize,
    ports::{ModelError, ModelEvent},
};
use parlor_domain::{grants::Level, ids::ConversationId, message::AnswerStatus};

use crate::{
    conversation::{leaf, page_with, path, prompt, settled},
    support::World,
};

#[tokio::test]
async fn a_prompt_is_answered_on_the_page_that_it_leads_to() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let said = world.says.live();
    let answer = prompt(&alice, id, "root", "who **was** it?\r\n").await;
    let there = path(id, &format!("?leaf={answer}"));
    let page = alice.get(&there).await;
    assert!(page.text.contains("<strong>was</strong>"), "{}", page.text);
    assert!(page.words().contains("is being written"));
    assert!(page.text.contains(&format!("/messages/{answer}/stop\"")));
    assert!(!page.text.contains("/regenerate\""));
    said.send("It was `mallory`.".to_owned()).unwrap();
    drop(said);
    let page = settled(&alice, &there).await;
    assert!(page.words().contains("The echo"), "{}", page.words());
    assert!(page.text.contains(">mallory</code>"));
    assert!(page.text.contains("/regenerate\""));
}

#[tokio::test]
async fn what_the_model_could_not_write_is_told_in_words() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    world.says.fails();
    prompt(&alice, id, "root", "who was it?").await;
    let page = page_with(&alice, &path(id, ""), "The answer broke off.").await;
    assert!(
        page.words().contains("Hel The answer broke off."),
        "{}",
        page.words()
    );
}

#[tokio::test]
async fn an_answer_that_failed_or_was_cut_says_why_and_what_helps_in_both_languages() {
    let world = World::new().await;
    let mut alice = world.browser("alice").await;
    let mut told = Vec::new();
    for status in AnswerStatus::all() {
        let events = match status {
            AnswerStatus::Failed(failure) => vec![Err(ModelError::Refused {
                failure,
                status: 500,
                code: None,
            })],
            AnswerStatus::Incomplete(reason) => vec![
                Ok(ModelEvent::Text("Hel".to_owned())),
                Ok(ModelEvent::Finished {
                    cut: Some(reason),
                    usage: None,
                }),
            ],
            AnswerStatus::Writing | AnswerStatus::Complete | AnswerStatus::Stopped => continue,
        };
        let id = world.conversation("alice", "Odd logins").await;
        world.says.events(events);
        prompt(&alice, id, "root", "who was it?").await;
        for language in ["en", "ko"] {
            alice.languages = language;
            let page = settled(&alice, &path(id, "")).await;
            let state = page.text.split("message-state failed").nth(1);
            let state = state.unwrap_or_else(|| panic!("{status:?}: {}", page.text));
            let (notice, _) = state.split_once("</p>").unwrap();
            let notice = notice.rsplit('>').next().unwrap().to_owned();
            let hangul = |character: char| ('\u{AC00}'..='\u{D7A3}').contains(&character);
            assert_eq!(notice.contains(hangul), language == "ko", "{notice}");
            assert!(!told.contains(&notice), "{status:?}: {notice}");
            told.push(notice);
        }
    }
    assert_eq!(told.len(), 2 * (2 + 9));
}

#[tokio::test]
async fn what_the_model_thought_is_folded_and_plain_text() {
    let world = World::new().await;
    let alice = world.browser("alice").await;
    let id = world.conversation("alice", "Odd logins").await;
    world.says.events(vec![
        Ok(ModelEvent::Reasoning(
            "**First**, <b>the</b> logs".to_owned(),
        )),
        Ok(ModelEvent::Text("Mallory.".to_owned())),
        Ok(ModelEvent::Finished {
            cut: None,
            usage: None,
        }),
    ]);
    prompt(&alice, id, "root", "who was it?").await;
    let page = settled(&alice, &path(id, "")).await;
    assert!(
        page.text
            .contains("<details class=\"reasoning\" data-reasoning>")
    );
    assert!(
        page.text.contains("**First**, &lt;b&gt;the&lt;/b&gt; logs"),
        "{}",
        page.text
    );
    assert!(page.words().contains("Reasoning"));
}

#[tokio::test]
async fn an_answer_says_how_many_messages_its_model_was_not_sent() {
    let world = World::new().await;
    let mut alice = world.browser("alice").await;
    let id = world.conversation("alice", "Odd logins").await;
    prompt(&alice, id, "root", "who was it?").await;
    let page = settled(&alice, &path(id, "")).await;
    assert!(!page.text.contains("data-left-out"), "{}", page.text);
    let answer = page.text.rsplit("data-message=\"").next().unwrap();
    let answer = answer.split('"').next().unwrap().to_owned();
    world.says.events(vec![
        Ok(ModelEvent::LeftOut { turns: 2 }),
        Ok(ModelEvent::Text("Mallory.".to_owned())),
        Ok(ModelEvent::Finished {
            cut: None,
            usage: None,
        }),
    ]);
    prompt(&alice, id, &answer, "and then?").await;
    for (language, notice) in [
        (
            "en",
            "The oldest 2 messages were left out, because the conversation is longer than what this model can read.",
        ),
        (
            "ko",
            "대화가 이 모델이 읽을 수 있는 길이보다 길어서 가장 오래된 메시지 2개를 제외했습니다.",
        ),
    ] {
        alice.languages = language;
        let page = settled(&alice, &path(id, "")).await;
        assert_eq!(page.words().matches(notice).count(), 1, "{}", page.words());
    }
}

#[tokio::test]
async fn the_model_that_was_chosen_stays_chosen_in_its_branch() {
    let world = World::new().await;
    let alice = world.browser("alice").await;
    let id = world.conversation("alice", "Odd logins").await;
    let fields = [("content", "who?"), ("parent", "root"), ("model", "parrot")];
    alice.post(&path(id, "/messages"), &fields).await;
    let page = settled(&alice, &path(id, "")).await;
    let chosen = "<option value=\"parrot\" selected>";
    assert!(page.text.contains(chosen), "{}", page.text);
    let messages: Vec<_> = page
        .text
        .split("data-message=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let edit = alice
        .get(&path(id, &format!("/messages/{}/edit", messages[0])))
        .await;
    assert!(edit.text.contains(chosen), "{}", edit.text);

    let again = path(id, &format!("/messages/{}/regenerate", messages[1]));
    alice.post(&again, &[]).await;
    let page = settled(&alice, &path(id, "")).await;
    assert!(page.text.contains("<bdi>The parrot</bdi>"), "{}", page.text);
    assert!(!page.text.contains("<bdi>The echo</bdi>"));
}

#[tokio::test]
async fn a_prompt_that_does_not_go_is_not_lost() {
    let world =
        World::with(|settings| settings.prompts_per_minute = NonZeroU32::new(2).unwrap()).await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let send = async |content: &str, parent: &str| {
        let fields = [("content", content), ("parent", parent)];
        alice.post(&path(id, "/messages"), &fields).await
    };
    let long = "<&x>".repeat(30_000);
    let refused = send(&long, "root").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused
            .words()
            .contains("A prompt has at most 100,000 characters.")
    );
    assert_eq!(refused.text.matches("&lt;&amp;x&gt;").count(), 30_000);

    let said = world.says.live();
    let answer = prompt(&alice, id, "root", "who was it?").await;
    let refused = send("and <when>?", &answer.to_string()).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.words().contains("still being written"),
        "{}",
        refused.words()
    );
    assert!(refused.text.contains(">and &lt;when&gt;?</textarea>"));
    let parent = format!("name=\"parent\" value=\"{answer}\"");
    assert!(refused.text.contains(&parent), "it goes where it was to go");
    drop(said);

    let refused = send("and how?", "root").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.words().contains("You may prompt 2 times a minute."));
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    assert!(refused.text.contains(">and how?</textarea>"));

    let part = alice
        .post_part(&path(id, "/messages"), "conversation", &[("content", "x")])
        .await;
    assert_eq!(part.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(
        part.text.starts_with("<div class=\"notice danger\""),
        "{}",
        part.text
    );
}

#[tokio::test]
async fn a_prompt_of_who_may_no_longer_prompt_is_not_lost_either() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let bob = world.browser("bob").await;
    let fields = [("content", "my text"), ("parent", "root")];
    let refused = bob.post(&path(id, "/messages"), &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(
        refused.text.contains("readonly>my text</textarea>"),
        "{}",
        refused.text
    );
    assert!(refused.words().contains("It belongs to Alice of Acme."));
}

/// How many messages the conversation has.
async fn messages(world: &World, id: ConversationId) -> usize {
    let caller = world.caller("alice").await;
    let tree = &world.application.read_tree;
    let page = tree.execute(&caller, id, 0, PageSize::DEFAULT).await;
    page.unwrap().items.len()
}

#[tokio::test]
async fn a_form_that_is_sent_twice_does_its_work_once() {
    const KEY: &str = "0123456789abcdef0123456789abcdef";
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let said = world.says.live();
    let fields = [("content", "who was it?"), ("parent", "root"), ("key", KEY)];
    let mut places = Vec::new();
    // While the answer is being written, and after that.
    for _ in 0..2 {
        let sent = alice.post(&path(id, "/messages"), &fields).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        places.push(leaf(&sent));
    }
    drop(said);
    settled(&alice, &path(id, "")).await;
    let sent = alice.post(&path(id, "/messages"), &fields).await;
    places.push(leaf(&sent));
    let answer = places[0];
    assert_eq!(places, [answer; 3]);
    assert_eq!(messages(&world, id).await, 2);

    // The same key with another text.
    let fields = [("content", "and <when>?"), ("parent", "root"), ("key", KEY)];
    let refused = alice.post(&path(id, "/messages"), &fields).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text.contains(">and &lt;when&gt;?</textarea>"));
    assert_ne!(refused.value_of("key").unwrap(), KEY);

    for _ in 0..2 {
        let again = path(id, &format!("/messages/{answer}/regenerate"));
        let sent = alice.post(&again, &[("key", KEY)]).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        settled(&alice, &path(id, "")).await;
    }
    assert_eq!(messages(&world, id).await, 3);

    let mut copies = Vec::new();
    for _ in 0..2 {
        let forked = alice.post(&path(id, "/fork"), &[("key", KEY)]).await;
        copies.push(forked.header("location").to_owned());
    }
    assert_eq!(copies[0], copies[1]);

    let mut created = Vec::new();
    for _ in 0..2 {
        let fields = [("content", "a new one"), ("key", KEY)];
        let answer = alice.post("/conversations", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        created.push(answer.header("location").to_owned());
    }
    assert_eq!(created[0], created[1]);
}

#[tokio::test]
async fn a_script_is_told_which_answer_began_and_the_page_of_others_names_no_branch() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let fields = [("content", "who was it?"), ("parent", "root")];
    let there = path(id, "/messages");
    let sent = alice.post_part(&there, "conversation", &fields).await;
    assert_eq!(sent.status, StatusCode::OK);
    assert!(sent.text.starts_with("<p data-stored=\""), "{}", sent.text);
    settled(&alice, &path(id, "")).await;
    let (_, rest) = sent.text.split_once('"').unwrap();
    let answer = rest.split('"').next().unwrap();
    let next = prompt(&alice, id, answer, "and when?").await;
    settled(&alice, &path(id, "")).await;
    let fields = [("content", "and how?"), ("parent", answer)];
    let branch = alice.post(&path(id, "/messages"), &fields).await;
    let begun = leaf(&branch);
    let there = path(id, &format!("?at={begun}#m-{begun}"));
    assert_eq!(branch.header("location"), there);
    assert_ne!(begun, next);
}
