//! Following a conversation and the list, as Server-Sent Events.

use std::{num::NonZeroU32, time::Duration};

use axum::{
    Router,
    body::{Body, BodyDataStream},
    http::{Request, StatusCode},
};
use futures::StreamExt;
use parlor_application::ports::StoreError;
use parlor_domain::{
    conversation::Conversation,
    grants::Privacy,
    message::{AnswerStatus, MessageKind},
    text::Title,
};
use parlor_store_memory::model::Organization;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{
    ALICE, CONVERSATION, NOWHERE, World, conversation_path, message_id, request, user,
};

const LIST: &str = "/api/v1/conversations/events";

fn events_of_conversation() -> String {
    conversation_path("/events")
}

fn get(user: &str, path: &str) -> Request<Body> {
    request("GET", user, path).body(Body::empty()).unwrap()
}

fn back(id: &str) -> Request<Body> {
    request("GET", ALICE, &events_of_conversation())
        .header("last-event-id", id)
        .body(Body::empty())
        .unwrap()
}

/// A stream that is read as it comes.
struct Open {
    body: BodyDataStream,
    text: String,
}

impl Open {
    async fn begin(api: &Router, request: Request<Body>) -> Self {
        let response = api.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let headers = response.headers();
        assert_eq!(headers["content-type"], "text/event-stream");
        assert_eq!(headers["cache-control"], "private, no-store");
        assert_eq!(headers["x-accel-buffering"], "no");
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

/// Alice's conversation is called so from now on.
async fn rename(world: &World, title: &str) {
    let title = Title::parse(title).unwrap();
    world.change_conversation(|it| it.title = title).await;
}

/// Nothing is there any more.
async fn delete(world: &World) {
    let clear = |acme: &mut Organization| {
        acme.conversations.clear();
        acme.messages.clear();
    };
    world.change(clear).await;
}

/// Another answer to the one prompt comes, and ends.
async fn answer_again(world: &World) {
    let [_, first] = &world.messages()[..] else {
        panic!("a prompt and an answer");
    };
    let mut second = first.clone();
    second.id = message_id(NOWHERE);
    second.position = 3;
    let id = second.conversation_id;
    for status in [AnswerStatus::Writing, AnswerStatus::Complete] {
        let mut now = second.clone();
        if let MessageKind::Answer { status: its, .. } = &mut now.kind {
            *its = status;
        }
        let write = |acme: &mut Organization| {
            let messages = acme.messages.get_mut(&id).unwrap();
            messages.truncate(2);
            messages.push(now);
        };
        world.change(write).await;
    }
}

/// An event of each kind that there is here, with the name of the schema that describes it.
pub async fn one_of_each() -> Vec<(&'static str, Value)> {
    let mut world = World::new();
    world.streams_per_user = NonZeroU32::MAX;
    answer_again(&world).await;
    rename(&world, "Implants").await;
    let mut streams = Vec::new();
    let api = [world.api(), world.api()];
    let conversation = Open::begin(&api[0], back("0")).await;
    let list = Open::begin(&api[1], get(ALICE, LIST)).await;
    for (schema, mut stream) in [("ConversationEvent", conversation), ("ListEvent", list)] {
        if schema == "ListEvent" {
            rename(&world, "Beacons").await;
        }
        assert!(stream.until("event: conversation_changed").await);
        streams.push((schema, stream));
    }
    delete(&world).await;
    let mut told = Vec::new();
    for (schema, mut stream) in streams {
        let ends = ["event: conversation_deleted", "event: conversation_removed"];
        assert!(stream.until(ends[usize::from(schema == "ListEvent")]).await);
        assert!(stream.until("\n\n").await);
        let blocks = stream
            .text
            .split("\n\n")
            .filter(|block| block.contains("data: "));
        told.extend(blocks.map(|block| {
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
            let data: Value = serde_json::from_str(field("data: ").unwrap()).unwrap();
            (
                schema,
                json!({ "event": field("event: ").unwrap(), "data": data }),
            )
        }));
    }
    told
}

#[tokio::test]
async fn what_happens_is_told_with_ids_from_which_one_comes_back() {
    let world = World::new();
    let api = world.api();
    let mut stream = Open::begin(&api, get(ALICE, &events_of_conversation())).await;
    rename(&world, "Beacons").await;
    assert!(stream.until("\n\n").await);
    let told = stream.text.clone();
    assert!(told.contains("event: conversation_changed"), "{told}");
    assert!(told.contains(r#""title":"Beacons""#), "{told}");
    let id = told
        .lines()
        .find_map(|line| line.strip_prefix("id: "))
        .unwrap();
    drop(stream);

    rename(&world, "Implants").await;
    let mut stream = Open::begin(&api, back(id)).await;
    assert!(stream.until("Implants").await);
    let next = stream
        .text
        .lines()
        .find_map(|line| line.strip_prefix("id: "));
    let number = |id: &str| id.parse::<u64>().unwrap();
    assert!(number(next.unwrap()) > number(id));
}

#[tokio::test]
async fn a_header_that_no_event_had_as_its_id_is_refused() {
    let world = World::new();
    let api = world.api();
    for id in ["one", "-1", "1.5", "\u{e9}"] {
        let answer = crate::support::send(&api, back(id)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{id}");
        assert_eq!(answer.problem(), "invalid-header");
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let world = World::new();
    let invisible = world.send(get("bob", &events_of_conversation())).await;
    let path = format!("/api/v1/conversations/{NOWHERE}/events");
    let absent = world.send(get("bob", &path)).await;
    assert_eq!(invisible.problem(), "not-found");
    assert_eq!(invisible.text, absent.text);
}

#[tokio::test]
async fn a_lost_access_ends_the_stream_and_what_comes_after_it_is_not_told() {
    let world = World::new();
    let stream = Open::begin(&world.api(), get(ALICE, &events_of_conversation())).await;
    let taken_away = |it: &mut Conversation| {
        it.owner_id = user("bob");
        it.privacy = Privacy::Private;
    };
    world.change_conversation(taken_away).await;
    rename(&world, "Not for Alice").await;
    let text = stream.rest().await;
    assert!(text.contains("event: access_revoked"), "{text}");
    assert!(!text.contains("Not for Alice"), "{text}");
}

#[tokio::test]
async fn a_list_tells_of_changes_and_of_what_is_gone() {
    let world = World::new();
    let mut stream = Open::begin(&world.api(), get(ALICE, LIST)).await;
    rename(&world, "Beacons").await;
    assert!(stream.until("Beacons").await);
    assert!(stream.text.contains("event: conversation_changed"));
    delete(&world).await;
    assert!(stream.until("event: conversation_removed").await);
    assert!(stream.until(CONVERSATION).await);
}

#[tokio::test]
async fn these_streams_count_among_those_that_a_user_may_have_open() {
    let world = World::new();
    let api = world.api();
    let stream = Open::begin(&api, get(ALICE, LIST)).await;
    for path in [LIST, &events_of_conversation()] {
        let answer = crate::support::send(&api, get(ALICE, path)).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.problem(), "too-many-streams");
    }
    drop(stream);
    Open::begin(&api, get(ALICE, &events_of_conversation())).await;
}

#[tokio::test]
async fn a_shutdown_ends_the_streams_with_a_hint_when_to_come_back() {
    for path in [LIST, &events_of_conversation()] {
        let mut world = World::new();
        world.options.heartbeat = Duration::from_millis(20);
        let mut stream = Open::begin(&world.api(), get(ALICE, path)).await;
        // A comment while there is nothing to tell.
        assert!(stream.until(":\n\n").await);
        world.shutdown.cancel();
        let text = stream.rest().await;
        assert!(text.contains("retry: 2000"), "{text}");
    }
}

#[tokio::test]
async fn where_the_store_is_away_one_is_asked_to_come_back() {
    let world = World::new();
    let stream = Open::begin(&world.api(), get(ALICE, &events_of_conversation())).await;
    world.break_conversations(|| StoreError::Unavailable(None));
    rename(&world, "Not told").await;
    let text = stream.rest().await;
    assert!(
        text.contains("retry: 2000") && !text.contains("event:"),
        "{text}"
    );
}

#[tokio::test]
async fn unknown_parameters_are_refused() {
    let world = World::new();
    for path in [LIST, &events_of_conversation()] {
        let answer = world.send(get(ALICE, &format!("{path}?bypass=true"))).await;
        assert_eq!(answer.problem(), "invalid-query");
    }
}
