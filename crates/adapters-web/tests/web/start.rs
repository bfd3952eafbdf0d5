//! A new conversation with its first prompt: both are stored, or nothing.

use std::{num::NonZeroU32, time::Duration};

use axum::http::StatusCode;
use parlor_domain::audit::ActionName;
use parlor_store_memory::seeds;

use crate::support::{Answer, Browser, World};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// What is stored of the organization: its conversations, its messages, and the actions of its log.
fn stored(world: &World) -> (usize, usize, Vec<ActionName>) {
    let organization = world.store.organization(seeds::ACME);
    let messages = organization.messages.values().map(Vec::len).sum();
    let entries = world.store.entries(seeds::ACME).into_iter();
    let actions = entries.map(|entry| entry.action).collect();
    (organization.conversations.len(), messages, actions)
}

async fn begin(browser: &Browser, content: &str) -> Answer {
    browser
        .post("/conversations", &[("content", content)])
        .await
}

#[tokio::test]
async fn a_begun_conversation_is_stored_with_its_prompt_and_the_entries_of_both() {
    let world = World::new().await;
    let alice = world.browser("alice").await;
    let (.., before) = stored(&world);
    let begun = begin(&alice, "Which hosts beacon?").await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let (conversations, messages, after) = stored(&world);
    assert_eq!((conversations, messages), (1, 2));
    assert_eq!(
        after[before.len()..],
        [
            ActionName::ConversationCreate,
            ActionName::ConversationPrompt
        ]
    );
}

#[tokio::test]
async fn a_prompt_beyond_the_limit_creates_no_conversation_and_no_entry() {
    let world = World::with(|settings| settings.prompts_per_minute = NonZeroU32::MIN).await;
    let alice = world.browser("alice").await;
    begin(&alice, "Which hosts beacon?").await;
    let before = stored(&world);
    for _ in 0..3 {
        let refused = begin(&alice, "And which do not?").await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.words().contains("You may prompt once a minute."));
        let seconds: u64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
        assert_eq!(stored(&world), before);
    }
}

#[tokio::test]
async fn while_the_service_stops_a_prompt_creates_no_conversation_and_no_entry() {
    let world = World::new().await;
    let alice = world.browser("alice").await;
    let before = stored(&world);
    world.application.desk.close(Duration::ZERO).await;
    let refused = begin(&alice, "Which hosts beacon?").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.words().contains("The service is being restarted."));
    assert_eq!(stored(&world), before);
}

#[tokio::test]
async fn the_same_form_twice_begins_one_conversation_and_counts_as_one_prompt() {
    let world = World::with(|settings| settings.prompts_per_minute = NonZeroU32::MIN).await;
    let alice = world.browser("alice").await;
    // The model does not answer yet, so that the second form meets an answer that is being written.
    let model = world.says.live();
    let fields = [("content", "Which hosts beacon?"), ("key", KEY)];
    let first = alice.post("/conversations", &fields).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text);
    let before = stored(&world);
    let second = alice.post("/conversations", &fields).await;
    assert_eq!(second.status, StatusCode::SEE_OTHER, "{}", second.text);
    assert_eq!(second.header("location"), first.header("location"));
    assert_eq!(stored(&world), before);
    drop(model);

    let other = [("content", "And which do not?"), ("key", KEY)];
    let refused = alice.post("/conversations", &other).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.words().contains("This form was sent before"));
    assert_eq!(stored(&world), before);
}

#[tokio::test]
async fn lines_that_a_browser_sends_as_in_mail_are_stored_as_they_were_typed() {
    let world = World::new().await;
    let alice = world.browser("alice").await;
    begin(&alice, "Which\r\nhosts?").await;
    let organization = world.store.organization(seeds::ACME);
    let messages: Vec<_> = organization.messages.values().flatten().collect();
    assert_eq!(messages[0].content.as_str(), "Which\nhosts?");
}

#[tokio::test]
async fn each_refusal_of_a_first_prompt_says_what_is_wrong_and_stores_nothing() {
    let mut world = World::new().await;
    world.options.message_characters = 10;
    let mut alice = world.browser("alice").await;
    let before = stored(&world);
    for (content, english, korean) in [
        (
            "eleven char",
            "A prompt has at most 10 characters.",
            "프롬프트는 최대 10자입니다.",
        ),
        ("a\0b", "the character U+0000", "문자(U+0000)"),
    ] {
        for (language, says) in [("en", english), ("ko", korean)] {
            alice.languages = language;
            let refused = begin(&alice, content).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(refused.words().contains(says), "{}", refused.words());
            assert_eq!(stored(&world), before);
        }
    }
}

#[tokio::test]
async fn a_character_that_cannot_be_stored_is_named_in_every_field_that_keeps_text() {
    let world = World::new().await;
    let alice = world.browser("alice").await;
    let begun = begin(&alice, "Which hosts beacon?").await;
    let here = begun.header("location").to_owned();
    let before = stored(&world);
    for (path, fields, says) in [
        ("/messages", vec![("content", "a\0b")], "U+0000"),
        (
            "/title",
            vec![("title", "a\0b"), ("version", "1")],
            "control characters",
        ),
        (
            "/messages",
            vec![("content", "a"), ("model", "a\0b")],
            "This model is no longer available.",
        ),
    ] {
        let refused = alice.post(&format!("{here}{path}"), &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(
            refused.words().contains(says),
            "{path}: {}",
            refused.words()
        );
        assert_eq!(stored(&world), before, "{path}");
    }
}
