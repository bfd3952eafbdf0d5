//! The audit log.

use axum::http::StatusCode;
use chrono::TimeDelta;
use parlor_application::ports::AuditRecorder as _;
use parlor_domain::grants::Level;

use crate::support::{Browser, World};

/// The addresses of the entries on a page.
async fn entries(browser: &Browser, path: &str) -> Vec<String> {
    let page = browser.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let parts = page.text.split("href=\"/audit/").skip(1);
    parts
        .map(|part| format!("/audit/{}", part.split('"').next().unwrap()))
        .collect()
}

#[tokio::test]
async fn only_who_may_read_it_finds_it_and_its_link() {
    let world = World::new().await;
    for (who, may) in [
        ("vera", true),
        ("admin", true),
        ("alice", false),
        ("max", false),
        ("erin", false),
    ] {
        let browser = world.browser(who).await;
        let page = browser.get("/audit").await;
        let status = if may {
            StatusCode::OK
        } else {
            StatusCode::FORBIDDEN
        };
        assert_eq!(page.status, status, "{who}");
        let home = browser.get("/settings").await;
        assert_eq!(home.text.contains("href=\"/audit\""), may, "{who}");
    }
}

#[tokio::test]
async fn what_was_done_stands_in_it_in_words_and_no_title_does() {
    let world = World::new().await;
    let id = world.conversation("alice", "Extremely secret").await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let vera = world.browser("vera").await;
    let page = vera.get("/audit").await;
    let words = page.words();
    assert!(
        words.contains("Changed a conversation Alice of Acme 21 Sep 2026"),
        "{words}"
    );
    assert!(
        words.contains("Created a conversation Alice of Acme"),
        "{words}"
    );
    for path in entries(&vera, "/audit").await {
        let entry = vera.get(&path).await;
        assert_eq!(entry.status, StatusCode::OK);
        assert!(!entry.text.contains("Extremely secret"), "{path}");
    }
    assert!(!page.text.contains("Extremely secret"));
}

#[tokio::test]
async fn a_reading_and_a_refusal_are_told_apart() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let vera = world.browser("vera").await;
    vera.get(&format!("/conversations/{id}/access")).await;
    vera.get(&format!("/conversations/{id}/sharing")).await;
    let words = vera.get("/audit").await.words();
    assert!(
        words.contains("Was refused an action on a conversation refused Vera of Acme"),
        "{words}"
    );
    assert!(
        words.contains("Read a conversation by privilege by privilege Vera of Acme"),
        "{words}"
    );
}

#[tokio::test]
async fn an_entry_tells_every_field_and_its_json() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let vera = world.browser("vera").await;
    let found = entries(&vera, "/audit?action=AI_INFERENCE_STREAM_EDIT").await;
    assert_eq!(found.len(), 1);
    let entry = vera.get(&found[0]).await;
    let words = entry.words();
    for part in [
        "AI_INFERENCE_STREAM_EDIT",
        "SUCCEEDED",
        "Alice of Acme",
        "alice@acme.example",
        "privacy: shared",
        "previousPrivacy: private",
        "\"actionName\": \"AI_INFERENCE_STREAM_EDIT\"",
        &id.to_string(),
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(
        entry
            .text
            .contains(&format!("href=\"/audit?conversation={id}\""))
    );
}

#[tokio::test]
async fn an_entry_of_repeated_requests_says_how_often_and_from_when_to_when() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let bob = world.browser("bob").await;
    for _ in 0..4 {
        bob.get(&format!("/conversations/{id}")).await;
    }
    world.store.pass_time(TimeDelta::minutes(2)).await;
    world.store.end_denials().await.unwrap();
    let mut vera = world.browser("vera").await;
    for (language, times, to) in [
        ("en", "repeated 3 times", " to "),
        ("ko", "3회 반복", " ~ "),
    ] {
        vera.languages = language;
        let denied = "/audit?action=AI_INFERENCE_STREAM_ACCESS_DENIED";
        let found = entries(&vera, denied).await;
        assert_eq!(found.len(), 2, "the first one, and its repeats");
        for path in [denied, &found[0]] {
            let page = vera.get(path).await;
            let words = page.words();
            assert_eq!(words.matches(times).count(), 1, "{path}: {words}");
            assert!(words.contains(to), "{path}: {words}");
        }
        let single = vera.get(&found[1]).await.words();
        assert!(!single.contains(times), "{single}");
    }
}

#[tokio::test]
async fn filters_hold_together() {
    let world = World::new().await;
    let first = world.conversation("alice", "One").await;
    let second = world.conversation("bob", "Two").await;
    let vera = world.browser("vera").await;
    let alice = world.caller("alice").await.user_id();
    let created = "action=AI_INFERENCE_STREAM_CREATE";
    for (query, count) in [
        (created.to_owned(), 2),
        (format!("{created}&actor={alice}"), 1),
        (format!("{created}&actor={alice}&conversation={second}"), 0),
        (
            format!("{created}&actor=&conversation={first}&from=&to="),
            1,
        ),
        (format!("{created}&from=2026-09-21T14:13"), 2),
        (format!("{created}&to=2026-09-21T14:13"), 0),
        (format!("{created}&from=2026-09-22"), 0),
    ] {
        let found = entries(&vera, &format!("/audit?{query}")).await;
        assert_eq!(found.len(), count, "{query}");
    }
}

#[tokio::test]
async fn what_is_typed_wrongly_is_said_at_its_field() {
    let world = World::new().await;
    let vera = world.browser("vera").await;
    for (query, words) in [
        ("actor=alice", "This is not an id"),
        ("from=yesterday", "This is not a time"),
        ("action=DROP", "There is no such action."),
        (
            "cursor=1",
            "The next page does not belong to these filters.",
        ),
    ] {
        let page = vera.get(&format!("/audit?{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(page.words().contains(words), "{query}: {}", page.words());
    }
    let unknown = vera.get("/audit?bypass=true").await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    let alice = world.browser("alice").await;
    let refused = alice.get("/audit?actor=alice").await;
    assert_eq!(
        refused.status,
        StatusCode::FORBIDDEN,
        "the permission comes first"
    );
}

#[tokio::test]
async fn older_entries_are_on_the_next_page_and_none_is_there_twice() {
    let world = World::new().await;
    for number in 0..60 {
        world
            .conversation("alice", &format!("Number {number}"))
            .await;
    }
    let vera = world.browser("vera").await;
    let created = "/audit?action=AI_INFERENCE_STREAM_CREATE";
    let mut all = entries(&vera, created).await;
    assert_eq!(all.len(), 50);
    let page = vera.get(created).await;
    let (_, next) = page.text.split_once("&#38;cursor=").expect("a next page");
    let cursor = next.split('"').next().unwrap();
    all.extend(entries(&vera, &format!("{created}&cursor={cursor}")).await);
    assert_eq!(all.len(), 60);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 60);
}

#[tokio::test]
async fn an_entry_of_another_organization_is_not_found() {
    let world = World::new().await;
    world.conversation("alice", "Odd logins").await;
    let vera = world.browser("vera").await;
    let created = entries(&vera, "/audit?action=AI_INFERENCE_STREAM_CREATE").await;
    let entry = created.first().unwrap();
    assert_eq!(vera.get(entry).await.status, StatusCode::OK);
    let foreign = vera
        .get("/audit/00000000-0000-0000-0000-000000000002")
        .await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let alice = world.browser("alice").await;
    assert_eq!(alice.get(entry).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_log_speaks_korean_with_its_dates() {
    let world = World::new().await;
    world.conversation("alice", "Odd logins").await;
    let mut vera = world.browser("vera").await;
    vera.languages = "ko";
    let words = vera.get("/audit").await.words();
    assert!(
        words.contains("대화 만들기 Alice of Acme 2026년 9월 21일 오후"),
        "{words}"
    );
}
