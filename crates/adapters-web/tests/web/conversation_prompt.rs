//! Prompting, and what goes wrong with it.

use std::num::NonZeroU32;

use axum::http::StatusCode;
use parlor_domain::grants::Level;

use crate::{
    conversation::{page_with, path, prompt, settled},
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
    let page = page_with(&alice, &path(id, ""), "The model failed.").await;
    assert!(
        page.words().contains("Hel The model failed."),
        "{}",
        page.words()
    );
}

#[tokio::test]
async fn a_prompt_that_does_not_go_is_not_lost() {
    let world = World::limited(NonZeroU32::new(2).unwrap()).await;
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
    assert_eq!(refused.text.matches("&#60;&#38;x&#62;").count(), 30_000);

    let said = world.says.live();
    let answer = prompt(&alice, id, "root", "who was it?").await;
    let refused = send("and <when>?", &answer.to_string()).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.words().contains("still being written"),
        "{}",
        refused.words()
    );
    assert!(refused.text.contains(">and &#60;when&#62;?</textarea>"));
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
