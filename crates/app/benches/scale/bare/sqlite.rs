//! The bare handler's statements on SQLite.

use std::{str::FromStr as _, sync::Arc};

use sqlx::{
    FromRow, SqlitePool, query, query_as, query_scalar,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    types::{Uuid, chrono::DateTime},
};

use super::{Conversation, Entry, Owner, Privacy};
use crate::{
    fill::{organization, person, words},
    process::CONNECTIONS,
    site::{READER, WRITERS},
};

/// The same page as the service's, by the same statement: whose page it is, is known beforehand.
const LIST: &str = include_str!("../../../../adapters-sqlite/queries/conversation_reader/list.sql");

/// The reader's groups, as the statement takes them.
const GROUPS: &str = "
    SELECT json_group_array(hex(m.group_id))
    FROM group_members AS m
    WHERE m.organization_id = ?1 AND m.user_id = ?2";

const GET: &str = "
    SELECT c.id, c.owner_id, u.name AS owner_name, c.title, c.privacy, c.created_at, c.last_activity_at, c.version, c.forked_from
    FROM conversations AS c
    JOIN users AS u ON u.organization_id = c.organization_id AND u.id = c.owner_id
    WHERE c.organization_id = ?1 AND c.id = ?2";

const INSERT_CONVERSATION: &str = "
    INSERT INTO conversations (
        organization_id, id, owner_id, title, privacy, created_at, last_activity_at, version
    )
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 1)";

const INSERT_WORDS: &str = "
    INSERT INTO search_terms (organization_id, conversation_id, term, in_title)
    SELECT ?1, ?2, value, 1 FROM json_each('[\"' || replace(?3, ' ', '\",\"') || '\"]')";

const UPDATE_CONVERSATION: &str = "
    UPDATE conversations
    SET privacy = ?3, organization_level = ?4, version = version + 1
    WHERE organization_id = ?1 AND id = ?2";

const DELETE_GRANTS: &str =
    "DELETE FROM conversation_group_grants WHERE organization_id = ?1 AND conversation_id = ?2";

const INSERT_ENTRY: &str = "
    INSERT INTO audit_entries (organization_id, id, action, actor_id, conversation_id, occurred_at, document)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

#[derive(FromRow)]
struct Row {
    id: Uuid,
    owner_id: Uuid,
    owner_name: String,
    title: String,
    privacy: String,
    created_at: i64,
    last_activity_at: i64,
    version: i64,
    forked_from: Option<Uuid>,
}

impl From<Row> for Conversation {
    fn from(row: Row) -> Self {
        let time = |micros| DateTime::from_timestamp_micros(micros).unwrap();
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
            created_at: time(row.created_at),
            last_activity_at: time(row.last_activity_at),
            version: row.version,
            forked_from: row.forked_from,
        }
    }
}

/// A row of the list, whose statement names a column for the service's own check.
#[derive(FromRow)]
struct ListedRow {
    id: Uuid,
    owner_id: Uuid,
    owner_name: String,
    title: String,
    privacy: String,
    created_at: i64,
    last_activity_at: i64,
    version: i64,
    #[sqlx(rename = "forked_from?: Uuid")]
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

/// As in the service: many connections that read, and one that writes.
#[derive(Clone)]
pub struct Store {
    readers: SqlitePool,
    writer: SqlitePool,
    groups: Arc<str>,
}

impl Store {
    pub async fn open(url: &str) -> Self {
        let connect = SqliteConnectOptions::from_str(url)
            .unwrap()
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = |size| {
            SqlitePoolOptions::new()
                .max_connections(size)
                .test_before_acquire(false)
        };
        let readers = pool(CONNECTIONS).connect_lazy_with(connect.clone());
        let groups: String = query_scalar(GROUPS)
            .bind(organization())
            .bind(person(READER))
            .fetch_one(&readers)
            .await
            .unwrap();
        Self {
            readers,
            writer: pool(1).connect_lazy_with(connect),
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
            // Not everything is to be seen, and grants count; mine, and by a grant, mine too.
            .bind(false)
            .bind(true)
            .bind(true)
            .bind(true)
            .bind(true)
            .bind(false)
            .bind(false)
            .bind(i64::MAX)
            .bind(Uuid::max())
            .bind(51)
            .fetch_all(&self.readers)
            .await
            .unwrap();
        rows.into_iter().take(50).map(Into::into).collect()
    }

    async fn get(&self, id: Uuid) -> Conversation {
        let row: Row = query_as(GET)
            .bind(organization())
            .bind(id)
            .fetch_one(&self.readers)
            .await
            .unwrap();
        row.into()
    }

    async fn create(&self, conversation: &Conversation, entry: Entry) {
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await.unwrap();
        query(INSERT_CONVERSATION)
            .bind(organization())
            .bind(conversation.id)
            .bind(conversation.owner.id)
            .bind(&conversation.title)
            .bind(&conversation.privacy)
            .bind(conversation.created_at.timestamp_micros())
            .execute(&mut *transaction)
            .await
            .unwrap();
        query(INSERT_WORDS)
            .bind(organization())
            .bind(conversation.id)
            .bind(words(&conversation.title).join(" "))
            .execute(&mut *transaction)
            .await
            .unwrap();
        insert_entry(&mut transaction, conversation.id, entry).await;
        transaction.commit().await.unwrap();
    }

    async fn toggle(&self, id: Uuid, to: Privacy, entry: Entry) -> Conversation {
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await.unwrap();
        query(UPDATE_CONVERSATION)
            .bind(organization())
            .bind(id)
            .bind(to.name())
            .bind(to.organization_level())
            .execute(&mut *transaction)
            .await
            .unwrap();
        query(DELETE_GRANTS)
            .bind(organization())
            .bind(id)
            .execute(&mut *transaction)
            .await
            .unwrap();
        // SQLite's RETURNING knows no other table.
        let row: Row = query_as(GET)
            .bind(organization())
            .bind(id)
            .fetch_one(&mut *transaction)
            .await
            .unwrap();
        insert_entry(&mut transaction, id, entry).await;
        transaction.commit().await.unwrap();
        row.into()
    }
}

async fn insert_entry(
    connection: &mut sqlx::SqliteConnection,
    conversation_id: Uuid,
    entry: Entry,
) {
    query(INSERT_ENTRY)
        .bind(organization())
        .bind(entry.id)
        .bind(entry.action)
        .bind(person(WRITERS[0]))
        .bind(conversation_id)
        .bind(entry.at.timestamp_micros())
        .bind(entry.document)
        .execute(connection)
        .await
        .unwrap();
}
