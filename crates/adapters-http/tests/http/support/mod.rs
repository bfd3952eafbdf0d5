//! The API on the store in memory, in one small world: one conversation of Alice's, its messages, and a model that says
//! what a test lets it say.

mod model;
mod people;

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use chrono::{DateTime, Utc};
use parlor_adapters_http::{HttpOptions, Pages, router};
use parlor_application::{
    application::{self, Application, Ports, StorePorts},
    ports::{
        Clock, MockStoreAdmin, MockStorePositions, NotReady, StoreError, StorePosition,
        UuidV7Generator,
    },
    user_limit::UserLimit,
    user_queue::UserQueue,
};
use parlor_domain::{
    audit::AuditEntry,
    conversation::{Conversation, NewConversation},
    ids::{ConversationId, MessageId},
    message::{AnswerStatus, Message, MessageKind},
    settings::Settings,
    text::{Content, Title},
};
use parlor_store_memory::{InstrumentedStore, MemoryStore, model::Organization};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

pub use model::Said;
pub use people::{ACME, ALICE, GROUP, READ_AT, user};

/// The one conversation of the world.
pub const CONVERSATION: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";
const ID: ConversationId =
    ConversationId::from_uuid(Uuid::from_u128(0x0190_a2b4_7e1c_7cc0_98c4_dc0c_0c07_398f));
/// A conversation that is nowhere.
pub const NOWHERE: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c073990";
/// Its first prompt, and the answer to it.
pub const PROMPT: &str = "0190a2b4-0000-7cc0-98c4-dc0c0c070001";
pub const ANSWER: &str = "0190a2b4-0000-7cc0-98c4-dc0c0c070002";

/// The API and what stands behind it.
pub struct World {
    pub store: InstrumentedStore,
    says: Arc<Mutex<Said>>,
    /// Why the store is not ready, if it is not.
    pub not_ready: Option<fn() -> NotReady>,
    /// What tells where the store is after a write; nothing where there are no replicas.
    pub position: Option<fn() -> Result<StorePosition, StoreError>>,
    pub shutdown: CancellationToken,
    pub options: HttpOptions,
    pub prompts_per_minute: NonZeroU32,
    pub searches_per_minute: Option<NonZeroU32>,
    pub streams_per_user: NonZeroU32,
    pub forks: Arc<UserQueue>,
}

/// An answer, read whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The code of a problem document, which must be one.
    pub fn problem(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.text
        );
        let problem = self.json();
        let code = problem["code"].as_str().unwrap();
        assert_eq!(problem["type"], format!("urn:parlor:problem:{code}"));
        assert_eq!(problem["status"], self.status.as_u16());
        code.to_owned()
    }

    /// The pointers of a body that does not validate.
    pub fn pointers(&self) -> Vec<String> {
        assert_eq!(self.problem(), "invalid-body");
        let errors = self.json()["errors"].as_array().unwrap().clone();
        errors
            .iter()
            .map(|error| error["pointer"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// A fixed time, in whole microseconds.
pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        noon()
    }
}

impl World {
    pub fn new() -> Self {
        let mut options = HttpOptions::default();
        options.limits.body_bytes = 4096;
        options.limits.message_characters = 1000;
        let memory = MemoryStore::with(&people::directory()).containing(ACME, |acme| {
            let conversation = conversation();
            acme.messages.insert(conversation.id, messages());
            acme.conversations.insert(conversation.id, conversation);
            acme.read_at = READ_AT;
        });
        Self {
            store: InstrumentedStore::new(memory),
            says: Arc::default(),
            not_ready: None,
            position: None,
            shutdown: CancellationToken::new(),
            options,
            prompts_per_minute: NonZeroU32::MAX,
            searches_per_minute: None,
            streams_per_user: NonZeroU32::MIN,
            forks: UserQueue::new(0, Duration::from_secs(7)),
        }
    }

    /// What the model says to the next prompt.
    pub fn model_says(&self, said: Said) {
        *self.says.lock().unwrap() = said;
    }

    /// What is stored of Alice's organization.
    pub fn stored(&self) -> Organization {
        self.store.memory.organization(ACME)
    }

    /// The one conversation as it is stored.
    pub fn conversation(&self) -> Conversation {
        self.stored().conversations[&ID].clone()
    }

    /// Its messages, in the order in which they came.
    pub fn messages(&self) -> Vec<Message> {
        self.stored().messages_of(ID).to_vec()
    }

    /// The audit entries, the oldest first.
    pub fn entries(&self) -> Vec<AuditEntry> {
        self.store.memory.entries(ACME)
    }

    /// Somebody else changes what is stored.
    pub async fn change(&self, change: impl FnOnce(&mut Organization) + Send) {
        self.store.memory.change(ACME, change).await;
    }

    /// Somebody else changes the one conversation.
    pub async fn change_conversation(&self, change: impl FnOnce(&mut Conversation) + Send) {
        self.change(|acme| change(acme.conversations.get_mut(&ID).unwrap()))
            .await;
    }

    /// Somebody else changes one of its messages, counted from 0.
    pub async fn change_message(&self, place: usize, change: impl FnOnce(&mut Message) + Send) {
        self.change(|acme| change(&mut acme.messages.get_mut(&ID).unwrap()[place]))
            .await;
    }

    /// Lets every read and write of a conversation fail with this.
    pub fn break_conversations(&self, error: fn() -> StoreError) {
        let reads = ["read", "read_with_member", "list", "search"];
        let followed = ["look", "read_events", "find_all"];
        let writes = ["begin", "begin_on", "begin_deletion", "begin_copy"];
        for name in [&reads[..], &followed, &writes].concat() {
            self.store.calls.fail_every_with(name, error);
        }
    }

    /// The API. Each call is a new process: limits count anew.
    pub fn api(&self) -> Router {
        self.beside(Pages::default())
    }

    /// The API, with pages beside it.
    pub fn beside(&self, pages: Pages) -> Router {
        let store = StorePorts {
            admin: Arc::new(self.admin()),
            positions: Arc::new(self.positions()),
            ..StorePorts::of(&Arc::new(self.store.clone()))
        };
        let ports = Ports {
            store,
            authenticator: Arc::new(people::authenticator()),
            catalog: Arc::new(model::catalog()),
            chat_model: Arc::new(model::chat_model(&self.says)),
            clock: Arc::new(FixedClock),
            ids: Arc::new(UuidV7Generator),
        };
        let settings = application::Settings {
            prompts_per_minute: self.prompts_per_minute,
            searches_per_minute: self.searches_per_minute,
            forks: self.forks.clone(),
            streams: UserLimit::per_user(self.streams_per_user),
            ..application::Settings::for_tests()
        };
        router(
            Arc::new(Application::new(ports, settings)),
            self.options.clone(),
            self.shutdown.clone(),
            pages,
        )
    }

    fn admin(&self) -> MockStoreAdmin {
        let mut mock = MockStoreAdmin::new();
        let not_ready = self.not_ready;
        mock.expect_readiness()
            .returning(move || not_ready.map_or(Ok(()), |error| Err(error())));
        mock
    }

    fn positions(&self) -> MockStorePositions {
        let mut mock = MockStorePositions::new();
        let position = self.position;
        mock.expect_now()
            .returning(move || position.map_or(Ok(None), |position| position().map(Some)));
        mock
    }

    /// Sends a request and reads its answer.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.api(), request).await
    }

    pub async fn get(&self, who: &str, path: &str) -> Answer {
        self.send(request("GET", who, path).body(Body::empty()).unwrap())
            .await
    }

    pub async fn call(&self, method: &str, who: &str, path: &str, body: &Value) -> Answer {
        self.send(json(request(method, who, path), body)).await
    }
}

pub async fn send(api: &Router, request: Request<Body>) -> Answer {
    let response = api.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

/// A request of somebody, by its name.
pub fn request(method: &str, who: &str, path: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer demo-{who}"))
}

pub fn json(request: axum::http::request::Builder, body: &Value) -> Request<Body> {
    request
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// The path of the one conversation, or of a part of it.
pub fn conversation_path(rest: &str) -> String {
    format!("/api/v1/conversations/{CONVERSATION}{rest}")
}

fn conversation() -> Conversation {
    let new = NewConversation {
        id: CONVERSATION.parse().unwrap(),
        organization_id: ACME,
        owner_id: user(ALICE),
        title: Some(Title::parse("Odd logins").unwrap()),
        privacy: None,
        created_at: noon(),
    };
    let settings = Settings {
        private_conversations: true,
    };
    Conversation::create(new, settings).unwrap()
}

fn messages() -> Vec<Message> {
    let message = |id: &str, parent: Option<&str>, position, kind| Message {
        id: id.parse().unwrap(),
        conversation_id: CONVERSATION.parse().unwrap(),
        parent_id: parent.map(|parent| parent.parse().unwrap()),
        position,
        depth: position - 1,
        content: Content::from_trusted(format!("message {position}\n```\nopen fence")),
        created_at: noon(),
        kind,
    };
    let prompt = MessageKind::Prompt {
        author_id: user(ALICE),
    };
    let answer = MessageKind::Answer {
        model: "echo".to_owned(),
        status: AnswerStatus::Complete,
        usage: None,
        reasoning: None,
        left_out: None,
    };
    vec![
        message(PROMPT, None, 1, prompt),
        message(ANSWER, Some(PROMPT), 2, answer),
    ]
}

/// A conversation's id made from a number.
pub fn conversation_id(number: u128) -> ConversationId {
    ConversationId::from_uuid(Uuid::from_u128(number))
}

/// A message's id.
pub fn message_id(text: &str) -> MessageId {
    text.parse().unwrap()
}
