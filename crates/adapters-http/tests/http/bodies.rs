//! Bodies: their type, their size, their shape.

use axum::{body::Body, http::StatusCode};
use serde_json::{Value, json};

use crate::support::{ALICE, GROUP, NOWHERE, World, conversation_path, request};

fn raw(content_type: Option<&str>, body: impl Into<Body>) -> axum::http::Request<Body> {
    let mut request = request("PATCH", ALICE, &conversation_path(""));
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    request.body(body.into()).unwrap()
}

#[tokio::test]
async fn a_body_of_another_type_is_415() {
    let world = World::new();
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
    ] {
        let answer = world.send(raw(kind, r#"{"title":"x"}"#)).await;
        assert_eq!(
            answer.status,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{kind:?}"
        );
        assert_eq!(answer.problem(), "unsupported-media-type");
    }
    let charset = Some("application/json; charset=utf-8");
    let answer = world.send(raw(charset, r#"{"title":"x"}"#)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_with_a_content_encoding_is_415_and_the_code_says_so() {
    let world = World::new();
    for (encoding, status) in [
        ("gzip", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("identity, br", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("identity", StatusCode::OK),
    ] {
        let mut request = raw(Some("application/json"), r#"{"title":"x"}"#);
        let value = encoding.parse().unwrap();
        request.headers_mut().insert("content-encoding", value);
        let answer = world.send(request).await;
        assert_eq!(answer.status, status, "{encoding}");
        if status != StatusCode::OK {
            assert_eq!(answer.problem(), "unsupported-content-encoding");
        }
    }
}

#[tokio::test]
async fn what_is_no_json_is_400() {
    let world = World::new();
    for body in [
        "",
        "{",
        "title",
        "{\"title\":\"x\"} more",
        "{\"title\":\"x\",}",
    ] {
        let answer = world.send(raw(Some("application/json"), body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.problem(), "malformed-json");
    }
    let answer = world
        .send(raw(Some("application/json"), &b"{\"title\":\"\xff\"}"[..]))
        .await;
    assert_eq!(answer.problem(), "malformed-json");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_413_however_its_length_is_told() {
    let world = World::new();
    let large = format!(r#"{{"title":"{}"}}"#, "x".repeat(5000));
    let told = raw(Some("application/json"), large.clone());
    let chunks = futures::stream::iter([Ok::<_, std::io::Error>(large)]);
    let untold = raw(Some("application/json"), Body::from_stream(chunks));
    for request in [told, untold] {
        let answer = world.send(request).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(answer.problem(), "body-too-large");
    }
}

type Case<'a> = (&'a str, &'a str, Value, &'a str);

/// Each body is refused with 422, and this is what is pointed at.
async fn refused(cases: &[Case<'_>]) {
    let world = World::new();
    for (method, rest, body, pointer) in cases {
        let request = request(method, ALICE, &conversation_path(rest)).header("if-match", "*");
        let answer = world.send(crate::support::json(request, body)).await;
        let case = format!("{method} {rest} {body}");
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{case}");
        assert_eq!(answer.pointers(), [*pointer], "{case}");
    }
}

#[tokio::test]
async fn what_does_not_validate_is_422_and_pointed_at() {
    refused(&[
        ("PATCH", "", json!({}), "/title"),
        ("PATCH", "", json!({"title": null}), "/title"),
        ("PATCH", "", json!({"title": " "}), "/title"),
        ("PATCH", "", json!({"title": "a\nb"}), "/title"),
        ("PATCH", "", json!({"title": "x", "owner": "bob"}), "/owner"),
        ("PATCH", "", json!([]), ""),
        ("PUT", "/privacy", json!({"privacy": "public"}), "/privacy"),
        (
            "PUT",
            "/privacy",
            json!({"privacy": {"shared": null}}),
            "/privacy",
        ),
        ("PUT", "/owner", json!({"user_id": "alice"}), "/user_id"),
        ("PUT", "/owner", json!({"user_id": NOWHERE}), "/user_id"),
        ("POST", "/fork", json!({"leaf": NOWHERE}), "/leaf"),
        ("POST", "/fork", json!({"messages": []}), "/messages"),
    ])
    .await;
    let body = json!({"private_conversations": "no"});
    let world = World::new();
    let answer = world.call("PUT", "admin", "/api/v1/settings", &body).await;
    assert_eq!(answer.pointers(), ["/private_conversations"]);
}

#[tokio::test]
async fn a_grant_that_does_not_validate_is_pointed_at_by_its_place() {
    let grant = |level: &str| json!({"group_id": GROUP, "level": level});
    let foreign = json!({"group_id": NOWHERE, "level": "view"});
    let groups = |groups: Value| json!({"groups": groups});
    let put = |body: Value, pointer| ("PUT", "/sharing", body, pointer);
    refused(&[
        put(json!({"organization": "manage"}), "/organization"),
        put(groups(json!([grant("owner")])), "/groups/0/level"),
        put(groups(json!([{"level": "view"}])), "/groups/0/group_id"),
        put(groups(json!([[GROUP, "view"]])), "/groups/0"),
        put(
            groups(json!([grant("view"), grant("collaborate")])),
            "/groups/1/group_id",
        ),
        put(
            groups(json!([grant("view"), foreign])),
            "/groups/1/group_id",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_prompt_that_does_not_validate_is_pointed_at() {
    let long = "x".repeat(1001);
    let post = |body: Value, pointer| ("POST", "/messages", body, pointer);
    refused(&[
        post(json!({}), "/content"),
        post(json!({"content": ""}), "/content"),
        post(json!({"content": long}), "/content"),
        post(json!({"content": "x", "role": "assistant"}), "/role"),
        post(json!({"content": "x", "model": "gpt"}), "/model"),
        post(json!({"content": "x", "parent_id": ""}), "/parent_id"),
        post(json!({"content": "x", "parent_id": NOWHERE}), "/parent_id"),
    ])
    .await;
}

#[tokio::test]
async fn where_everything_is_optional_no_body_is_an_empty_one() {
    let world = World::new();
    for body in [
        None,
        Some(json!({})),
        Some(json!({"title": null, "privacy": null})),
    ] {
        let request = request("POST", ALICE, "/api/v1/conversations");
        let request = match body {
            None => request.body(Body::empty()).unwrap(),
            Some(body) => crate::support::json(request, &body),
        };
        let answer = world.send(request).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        assert_eq!(answer.json()["title"], "New conversation");
    }
    let null = world
        .call("POST", ALICE, "/api/v1/conversations", &Value::Null)
        .await;
    assert_eq!(null.pointers(), [""]);
}
