//! The store alone: what the service asks of it to list and to get, for a principal that is known already, as the same JSON. What is
//! missing from it is authentication, the decision and everything else that surrounds a request.

use std::{str::FromStr as _, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::get,
};
use parlor_adapters_postgres::{PostgresOptions, PostgresStore};
use parlor_adapters_sqlite::{SqliteOptions, SqliteStore};
use parlor_application::ports::{
    ConversationFilter, ConversationKey, ConversationQuery, ConversationReader,
    ConversationSummary, Directory, Identity, MessageReader, PathPart, StorePosition,
};
use parlor_domain::{
    ids::{ConversationId, OrganizationId, UserId},
    principal::Principal,
};
use uuid::Uuid;

use super::{Conversation, Owner, Page};
use crate::{
    fill::{organization, person},
    process::CONNECTIONS,
    site::{MESSAGES_OF_A_PAGE, READER},
};

/// Where its answers stand, in place of `/api/v1`.
pub const PATH: &str = "/store";

#[derive(Clone)]
struct Alone {
    reader: Arc<dyn ConversationReader>,
    messages: Arc<dyn MessageReader>,
    directory: Arc<dyn Directory>,
    principal: Principal,
}

/// The routes on the store behind this URL.
pub async fn router(url: &str) -> Router {
    let alone = if let Some(file) = url.strip_prefix("sqlite://") {
        let mut options = SqliteOptions::new(file);
        options.max_readers = CONNECTIONS;
        Alone::on(SqliteStore::open(options).await.unwrap()).await
    } else {
        let mut options = PostgresOptions::new(url).unwrap();
        options.max_connections = CONNECTIONS;
        Alone::on(PostgresStore::open(options)).await
    };
    let routes = Router::new()
        .route("/conversations", get(list))
        .route("/conversations/{id}", get(one))
        .route("/conversations/{id}/page", get(page));
    Router::new().nest(PATH, routes.with_state(alone))
}

impl Alone {
    async fn on(store: impl ConversationReader + MessageReader + Directory + 'static) -> Self {
        let store = Arc::new(store);
        let identity = Identity {
            organization_id: OrganizationId::from_uuid(organization()),
            user_id: UserId::from_uuid(person(READER)),
        };
        let member = store.find_member(identity).await.unwrap();
        Self {
            principal: member.unwrap().principal,
            reader: store.clone(),
            messages: store.clone(),
            directory: store,
        }
    }
}

async fn list(State(alone): State<Alone>) -> Json<Page> {
    let query = ConversationQuery {
        filter: ConversationFilter::All,
        after: None,
        limit: 51,
        at_least: StorePosition::default(),
    };
    let found = alone.reader.list(&alone.principal, &query).await.unwrap();
    Json(Page {
        items: found.into_iter().take(50).map(Into::into).collect(),
        next_cursor: super::CURSOR,
    })
}

async fn one(State(alone): State<Alone>, Path(id): Path<String>) -> Json<Conversation> {
    let id = ConversationId::from_uuid(Uuid::from_str(&id).unwrap());
    let found = alone.reader.find(&alone.principal, id).await.unwrap();
    Json(found.unwrap().into())
}

/// The statements behind the page of a conversation, one after the other, and none of their rows.
async fn page(State(alone): State<Alone>, Path(id): Path<String>) -> String {
    let id = ConversationId::from_uuid(Uuid::from_str(&id).unwrap());
    let identity = Identity {
        organization_id: alone.principal.organization_id,
        user_id: alone.principal.user_id,
    };
    let key = ConversationKey {
        organization_id: alone.principal.organization_id,
        conversation_id: id,
    };
    alone.directory.find_member(identity).await.unwrap();
    alone.reader.find(&alone.principal, id).await.unwrap();
    let path = alone
        .messages
        .path(key, None, PathPart::page(0, 200), StorePosition::default())
        .await;
    let messages = path.unwrap().unwrap().messages.len();
    assert_eq!(messages, MESSAGES_OF_A_PAGE);
    messages.to_string()
}

impl From<ConversationSummary> for Conversation {
    fn from(summary: ConversationSummary) -> Self {
        Self {
            id: summary.id.as_uuid(),
            title: summary.title.as_str().to_owned(),
            owner: Owner {
                id: summary.owner.id.as_uuid(),
                name: summary.owner.name,
            },
            privacy: summary.privacy.as_str().to_owned(),
            access: "view",
            reasons: ["organization_view"],
            created_at: summary.created_at,
            last_activity_at: summary.last_activity_at,
            version: i64::try_from(summary.version.as_number()).unwrap(),
            forked_from: summary.forked_from.map(ConversationId::as_uuid),
        }
    }
}
