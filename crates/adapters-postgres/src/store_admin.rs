//! The store as a whole: its schema, its first filling, its upkeep.

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{
    DirectorySeed, MigrationError, NotReady, OrganizationSeed, StoreAdmin, StoreError, UserSeed,
    check_schema,
};
use parlor_domain::{
    audit::{AuditEntries, AuditEntry},
    ids::OrganizationId,
};
use sqlx::{AssertSqlSafe, Executor as _, query_file, query_file_scalar, raw_sql};
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    PostgresStore,
    audit_log::append,
    connection::Connection,
    connections::SERVICE,
    error::{code, store_error},
    migrations::known_migrations,
};

/// The advisory lock of whoever fills an empty store.
const FILLING: i64 = i64::from_be_bytes(*b"parlor\0\x02");

#[async_trait]
impl StoreAdmin for PostgresStore {
    async fn migrate(&self) -> Result<(), MigrationError> {
        self.apply_migrations().await
    }

    async fn readiness(&self) -> Result<(), NotReady> {
        let asking = async {
            let applied = self.applied_migrations().await;
            let applied = applied.map_err(NotReady::Unavailable)?;
            check_schema(known_migrations(), &applied)?;
            self.probe_writing().await.map_err(NotReady::NotWritable)
        };
        timeout(READINESS_LIMIT, asking).await.unwrap_or_else(|_| {
            // The other connections were most likely forgotten too, and the next probe is not to wait for one of them.
            self.close_idle_upkeep();
            let no_answer = StoreError::Unavailable(Some(NoAnswer.into()));
            Err(NotReady::Unavailable(no_answer))
        })
    }

    async fn identity_mode(&self) -> Result<Option<String>, StoreError> {
        let mut session = self.upkeep().await?;
        let mode = find_identity_mode(&mut session).await;
        session.done(mode)
    }

    async fn fill(
        &self,
        mode: &str,
        seed: &DirectorySeed,
        audit: &[AuditEntries],
    ) -> Result<bool, StoreError> {
        // Dropped by an error, it is closed, and nothing is filled.
        let mut session = self.upkeep().await?;
        let begin = format!("BEGIN READ WRITE; SELECT pg_advisory_xact_lock({FILLING})");
        execute(&mut session, begin).await?;
        let is_empty = find_identity_mode(&mut session)
            .await
            .map_err(store_error)?
            .is_none();
        if is_empty {
            fill_empty(&mut session, mode, seed, audit).await?;
        }
        // Every statement before it succeeded, so this is no rollback in disguise.
        let committed = session.execute(raw_sql("COMMIT")).await;
        session.done(committed)?;
        Ok(is_empty)
    }

    async fn expire_idempotency_keys(&self, older_than: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut session = self.upkeep().await?;
        let expired = query_file!(
            "queries/store_admin/expire_idempotency_keys.sql",
            older_than
        )
        .execute(&mut *session)
        .await;
        Ok(session.done(expired)?.rows_affected())
    }

    async fn expire_sessions(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut session = self.upkeep().await?;
        let expired = query_file!("queries/store_admin/expire_sessions.sql", now)
            .execute(&mut *session)
            .await;
        Ok(session.done(expired)?.rows_affected())
    }

    /// Copies and deletions are one transaction each, so nothing is left over.
    /// A copy is one transaction here, and leaves nothing.
    async fn remove_leftovers(&self, _silence: Duration) -> Result<u64, StoreError> {
        self.remove_terms_of_deleted().await
    }

    async fn close(&self) {
        self.close_pools().await;
    }
}

/// How long the server may take to show that it can be read and written.
const READINESS_LIMIT: Duration = Duration::from_secs(3);

/// The server did not show it in time.
#[derive(Debug, thiserror::Error)]
#[error("PostgreSQL did not answer within {} seconds", READINESS_LIMIT.as_secs())]
struct NoAnswer;

/// Writes what a request writes, and changes nothing: it takes the locks of the tables under the role of requests, and has a record
/// in the write-ahead log durable, on a synchronous replica too. Without `BEGIN` all of it is one transaction that needs no rollback.
const PROBE: &str = "\
    SET LOCAL ROLE parlor_service; \
    SET LOCAL lock_timeout = '2s'; \
    UPDATE conversations SET version = version WHERE false; \
    UPDATE messages SET status = status WHERE false; \
    INSERT INTO audit_entries (organization_id) SELECT organization_id FROM audit_entries WHERE false; \
    SELECT pg_logical_emit_message(true, 'parlor', 'probe')";

/// Needs new room on the disk, which goes with the transaction. The write-ahead log has nothing of it but the table's name.
const ROOM_PROBE: &str = "\
    CREATE TEMPORARY TABLE parlor_probe ON COMMIT DROP AS SELECT repeat('x', 1000) AS filler FROM generate_series(1, 1000)";

impl PostgresStore {
    /// Whether something can be written now. Upkeep's connections do it, which requests do not use up. After something could not
    /// be stored, it must also be shown that there is room again.
    async fn probe_writing(&self) -> Result<(), StoreError> {
        let failures = self.storage_failures();
        let suspicion = failures
            .suspicion()
            .map_err(|failed| StoreError::Unavailable(Some(failed.into())))?;
        let mut session = self.upkeep().await?;
        let probed = session.execute(raw_sql(PROBE)).await;
        session.done(probed)?;
        if let Some(suspicion) = suspicion {
            self.probe_room().await?;
            failures.clear(suspicion);
        }
        Ok(())
    }

    async fn probe_room(&self) -> Result<(), StoreError> {
        const INSUFFICIENT_PRIVILEGE: &str = "42501";
        let mut session = self.upkeep().await?;
        let probed = session.execute(raw_sql(ROOM_PROBE)).await;
        match session.done(probed) {
            // An administrator allows no temporary tables: the next change shows whether there is room.
            Err(error) if code(&error) == Some(INSUFFICIENT_PRIVILEGE) => Ok(()),
            probed => probed.map(drop),
        }
    }
}

async fn find_identity_mode(connection: &mut Connection) -> Result<Option<String>, sqlx::Error> {
    query_file_scalar!("queries/store_admin/identity_mode.sql")
        .fetch_optional(connection)
        .await
}

/// Carries out statements that are made of nothing but words and ids of this program.
async fn execute(connection: &mut Connection, statements: String) -> Result<(), StoreError> {
    let done = connection.execute(raw_sql(AssertSqlSafe(statements)));
    done.await.map(drop).map_err(store_error)
}

/// Fills the store as its service would: under its role, and for one organization after the other.
async fn fill_empty(
    connection: &mut Connection,
    mode: &str,
    seed: &DirectorySeed,
    audit: &[AuditEntries],
) -> Result<(), StoreError> {
    execute(connection, format!("SET LOCAL ROLE {SERVICE}")).await?;
    for organization in &seed.organizations {
        work_for(connection, organization.id).await?;
        insert_organization(connection, mode, organization)
            .await
            .map_err(store_error)?;
    }
    for entries in audit {
        let entries: Vec<&AuditEntry> = entries.iter().collect();
        if let Some(first) = entries.first() {
            work_for(connection, first.organization_id).await?;
        }
        append(connection, &entries).await?;
    }
    Ok(())
}

async fn work_for(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<(), StoreError> {
    let statement = format!("SET LOCAL parlor.organization_id = '{organization_id}'");
    execute(connection, statement).await
}

async fn insert_organization(
    connection: &mut Connection,
    mode: &str,
    organization: &OrganizationSeed,
) -> Result<(), sqlx::Error> {
    let organization_id = organization.id.as_uuid();
    query_file!(
        "queries/store_admin/insert_organization.sql",
        organization_id,
        organization.name,
        organization.settings.private_conversations,
        mode
    )
    .execute(&mut *connection)
    .await?;
    let (ids, names): (Vec<Uuid>, Vec<&str>) = organization
        .groups
        .iter()
        .map(|group| (group.id.as_uuid(), group.name.as_str()))
        .unzip();
    query_file!(
        "queries/store_admin/insert_groups.sql",
        organization_id,
        &ids,
        &names as &[&str]
    )
    .execute(&mut *connection)
    .await?;
    insert_users(connection, organization_id, &organization.users).await?;
    insert_roles(connection, organization_id, &organization.users).await
}

async fn insert_users(
    connection: &mut Connection,
    organization_id: Uuid,
    users: &[UserSeed],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = users.iter().map(|user| user.id.as_uuid()).collect();
    let names: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
    let emails: Vec<&str> = users.iter().map(|user| user.email.as_str()).collect();
    let active: Vec<bool> = users.iter().map(|user| user.active).collect();
    query_file!(
        "queries/store_admin/insert_users.sql",
        organization_id,
        &ids,
        &names as &[&str],
        &emails as &[&str],
        &active
    )
    .execute(&mut *connection)
    .await?;
    let (members, groups): (Vec<Uuid>, Vec<Uuid>) = users
        .iter()
        .flat_map(|user| user.groups.iter().map(|group| (user.id, group)))
        .map(|(user_id, group_id)| (user_id.as_uuid(), group_id.as_uuid()))
        .unzip();
    query_file!(
        "queries/store_admin/insert_group_members.sql",
        organization_id,
        &members,
        &groups
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes the roles of these users and gives them to them. Of several of one name, the first one is the role.
async fn insert_roles(
    connection: &mut Connection,
    organization_id: Uuid,
    users: &[UserSeed],
) -> Result<(), sqlx::Error> {
    // The name decides which role it is, so it decides the id.
    let role_id = |name: &str| Uuid::new_v5(&organization_id, name.as_bytes());
    let mut made = BTreeSet::new();
    let (mut ids, mut names) = (Vec::new(), Vec::new());
    let (mut giving, mut permissions) = (Vec::new(), Vec::new());
    let (mut given_to, mut given) = (Vec::new(), Vec::new());
    for user in users {
        for (name, gives) in &user.roles {
            let id = role_id(name);
            if made.insert(id) {
                ids.push(id);
                names.push(name.as_str());
                giving.extend(gives.iter().map(|_| id));
                permissions.extend(gives.iter().map(|permission| permission.as_str()));
            }
            given_to.push(user.id.as_uuid());
            given.push(id);
        }
    }
    query_file!(
        "queries/store_admin/insert_roles.sql",
        organization_id,
        &ids,
        &names as &[&str]
    )
    .execute(&mut *connection)
    .await?;
    query_file!(
        "queries/store_admin/insert_role_permissions.sql",
        organization_id,
        &giving,
        &permissions as &[&str]
    )
    .execute(&mut *connection)
    .await?;
    query_file!(
        "queries/store_admin/insert_user_roles.sql",
        organization_id,
        &given_to,
        &given
    )
    .execute(connection)
    .await?;
    Ok(())
}
