//! Conversations: create, read, rename, delete, list, search, page.

use std::collections::BTreeSet;

use serde_json::json;

use crate::harness::{Service, user_id};

#[tokio::test]
async fn a_new_conversation_is_private_and_its_creators() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let created = alice
        .post("/conversations", json!({ "title": "Beacons" }))
        .await;
    let conversation = created.expect(201);
    let id = conversation["id"].as_str().unwrap();
    assert_eq!(
        created.header("location"),
        format!("/api/v1/conversations/{id}")
    );
    assert_eq!(created.etag(), "\"1\"");
    let fields: BTreeSet<_> = conversation
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        fields,
        BTreeSet::from([
            "id",
            "title",
            "owner",
            "privacy",
            "access",
            "reasons",
            "created_at",
            "last_activity_at",
            "version",
            "forked_from",
        ])
    );
    assert_eq!(conversation["owner"]["id"], user_id("alice"));
    assert_eq!(
        (&conversation["privacy"], &conversation["access"]),
        (&json!("private"), &json!("manage"))
    );
    assert_eq!(
        (&conversation["reasons"], &conversation["version"]),
        (&json!(["owner"]), &json!(1))
    );
    assert!(conversation["created_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(id.as_bytes()[14], b'7', "a UUID of version 7");
    assert_eq!(
        alice.get(&format!("/conversations/{id}")).await.expect(200),
        conversation
    );
}

#[tokio::test]
async fn a_conversation_without_a_title_is_named_by_its_first_prompt() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let created = alice.post("/conversations", json!({})).await;
    let id = created.expect(201)["id"].as_str().unwrap().to_owned();
    alice
        .prompt(&id, "Which hosts beacon?\nLast week only.")
        .await;
    let named = alice.get(&format!("/conversations/{id}")).await;
    assert_eq!(named.expect(200)["title"], "Which hosts beacon?");
    assert_eq!(named.etag(), created.etag(), "a prompt is no new version");
}

#[tokio::test]
async fn a_given_title_is_kept_by_the_first_prompt_whatever_it_says() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let untitled = alice.post("/conversations", json!({})).await;
    let placeholder = untitled.expect(201)["title"].clone();
    let renamed = untitled.expect(201)["id"].as_str().unwrap().to_owned();
    let path = format!("/conversations/{renamed}");
    let given = json!({ "title": placeholder });
    alice.patch(&path, given).await.expect(200);
    let created = alice.create(placeholder.as_str().unwrap()).await;
    for id in [renamed, created] {
        alice.prompt(&id, "Which hosts beacon?").await;
        let kept = alice.get(&format!("/conversations/{id}")).await;
        assert_eq!(kept.expect(200)["title"], placeholder);
    }
}

#[tokio::test]
async fn only_who_may_run_ai_creates_conversations() {
    let service = Service::demo().await;
    for name in ["erin", "admin"] {
        let refused = service
            .acting_as(name)
            .post("/conversations", json!({}))
            .await;
        refused.expect_problem(403, "forbidden");
    }
}

#[tokio::test]
async fn renaming_needs_manage_access_and_the_present_version() {
    let service = Service::demo().await;
    let (alice, bob, max) = (
        service.acting_as("alice"),
        service.acting_as("bob"),
        service.acting_as("max"),
    );
    let id = alice.create("Beacons").await;
    alice
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;
    let path = format!("/conversations/{id}");
    bob.patch(&path, json!({ "title": "Mine" }))
        .await
        .expect_problem(403, "forbidden");
    let renamed = alice
        .patch(&path, json!({ "title": "  Beacons of May " }))
        .await;
    assert_eq!(
        (renamed.expect(200)["title"].clone(), renamed.etag()),
        (json!("Beacons of May"), "\"3\"".to_owned())
    );

    let stale = alice
        .request(reqwest::Method::PATCH, &path)
        .header("if-match", "\"2\"");
    alice
        .send(stale.json(&json!({ "title": "Late" })))
        .await
        .expect_problem(412, "version-mismatch");
    assert_eq!(
        max.patch(&path, json!({ "title": "By the manager" }))
            .await
            .expect(200)["access"],
        "manage"
    );
}

#[tokio::test]
async fn what_is_deleted_is_gone_with_its_messages() {
    let service = Service::demo().await;
    let (alice, bob) = (service.acting_as("alice"), service.acting_as("bob"));
    let id = alice.create("canary").await;
    alice.prompt(&id, "tangerine").await;
    alice
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;
    let path = format!("/conversations/{id}");
    bob.delete(&path).await.expect(403);
    assert_eq!(alice.delete(&path).await.expect(204), json!(null));
    for somebody in [&alice, &bob, &service.acting_as("max")] {
        somebody.get(&path).await.expect(404);
        somebody.get(&format!("{path}/messages")).await.expect(404);
        assert!(somebody.list("q=tangerine").await.is_empty());
    }
    alice.delete(&path).await.expect(404);
}

#[tokio::test]
async fn the_list_has_the_newest_activity_first() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let (first, second) = (alice.create("First").await, alice.create("Second").await);
    assert_eq!(alice.list("").await, [second.clone(), first.clone()]);
    alice.prompt(&first, "news").await;
    assert_eq!(alice.list("").await, [first, second]);
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat_while_conversations_come_move_and_go() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let mut ids = Vec::new();
    for number in 0..23 {
        ids.push(alice.create(&format!("Number {number}")).await);
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    let mut round = 0;
    loop {
        let page = alice
            .get(&format!("/conversations?limit=5{cursor}"))
            .await
            .expect(200);
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
        alice.create("New").await;
        if round == 0 {
            alice
                .delete(&format!("/conversations/{}", ids[3]))
                .await
                .expect(204);
            alice.prompt(&ids[7], "moves to the front").await;
        }
        round += 1;
    }
    let unmoved: Vec<_> = ids
        .iter()
        .rev()
        .filter(|id| **id != ids[3] && **id != ids[7])
        .cloned()
        .collect();
    assert_eq!(seen, unmoved);
}

#[tokio::test]
async fn a_cursor_serves_only_the_list_and_the_person_that_it_was_made_for() {
    let service = Service::demo().await;
    let (alice, bob) = (service.acting_as("alice"), service.acting_as("bob"));
    for title in ["One", "Two"] {
        alice.create(title).await;
    }
    let page = alice.get("/conversations?limit=1").await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    alice
        .get(&format!("/conversations?limit=2&cursor={cursor}"))
        .await
        .expect(200);
    for foreign in [
        format!("/conversations?filter=mine&cursor={cursor}"),
        format!("/conversations?q=one&cursor={cursor}"),
        format!("/groups?cursor={cursor}"),
        "/conversations?cursor=nonsense".to_owned(),
        format!("/conversations?cursor={cursor}A"),
    ] {
        alice
            .get(&foreign)
            .await
            .expect_problem(400, "invalid-cursor");
    }
    bob.get(&format!("/conversations?cursor={cursor}"))
        .await
        .expect_problem(400, "invalid-cursor");
}

#[tokio::test]
async fn search_finds_words_of_titles_prompts_and_answers_in_english_and_korean() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let english = alice.create("Lateral movement").await;
    alice.prompt(&english, "Which tangerine hosts?").await;
    let korean = alice.create("의심스러운 로그인 분석").await;
    for (query, expected) in [
        ("q=lateral", vec![&english]),
        ("q=LATERAL%20move", vec![&english]),
        ("q=tanger", vec![&english]),
        ("q=%EB%A1%9C%EA%B7%B8%EC%9D%B8", vec![&korean]),
        ("q=lateral%20tangerine", vec![&english]),
        ("q=%22%20OR%20lateral%2A", vec![]),
        ("q=zeppelin", vec![]),
        ("q=%2A", vec![]),
        ("q=%20", vec![&korean, &english]),
    ] {
        assert_eq!(
            alice.list(query).await.iter().collect::<Vec<_>>(),
            expected,
            "{query}"
        );
    }
}
