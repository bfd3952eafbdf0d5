//! What the caller cannot see and what does not exist cannot be told apart.

use axum::http::StatusCode;
use parlor_domain::grants::{Grants, Level, Privacy};
use serde_json::{Value, json};

use crate::support::{ANSWER, Answer, CONVERSATION, GROUP, NOWHERE, World, conversation_path};

/// Every operation on a conversation: method, what follows its path, a body that validates.
fn operations() -> Vec<(&'static str, String, Value)> {
    let message = format!("/messages/{ANSWER}");
    vec![
        ("GET", String::new(), json!(null)),
        ("PATCH", String::new(), json!({"title": "x"})),
        ("DELETE", String::new(), json!(null)),
        ("PUT", "/privacy".to_owned(), json!({"privacy": "shared"})),
        ("GET", "/sharing".to_owned(), json!(null)),
        (
            "PUT",
            "/sharing".to_owned(),
            json!({"groups": [{"group_id": GROUP, "level": "view"}]}),
        ),
        ("PUT", "/owner".to_owned(), json!({"user_id": GROUP})),
        ("GET", "/access".to_owned(), json!(null)),
        ("GET", format!("/access?user_id={GROUP}"), json!(null)),
        ("GET", "/privileged-readings".to_owned(), json!(null)),
        ("GET", "/messages".to_owned(), json!(null)),
        ("GET", format!("/messages?leaf={ANSWER}"), json!(null)),
        ("GET", "/tree".to_owned(), json!(null)),
        ("POST", "/messages".to_owned(), json!({"content": "x"})),
        ("POST", format!("{message}/regenerate"), json!({})),
        ("POST", format!("{message}/stop"), json!({})),
        ("POST", "/fork".to_owned(), json!({})),
        ("GET", "/export".to_owned(), json!(null)),
        ("GET", "/export?format=markdown".to_owned(), json!(null)),
    ]
}

/// All that a caller can tell of an answer, but the request's own id.
fn told(answer: &Answer) -> (StatusCode, Vec<(String, String)>, &str) {
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| name.as_str() != "x-request-id")
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    (answer.status, headers, &answer.text)
}

#[tokio::test]
async fn the_invisible_the_absent_and_the_misspelled_are_answered_with_the_same_bytes() {
    let world = World::new();
    for (method, rest, body) in operations() {
        let at = |id: &str| format!("/api/v1/conversations/{id}{rest}");
        let absent = world.call(method, "bob", &at(NOWHERE), &body).await;
        assert_eq!(absent.status, StatusCode::NOT_FOUND, "{method} {rest}");
        assert_eq!(absent.problem(), "not-found");
        let upper = CONVERSATION.to_uppercase();
        let bare = CONVERSATION.replace('-', "");
        for (who, id) in [
            ("bob", CONVERSATION),
            ("erin", CONVERSATION),
            ("mallory", CONVERSATION),
            ("alice", &upper),
            ("alice", &bare),
            ("alice", "%FF"),
        ] {
            let answer = world.call(method, who, &at(id), &body).await;
            assert_eq!(told(&answer), told(&absent), "{method} {rest} {who} {id}");
        }
    }
}

#[tokio::test]
async fn a_stopped_user_gets_401_whatever_it_asks_and_however() {
    let world = World::new();
    for (method, rest, body) in operations() {
        for id in [CONVERSATION, NOWHERE, "no-id"] {
            let separator = if rest.contains('?') { '&' } else { '?' };
            for unknown in [String::new(), format!("{separator}bypass=true")] {
                let path = format!("/api/v1/conversations/{id}{rest}{unknown}");
                let answer = world.call(method, "stopped", &path, &body).await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
                assert_eq!(answer.problem(), "unauthenticated");
            }
        }
    }
}

#[tokio::test]
async fn asking_for_what_one_cannot_see_is_recorded_whether_or_not_it_exists() {
    let world = World::new();
    for id in [CONVERSATION, NOWHERE] {
        world
            .get("bob", &format!("/api/v1/conversations/{id}"))
            .await;
    }
    let entries = world.entries();
    let recorded: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(recorded, ["AI_INFERENCE_STREAM_ACCESS_DENIED"; 2]);
}

#[tokio::test]
async fn a_message_of_nowhere_is_answered_like_a_conversation_of_nowhere() {
    let world = World::new();
    let absent = world
        .get("alice", &format!("/api/v1/conversations/{NOWHERE}"))
        .await;
    for (method, rest) in [
        ("GET", format!("/messages?leaf={NOWHERE}")),
        ("POST", format!("/messages/{NOWHERE}/stop")),
        ("POST", format!("/messages/{NOWHERE}/regenerate")),
        ("POST", format!("/messages/{}/stop", ANSWER.to_uppercase())),
        ("GET", format!("/access?user_id={NOWHERE}")),
    ] {
        let answer = world
            .call(method, "alice", &conversation_path(&rest), &json!({}))
            .await;
        assert_eq!(told(&answer), told(&absent), "{method} {rest}");
    }
}

#[tokio::test]
async fn who_may_see_but_not_do_is_told_what_it_needs() {
    let world = World::new();
    world
        .change_conversation(|it| {
            it.privacy = Privacy::Shared(Grants::to_organization(Level::View));
        })
        .await;
    for (method, rest, body) in operations() {
        let manage = [
            "/privacy",
            "/sharing",
            "/owner",
            "/privileged-readings",
            "/access?",
        ];
        let needed = match method {
            "PATCH" | "DELETE" => Some("manage access"),
            _ if manage.iter().any(|part| rest.starts_with(part)) => Some("manage access"),
            "POST" if rest != "/fork" => Some("collaborate access and `run_ai`"),
            _ => None,
        };
        let answer = world
            .call(method, "bob", &conversation_path(&rest), &body)
            .await;
        let Some(needed) = needed else {
            assert!(answer.status.is_success(), "{method} {rest}");
            continue;
        };
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {rest}");
        assert_eq!(answer.problem(), "forbidden");
        assert_eq!(answer.json()["detail"], format!("This needs {needed}"));
    }
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let world = World::new();
    for (method, who, path, body, needed) in [
        (
            "GET",
            "alice",
            "/api/v1/audit-events",
            json!(null),
            "`read_audit_log`",
        ),
        (
            "GET",
            "erin",
            "/api/v1/groups",
            json!(null),
            "`run_ai` or `manage_responses`",
        ),
        (
            "POST",
            "erin",
            "/api/v1/conversations",
            json!({}),
            "`run_ai`",
        ),
        (
            "PUT",
            "alice",
            "/api/v1/settings",
            json!({"private_conversations": false}),
            "`manage_settings`",
        ),
    ] {
        let answer = world.call(method, who, path, &body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(answer.json()["detail"], format!("This needs {needed}"));
    }
}

#[tokio::test]
async fn authorization_comes_before_preconditions() {
    let world = World::new();
    let path = conversation_path("/sharing");
    let hidden = world.call("PUT", "bob", &path, &json!({})).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    world
        .change_conversation(|it| {
            it.privacy = Privacy::Shared(Grants::to_organization(Level::View));
        })
        .await;
    let refused = world.call("PUT", "bob", &path, &json!({})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let managed = world.call("PUT", "max", &path, &json!({})).await;
    assert_eq!(managed.problem(), "precondition-required");
}
