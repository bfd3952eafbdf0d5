//! The bare handler's statements on PostgreSQL.

use std::sync::Arc;

use parlor_adapters_postgres::PostgresOptions;
use sqlx::{
    Executor as _, FromRow, PgPool,
    postgres::PgPoolOptions,
    query, query_as, query_scalar,
    types::{
        Uuid,
        chrono::{DateTime, Utc},
    },
};

use super::{Conversation, Entry, Owner, Privacy};
use crate::{
    fill::{organization, person, words},
    process::CONNECTIONS,
    site::{READER, WRITERS},
};

/// The same page as the service's, by the same statement: whose page it is, is known beforehand.
pub const LIST: &str =
    include_str!("../../../../adapters-postgres/queries/conversation_reader/list.sql");

/// The reader's groups.
pub async fn groups(pool: &PgPool) -> Vec<Uuid> {
    query_scalar(
        "SELECT m.group_id FROM group_members AS m WHERE m.organization_id = $1 AND m.user_id = $2",
    )
    .bind(organization())
    .bind(person(READER))
    .fetch_all(pool)
    .await
    .unwrap()
}

/// One conversation.
pub const GET: &str = "
    SELECT c.id, c.owner_id, u.name AS owner_name, c.title, c.privacy, c.created_at, c.last_activity_at, c.version, c.forked_from
    FROM conversations AS c
    JOIN users AS u ON u.organization_id = c.organization_id AND u.id = c.owner_id
    WHERE c.organization_id = $1 AND c.id = $2";

const INSERT_CONVERSATION: &str = "
    INSERT INTO conversations (
        organization_id, id, owner_id, title, privacy, created_at, last_activity_at, version
    )
    VALUES ($1, $2, $3, $4, $5, $6, $6, 1)";

const INSERT_WORDS: &str = "
    INSERT INTO search_terms (organization_id, conversation_id, term, in_title)
    SELECT $1, $2, term, true FROM unnest($3::text[]) AS t (term)";

const UPDATE_CONVERSATION: &str = "
    UPDATE conversations AS c
    SET privacy = $3, organization_level = $4, version = c.version + 1
    FROM users AS u
    WHERE c.organization_id = $1 AND c.id = $2 AND u.organization_id = c.organization_id AND u.id = c.owner_id
    RETURNING
        c.id, c.owner_id, u.name AS owner_name, c.title, c.privacy, c.created_at, c.last_activity_at, c.version, c.forked_from";

const DELETE_GRANTS: &str =
    "DELETE FROM conversation_group_grants WHERE organization_id = $1 AND conversation_id = $2";

const INSERT_ENTRY: &str = "
    INSERT INTO audit_entries (organization_id, id, action, actor_id, conversation_id, occurred_at, document)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

#[derive(FromRow)]
struct Row {
    id: Uuid,
    owner_id: Uuid,
    owner_name: String,
    title: String,
    privacy: String,
    created_at: DateTime<Utc>,
    last_activity_at: DateTime<Utc>,
    version: i64,
    forked_from: Option<Uuid>,
}

impl From<Row> for Conversation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            title: row.title,
            owner: Owner {
                id: row.owner_id,
                name: row.owner_name,
            },
            privacy: row.privacy,
            access: "view",
            reasons: ["organization_view"],
            created_at: row.created_at,
            last_activity_at: row.last_activity_at,
            version: row.version,
            forked_from: row.forked_from,
        }
    }
}

/// A row of the list, whose statement names its columns for the service's own check.
#[derive(FromRow)]
struct ListedRow {
    #[sqlx(rename = "id!")]
    id: Uuid,
    #[sqlx(rename = "owner_id!")]
    owner_id: Uuid,
    #[sqlx(rename = "owner_name!")]
    owner_name: String,
    #[sqlx(rename = "title!")]
    title: String,
    #[sqlx(rename = "privacy!")]
    privacy: String,
    #[sqlx(rename = "created_at!")]
    created_at: DateTime<Utc>,
    #[sqlx(rename = "last_activity_at!")]
    last_activity_at: DateTime<Utc>,
    #[sqlx(rename = "version!")]
    version: i64,
    #[sqlx(rename = "forked_from?")]
    forked_from: Option<Uuid>,
}

impl From<ListedRow> for Conversation {
    fn from(row: ListedRow) -> Self {
        Row {
            id: row.id,
            owner_id: row.owner_id,
            owner_name: row.owner_name,
            title: row.title,
            privacy: row.privacy,
            created_at: row.created_at,
            last_activity_at: row.last_activity_at,
            version: row.version,
            forked_from: row.forked_from,
        }
        .into()
    }
}

#[derive(Clone)]
pub struct Store {
    pool: PgPool,
    /// With the service's settings for the planner, without which its statement for a page is carried out otherwise. No role, and
    /// so no row-level security.
    planned: PgPool,
    groups: Arc<[Uuid]>,
}

impl Store {
    pub async fn open(url: &str) -> Self {
        let options = || {
            PgPoolOptions::new()
                .max_connections(CONNECTIONS)
                .test_before_acquire(false)
        };
        let pool = options().connect_lazy(url).unwrap();
        let groups = groups(&pool).await;
        let planned = options().after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute("SET ROLE NONE").await?;
                Ok(())
            })
        });
        let requests = PostgresOptions::new(url).unwrap().for_requests();
        Self {
            pool,
            planned: planned.connect_lazy_with(requests),
            groups: groups.into(),
        }
    }
}

impl super::Store for Store {
    async fn list(&self) -> Vec<Conversation> {
        let rows: Vec<ListedRow> = query_as(LIST)
            .bind(organization())
            .bind(person(READER))
            .bind(&*self.groups)
            .bind(false)
            .bind(true)
            .bind(true)
            .bind(true)
            .bind(DateTime::<Utc>::MAX_UTC)
            .bind(Uuid::max())
            .bind(51_i64)
            .fetch_all(&self.planned)
            .await
            .unwrap();
        // The last one only tells whether there is another page.
        rows.into_iter().take(50).map(Into::into).collect()
    }

    async fn get(&self, id: Uuid) -> Conversation {
        let row: Row = query_as(GET)
            .bind(organization())
            .bind(id)
            .fetch_one(&self.pool)
            .await
            .unwrap();
        row.into()
    }

    async fn create(&self, conversation: &Conversation, entry: Entry) {
        let mut transaction = self.pool.begin().await.unwrap();
        query(INSERT_CONVERSATION)
            .bind(organization())
            .bind(conversation.id)
            .bind(conversation.owner.id)
            .bind(&conversation.title)
            .bind(&conversation.privacy)
            .bind(conversation.created_at)
            .execute(&mut *transaction)
            .await
            .unwrap();
        query(INSERT_WORDS)
            .bind(organization())
            .bind(conversation.id)
            .bind(words(&conversation.title))
            .execute(&mut *transaction)
            .await
            .unwrap();
        insert_entry(&mut transaction, conversation.id, entry).await;
        transaction.commit().await.unwrap();
    }

    async fn toggle(&self, id: Uuid, to: Privacy, entry: Entry) -> Conversation {
        let mut transaction = self.pool.begin().await.unwrap();
        let row: Row = query_as(UPDATE_CONVERSATION)
            .bind(organization())
            .bind(id)
            .bind(to.name())
            .bind(to.organization_level())
            .fetch_one(&mut *transaction)
            .await
            .unwrap();
        query(DELETE_GRANTS)
            .bind(organization())
            .bind(id)
            .execute(&mut *transaction)
            .await
            .unwrap();
        insert_entry(&mut transaction, id, entry).await;
        transaction.commit().await.unwrap();
        row.into()
    }
}

async fn insert_entry(connection: &mut sqlx::PgConnection, conversation_id: Uuid, entry: Entry) {
    query(INSERT_ENTRY)
        .bind(organization())
        .bind(entry.id)
        .bind(entry.action)
        .bind(person(WRITERS[0]))
        .bind(conversation_id)
        .bind(entry.at)
        .bind(entry.document)
        .execute(connection)
        .await
        .unwrap();
}
