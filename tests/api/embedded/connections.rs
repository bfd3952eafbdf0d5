//! Clients that take connections and do not use them, and what is left for the others.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::builder;
use crate::harness::{Service, eventually, text};

async fn connect(service: &Service) -> TcpStream {
    let address = service.base().strip_prefix("http://").unwrap();
    TcpStream::connect(address).await.unwrap()
}

/// Asks on a connection of its own, and says how long the answer took.
async fn health(service: &Service) -> (String, Duration) {
    let since = Instant::now();
    let mut stream = connect(service).await;
    let request = "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = timeout(Duration::from_secs(30), stream.read_to_string(&mut answer));
    read.await.expect("an answer in time").unwrap();
    (answer, since.elapsed())
}

async fn assert_is_alive(service: &Service) {
    let (answer, took) = health(service).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
async fn with_256_descriptors_half_sent_heads_keep_nobody_away() {
    let service = builder().open_files(256).start().await;
    let mut half = Vec::new();
    for number in 0..400 {
        let mut stream = connect(&service).await;
        stream
            .write_all(b"GET /health/live HTTP/1.1\r\nHo")
            .await
            .ok();
        half.push(stream);
        if number % 100 == 99 {
            assert_is_alive(&service).await;
        }
    }
    // What was opened first was closed for what came later.
    let mut rest = Vec::new();
    let closed = timeout(Duration::from_secs(5), half[0].read_to_end(&mut rest));
    closed.await.expect("the oldest one is closed").ok();
    // On a connection of its own: one that was kept from before was closed, too.
    service.acting_as("alice").create("Beacons").await;
}

#[tokio::test]
async fn with_256_descriptors_streams_are_refused_before_health_is() {
    let service = builder()
        .open_files(256)
        .with("PARLOR_LIMITS__STREAMS_PER_USER", &1000)
        .start()
        .await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let mut streams = Vec::new();
    let refused = loop {
        assert!(streams.len() < 256, "one is refused");
        let request = alice.request(reqwest::Method::GET, &format!("/conversations/{id}/events"));
        let answer = request.send().await.unwrap();
        if answer.status() != 200 {
            break answer;
        }
        streams.push(answer);
    };
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    let problem: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "too-many-connections");
    assert!(streams.len() >= 16, "{}", streams.len());
    assert_is_alive(&service).await;
    alice.get("/me").await.expect(200);
    drop(streams);
    eventually("a stream is let in again", || async {
        let path = format!("/conversations/{id}/events");
        let answer = alice.request(reqwest::Method::GET, &path).send().await;
        answer.ok().filter(|answer| answer.status() == 200)
    })
    .await;
}

#[test]
fn with_too_few_descriptors_the_start_says_how_many_are_needed() {
    let service = builder().open_files(64).stopped();
    let refused = service.run(&[]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(
        told.contains("64 files") && told.contains("ulimit -n"),
        "{told}"
    );
}

#[tokio::test]
async fn a_stop_does_not_wait_for_connections_without_a_complete_request() {
    let mut service = builder()
        .with("PARLOR_HTTP__HEAD_TIMEOUT_SECONDS", &600)
        .start()
        .await;
    let alice = service.acting_as("alice");
    let mut open = vec![connect(&service).await];
    let half_body = "POST /api/v1/conversations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer demo-alice\r\n\
        Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"title\":";
    for half in [
        "G",
        "POST /api/v1/conversations HTTP/1.1\r\nContent-Le",
        half_body,
    ] {
        let mut stream = connect(&service).await;
        stream.write_all(half.as_bytes()).await.unwrap();
        open.push(stream);
    }
    let id = alice.create("Beacons").await;
    alice.prompt(&id, "go on").await;
    let since = Instant::now();
    service.ask_to_stop();
    service.ended_well().await;
    let took = since.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    let output = service.output();
    assert!(!output.contains("not finished in time"), "{output}");
    assert!(!output.contains("had not read their answers"), "{output}");
    drop(open);
}

#[tokio::test]
async fn prompts_that_wait_for_a_document_count_with_the_streams_of_pages_and_api() {
    let service = builder()
        .with("PARLOR_LIMITS__STREAMS_PER_USER", &2)
        .start()
        .await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let _followed = alice.follow(&format!("/conversations/{id}/events")).await;
    let prompt = alice
        .request(
            reqwest::Method::POST,
            &format!("/conversations/{id}/messages"),
        )
        .json(&json!({ "content": "go on !hang" }));
    let waiting = tokio::spawn(prompt.send());
    let answer = eventually("the answer is being written", || async {
        let path = alice.get(&format!("/conversations/{id}/messages")).await;
        let items = path.json()["items"].clone();
        items.as_array().unwrap().get(1).cloned()
    })
    .await;
    for (method, path, body) in [
        (
            reqwest::Method::GET,
            format!("/conversations/{id}/events"),
            None,
        ),
        (
            reqwest::Method::POST,
            format!("/conversations/{id}/messages"),
            Some(json!({ "content": "more", "parent_id": null })),
        ),
    ] {
        let mut request = alice.request(method, &path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let refused = alice.send(request).await;
        refused.expect_problem(429, "too-many-streams");
    }
    let stop = format!("/conversations/{id}/messages/{}/stop", text(&answer, "id"));
    alice.post(&stop, json!({})).await.expect(200);
    assert_eq!(waiting.await.unwrap().unwrap().status(), 201);
    alice.prompt(&id, "more").await;
}
