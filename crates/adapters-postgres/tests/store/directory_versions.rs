//! Whoever changes the directory, and however: its version counts up.

use parlor_application::ports::ConversationChanges as _;
use parlor_store_conformance::kit::prelude::*;

use crate::database::Database;

/// Changes of Acme's directory, one for each way in which a row can come, change or go. Globex has rows of the same ids.
const CHANGES: &[&str] = &[
    "UPDATE users SET name = 'Somebody else'",
    "INSERT INTO roles (organization_id, id, name) VALUES (ACME, NEW, 'New')",
    "UPDATE roles SET name = 'Newer' WHERE id = NEW",
    "INSERT INTO role_permissions (organization_id, role_id, permission) VALUES (ACME, NEW, 'run_ai')",
    "UPDATE role_permissions SET permission = 'manage_responses' WHERE role_id = NEW",
    "INSERT INTO user_roles (organization_id, user_id, role_id) VALUES (ACME, ALICE, NEW)",
    "UPDATE user_roles SET user_id = BOB WHERE role_id = NEW",
    "DELETE FROM user_roles WHERE role_id = NEW",
    "DELETE FROM role_permissions WHERE role_id = NEW",
    "DELETE FROM roles WHERE id = NEW",
    "INSERT INTO directory_groups (organization_id, id, name) VALUES (ACME, NEW, 'New')",
    "UPDATE directory_groups SET name = 'Newer' WHERE id = NEW",
    "INSERT INTO group_members (organization_id, user_id, group_id) VALUES (ACME, ALICE, NEW)",
    "UPDATE group_members SET user_id = BOB WHERE group_id = NEW",
    "DELETE FROM group_members WHERE group_id = NEW",
    "DELETE FROM directory_groups WHERE id = NEW",
    "INSERT INTO users (organization_id, id, name, email, active) VALUES (ACME, NEW, 'New', 'new@acme.example', YES)",
    "DELETE FROM users WHERE id = NEW",
];

#[tokio::test]
async fn every_change_of_a_directory_counts_its_version_up_and_no_other_ones() {
    let database = Database::migrated().await;
    database.filled().await;
    let store = database.open();
    let mut before = store.directory_versions(&[ACME, GLOBEX]).await.unwrap();
    before.sort();
    for change in CHANGES {
        let condition = if change.starts_with("INSERT") {
            ""
        } else if change.contains("WHERE") {
            " AND organization_id = ACME"
        } else {
            " WHERE organization_id = ACME"
        };
        database
            .execute(&in_sql(&format!("{change}{condition}")))
            .await;
        let mut after = store.directory_versions(&[ACME, GLOBEX]).await.unwrap();
        after.sort();
        for ((id, before), (_, after)) in before.iter().zip(&after) {
            assert_eq!(before < after, *id == ACME, "{change}");
        }
        before = after;
    }
    // What is no directory is none.
    let settings =
        in_sql("UPDATE organizations SET name = 'Acme Inc.' WHERE organization_id = ACME");
    database.execute(&settings).await;
    let mut after = store.directory_versions(&[ACME, GLOBEX]).await.unwrap();
    after.sort();
    assert_eq!(after, before);
}

fn in_sql(statement: &str) -> String {
    let id = |id: uuid::Uuid| format!("'{id}'");
    statement
        .replace("ACME", &id(ACME.as_uuid()))
        .replace("ALICE", &id(ALICE.as_uuid()))
        .replace("BOB", &id(BOB.as_uuid()))
        .replace("NEW", &id(uuid::Uuid::from_u128(77)))
        .replace("YES", "true")
}
