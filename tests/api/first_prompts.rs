//! The pages' form for a new conversation, from outside: it stores the conversation with its first prompt, or nothing.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use crate::harness::{As, Browser, Service, text};

/// How many successful entries of this action the log has.
fn count(entries: &[Value], action: &str) -> usize {
    let of_it = |entry: &&Value| {
        entry["actionName"] == format!("AI_INFERENCE_STREAM_{action}").as_str()
            && entry["actionResult"] == "SUCCEEDED"
    };
    entries.iter().filter(of_it).count()
}

async fn counts(admin: &As) -> [usize; 2] {
    let entries = admin.audit("").await;
    ["CREATE", "PROMPT"].map(|action| count(&entries, action))
}

#[tokio::test]
async fn a_first_prompt_beyond_the_limit_stores_no_conversation_and_no_entry() {
    let limited = Service::builder().with("PARLOR_LIMITS__PROMPTS_PER_MINUTE", &2);
    let service = limited.start().await;
    let [alice, admin] = ["alice", "admin"].map(|name| service.acting_as(name));
    let browser = Browser::signed_in(&service, "alice").await;
    let [creations, prompts] = counts(&admin).await;
    let begin = async |content: &str| {
        let fields = [("content", content)];
        browser.post("/conversations", &fields).await
    };
    for content in ["one", "two"] {
        begin(content).await.expect_status(303);
    }
    for _ in 0..4 {
        let refused = begin("three").await;
        refused.expect_status(429);
        assert!(!refused.header("retry-after").is_empty());
    }
    assert_eq!(alice.list("filter=mine").await.len(), 2);
    assert_eq!(counts(&admin).await, [creations + 2, prompts + 2]);
}

#[tokio::test]
async fn the_same_form_at_every_instance_begins_one_conversation() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let browser = Browser::signed_in(&service, "alice").await;
    let fields = [
        ("content", "Which hosts beacon?"),
        ("key", "0123456789abcdef0123456789abcdef"),
    ];
    let forms = (0..6).map(|_| browser.post("/conversations", &fields));
    let answers = futures::future::join_all(forms).await;
    let mut begun = BTreeSet::new();
    for answer in answers {
        answer.expect_status(303);
        begun.insert(answer.header("location"));
    }
    assert_eq!(begun.len(), 1, "{begun:?}");
    let again = browser.post("/conversations", &fields).await;
    assert!(begun.contains(&again.header("location")), "{}", again.text);
    let found = alice.list("filter=mine").await;
    assert_eq!(found.len(), 1);
    assert_eq!(alice.path(&found[0]).await.len(), 2);
}

#[tokio::test]
async fn a_conversation_that_was_to_be_private_is_not_begun_where_it_would_be_shared() {
    let service = Service::demo().await;
    let [alice, admin] = ["alice", "admin"].map(|name| service.acting_as(name));
    let browser = Browser::signed_in(&service, "alice").await;
    let page = browser.get("/conversations").await;
    assert!(page.text.contains(r#"name="private" value="yes""#));
    admin
        .put("/settings", json!({ "private_conversations": false }))
        .await
        .expect(200);
    let fields = [("content", "Who was it?"), ("private", "yes")];
    let refused = browser.post("/conversations", &fields).await;
    refused.expect_status(409);
    assert!(refused.text.contains("Who was it?"), "{}", refused.text);
    assert_eq!(alice.list("filter=mine").await.len(), 0);
    let fields = [("content", "Who was it?")];
    browser
        .post("/conversations", &fields)
        .await
        .expect_status(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_moment_leaves_no_conversation_without_its_first_prompt() {
    const BROWSERS: usize = 4;
    let mut service = Service::demo().await;
    let [alice, admin] = ["alice", "admin"].map(|name| service.acting_as(name));
    let mut browsers = Vec::new();
    for _ in 0..BROWSERS {
        browsers.push(Browser::signed_in(&service, "alice").await);
    }
    let [creations, prompts] = counts(&admin).await;
    let mut acknowledged = 0;
    for round in 1..=3 {
        let begin_until_gone = async |browser: &Browser| {
            let mut begun = 0;
            let fields = [("content", "Which hosts beacon?")];
            while let Ok(answer) = browser.form("/conversations", &fields).send().await {
                assert_eq!(answer.status(), 303);
                begun += 1;
            }
            begun
        };
        let work = futures::future::join_all(browsers.iter().map(begin_until_gone));
        let kill = async {
            tokio::time::sleep(Duration::from_millis(150 * round)).await;
            service.kill();
        };
        let (begun, ()) = futures::join!(work, kill);
        acknowledged += begun.into_iter().sum::<usize>();
        service.start().await;

        let found = alice.list("filter=mine&limit=100").await;
        assert!(found.len() >= acknowledged, "what was answered is stored");
        assert!(found.len() <= acknowledged + BROWSERS);
        for id in &found {
            let messages = alice.path(id).await;
            assert_eq!(messages.len(), 2, "{id}");
            assert_eq!(text(&messages[0], "content"), "Which hosts beacon?");
        }
        acknowledged = found.len();
        let expected = [creations + acknowledged, prompts + acknowledged];
        assert_eq!(counts(&admin).await, expected);
    }
}

#[tokio::test]
async fn the_longest_prompt_has_room_in_a_form_whatever_it_is_made_of() {
    let service = Service::demo().await;
    let browser = Browser::signed_in(&service, "alice").await;
    let id = service.acting_as("alice").create("Long").await;
    for unit in ["a", "&", "🦜"] {
        let typed = unit.repeat(100_000);
        let fields = [("content", &*typed), ("parent", "root"), ("model", "echo")];
        let sent = browser
            .post(&format!("/conversations/{id}/messages"), &fields)
            .await;
        sent.expect_status(303);
    }
}
