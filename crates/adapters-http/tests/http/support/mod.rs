//! The API on mocks that share one small world: one conversation of Alice's, its messages, and a model that says what a
//! test lets it say.

mod events;
mod messages;
mod model;
mod people;
mod search;
mod store;

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use chrono::{DateTime, Utc};
use parlor_adapters_http::{HttpOptions, Pages, UseCases, router};
use parlor_application::{
    access_gate::AccessGate,
    answering::{AnswerDesk, AnswerDeskPorts, AnswerTimes},
    changes::ChangeBoard,
    messages::PromptLimit,
    ports::{Clock, NotReady, StoreError, StorePosition, StoredEvent, UuidV7Generator},
    readiness::Readiness,
};
use parlor_application::{user_limit::UserLimit, user_queue::UserQueue};
use parlor_domain::{
    audit::AuditEntry,
    conversation::{Conversation, NewConversation},
    ids::{ConversationId, MessageId},
    message::{AnswerStatus, Message, MessageKind},
    settings::Settings,
    text::{Content, Title},
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

pub use model::Said;
pub use people::{ALICE, GROUP, READ_AT, organization, user};

/// The one conversation of the world.
pub const CONVERSATION: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";
/// A conversation that is nowhere.
pub const NOWHERE: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c073990";
/// Its first prompt, and the answer to it.
pub const PROMPT: &str = "0190a2b4-0000-7cc0-98c4-dc0c0c070001";
pub const ANSWER: &str = "0190a2b4-0000-7cc0-98c4-dc0c0c070002";

/// What the mocks share.
pub struct State {
    pub conversations: Vec<Conversation>,
    pub messages: Vec<Message>,
    pub settings: Settings,
    pub recorded: Vec<AuditEntry>,
    pub kept: Vec<parlor_application::ports::IdempotencyRecord>,
    /// What happened in the conversation.
    pub events: Vec<StoredEvent>,
    /// Where those who follow something are told of changes.
    pub board: Arc<ChangeBoard>,
    /// What every read and write of a conversation fails with.
    pub broken: Option<fn() -> StoreError>,
    pub not_ready: Option<fn() -> NotReady>,
    pub says: Said,
    /// What tells where the store is after a write; nothing where there are no replicas.
    pub position: Option<fn() -> Result<StorePosition, StoreError>>,
    /// How new what was read had to be.
    pub positions: Vec<StorePosition>,
}

/// The API and what stands behind it.
pub struct World {
    pub state: Arc<Mutex<State>>,
    pub shutdown: CancellationToken,
    pub options: HttpOptions,
    pub prompts_per_minute: NonZeroU32,
    pub searches_per_minute: Option<NonZeroU32>,
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
        options.streams = UserLimit::per_user(NonZeroU32::MIN);
        Self {
            state: Arc::new(Mutex::new(State {
                conversations: vec![conversation()],
                messages: messages(),
                settings: Settings {
                    private_conversations: true,
                },
                recorded: Vec::new(),
                kept: Vec::new(),
                events: Vec::new(),
                board: ChangeBoard::new(),
                broken: None,
                not_ready: None,
                says: Said::default(),
                position: None,
                positions: Vec::new(),
            })),
            shutdown: CancellationToken::new(),
            options,
            prompts_per_minute: NonZeroU32::MAX,
            searches_per_minute: None,
            forks: UserQueue::new(0, Duration::from_secs(7)),
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The API. Each call is a new process: limits count anew.
    pub fn api(&self) -> Router {
        self.beside(Pages::default())
    }

    /// The API, with pages beside it.
    pub fn beside(&self, pages: Pages) -> Router {
        let state = &self.state;
        let gate = Arc::new(AccessGate {
            reader: Arc::new(store::reader(state)),
            units: Arc::new(store::units(state)),
            recorder: Arc::new(store::recorder(state)),
            clock: Arc::new(FixedClock),
            ids: Arc::new(UuidV7Generator),
        });
        let ports = AnswerDeskPorts {
            model: Arc::new(model::chat_model(state)),
            journal: Arc::new(store::journal(state)),
            messages: Arc::new(messages::messages(state)),
            conversations: Arc::new(store::reader(state)),
            directory: Arc::new(people::directory(state)),
            clock: Arc::new(FixedClock),
        };
        let times = AnswerTimes {
            longest: Duration::from_mins(10),
            flush: Duration::from_millis(2),
            recheck: Duration::from_millis(10),
            sign_of_life: Duration::from_secs(1),
            patience: Duration::from_secs(1),
        };
        let desk = Arc::new(AnswerDesk::new(ports, times));
        let limit = PromptLimit {
            allowance: Arc::new(people::allowance()),
            per_minute: self.prompts_per_minute,
        };
        router(
            use_cases(self, &gate, &desk, &limit),
            self.options.clone(),
            Arc::new(Readiness::new(Arc::new(store::admin(state)))),
            Arc::new(store::positions(state)),
            self.shutdown.clone(),
            pages,
        )
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
        organization_id: organization("acme"),
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

fn use_cases(
    world: &World,
    gate: &Arc<AccessGate>,
    desk: &Arc<AnswerDesk>,
    limit: &PromptLimit,
) -> UseCases {
    use parlor_application::{conversations::*, messages::*, organization::*, ports::*};
    let (state, forks) = (&world.state, world.forks.clone());
    let directory: Arc<dyn Directory> = Arc::new(people::directory(state));
    let reader: Arc<dyn MessageReader> = Arc::new(messages::messages(state));
    let catalog: Arc<dyn ModelCatalog> = Arc::new(model::catalog());
    let events: Arc<dyn EventReader> = Arc::new(events::events(state));
    let board = Arc::clone(&state.lock().unwrap().board);
    let log: Arc<dyn AuditLog> = Arc::new(store::audit_log(state));
    UseCases {
        authenticate: Arc::new(Authenticate::new(
            Arc::new(people::authenticator()),
            directory.clone(),
        )),
        list_groups: Arc::new(ListGroups::new(gate.clone(), directory.clone())),
        list_models: Arc::new(ListModels::new(catalog.clone())),
        read_settings: Arc::new(ReadSettings::new(directory.clone())),
        change_settings: Arc::new(ChangeSettings::new(gate.clone())),
        list_audit_entries: Arc::new(ListAuditEntries::new(gate.clone(), log.clone())),
        create_conversation: Arc::new(CreateConversation::new(gate.clone())),
        list_conversations: Arc::new(ListConversations::new(gate.clone())),
        search_conversations: Arc::new(SearchConversations::new(
            gate.clone(),
            reader.clone(),
            Arc::new(SearchLimit::new(world.searches_per_minute)),
            Arc::default(),
        )),
        get_conversation: Arc::new(GetConversation::new(gate.clone())),
        rename_conversation: Arc::new(RenameConversation::new(gate.clone())),
        delete_conversation: Arc::new(DeleteConversation::new(gate.clone())),
        toggle_privacy: Arc::new(TogglePrivacy::new(gate.clone())),
        read_sharing: Arc::new(ReadSharing::new(gate.clone())),
        save_sharing: Arc::new(SaveSharing::new(gate.clone())),
        transfer_conversation: Arc::new(TransferConversation::new(gate.clone())),
        explain_access: Arc::new(ExplainAccess::new(gate.clone(), directory.clone())),
        list_privileged_readings: Arc::new(ListPrivilegedReadings::new(gate.clone(), log)),
        follow_conversation: Arc::new(FollowConversation::new(
            gate.clone(),
            events.clone(),
            board.clone(),
            desk.clone(),
        )),
        follow_list: Arc::new(FollowList::new(
            gate.clone(),
            events,
            directory,
            board,
            ListTimes::default(),
        )),
        fork_conversation: Arc::new(ForkConversation::new(gate.clone(), reader.clone(), forks)),
        export_conversation: Arc::new(ExportConversation::new(
            gate.clone(),
            reader.clone(),
            UserLimit::per_user(NonZeroU32::MIN),
        )),
        list_messages: Arc::new(ListMessages::new(gate.clone(), reader.clone())),
        read_tree: Arc::new(ReadTree::new(gate.clone(), reader.clone())),
        prompt_conversation: Arc::new(PromptConversation::new(
            gate.clone(),
            catalog.clone(),
            desk.clone(),
            limit.clone(),
        )),
        regenerate_answer: Arc::new(RegenerateAnswer::new(
            gate.clone(),
            catalog,
            desk.clone(),
            limit.clone(),
        )),
        stop_answer: Arc::new(StopAnswer::new(gate.clone(), reader, desk.clone())),
    }
}
