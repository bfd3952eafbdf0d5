//! Pages and cursors.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{ALICE, ANSWER, PROMPT, World, conversation_id, conversation_path};

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
    items.iter().map(id).collect()
}

/// Adds conversations like the first one.
async fn fill(world: &World) {
    let first = world.conversation();
    let more = (1..=6).map(|number| {
        let mut more = first.clone();
        more.id = conversation_id(number);
        (more.id, more)
    });
    world.change(|acme| acme.conversations.extend(more)).await;
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let world = World::new();
    fill(&world).await;
    for path in [
        "/api/v1/conversations",
        "/api/v1/groups",
        "/api/v1/models",
        &conversation_path("/messages"),
        &conversation_path("/tree"),
    ] {
        let whole = world.get(ALICE, path).await.json();
        assert_eq!(whole["next_cursor"], Value::Null, "{path}");
        let mut found = Vec::new();
        let mut next = format!("{path}?limit=1");
        loop {
            let page = world.get(ALICE, &next).await;
            assert_eq!(page.status, StatusCode::OK, "{next}");
            found.extend(ids(&page.json()));
            let Some(cursor) = page.json()["next_cursor"].as_str().map(str::to_owned) else {
                break;
            };
            next = format!("{path}?limit=1&cursor={cursor}");
        }
        assert_eq!(found, ids(&whole), "{path}");
        assert!(found.len() > 1, "{path}");
    }
}

#[tokio::test]
async fn a_cursor_works_for_its_own_list_query_and_user_alone() {
    let world = World::new();
    fill(&world).await;
    let page = world
        .get(ALICE, "/api/v1/conversations?filter=mine&q=Odd&limit=2")
        .await
        .json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let mut broken = cursor.to_owned();
    let last = if broken.ends_with('A') { 'Q' } else { 'A' };
    broken.pop();
    broken.push(last);
    let own = "/api/v1/conversations?filter=mine&q=odd&limit=5&cursor=";
    let good = world.get(ALICE, &format!("{own}{cursor}")).await;
    assert_eq!(
        good.status,
        StatusCode::OK,
        "neither the limit nor the case is bound"
    );
    let other = |path: &str| format!("{path}cursor={cursor}");
    for (who, path) in [
        (ALICE, format!("{own}{broken}")),
        (ALICE, own.to_owned()),
        (ALICE, format!("{own}not-a-cursor")),
        (ALICE, format!("{own}{}", "A".repeat(5000))),
        (ALICE, other("/api/v1/conversations?")),
        (ALICE, other("/api/v1/conversations?filter=mine&")),
        (ALICE, other("/api/v1/conversations?filter=mine&q=other&")),
        (ALICE, other("/api/v1/groups?")),
        (ALICE, other(&conversation_path("/messages?"))),
        ("max", format!("{own}{cursor}")),
    ] {
        let answer = world.get(who, &path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(answer.problem(), "invalid-cursor", "{path}");
    }
}

#[tokio::test]
async fn a_search_shows_where_in_each_conversation_it_found_something() {
    let world = World::new();
    let path = "/api/v1/conversations?q=ODD";
    let found = world.get(ALICE, path).await.json();
    let excerpt = &found["items"][0]["excerpt"];
    let text: Vec<char> = excerpt["text"].as_str().unwrap().chars().collect();
    let range = &excerpt["ranges"][0];
    let place = |end: usize| usize::try_from(range[end].as_u64().unwrap()).unwrap();
    let marked: String = text[place(0)..place(1)].iter().collect();
    assert_eq!(marked.to_lowercase(), "odd", "{found}");
    assert_eq!(
        found["indexing"],
        json!(true),
        "nobody asked the store here"
    );
    let listed = world.get(ALICE, "/api/v1/conversations").await.json();
    for absent in [&listed["indexing"], &listed["items"][0]["excerpt"]] {
        assert_eq!(*absent, Value::Null);
    }
    assert_eq!(listed["items"][0]["id"], found["items"][0]["id"]);
}

#[tokio::test]
async fn a_user_searches_so_often_in_a_minute() {
    let mut world = World::new();
    world.searches_per_minute = std::num::NonZeroU32::new(2);
    let api = world.api();
    let search = |who: &str| {
        let request = crate::support::request("GET", who, "/api/v1/conversations?q=odd");
        request.body(axum::body::Body::empty()).unwrap()
    };
    for _ in 0..2 {
        let found = crate::support::send(&api, search(ALICE)).await;
        assert_eq!(found.status, StatusCode::OK);
    }
    let refused = crate::support::send(&api, search(ALICE)).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.problem(), "rate-limited");
    assert_eq!(refused.header("retry-after"), "30");
    let others = crate::support::send(&api, search("max")).await;
    assert_eq!(others.status, StatusCode::OK);
}

#[tokio::test]
async fn a_path_keeps_its_leaf_from_page_to_page() {
    let world = World::new();
    let path = conversation_path(&format!("/messages?leaf={ANSWER}&limit=1"));
    let page = world.get(ALICE, &path).await.json();
    assert_eq!(ids(&page), [PROMPT]);
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = world.get(ALICE, &format!("{path}&cursor={cursor}")).await;
    assert_eq!(ids(&next.json()), [ANSWER]);
    let other = conversation_path(&format!("/messages?leaf={PROMPT}&cursor={cursor}"));
    assert_eq!(world.get(ALICE, &other).await.problem(), "invalid-cursor");
    let without = conversation_path(&format!("/messages?cursor={cursor}"));
    assert_eq!(world.get(ALICE, &without).await.problem(), "invalid-cursor");
}

#[tokio::test]
async fn messages_and_nodes_have_exactly_the_documented_fields() {
    let world = World::new();
    let messages = world.get(ALICE, &conversation_path("/messages")).await;
    let fields =
        |item: &Value| -> BTreeSet<String> { item.as_object().unwrap().keys().cloned().collect() };
    let message = &messages.json()["items"][1];
    let expected = [
        "id",
        "parent_id",
        "role",
        "author",
        "model",
        "content",
        "reasoning",
        "left_out_messages",
        "status",
        "reason",
        "created_at",
        "siblings",
        "sibling_count",
        "sibling_index",
        "usage",
    ];
    assert_eq!(fields(message), expected.map(str::to_owned).into());
    assert_eq!(message["author"], Value::Null);
    let tree = world.get(ALICE, &conversation_path("/tree")).await.json();
    let expected = [
        "id",
        "parent_id",
        "role",
        "author_id",
        "created_at",
        "preview",
    ];
    assert_eq!(
        fields(&tree["items"][0]),
        expected.map(str::to_owned).into()
    );
}

#[tokio::test]
async fn me_tells_who_one_is() {
    let me = World::new().get("max", "/api/v1/me").await.json();
    assert_eq!(me["user"]["name"], "max");
    assert_eq!(me["user"]["email"], "max@acme.example");
    assert_eq!(me["organization"]["name"], "acme");
    assert_eq!(me["permissions"], json!(["run_ai", "manage_responses"]));
    assert_eq!(me["groups"], json!([]));
}

#[tokio::test]
async fn exactly_one_model_is_marked_as_the_default() {
    let models = World::new().get("erin", "/api/v1/models").await.json();
    assert_eq!(
        models["items"],
        json!([
            {"id": "echo", "name": "The echo", "context_length": null, "default": true},
            {"id": "parrot", "name": "The parrot", "context_length": null, "default": false}
        ])
    );
}

#[tokio::test]
async fn audit_entries_are_answered_as_they_are_stored() {
    let world = World::new();
    for _ in 0..3 {
        world.get("vera", &conversation_path("")).await;
    }
    let stored: Vec<_> = world.entries().into_iter().rev().collect();
    let page = world.get("admin", "/api/v1/audit-events?limit=2").await;
    for entry in &stored[..2] {
        let document = parlor_application::audit_document::record(entry).document;
        assert!(page.text.contains(&document), "byte for byte");
    }
    let cursor = page.json()["next_cursor"].as_str().unwrap().to_owned();
    let next = format!("/api/v1/audit-events?limit=2&cursor={cursor}");
    let next = world.get("admin", &next).await.json();
    assert_eq!(ids(&next), [stored[2].id.to_string()]);
    let other = format!("/api/v1/audit-events?from=2026-01-01T00:00:00Z&cursor={cursor}");
    assert_eq!(world.get("admin", &other).await.problem(), "invalid-cursor");
}

#[tokio::test]
async fn a_search_without_a_word_finds_nothing_and_an_empty_one_is_no_search() {
    let world = World::new();
    let found = async |query: &str| {
        let answer = world
            .get(ALICE, &format!("/api/v1/conversations?q={query}"))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{query}");
        answer.json()["items"].as_array().unwrap().len()
    };
    assert!(found("").await > 0);
    assert!(found("%20").await > 0);
    assert_eq!(found("%21%3F").await, 0);
}
