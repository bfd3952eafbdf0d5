//! Prompting, answered as Server-Sent Events.

use std::time::Duration;

use axum::{
    Router,
    body::{Body, BodyDataStream},
    http::{Request, StatusCode},
};
use futures::StreamExt;
use parlor_application::ports::{ModelError, StoreError};
use parlor_domain::{conversation::Conversation, grants::Privacy};
use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;
use tower::ServiceExt;

use crate::support::{ALICE, Said, World, conversation_path, request, send, user};

fn asked() -> Request<Body> {
    let request = request("POST", ALICE, &conversation_path("/messages"))
        .header("accept", "text/event-stream");
    crate::support::json(request, &json!({"content": "hello?"}))
}

/// Id, name and data of each event; comments and hints are left out.
fn events(text: &str) -> Vec<(u64, String, Value)> {
    let field = |event: &str, name: &str| {
        let mut lines = event.lines();
        lines.find_map(|line| {
            line.strip_prefix(name)?
                .strip_prefix(": ")
                .map(str::to_owned)
        })
    };
    text.split("\n\n")
        .filter(|event| event.contains("event: "))
        .map(|event| {
            let data = field(event, "data").unwrap();
            (
                field(event, "id").unwrap().parse().unwrap(),
                field(event, "event").unwrap(),
                serde_json::from_str(&data).unwrap(),
            )
        })
        .collect()
}

/// A stream that is read as it comes.
struct Open {
    body: BodyDataStream,
    text: String,
}

impl Open {
    async fn begin(api: &Router) -> Self {
        let response = api.clone().oneshot(asked()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Self {
            body: response.into_body().into_data_stream(),
            text: String::new(),
        }
    }

    /// Reads until this has come; `false` if the stream ended before.
    async fn until(&mut self, wanted: &str) -> bool {
        const PATIENCE: Duration = Duration::from_secs(10);
        while !self.text.contains(wanted) {
            let chunk = tokio::time::timeout(PATIENCE, self.body.next()).await;
            let Some(chunk) = chunk.expect("nothing came in time") else {
                return false;
            };
            self.text
                .push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
        true
    }

    async fn rest(mut self) -> String {
        assert!(!self.until("\u{0}").await);
        self.text
    }
}

#[tokio::test]
async fn a_stream_tells_of_both_messages_then_of_the_answer_as_it_comes() {
    let world = World::new();
    let answer = world.send(asked()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert_eq!(answer.header("cache-control"), "private, no-store");
    assert_eq!(answer.header("x-accel-buffering"), "no");
    let events = events(&answer.text);
    let names: Vec<_> = events.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names[..2], ["message_created"; 2]);
    assert_eq!(names.last(), Some(&"message_completed"));
    assert_eq!(events[0].2["content"], "hello?");
    assert_eq!(
        (&events[1].2["status"], &events[1].2["content"]),
        (&json!("writing"), &json!(""))
    );
    let deltas = events.iter().filter(|(_, name, _)| name == "message_delta");
    let text: String = deltas
        .map(|(_, _, data)| {
            assert_eq!(data["message_id"], events[1].2["id"]);
            data["text"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(text, "Hello there");
    assert_eq!(events.last().unwrap().2["content"], "Hello there");
    let ids: Vec<_> = events.iter().map(|(id, ..)| *id).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
}

#[tokio::test]
async fn a_model_that_fails_is_told_with_what_it_wrote_and_why() {
    let world = World::new();
    world.model_says(Said::Fails(|| ModelError::TimedOut));
    let events = events(&world.send(asked()).await.text);
    let [.., (_, failed, message), (_, error, problem)] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(
        (failed.as_str(), error.as_str()),
        ("message_failed", "error")
    );
    assert_eq!(
        (&message["status"], &message["content"]),
        (&json!("failed"), &json!("Hel"))
    );
    assert_eq!(
        (&problem["code"], &problem["status"]),
        (&json!("model-timed-out"), &json!(504))
    );
    assert_eq!(problem["assistant_message"]["id"], message["id"]);
}

#[tokio::test]
async fn what_is_refused_before_the_stream_is_a_problem_document() {
    let world = World::new();
    let request = request("POST", "bob", &conversation_path("/messages"))
        .header("accept", "text/event-stream");
    let answer = world
        .send(crate::support::json(request, &json!({"content": "x"})))
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.problem(), "not-found");
}

#[tokio::test]
async fn a_revoked_access_ends_the_stream() {
    let world = World::new();
    let (say, heard) = unbounded_channel();
    world.model_says(Said::Live(heard));
    let mut stream = Open::begin(&world.api()).await;
    say.send("first".to_owned()).unwrap();
    assert!(stream.until("first").await);
    let taken_away = |it: &mut Conversation| {
        it.owner_id = user("bob");
        it.privacy = Privacy::Private;
    };
    world.change_conversation(taken_away).await;
    let text = {
        let revoked = stream.until("access_revoked").await;
        assert!(revoked);
        // Nobody who lost its access hears more, whatever the model goes on to say.
        let _ = say.send("second".to_owned());
        stream.rest().await
    };
    assert!(!text.contains("second"));
    assert_eq!(events(&text).last().unwrap().1, "access_revoked");
}

#[tokio::test]
async fn a_shutdown_ends_the_stream_with_a_hint_and_the_answer_is_finished() {
    let world = World::new();
    let (say, heard) = unbounded_channel();
    world.model_says(Said::Live(heard));
    let mut stream = Open::begin(&world.api()).await;
    say.send("first".to_owned()).unwrap();
    assert!(stream.until("first").await);
    world.shutdown.cancel();
    let text = stream.rest().await;
    assert!(text.contains("retry: 2000"), "{text}");
    assert!(!text.contains("message_completed"));
    say.send(" and last".to_owned()).unwrap();
    drop(say);
    let finished = || {
        let messages = world.messages();
        let answer = messages.last().unwrap();
        !answer.status().is_writing() && answer.content.as_str() == "first and last"
    };
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while !finished() {
        assert!(
            tokio::time::Instant::now() < deadline,
            "the answer was not finished"
        );
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_silent_stream_gets_comment_lines() {
    let mut world = World::new();
    world.options.heartbeat = Duration::from_millis(20);
    let (say, heard) = unbounded_channel();
    world.model_says(Said::Live(heard));
    let mut stream = Open::begin(&world.api()).await;
    assert!(stream.until("\n:\n").await, "{}", stream.text);
    say.send("at last".to_owned()).unwrap();
    drop(say);
    assert!(stream.until("message_completed").await);
}

#[tokio::test]
async fn one_user_has_so_many_streams_open_and_a_closed_one_makes_room() {
    let world = World::new();
    let api = world.api();
    let (say, heard) = unbounded_channel();
    world.model_says(Said::Live(heard));
    let stream = Open::begin(&api).await;
    let refused = send(&api, asked()).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.problem(), "too-many-streams");
    assert!(!refused.header("retry-after").is_empty());
    let mut as_document = asked();
    as_document.headers_mut().remove("accept");
    let refused = send(&api, as_document).await;
    assert_eq!(refused.problem(), "too-many-streams");
    assert_eq!(world.messages().len(), 4, "nothing was stored");
    drop(say);
    stream.rest().await;
    assert_eq!(send(&api, asked()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_store_that_fails_ends_the_stream_with_the_problem() {
    let world = World::new();
    let (say, heard) = unbounded_channel();
    world.model_says(Said::Live(heard));
    let mut stream = Open::begin(&world.api()).await;
    say.send("first".to_owned()).unwrap();
    assert!(stream.until("first").await);
    world.break_conversations(|| StoreError::Unavailable(None));
    let events = events(&stream.rest().await);
    let (_, name, problem) = events.last().unwrap();
    assert_eq!(
        (name.as_str(), &problem["code"]),
        ("error", &json!("unavailable"))
    );
}
