//! What every answer has in common.

use axum::{body::Body, http::StatusCode};
use parlor_application::ports::StoreError;
use serde_json::json;

use crate::support::{ALICE, World, conversation_path, request, send};

#[tokio::test]
async fn no_token_and_a_bad_one_are_answered_with_401_and_how_to_do_better() {
    let world = World::new();
    let without = axum::http::Request::get("/api/v1/me")
        .body(Body::empty())
        .unwrap();
    for answer in [
        world.send(without).await,
        world.get("nobody", "/api/v1/me").await,
        world
            .get("nobody", &conversation_path("?bypass=true"))
            .await,
        world
            .call("POST", "nobody", "/api/v1/conversations", &json!([]))
            .await,
    ] {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert_eq!(answer.problem(), "unauthenticated");
    }
}

#[tokio::test]
async fn tokens_that_cannot_be_checked_are_our_failure() {
    let answer = World::new().get("away", "/api/v1/me").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.problem(), "unavailable");
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
}

#[tokio::test]
async fn nothing_under_api_is_cached_by_anybody() {
    let world = World::new();
    for path in [
        "/api/v1/me",
        "/api/v1/nothing",
        "/api/nothing",
        "/api",
        "/api/openapi.json",
        "/api/docs",
        &conversation_path("/export"),
    ] {
        for who in [ALICE, "nobody"] {
            let answer = world.get(who, path).await;
            assert_eq!(
                answer.header("cache-control"),
                "private, no-store",
                "{path}"
            );
            let varies = if answer.status.is_success() {
                "Authorization, Cookie"
            } else {
                "Authorization, Cookie, Accept-Language"
            };
            assert_eq!(answer.header("vary"), varies, "{path}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        }
    }
}

#[tokio::test]
async fn the_requests_id_is_taken_if_it_is_sane_and_else_made() {
    let world = World::new();
    let asked = |id: &str| {
        let request = request("GET", ALICE, "/api/v1/me").header("x-request-id", id);
        request.body(Body::empty()).unwrap()
    };
    let answer = world.send(asked("trace-1.a_B")).await;
    assert_eq!(answer.header("x-request-id"), "trace-1.a_B");
    for id in ["", "two words", "a\"b", &"x".repeat(129)] {
        let answer = world.send(asked(id)).await;
        let made = answer.header("x-request-id").parse::<uuid::Uuid>().unwrap();
        assert_eq!(made.get_version_num(), 7, "{id}");
    }
}

#[tokio::test]
async fn the_requests_id_and_its_origin_stand_in_audit_entries() {
    let world = World::new();
    let request = request("GET", "vera", &conversation_path(""))
        .header("x-request-id", "trace-1")
        .header("user-agent", "curl/8")
        .header("x-forwarded-for", "192.0.2.66")
        .extension(axum::extract::ConnectInfo(std::net::SocketAddr::from((
            [203, 0, 113, 9],
            4711,
        ))));
    world.send(request.body(Body::empty()).unwrap()).await;
    let origin = world.entries()[0].origin.clone();
    assert_eq!(origin.request_id, "trace-1");
    assert_eq!(origin.user_agent, "curl/8");
    assert_eq!(origin.source_ip, "203.0.113.9");
    assert!(
        origin.forwarded_for.is_empty(),
        "nobody is trusted by default"
    );
}

#[tokio::test]
async fn an_unknown_route_is_404_without_asking_who_calls() {
    let world = World::new();
    for path in [
        "/nothing",
        "/api/v1",
        "/api/v1/nothing",
        "/api/v1/me/",
        "/metrics",
    ] {
        let answer = world.get("nobody", path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.problem(), "unknown-route");
    }
}

#[tokio::test]
async fn a_known_route_with_another_method_is_405_and_names_those_that_it_has() {
    let world = World::new();
    for (method, path, allowed) in [
        ("POST", "/api/v1/me".to_owned(), &["GET", "HEAD"][..]),
        (
            "OPTIONS",
            "/api/v1/conversations".to_owned(),
            &["GET", "POST"],
        ),
        ("PUT", conversation_path(""), &["GET", "PATCH", "DELETE"]),
        ("GET", conversation_path("/privacy"), &["PUT"]),
        ("DELETE", "/health/live".to_owned(), &["GET"]),
        ("BREW", "/api/v1/me".to_owned(), &["GET"]),
    ] {
        let answer = world.call(method, "nobody", &path, &json!({})).await;
        assert_eq!(
            answer.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{method} {path}"
        );
        assert_eq!(answer.problem(), "method-not-allowed");
        for method in allowed {
            assert!(answer.header("allow").contains(method), "{path}");
        }
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let world = World::new();
    let head = request("HEAD", ALICE, &conversation_path(""));
    let answer = world.send(head.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("etag"), "\"1\"");
    assert_eq!(answer.text, "");
}

#[tokio::test]
async fn a_failing_store_is_told_apart_by_what_may_help() {
    type Case = (fn() -> StoreError, StatusCode, &'static str);
    let corrupt = || StoreError::Corrupt {
        table: "conversations",
        column: "title",
        row: "7".to_owned(),
    };
    let failures: [Case; 4] = [
        (
            || StoreError::Unavailable(None),
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
        ),
        (|| StoreError::Conflict, StatusCode::CONFLICT, "conflict"),
        (corrupt, StatusCode::INTERNAL_SERVER_ERROR, "internal-error"),
        (
            || StoreError::Other("secret of the driver".into()),
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal-error",
        ),
    ];
    let world = World::new();
    for (error, status, code) in failures {
        world.break_conversations(error);
        let answer = world.get(ALICE, &conversation_path("")).await;
        assert_eq!((answer.status, answer.problem().as_str()), (status, code));
        assert!(!answer.text.contains("conversations") && !answer.text.contains("secret"));
    }
}

#[tokio::test]
async fn a_panic_is_an_answer_like_any_other_and_the_next_request_is_served() {
    let world = World::new();
    let api = world.api();
    world.break_conversations(|| panic!("what it says is not told"));
    let path = conversation_path("");
    let get = || request("GET", ALICE, &path).body(Body::empty()).unwrap();
    let answer = send(&api, get()).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.problem(), "internal-error");
    assert!(!answer.text.contains("not told"));
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let me = request("GET", ALICE, "/api/v1/me")
        .body(Body::empty())
        .unwrap();
    assert_eq!(send(&api, me).await.status, StatusCode::OK);
}

#[tokio::test]
async fn unknown_repeated_and_malformed_parameters_are_refused() {
    let world = World::new();
    for path in [
        "/api/v1/me?bypass=true".to_owned(),
        "/api/v1/conversations?limit=1&limit=2".to_owned(),
        "/api/v1/conversations?limit=0".to_owned(),
        "/api/v1/conversations?limit=101".to_owned(),
        "/api/v1/conversations?limit=%2B5".to_owned(),
        "/api/v1/conversations?limit=".to_owned(),
        "/api/v1/conversations?filter=everything".to_owned(),
        "/api/v1/audit-events?action=DROP_TABLE".to_owned(),
        "/api/v1/audit-events?from=yesterday".to_owned(),
        "/api/v1/audit-events?actor_id=alice".to_owned(),
        "/health/live?verbose".to_owned(),
        conversation_path("/access?user_id=0190A2B4-7E1C-7CC0-98C4-DC0C0C07398F"),
        conversation_path("/export?format=pdf"),
        conversation_path("/messages?leaf=newest"),
    ] {
        let answer = world.get("admin", &path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(answer.problem(), "invalid-query", "{path}");
    }
}
