//! `Parlor-Consistency`: what a write tells, and a read takes.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use parlor_application::ports::{ModelError, StoreError, StorePosition};
use serde_json::{Value, json};

use crate::support::{ALICE, ANSWER, Answer, READ_AT, Said, World, conversation_path, request};

/// The token of the position with the number 5.
const FIVE: &str = "AQAAAAAAAAAF";

fn with_replicas() -> World {
    let mut world = World::new();
    world.position = Some(|| Ok(StorePosition::from_number(5)));
    world
}

fn get(path: &str, tokens: &[&str]) -> Request<Body> {
    let mut request = request("GET", "vera", path);
    for token in tokens {
        request = request.header("Parlor-Consistency", *token);
    }
    request.body(Body::empty()).unwrap()
}

/// Every kind of write, in an order in which each succeeds.
fn writes() -> Vec<(&'static str, String, Value)> {
    let user = |name| crate::support::user(name).as_uuid();
    vec![
        ("POST", "/api/v1/conversations".to_owned(), json!({})),
        ("PATCH", conversation_path(""), json!({"title": "x"})),
        (
            "PUT",
            conversation_path("/privacy"),
            json!({"privacy": "shared"}),
        ),
        (
            "POST",
            conversation_path("/messages"),
            json!({"content": "x"}),
        ),
        (
            "POST",
            conversation_path(&format!("/messages/{ANSWER}/regenerate")),
            json!({}),
        ),
        (
            "POST",
            conversation_path(&format!("/messages/{ANSWER}/stop")),
            json!({}),
        ),
        ("POST", conversation_path("/fork"), json!({})),
        (
            "PUT",
            conversation_path("/owner"),
            json!({"user_id": user(ALICE)}),
        ),
        ("DELETE", conversation_path(""), json!({})),
    ]
}

async fn write(world: &World, (method, path, body): &(&str, String, Value)) -> Answer {
    let answer = world.call(method, ALICE, path, body).await;
    assert!(answer.status.is_success(), "{method} {path}");
    answer
}

#[tokio::test]
async fn every_write_tells_where_the_store_is_after_it() {
    let world = with_replicas();
    for call in writes() {
        let answer = write(&world, &call).await;
        assert_eq!(answer.header("parlor-consistency"), FIVE, "{call:?}");
    }
}

#[tokio::test]
async fn a_streamed_answer_tells_it_too() {
    let world = with_replicas();
    let asked = request("POST", ALICE, &conversation_path("/messages"))
        .header("accept", "text/event-stream");
    let asked = crate::support::json(asked, &json!({"content": "x"}));
    let answer = world.send(asked).await;
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert_eq!(answer.header("parlor-consistency"), FIVE);
}

#[tokio::test]
async fn a_model_that_fails_leaves_a_stored_prompt_and_so_it_is_told_too() {
    let world = with_replicas();
    world.model_says(Said::Fails(|| ModelError::TimedOut));
    let path = conversation_path("/messages");
    let answer = world
        .call("POST", ALICE, &path, &json!({"content": "x"}))
        .await;
    assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(answer.header("parlor-consistency"), FIVE);
}

#[tokio::test]
async fn without_replicas_there_is_nothing_to_tell() {
    let world = World::new();
    for call in writes() {
        let answer = write(&world, &call).await;
        assert!(!answer.headers.contains_key("parlor-consistency"));
    }
}

#[tokio::test]
async fn a_write_whose_place_cannot_be_found_out_is_answered_all_the_same() {
    let mut world = World::new();
    world.position = Some(|| Err(StoreError::Unavailable(None)));
    for call in writes() {
        let answer = write(&world, &call).await;
        assert!(!answer.headers.contains_key("parlor-consistency"));
    }
}

#[tokio::test]
async fn neither_a_reading_nor_what_failed_tells_a_position() {
    let world = with_replicas();
    let read = world.get(ALICE, &conversation_path("")).await;
    assert_eq!(read.status, StatusCode::OK);
    let forbidden = world
        .call(
            "PATCH",
            "vera",
            &conversation_path(""),
            &json!({"title": "x"}),
        )
        .await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN);
    for answer in [read, forbidden] {
        assert!(!answer.headers.contains_key("parlor-consistency"));
    }
}

#[tokio::test]
async fn messages_are_as_new_as_the_token_and_without_one_as_the_request() {
    let world = World::new();
    for (tokens, at_least) in [(&[][..], READ_AT), (&[FIVE], StorePosition::from_number(5))] {
        for path in ["/messages", "/tree", "/export"] {
            let answer = world.send(get(&conversation_path(path), tokens)).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            let read = world.store.calls.take_positions();
            // An export reads more than once.
            let readings = if path == "/export" { 2 } else { 1 };
            assert_eq!(read, vec![at_least; readings], "{path}");
        }
    }
}

#[tokio::test]
async fn a_list_is_as_new_as_the_request_whatever_the_token_says() {
    let world = World::new();
    for path in [
        "/api/v1/conversations",
        "/api/v1/conversations?q=odd",
        "/api/v1/conversations?filter=private",
    ] {
        for tokens in [&[][..], &[FIVE]] {
            let answer = world.send(get(path, tokens)).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            let read = world.store.calls.take_positions();
            assert_eq!(read, [READ_AT], "{path}");
        }
    }
}

#[tokio::test]
async fn what_is_no_token_is_refused_and_so_are_two() {
    let world = World::new();
    for path in ["/api/v1/me", &conversation_path("/messages")] {
        for tokens in [&[""][..], &["5"], &["AQAAAAAAAAAFAA"], &[FIVE, FIVE]] {
            let answer = world.send(get(path, tokens)).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{tokens:?}");
            assert_eq!(answer.problem(), "invalid-consistency-token");
        }
    }
    assert_eq!(world.store.calls.take_positions(), [], "nothing was read");
}

#[tokio::test]
async fn who_is_not_known_learns_nothing_of_its_token() {
    let unknown = Request::get("/api/v1/me").header("Parlor-Consistency", "5");
    let answer = World::new()
        .send(unknown.body(Body::empty()).unwrap())
        .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}
