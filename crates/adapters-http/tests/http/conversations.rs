//! Conversations over HTTP: versions, idempotency, shapes.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use parlor_domain::grants::{Grants, Level, Privacy};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{
    ALICE, ANSWER, Answer, CONVERSATION, GROUP, PROMPT, World, conversation_path, request, send,
    user,
};

fn with(method: &str, rest: &str, header: (&str, &str), body: &Value) -> Request<Body> {
    let request = request(method, ALICE, &conversation_path(rest)).header(header.0, header.1);
    crate::support::json(request, body)
}

#[tokio::test]
async fn a_conversation_has_exactly_the_documented_fields() {
    let answer = World::new().get(ALICE, &conversation_path("")).await;
    assert_eq!(answer.header("etag"), "\"1\"");
    assert_eq!(
        answer.json(),
        json!({
            "id": CONVERSATION,
            "title": "Odd logins",
            "owner": {"id": user(ALICE).to_string(), "name": "alice"},
            "privacy": "private",
            "access": "manage",
            "reasons": ["owner"],
            "created_at": "2026-09-21T14:13:20Z",
            "last_activity_at": "2026-09-21T14:13:20Z",
            "version": 1,
            "forked_from": null
        })
    );
}

#[tokio::test]
async fn what_is_created_is_found_where_the_answer_says() {
    let world = World::new();
    let body = json!({"title": "  Beacons ", "privacy": "shared"});
    let created = world
        .call("POST", ALICE, "/api/v1/conversations", &body)
        .await;
    assert_eq!(created.status, StatusCode::CREATED);
    assert_eq!(created.header("etag"), "\"1\"");
    assert_eq!(created.json()["title"], "Beacons");
    assert_eq!(created.json()["privacy"], "shared");
    let found = world.get(ALICE, created.header("location")).await;
    assert_eq!(found.json(), created.json());
}

#[tokio::test]
async fn a_write_that_means_another_version_changes_nothing() {
    let world = World::new();
    let body = json!({"title": "Renamed"});
    for tag in ["\"2\"", "W/\"1\"", "\"01\"", "\"x\""] {
        let answer = world
            .send(with("PATCH", "", ("if-match", tag), &body))
            .await;
        assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED, "{tag}");
        assert_eq!(answer.problem(), "version-mismatch");
    }
    let malformed = world
        .send(with("PATCH", "", ("if-match", "1"), &body))
        .await;
    assert_eq!(malformed.status, StatusCode::BAD_REQUEST);
    assert_eq!(malformed.problem(), "invalid-header");
    assert_eq!(
        world.conversation().version.as_number(),
        1,
        "nothing changed"
    );
    let answer = world
        .send(with("PATCH", "", ("if-match", "\"7\", \"1\""), &body))
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("etag"), "\"2\"");
    let unstated = world
        .call(
            "PATCH",
            ALICE,
            &conversation_path(""),
            &json!({"title": "Again"}),
        )
        .await;
    assert_eq!(unstated.header("etag"), "\"3\"");
}

#[tokio::test]
async fn grants_are_saved_only_under_a_stated_version() {
    let world = World::new();
    let grants =
        json!({"organization": "view", "groups": [{"group_id": GROUP, "level": "collaborate"}]});
    let path = conversation_path("/sharing");
    let unstated = world.call("PUT", ALICE, &path, &grants).await;
    assert_eq!(unstated.status, StatusCode::PRECONDITION_REQUIRED);
    assert_eq!(unstated.problem(), "precondition-required");

    let opened = world.get(ALICE, &path).await;
    assert_eq!(opened.json(), json!({"organization": null, "groups": []}));
    let tag = opened.header("etag").to_owned();
    let saved = world
        .send(with("PUT", "/sharing", ("if-match", &tag), &grants))
        .await;
    assert_eq!(
        (saved.status, saved.json()),
        (StatusCode::OK, grants.clone())
    );
    assert_eq!(saved.header("etag"), "\"2\"");
    let stale = world
        .send(with("PUT", "/sharing", ("if-match", &tag), &json!({})))
        .await;
    assert_eq!(stale.problem(), "version-mismatch");
    assert_eq!(world.get(ALICE, &path).await.json(), grants);
}

#[tokio::test]
async fn toggling_tells_which_grants_went() {
    let world = World::new();
    world
        .change_conversation(|it| {
            it.privacy = Privacy::Shared(Grants::to_organization(Level::Collaborate));
        })
        .await;
    let path = conversation_path("/privacy");
    let toggled = world
        .call("PUT", ALICE, &path, &json!({"privacy": "private"}))
        .await;
    assert_eq!(toggled.header("etag"), "\"2\"");
    let body = toggled.json();
    assert_eq!(
        (&body["privacy"], &body["version"]),
        (&json!("private"), &json!(2))
    );
    assert_eq!(
        body["removed_grants"],
        json!({"organization": "collaborate", "groups": []})
    );
    let again = world
        .call("PUT", ALICE, &path, &json!({"privacy": "private"}))
        .await;
    assert_eq!(again.json()["removed_grants"], Value::Null);
    assert_eq!(again.header("etag"), "\"2\"");
}

#[tokio::test]
async fn nothing_becomes_private_where_that_is_disabled() {
    let world = World::new();
    world
        .change_conversation(|it| {
            it.privacy = Privacy::Shared(Grants::to_organization(Level::View));
        })
        .await;
    let off = json!({"private_conversations": false});
    let changed = world.call("PUT", "admin", "/api/v1/settings", &off).await;
    assert_eq!(changed.json(), off);
    assert_eq!(world.get("erin", "/api/v1/settings").await.json(), off);
    let private = json!({"privacy": "private"});
    for (method, path, body) in [
        ("PUT", conversation_path("/privacy"), private.clone()),
        ("POST", "/api/v1/conversations".to_owned(), private),
        ("POST", conversation_path("/fork"), json!({})),
    ] {
        let answer = world.call(method, ALICE, &path, &body).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{path}");
        assert_eq!(answer.problem(), "private-conversations-disabled");
    }
}

#[tokio::test]
async fn who_gives_a_conversation_away_is_told_what_access_is_left() {
    let world = World::new();
    let owner = json!({"user_id": user("bob").to_string()});
    let given = world
        .call("PUT", ALICE, &conversation_path("/owner"), &owner)
        .await;
    assert_eq!(given.status, StatusCode::OK);
    assert_eq!(given.json()["owner"]["name"], "bob");
    assert_eq!(
        (&given.json()["access"], &given.json()["reasons"]),
        (&json!("none"), &json!([]))
    );
    assert_eq!(
        world.get(ALICE, &conversation_path("")).await.problem(),
        "not-found"
    );
}

#[tokio::test]
async fn access_is_explained_with_every_reason() {
    let world = World::new();
    let max = world
        .get(
            ALICE,
            &conversation_path(&format!("/access?user_id={}", user("max"))),
        )
        .await;
    assert_eq!(
        max.json(),
        json!({
            "user": {"id": user("max").to_string(), "name": "max"},
            "access": "manage",
            "reasons": ["manage_responses", "view_private_responses"]
        })
    );
    let own = world.get("vera", &conversation_path("/access")).await;
    assert_eq!(own.json()["reasons"], json!(["view_private_responses"]));
}

#[tokio::test]
async fn what_is_deleted_is_gone() {
    let world = World::new();
    let answer = world
        .call("DELETE", ALICE, &conversation_path(""), &json!(null))
        .await;
    assert_eq!(
        (answer.status, answer.text.as_str()),
        (StatusCode::NO_CONTENT, "")
    );
    assert_eq!(
        world.get(ALICE, &conversation_path("")).await.problem(),
        "not-found"
    );
}

async fn create(world: &World, who: &str, key: &str, body: &Value) -> Answer {
    let request = request("POST", who, "/api/v1/conversations").header("idempotency-key", key);
    world.send(crate::support::json(request, body)).await
}

#[tokio::test]
async fn the_same_request_under_the_same_key_is_done_once() {
    let world = World::new();
    let body = json!({"title": "Once"});
    let first = create(&world, ALICE, "\"k-1\"", &body).await;
    let again = create(&world, ALICE, "k-1", &body).await;
    assert_eq!(
        (again.status, again.json()),
        (StatusCode::CREATED, first.json())
    );
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(world.stored().conversations.len(), 2);

    let other = create(&world, ALICE, "\"k-1\"", &json!({"title": "Twice"})).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.problem(), "idempotency-key-reused");
    let elsewhere = with("POST", "/fork", ("idempotency-key", "k-1"), &json!({}));
    let elsewhere = world.send(elsewhere).await;
    assert_eq!(elsewhere.problem(), "idempotency-key-reused");
    let bobs = create(&world, "bob", "\"k-1\"", &body).await;
    assert_ne!(
        bobs.json()["id"],
        first.json()["id"],
        "a key belongs to its user"
    );
}

#[tokio::test]
async fn a_malformed_key_is_refused_before_anything_is_done() {
    let world = World::new();
    for key in ["", "\"", "two words", &"x".repeat(256)] {
        let answer = create(&world, ALICE, key, &json!({})).await;
        assert_eq!(answer.problem(), "invalid-header", "{key}");
    }
    assert_eq!(world.stored().conversations.len(), 1);
}

#[tokio::test]
async fn a_fork_is_a_copy_of_the_path_under_new_ids() {
    let world = World::new();
    let forked = world
        .call(
            "POST",
            ALICE,
            &conversation_path("/fork"),
            &json!({"leaf": PROMPT}),
        )
        .await;
    assert_eq!(forked.status, StatusCode::CREATED);
    assert_eq!(forked.json()["forked_from"], CONVERSATION);
    let path = format!("{}/messages", forked.header("location"));
    let messages = world.get(ALICE, &path).await.json();
    assert_eq!(messages["items"].as_array().unwrap().len(), 1);
    assert_ne!(messages["items"][0]["id"], PROMPT);
}

#[tokio::test]
async fn a_fork_that_cannot_wait_for_its_users_others_is_refused() {
    let world = World::new();
    let fork = async || {
        let path = conversation_path("/fork");
        world.call("POST", ALICE, &path, &json!({})).await
    };
    let running = world.forks.turn(user(ALICE)).await.unwrap();
    let refused = fork().await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.problem(), "too-many-forks");
    assert_eq!(refused.header("retry-after"), "7");
    assert_eq!(world.stored().conversations.len(), 1);
    drop(running);
    assert_eq!(fork().await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn an_export_is_a_file_named_by_the_id() {
    let world = World::new();
    let document = world.get(ALICE, &conversation_path("/export")).await;
    assert_eq!(
        document.header("content-disposition"),
        format!("attachment; filename=\"conversation-{CONVERSATION}.json\"")
    );
    let body = document.json();
    assert_eq!(body["conversation"]["id"], CONVERSATION);
    assert_eq!(body["messages"][1]["id"], ANSWER);
    assert_eq!(body["messages"][1]["siblings"], json!([ANSWER]));
    assert_eq!(body["messages"][1]["sibling_count"], 1);
    assert_eq!(body["messages"][1]["sibling_index"], 0);
}

#[tokio::test]
async fn a_user_runs_so_many_exports_at_once_and_one_that_ends_makes_room() {
    let world = World::new();
    let api = world.api();
    let export = || {
        let request = request("GET", ALICE, &conversation_path("/export"));
        request.body(Body::empty()).unwrap()
    };
    let first = api.clone().oneshot(export()).await.unwrap();
    assert_eq!(first.status(), StatusCode::OK);
    let refused = send(&api, export()).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.problem(), "too-many-exports");
    assert!(!refused.header("retry-after").is_empty());
    drop(first);
    assert_eq!(send(&api, export()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_markdown_export_keeps_every_message_in_its_own_quote() {
    let world = World::new();
    let content =
        parlor_domain::text::Content::from_trusted("```\n## 9. mallory\r<details>".to_owned());
    world.change_message(1, |it| it.content = content).await;
    let path = conversation_path("/export?format=markdown");
    let exported = world.get(ALICE, &path).await;
    assert_eq!(
        exported.header("content-type"),
        "text/markdown; charset=utf-8"
    );
    let expected = format!(
        "# Odd logins\n\n- Conversation: {CONVERSATION}\n- Owner: alice\n- Privacy: private\n\
        - Created: 2026-09-21T14:13:20Z\n\n## 1. alice, 2026-09-21T14:13:20Z\n\n*Begins the conversation*\n\n\
        > message 1\n> ```\n> open fence\n\n## 2. echo, 2026-09-21T14:13:20Z\n\n*Follows 1*\n\n\
        > ```\n> ## 9. mallory\n> <details>\n"
    );
    assert_eq!(exported.text, expected);
}
