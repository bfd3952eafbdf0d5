//! The row of each active user that every request reads is what the tables of the directory say, whoever changed them and in
//! whatever order.

use std::time::Duration;

use parlor_domain::ids::UserId;
use parlor_store_conformance::kit::prelude::*;
use proptest::prelude::*;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, query_scalar, raw_sql};
use tokio::time::{Instant, sleep};

use crate::database::{Database, execute};

const ACME_ID: &str = "(SELECT organization_id FROM organizations WHERE name = 'Acme')";

/// The users whose row differs from what the tables say.
const DIFFERENT: &str = "
    WITH by_directory AS (
        SELECT d.*
        FROM organizations AS o
        CROSS JOIN LATERAL parlor_members_by_directory(
            o.organization_id,
            ARRAY(SELECT u.id FROM users AS u WHERE u.organization_id = o.organization_id)
        ) AS d
    )
    SELECT count(*) FROM (
        (SELECT * FROM members EXCEPT SELECT * FROM by_directory)
        UNION ALL
        (SELECT * FROM by_directory EXCEPT SELECT * FROM members)
    ) AS different";

/// One change of the directory, of the user, role or group with this number.
fn change((what, one, other): (u8, u8, u8)) -> String {
    let nth = |table: &str, number: u8| {
        format!(
            "(SELECT id FROM {table} WHERE organization_id = {ACME_ID} ORDER BY id
              OFFSET {number} % (SELECT greatest(count(*), 1) FROM {table} WHERE organization_id = {ACME_ID}) LIMIT 1)"
        )
    };
    let (user, role, group) = (
        nth("users", one),
        nth("roles", other),
        nth("directory_groups", other),
    );
    match what % 11 {
        0 => format!(
            "INSERT INTO user_roles (organization_id, user_id, role_id)
             SELECT {ACME_ID}, {user}, r.id FROM (SELECT {role} AS id) AS r WHERE r.id IS NOT NULL ON CONFLICT DO NOTHING"
        ),
        1 => format!(
            "DELETE FROM user_roles WHERE organization_id = {ACME_ID} AND user_id = {user} AND role_id = {role}"
        ),
        2 => format!(
            "INSERT INTO group_members (organization_id, user_id, group_id)
             SELECT {ACME_ID}, {user}, g.id FROM (SELECT {group} AS id) AS g WHERE g.id IS NOT NULL ON CONFLICT DO NOTHING"
        ),
        3 => format!(
            "DELETE FROM group_members WHERE organization_id = {ACME_ID} AND user_id = {user} AND group_id = {group}"
        ),
        4 => format!(
            "UPDATE users SET active = NOT active WHERE organization_id = {ACME_ID} AND id = {user}"
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
        _ => format!("UPDATE organizations SET name = name || '' WHERE organization_id = {ACME_ID}"),
    }
}

async fn different(connection: &mut PgConnection) -> i64 {
    query_scalar(AssertSqlSafe(DIFFERENT))
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn whatever_is_changed_in_the_directory_the_members_follow_in_the_same_transaction() {
    let database = Database::migrated().await;
    drop(database.filled().await);
    let mut connection = database.connect().await;
    assert_eq!(different(&mut connection).await, 0, "as it was filled");
    let mut cases = Cases::seeded();
    let changes = cases.take(&(any::<u8>(), any::<u8>(), any::<u8>()), 150);
    for made in changes {
        let statement = change(made);
        let mut transaction = connection.begin().await.unwrap();
        raw_sql(AssertSqlSafe(statement.clone()))
            .execute(&mut *transaction)
            .await
            .unwrap();
        let differ = different(&mut transaction).await;
        assert_eq!(differ, 0, "seed {}: {statement}", cases.seed());
        transaction.commit().await.unwrap();
    }
    assert!(database.number("SELECT count(*) FROM members").await > 0);
}

/// Waits until somebody waits for a lock of somebody else's.
async fn somebody_waits(database: &Database) {
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let deadline = Instant::now() + Duration::from_secs(20);
    while database.number(waiting).await == 0 {
        assert!(Instant::now() < deadline, "nobody waits");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn two_changes_at_the_same_time_are_both_in_the_row() {
    let bob = format!("'{}'", BOB.as_uuid());
    let join = |group: &str| {
        format!(
            "INSERT INTO group_members (organization_id, user_id, group_id)
             SELECT {ACME_ID}, {bob}, id FROM directory_groups WHERE organization_id = {ACME_ID} AND name LIKE '{group}%'"
        )
    };
    let give_role = format!(
        "INSERT INTO user_roles (organization_id, user_id, role_id)
         SELECT {ACME_ID}, u.id, r.id FROM users AS u CROSS JOIN roles AS r
         WHERE u.organization_id = {ACME_ID} AND u.active AND r.organization_id = {ACME_ID} ON CONFLICT DO NOTHING"
    );
    let give_permission = format!(
        "INSERT INTO role_permissions (organization_id, role_id, permission)
         SELECT {ACME_ID}, id, 'manage_settings' FROM roles WHERE organization_id = {ACME_ID} ON CONFLICT DO NOTHING"
    );
    let rename = format!(
        "UPDATE directory_groups SET name = name || ' (renamed)' WHERE organization_id = {ACME_ID}"
    );
    for (first, second) in [
        (join("Responders"), join("Night")),
        (give_role.clone(), give_permission.clone()),
        (give_permission, give_role),
        (join("Responders"), rename.clone()),
        (rename, join("Night")),
    ] {
        let database = Database::migrated().await;
        drop(database.filled().await);
        let clear = format!(
            "DELETE FROM group_members WHERE organization_id = {ACME_ID} AND user_id = {bob}"
        );
        database.execute(&clear).await;
        let mut one = database.connect().await;
        execute(&mut one, "BEGIN").await;
        execute(&mut one, &first).await;
        let other = tokio::spawn({
            let (database, second) = (database.clone(), second.clone());
            async move { database.execute(&second).await }
        });
        somebody_waits(&database).await;
        execute(&mut one, "COMMIT").await;
        other.await.unwrap();
        let differ = different(&mut one).await;
        assert_eq!(differ, 0, "{first}\n{second}");
    }
}

#[tokio::test]
async fn the_service_itself_may_read_the_members_and_change_none() {
    let database = Database::migrated().await;
    let store = database.filled().await;
    let before = store.member(ACME, ALICE).await.unwrap();
    let mut connection = database.connect().await;
    for statement in [
        "INSERT INTO members SELECT * FROM members",
        "UPDATE members SET permissions = '{manage_responses}'",
        "DELETE FROM members",
        "SELECT parlor_renew_members(organization_id, ARRAY[]::uuid[]) FROM organizations",
    ] {
        let mut transaction = connection.begin().await.unwrap();
        let as_service = format!("SET LOCAL ROLE parlor_service; {statement}");
        let refused = raw_sql(AssertSqlSafe(as_service))
            .execute(&mut *transaction)
            .await
            .unwrap_err();
        let code = refused
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        assert_eq!(code.as_deref(), Some("42501"), "{statement}");
    }
    assert_eq!(store.member(ACME, ALICE).await.unwrap(), before);
}

/// A session of this user of the first organization.
fn begin_session(user: UserId, digit: &str) -> String {
    format!(
        "INSERT INTO sessions VALUES ({ACME_ID}, decode(repeat('{digit}', 64), 'hex'), '{}', now(), now() + interval '1 day')",
        user.as_uuid()
    )
}

fn set_active(user: UserId, active: bool) -> String {
    format!(
        "UPDATE users SET active = {active} WHERE organization_id = {ACME_ID} AND id = '{}'",
        user.as_uuid()
    )
}

const SESSIONS: &str = "SELECT count(*) FROM sessions";

#[tokio::test]
async fn a_stopped_users_sessions_end_for_good_and_nobody_elses() {
    let database = Database::migrated().await;
    drop(database.filled().await);
    database.execute(&begin_session(SAM, "0")).await;
    assert_eq!(
        database.number(SESSIONS).await,
        0,
        "a stopped user begins none"
    );
    database.execute(&begin_session(ALICE, "1")).await;
    database.execute(&begin_session(BOB, "2")).await;
    database
        .execute("UPDATE users SET name = name || ' Smith', active = active")
        .await;
    assert_eq!(
        database.number(SESSIONS).await,
        2,
        "who stays active keeps theirs"
    );
    for active in [false, true] {
        // As the service itself may, too.
        let as_service = format!(
            "BEGIN; SELECT set_config('parlor.organization_id', {ACME_ID}::text, true); SET LOCAL ROLE parlor_service; {}; COMMIT",
            set_active(BOB, active)
        );
        database.execute(&as_service).await;
        assert_eq!(database.number(SESSIONS).await, 1, "active = {active}");
    }
}

#[tokio::test]
async fn who_signs_in_while_being_stopped_has_no_session() {
    for stopped_first in [true, false] {
        let database = Database::migrated().await;
        drop(database.filled().await);
        let (stop, begin) = (set_active(BOB, false), begin_session(BOB, "1"));
        let (first, second) = if stopped_first {
            (&stop, begin)
        } else {
            (&begin, stop.clone())
        };
        let mut one = database.connect().await;
        execute(&mut one, "BEGIN").await;
        execute(&mut one, first).await;
        let other = tokio::spawn({
            let database = database.clone();
            async move { database.execute(&second).await }
        });
        somebody_waits(&database).await;
        execute(&mut one, "COMMIT").await;
        other.await.unwrap();
        database.execute(&set_active(BOB, true)).await;
        assert_eq!(
            database.number(SESSIONS).await,
            0,
            "stopped first: {stopped_first}"
        );
    }
}
