//! The store as a whole: its schema, its first filling, its upkeep.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{
    DirectorySeed, MigrationError, NotReady, OrganizationSeed, StoreAdmin, StoreError, UserSeed,
    check_schema,
};
use parlor_domain::{
    audit::AuditEntries,
    ids::{OrganizationId, UserId},
};
use sqlx::{SqliteConnection, query_file, query_file_scalar};
use uuid::Uuid;

use crate::{
    SqliteStore,
    audit_log::append,
    error::store_error,
    migrations::{applied_migrations, known_migrations},
};

/// How many rows one statement forgets, so that others write soon.
const EXPIRED_AT_ONCE: i64 = 1_000;

#[async_trait]
impl StoreAdmin for SqliteStore {
    async fn migrate(&self) -> Result<(), MigrationError> {
        self.apply_migrations().await
    }

    async fn readiness(&self) -> Result<(), NotReady> {
        self.files().check().map_err(NotReady::NotWritable)?;
        let applied = async {
            let mut connection = self.readers()?.acquire().await.map_err(store_error)?;
            applied_migrations(&mut connection).await
        };
        let applied = applied.await.map_err(NotReady::Unavailable)?;
        check_schema(known_migrations(), &applied)?;
        self.probe_writing().await.map_err(NotReady::NotWritable)
    }

    async fn identity_mode(&self) -> Result<Option<String>, StoreError> {
        query_file_scalar!("queries/store_admin/identity_mode.sql")
            .fetch_optional(self.readers()?)
            .await
            .map_err(store_error)
    }

    async fn fill(
        &self,
        mode: &str,
        seed: &DirectorySeed,
        audit: &[AuditEntries],
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_writing().await?;
        let noted = query_file!("queries/store_admin/note_identity_mode.sql", mode)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        if noted.rows_affected() == 0 {
            return Ok(false);
        }
        for organization in &seed.organizations {
            insert_organization(&mut transaction, organization)
                .await
                .map_err(store_error)?;
        }
        for entry in audit.iter().flat_map(AuditEntries::iter) {
            append(&mut transaction, entry).await?;
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }

    async fn expire_idempotency_keys(&self, older_than: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let expired = query_file!(
                "queries/store_admin/expire_idempotency_keys.sql",
                older_than.timestamp_micros(),
                EXPIRED_AT_ONCE
            )
            .execute(self.writer()?)
            .await
            .map_err(store_error)?;
            all += expired.rows_affected();
            if expired.rows_affected() < EXPIRED_AT_ONCE.unsigned_abs() {
                return Ok(all);
            }
        }
    }

    async fn expire_sessions(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let expired = query_file!(
                "queries/store_admin/expire_sessions.sql",
                now.timestamp_micros(),
                EXPIRED_AT_ONCE
            )
            .execute(self.writer()?)
            .await
            .map_err(store_error)?;
            all += expired.rows_affected();
            if expired.rows_affected() < EXPIRED_AT_ONCE.unsigned_abs() {
                return Ok(all);
            }
        }
    }

    async fn remove_leftovers(&self, silence: Duration) -> Result<u64, StoreError> {
        self.remove_all_leftovers(silence).await
    }

    async fn close(&self) {
        self.close_connections().await;
    }
}

async fn insert_organization(
    connection: &mut SqliteConnection,
    organization: &OrganizationSeed,
) -> Result<(), sqlx::Error> {
    let organization_id = organization.id.as_uuid();
    query_file!(
        "queries/store_admin/insert_organization.sql",
        organization_id,
        organization.name,
        organization.settings.private_conversations
    )
    .execute(&mut *connection)
    .await?;
    for group in &organization.groups {
        query_file!(
            "queries/store_admin/insert_group.sql",
            organization_id,
            group.id.as_uuid(),
            group.name
        )
        .execute(&mut *connection)
        .await?;
    }
    for user in &organization.users {
        insert_user(connection, organization.id, user).await?;
    }
    Ok(())
}

async fn insert_user(
    connection: &mut SqliteConnection,
    organization_id: OrganizationId,
    user: &UserSeed,
) -> Result<(), sqlx::Error> {
    query_file!(
        "queries/store_admin/insert_user.sql",
        organization_id.as_uuid(),
        user.id.as_uuid(),
        user.name,
        user.email,
        user.active
    )
    .execute(&mut *connection)
    .await?;
    for group_id in &user.groups {
        query_file!(
            "queries/store_admin/insert_group_member.sql",
            organization_id.as_uuid(),
            user.id.as_uuid(),
            group_id.as_uuid()
        )
        .execute(&mut *connection)
        .await?;
    }
    for (name, permissions) in &user.roles {
        let permissions = permissions
            .iter()
            .map(|permission| permission.as_str())
            .collect();
        give_role(connection, organization_id, user.id, name, permissions).await?;
    }
    Ok(())
}

/// Gives a role to a user, and makes it if the organization has none of this name.
async fn give_role(
    connection: &mut SqliteConnection,
    organization_id: OrganizationId,
    user_id: UserId,
    name: &str,
    permissions: Vec<&'static str>,
) -> Result<(), sqlx::Error> {
    let organization_id = organization_id.as_uuid();
    // The name decides which role it is, so it decides the id.
    let role_id = Uuid::new_v5(&organization_id, name.as_bytes());
    let made = query_file!(
        "queries/store_admin/insert_role.sql",
        organization_id,
        role_id,
        name
    )
    .execute(&mut *connection)
    .await?;
    if made.rows_affected() == 1 {
        for permission in permissions {
            query_file!(
                "queries/store_admin/insert_role_permission.sql",
                organization_id,
                role_id,
                permission
            )
            .execute(&mut *connection)
            .await?;
        }
    }
    query_file!(
        "queries/store_admin/insert_user_role.sql",
        organization_id,
        user_id.as_uuid(),
        role_id
    )
    .execute(connection)
    .await?;
    Ok(())
}
