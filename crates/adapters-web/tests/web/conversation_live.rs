//! What happens in a conversation, as pieces of its page.

use std::num::NonZeroU32;

use axum::http::StatusCode;
use parlor_application::{ports::ModelEvent, user_limit::UserLimit};
use parlor_domain::grants::{Level, Privacy};
use serde_json::json;

use crate::{
    conversation::{NOWHERE, page_with, path, prompt},
    share::privacy,
    support::{
        World,
        live::{Live, address, text, topic},
    },
};

#[tokio::test]
async fn an_answer_is_told_as_it_grows_and_when_it_is_whole() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let (alice, bob) = (world.browser("alice").await, world.browser("bob").await);
    let mut live = Live::of_page(&bob, id).await;
    let said = world.says.live();
    let answer = prompt(&alice, id, "root", "who **was** it?").await;
    live.until("message", "<strong>was</strong>").await;
    let begun = live.until("message", "data-writing").await;
    assert!(text(&begun).contains(&format!("id=\"m-{answer}\"")));
    assert!(
        !text(&begun).contains("/stop\""),
        "who only reads does not stop it"
    );
    said.send("It was `mal".to_owned()).unwrap();
    let growth = live.until("growth", "It was `mal").await;
    assert_eq!(growth["message"], answer.to_string());
    said.send("lory`".to_owned()).unwrap();
    drop(said);
    let whole = live.until("message", "has finished the answer").await;
    assert!(text(&whole).contains(">mallory</code>"), "{whole}");
    assert!(!text(&whole).contains("data-writing"));
}

#[tokio::test]
async fn text_that_turns_out_to_be_reasoning_is_folded_in_an_open_page() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let mut live = Live::of_page(&alice, id).await;
    let said = world.says.live_events();
    prompt(&alice, id, "root", "who was it?").await;
    live.until("message", "data-writing").await;
    said.send(ModelEvent::Text("Was it Bob?".to_owned()))
        .unwrap();
    live.until("growth", "Was it Bob?").await;
    said.send(ModelEvent::TextWasReasoning).unwrap();
    let folded = live.until("message", "data-reasoning").await;
    let (reasoning, answer) = text(&folded)
        .split_once("<div class=\"markdown\">")
        .unwrap();
    assert!(reasoning.contains("Was it Bob?"), "{folded}");
    assert!(!answer.contains("Bob") && folded.to_string().contains("data-writing"));
    said.send(ModelEvent::Text("It was Mallory.".to_owned()))
        .unwrap();
    let growth = live.until("growth", "It was Mallory.").await;
    assert!(!text(&growth).contains("Bob"), "{growth}");
    drop(said);
    let whole = live.until("message", "has finished the answer").await;
    let (_, answer) = text(&whole).split_once("<div class=\"markdown\">").unwrap();
    assert!(answer.contains("It was Mallory.") && !answer.contains("Bob"));
}

#[tokio::test]
async fn nothing_is_missed_between_the_page_and_the_stream_and_after_a_break() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let before = topic(&alice, id).await;
    let answer = prompt(&alice, id, "root", "who was it?").await;
    page_with(&alice, &path(id, ""), "Hello there").await;
    let mut live = Live::open(&alice, &[before]).await;
    let first = live.until("message", "who was it?").await;
    let after = first["number"].as_str().unwrap();
    let mut again = Live::open(&alice, &[format!("conversation={id}.{after}")]).await;
    let rest = again.next().await.unwrap();
    assert!(text(&rest).contains(&format!("m-{answer}")), "{rest}");
}

#[tokio::test]
async fn a_toggle_and_another_title_are_told_as_the_header() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let mut live = Live::of_page(&alice, id).await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let header = live
        .until("conversation", "Shared with the organization")
        .await;
    assert!(text(&header).starts_with("<header id=\"conversation-header\""));
    let fields = [("title", "<b>Odder</b>"), ("version", "2")];
    alice.post(&path(id, "/title"), &fields).await;
    live.until("conversation", "&#60;b&#62;Odder").await;
}

#[tokio::test]
async fn who_loses_access_is_told_that_and_nothing_of_the_conversation_any_more() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let (alice, bob) = (world.browser("alice").await, world.browser("bob").await);
    let mut live = Live::of_page(&bob, id).await;
    let said = world.says.live();
    prompt(&alice, id, "root", "who was it?").await;
    live.until("message", "data-writing").await;
    world.share("alice", id, None, &[]).await;
    assert_eq!(privacy(&world, id).await, Privacy::Private);
    said.send("It was secretly mallory".to_owned()).unwrap();
    drop(said);
    let mut last = live.next().await.unwrap();
    while last["is"] == "message" {
        assert!(!text(&last).contains("secretly"), "{last}");
        last = live.next().await.unwrap();
    }
    assert_eq!(last["is"], "gone");
    assert_eq!(text(&last), "You can no longer see this conversation.");
    assert!(live.next().await.is_none());
}

#[tokio::test]
async fn who_follows_a_conversation_that_is_deleted_is_told_so() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let mut live = Live::of_page(&alice, id).await;
    alice.post(&path(id, "/delete"), &[("version", "1")]).await;
    live.until("gone", "This conversation was deleted.").await;
    assert!(live.next().await.is_none());
}

#[tokio::test]
async fn what_cannot_be_seen_is_told_with_the_beginning_of_the_stream_and_not_later() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let bob = world.browser("bob").await;
    let mut said = Vec::new();
    for asked in [id.to_string(), NOWHERE.to_owned()] {
        let mut live = Live::open(&bob, &[format!("conversation={asked}.0")]).await;
        // The response begins at a fixed step of time; another wait would be counted from another moment.
        let event = live.ready().expect("it is there when the stream begins");
        assert_eq!(
            (&event["is"], &event["for"]),
            (&json!("gone"), &json!(asked))
        );
        assert!(live.next().await.is_none());
        said.push(text(&event).to_owned());
    }
    assert_eq!(said[0], said[1]);
}

#[tokio::test]
async fn a_shutdown_ends_the_stream_with_a_hint_when_to_come_back() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let mut live = Live::of_page(&alice, id).await;
    world.shutdown.cancel();
    assert!(live.next().await.is_none());
    assert!(live.has_hint);
}

#[tokio::test]
async fn somebody_has_so_many_streams_and_no_more() {
    let world =
        World::with(|settings| settings.streams = UserLimit::per_user(NonZeroU32::MIN)).await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let first = Live::of_page(&alice, id).await;
    let there = address(&alice, &[topic(&alice, id).await]).await;
    let refused = alice.get(&there).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_ne!(refused.header("retry-after"), "");
    drop(first);
    Live::of_page(&alice, id).await;
}

#[tokio::test]
async fn signing_out_closes_the_conversation_wherever_it_is_open() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let (here, there) = (world.browser("alice").await, world.browser("alice").await);
    let mut live = Live::of_page(&there, id).await;
    here.post("/sign-out", &[]).await;
    live.until("ended", "You are signed out.").await;
    assert!(live.next().await.is_none());
}

#[tokio::test]
async fn nothing_that_is_committed_after_a_sign_out_is_sent() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let alice = world.browser("alice").await;
    let said = world.says.live();
    let answer = prompt(&alice, id, "root", "who was it?").await;
    for round in 0..5 {
        let (here, there) = (world.browser("bob").await, world.browser("bob").await);
        let topics = [topic(&there, id).await, "list=all".to_owned()];
        let mut live = Live::open(&there, &topics).await;
        // It follows the answer by now.
        live.until("message", "data-writing").await;
        let signed_out = here.post("/sign-out", &[]).await;
        assert_eq!(signed_out.status, StatusCode::SEE_OTHER);
        // An answer that grows, a title, and an entry of the list.
        said.send("CANARY ".to_owned()).unwrap();
        let version = alice.get(&path(id, "")).await.value_of("version").unwrap();
        let title = format!("CANARY {round}");
        let fields = [("title", title.as_str()), ("version", &version)];
        alice.post(&path(id, "/title"), &fields).await;
        let mut sent = Vec::new();
        while let Some(event) = live.next().await {
            sent.push(event);
        }
        let last = sent.pop().unwrap();
        assert_eq!(last["is"], "ended", "{last}");
        let earlier = format!("CANARY {round}");
        for event in &sent {
            assert!(!event.to_string().contains(&earlier), "{event}");
            assert_ne!(event["is"], "growth", "{event}");
        }
        // Somebody who is signed in is sent it, before the next round.
        let mut of_alice = Live::of_page(&alice, id).await;
        let grown = "CANARY ".repeat(round + 1);
        of_alice.until("message", grown.trim()).await;
    }
    drop(said);
    page_with(&alice, &path(id, &format!("?at={answer}")), "CANARY").await;
}

#[tokio::test]
async fn one_stream_has_several_conversations_and_the_end_of_one_is_not_the_others() {
    let world = World::new().await;
    let ids = [
        world.conversation("alice", "Odd logins").await,
        world.conversation("alice", "Beacons").await,
    ];
    for id in ids {
        world.share("alice", id, Some(Level::View), &[]).await;
    }
    let (alice, bob) = (world.browser("alice").await, world.browser("bob").await);
    let topics = [
        topic(&bob, ids[0]).await,
        topic(&bob, ids[1]).await,
        "list=all".to_owned(),
    ];
    let mut live = Live::open(&bob, &topics).await;
    prompt(&alice, ids[0], "root", "a first one").await;
    let event = live.until("message", "a first one").await;
    assert_eq!(event["for"], ids[0].to_string());
    world.share("alice", ids[0], None, &[]).await;
    let event = live.until("gone", "no longer").await;
    assert_eq!(event["for"], ids[0].to_string());
    prompt(&alice, ids[0], "root", "a secret one").await;
    prompt(&alice, ids[1], "root", "a second one").await;
    loop {
        let event = live.next().await.unwrap();
        assert!(!text(&event).contains("secret"), "{event}");
        if event["is"] == "message" && text(&event).contains("a second one") {
            assert_eq!(event["for"], ids[1].to_string());
            return;
        }
    }
}

#[tokio::test]
async fn what_cannot_be_seen_ends_like_what_does_not_exist_and_the_rest_goes_on() {
    let world = World::new().await;
    let hidden = world.conversation("alice", "Odd logins").await;
    let own = world.conversation("bob", "Beacons").await;
    let bob = world.browser("bob").await;
    let mut ends = Vec::new();
    for id in [hidden.to_string(), NOWHERE.to_owned()] {
        let topics = [topic(&bob, own).await, format!("conversation={id}.0")];
        let mut live = Live::open(&bob, &topics).await;
        let event = live.next().await.unwrap();
        assert_eq!(event["for"], id);
        ends.push(event.to_string().replace(&id, ""));
        prompt(&bob, own, "root", "it goes on").await;
        live.until("message", "it goes on").await;
    }
    assert_eq!(ends[0], ends[1]);
}

#[tokio::test]
async fn a_page_of_another_session_is_sent_nothing() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let (alice, bob) = (world.browser("alice").await, world.browser("bob").await);
    let of_alice = address(&alice, &[topic(&alice, id).await]).await;
    let refused = bob.get_part(&of_alice, "live").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_long_answer_costs_about_its_own_length_however_it_is_made() {
    let world = World::new().await;
    let alice = world.browser("alice").await;
    for (begin, line) in [
        ("", "A sentence of a paragraph.\n\n"),
        ("```text\n", "a line of code 0123456789\n"),
        ("", "- an item of one list\n"),
    ] {
        let id = world.conversation("alice", "Odd logins").await;
        let mut live = Live::of_page(&alice, id).await;
        let said = world.says.live();
        prompt(&alice, id, "root", "go on").await;
        live.until("message", "data-writing").await;
        let before = live.bytes;
        said.send(begin.to_owned()).unwrap();
        // Each piece is rendered before the next one comes.
        for _ in 0..40 {
            said.send(line.repeat(40)).unwrap();
            live.until("growth", "").await;
        }
        let length = 40 * 40 * line.len();
        let cost = live.bytes - before;
        assert!(cost < 3 * length, "{cost} bytes for {length}: {line}");
        drop(said);
        live.until("message", "has finished").await;
    }
}
