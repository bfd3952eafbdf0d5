//! What a service could reach at all: axum and sqlx, one prepared statement for each reading, one transaction of plain statements
//! for each change, the same rows as JSON. Nobody is authenticated, and nobody's access is looked at.

pub mod postgres;
mod sqlite;
pub mod store;

use std::{env, net::SocketAddr};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, put},
};
use parlor_application::ports::{Clock as _, IdGenerator as _, SystemClock, UuidV7Generator};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::{
    Uuid,
    chrono::{DateTime, Utc},
};

use crate::{fill, site::WRITERS};

/// The environment variable that makes this program the bare handler: where to listen.
pub const LISTEN: &str = "PARLOR_BENCH_BARE_LISTEN";
/// The store's URL.
pub const STORE: &str = "PARLOR_BENCH_BARE_STORE";

/// Not a real cursor, but one of the same length.
const CURSOR: &str = "bm90IGEgcmVhbCBjdXJzb3IsIGJ1dCBvbmUgb2YgdGhlIHNhbWUgbGVuZ3RoIGFzIHRob3Nl";

/// Serves until it is killed.
pub fn serve(address: &str) {
    let address: SocketAddr = address.parse().unwrap();
    let url = env::var(STORE).unwrap();
    // As many threads as the service has: one for each core.
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let router = if url.starts_with("sqlite:") {
            router(sqlite::Store::open(&url).await)
        } else {
            router(postgres::Store::open(&url).await)
        };
        let router = router.merge(store::router(&url).await);
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        axum::serve(listener, router).await.unwrap();
    });
}

/// What the bare handler asks of a store. An error ends in a panic: nothing is measured then.
trait Store: Clone + Send + Sync + 'static {
    fn list(&self) -> impl Future<Output = Vec<Conversation>> + Send;
    fn get(&self, id: Uuid) -> impl Future<Output = Conversation> + Send;
    /// Three rows: the conversation, the words of its title, and the audit entry.
    fn create(&self, conversation: &Conversation, entry: Entry) -> impl Future<Output = ()> + Send;
    /// Two rows that are changed or new, the conversation and the audit entry, and the grants to groups that go.
    fn toggle(
        &self,
        id: Uuid,
        to: Privacy,
        entry: Entry,
    ) -> impl Future<Output = Conversation> + Send;
}

/// A conversation as the service answers it.
#[derive(Serialize)]
struct Conversation {
    id: Uuid,
    title: String,
    owner: Owner,
    privacy: String,
    access: &'static str,
    reasons: [&'static str; 1],
    created_at: DateTime<Utc>,
    last_activity_at: DateTime<Utc>,
    version: i64,
    forked_from: Option<Uuid>,
}

#[derive(Serialize)]
struct Owner {
    id: Uuid,
    name: String,
}

#[derive(Serialize)]
struct Page {
    items: Vec<Conversation>,
    next_cursor: &'static str,
}

#[derive(Deserialize)]
struct New {
    title: String,
    privacy: String,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Privacy {
    Private,
    Shared,
}

#[derive(Deserialize)]
struct Toggle {
    privacy: Privacy,
}

/// An audit entry about a conversation.
struct Entry {
    id: Uuid,
    action: &'static str,
    at: DateTime<Utc>,
    document: String,
}

impl Entry {
    fn new(action: &'static str, conversation_id: Uuid, input: &serde_json::Value) -> Self {
        let (id, at) = (UuidV7Generator.next(), SystemClock.now());
        let document = json!({
            "XForwardedFor": [],
            "actionDescription": "A conversation was written to",
            "actionDetails": {
                "access": "manage",
                "organizationId": fill::organization(),
                "privileged": false,
                "reasons": ["owner"],
                "requestId": id,
                "version": 1,
            },
            "actionName": action,
            "actionParams": {"dynamic": {"input": input, "conversationId": conversation_id}, "static": {}},
            "actionResult": "SUCCEEDED",
            "actor": {
                "attributes": {"email": "bob@acme.example", "roleNames": ["Analyst"]},
                "id": fill::person(WRITERS[0]),
                "name": WRITERS[0],
                "type": "USER",
            },
            "errors": null,
            "id": id,
            "parlorVersion": env!("CARGO_PKG_VERSION"),
            "sourceIP": "127.0.0.1",
            "timestamp": at,
            "userAgent": "",
        });
        Self {
            id,
            action,
            at,
            document: document.to_string(),
        }
    }
}

fn router<S: Store>(store: S) -> Router {
    Router::new()
        .route("/api/v1/conversations", get(list::<S>).post(create::<S>))
        .route("/api/v1/conversations/{id}", get(one::<S>))
        .route("/api/v1/conversations/{id}/privacy", put(toggle::<S>))
        .route("/health/ready", get(|| async {}))
        .with_state(store)
}

async fn list<S: Store>(State(store): State<S>) -> Json<Page> {
    Json(Page {
        items: store.list().await,
        next_cursor: CURSOR,
    })
}

async fn one<S: Store>(State(store): State<S>, Path(id): Path<Uuid>) -> Json<Conversation> {
    Json(store.get(id).await)
}

async fn create<S: Store>(
    State(store): State<S>,
    Json(new): Json<New>,
) -> (StatusCode, Json<Conversation>) {
    let now = SystemClock.now();
    let conversation = Conversation {
        id: UuidV7Generator.next(),
        title: new.title,
        owner: Owner {
            id: fill::person(WRITERS[0]),
            name: WRITERS[0].to_owned(),
        },
        privacy: new.privacy,
        access: "manage",
        reasons: ["owner"],
        created_at: now,
        last_activity_at: now,
        version: 1,
        forked_from: None,
    };
    let input = json!({"privacy": conversation.privacy});
    let entry = Entry::new("AI_INFERENCE_STREAM_CREATE", conversation.id, &input);
    store.create(&conversation, entry).await;
    (StatusCode::CREATED, Json(conversation))
}

async fn toggle<S: Store>(
    State(store): State<S>,
    Path(id): Path<Uuid>,
    Json(Toggle { privacy }): Json<Toggle>,
) -> Json<Conversation> {
    let no_grants = json!({"groups": [], "organization": null});
    let input = json!({
        "change": "privacy",
        "grants": no_grants,
        "previousGrants": {"groups": [], "organization": "view"},
        "previousPrivacy": "shared",
        "privacy": "private",
    });
    let entry = Entry::new("AI_INFERENCE_STREAM_EDIT", id, &input);
    Json(store.toggle(id, privacy, entry).await)
}

impl Privacy {
    const fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Shared => "shared",
        }
    }

    const fn organization_level(self) -> Option<&'static str> {
        match self {
            Self::Private => None,
            Self::Shared => Some("view"),
        }
    }
}
