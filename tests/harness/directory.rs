//! Changes of the directory that nobody asks the service for: as an administrator, or a synchronization, makes them in the store.

use sqlx::{AssertSqlSafe, ConnectOptions as _, raw_sql, sqlite::SqliteConnectOptions};

use super::{Service, group_id, user_id};

/// A change of what somebody is in the demo's first organization.
#[derive(Debug, Clone, Copy)]
pub enum DirectoryChange {
    /// The user is stopped.
    Stop(&'static str),
    /// The user is active again.
    Restart(&'static str),
    /// The user is in this group no more.
    Leave(&'static str, &'static str),
    /// The user's roles give this permission no more.
    Lose(&'static str, &'static str),
}

impl Service {
    /// Carries out a statement in the store, round the service; it must change something.
    pub async fn change_store(&self, statement: &str) {
        if self.has_database() {
            self.database().sql(statement);
            return;
        }
        let mut connection = SqliteConnectOptions::new()
            .filename(self.data_dir().join("parlor.db"))
            .foreign_keys(true)
            .connect()
            .await
            .unwrap();
        let changed = raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection);
        assert!(changed.await.unwrap().rows_affected() > 0, "{statement}");
    }

    /// Makes a change in the store, round the service.
    pub async fn change_directory(&self, change: DirectoryChange) {
        let user = |name| self.id(&user_id(name));
        let statement = match change {
            DirectoryChange::Stop(name) | DirectoryChange::Restart(name) => {
                let active = match (change, self.has_database()) {
                    (DirectoryChange::Stop(_), true) => "false",
                    (_, true) => "true",
                    (DirectoryChange::Stop(_), false) => "0",
                    (_, false) => "1",
                };
                format!(
                    "UPDATE users SET active = {active} WHERE id = {}",
                    user(name)
                )
            }
            DirectoryChange::Leave(name, group) => format!(
                "DELETE FROM group_members WHERE user_id = {} AND group_id = {}",
                user(name),
                self.id(&group_id(group)),
            ),
            DirectoryChange::Lose(name, permission) => format!(
                "DELETE FROM role_permissions WHERE permission = '{permission}' \
                 AND role_id IN (SELECT role_id FROM user_roles WHERE user_id = {})",
                user(name),
            ),
        };
        self.change_store(&statement).await;
    }

    /// An id as a statement names it.
    pub fn id(&self, id: &str) -> String {
        if self.has_database() {
            format!("'{id}'")
        } else {
            format!("x'{}'", id.replace('-', ""))
        }
    }
}
