//! The row of each active user that every request reads is what the tables of the directory say, whoever changed them and in
//! whatever order.

use parlor_store_conformance::kit::prelude::Cases;
use proptest::prelude::*;

use crate::database::Database;

const ACME_ID: &str = "(SELECT organization_id FROM organizations WHERE name LIKE 'Acme%')";

/// The users whose row differs from what the tables say.
const DIFFERENT: &str = "
    SELECT count(*) FROM (
        SELECT * FROM (SELECT * FROM members EXCEPT SELECT * FROM members_by_directory)
        UNION ALL
        SELECT * FROM (SELECT * FROM members_by_directory EXCEPT SELECT * FROM members)
    )";

/// One change of the directory, of the user, role or group with this number.
fn change((what, one, other): (u8, u8, u8)) -> String {
    let nth = |table: &str, number: u8| {
        format!(
            "(SELECT id FROM {table} WHERE organization_id = {ACME_ID} ORDER BY id
              LIMIT 1 OFFSET {number} % (SELECT max(count(*), 1) FROM {table} WHERE organization_id = {ACME_ID}))"
        )
    };
    let (user, role, group) = (
        nth("users", one),
        nth("roles", other),
        nth("directory_groups", other),
    );
    match what % 11 {
        0 => format!(
            "INSERT OR IGNORE INTO user_roles (organization_id, user_id, role_id)
             SELECT {ACME_ID}, {user}, r.id FROM (SELECT {role} AS id) AS r WHERE r.id IS NOT NULL"
        ),
        1 => format!(
            "DELETE FROM user_roles WHERE organization_id = {ACME_ID} AND user_id = {user} AND role_id = {role}"
        ),
        2 => format!(
            "INSERT OR REPLACE INTO group_members (organization_id, user_id, group_id)
             SELECT {ACME_ID}, {user}, g.id FROM (SELECT {group} AS id) AS g WHERE g.id IS NOT NULL"
        ),
        3 => format!(
            "DELETE FROM group_members WHERE organization_id = {ACME_ID} AND user_id = {user} AND group_id = {group}"
        ),
        4 => format!(
            "UPDATE users SET active = 1 - active WHERE organization_id = {ACME_ID} AND id = {user}"
        ),
        5 => format!(
            "INSERT INTO role_permissions (organization_id, role_id, permission)
             SELECT {ACME_ID}, r.id, 'manage_responses' FROM (SELECT {role} AS id) AS r WHERE r.id IS NOT NULL
             ON CONFLICT DO NOTHING"
        ),
        6 => format!(
            "DELETE FROM role_permissions WHERE organization_id = {ACME_ID} AND role_id = {role} AND permission = 'run_ai'"
        ),
        7 => format!(
            "UPDATE directory_groups SET name = 'Group ' || {one} WHERE organization_id = {ACME_ID} AND id = {group}"
        ),
        8 => format!(
            "UPDATE users SET name = 'User ' || {other}, email = 'user{other}@acme.example'
             WHERE organization_id = {ACME_ID} AND id = {user}"
        ),
        9 => format!(
            "UPDATE roles SET name = 'Role {one} {other}' WHERE organization_id = {ACME_ID} AND id = {role}"
        ),
        _ if one % 4 == 0 => {
            format!("DELETE FROM directory_groups WHERE organization_id = {ACME_ID} AND id = {group}")
        }
        _ => format!("UPDATE organizations SET name = 'Acme {other}' WHERE organization_id = {ACME_ID}"),
    }
}

#[tokio::test]
async fn whatever_is_changed_in_the_directory_the_members_follow() {
    let database = Database::new();
    drop(database.filled().await);
    assert_eq!(database.number(DIFFERENT).await, 0, "as it was filled");
    let mut cases = Cases::seeded();
    let changes = cases.take(&(any::<u8>(), any::<u8>(), any::<u8>()), 150);
    for made in changes {
        let statement = change(made);
        database.execute(&statement).await;
        let differ = database.number(DIFFERENT).await;
        assert_eq!(differ, 0, "seed {}: {statement}", cases.seed());
    }
    assert!(database.number("SELECT count(*) FROM members").await > 0);
}

#[tokio::test]
async fn a_stopped_users_sessions_end_for_good_and_nobody_elses() {
    let database = Database::new();
    drop(database.filled().await);
    let of = |active: &str| {
        format!("organization_id = {ACME_ID} AND user_id IN (SELECT id FROM users WHERE {active})")
    };
    // One for every user of both organizations, stopped or not.
    let begin = "INSERT INTO sessions
        SELECT organization_id, randomblob(32), id, 0, 9000000000000000 FROM users";
    database.execute(begin).await;
    let stopped = format!("SELECT count(*) FROM sessions WHERE {}", of("active = 0"));
    assert_eq!(
        database.number(&stopped).await,
        0,
        "a stopped user begins none"
    );
    let all = "SELECT count(*) FROM sessions";
    let before = database.number(all).await;
    database
        .execute("UPDATE users SET name = name || ' Smith', active = active")
        .await;
    assert_eq!(
        database.number(all).await,
        before,
        "who stays active keeps theirs"
    );
    let of_acme = format!("SELECT count(*) FROM sessions WHERE organization_id = {ACME_ID}");
    let ended = database.number(&of_acme).await;
    assert!(0 < ended && ended < before);
    for active in [0, 1] {
        let change =
            format!("UPDATE users SET active = {active} WHERE organization_id = {ACME_ID}");
        database.execute(&change).await;
        assert_eq!(database.number(&of_acme).await, 0, "active = {active}");
        assert_eq!(database.number(all).await, before - ended);
    }
}
