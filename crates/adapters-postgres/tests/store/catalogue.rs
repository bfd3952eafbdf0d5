//! What PostgreSQL's catalogue says of the schema: the organization stands first in every key, and the service's roles have the
//! rights that they need and no more.

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, query_as, query_scalar};

use crate::database::Database;

/// sqlx's own table, which belongs to whoever migrates.
const NOT_OURS: &str = "_sqlx_migrations";

/// What a role may do with a table, or with one of its columns.
const RIGHTS: &[(&str, &str, &[&str])] = &[
    ("parlor_service", "audit_entries", &["INSERT", "SELECT"]),
    ("parlor_service", "audit_relay_leases", &["INSERT"]),
    // Triggers write them.
    ("parlor_service", "conversation_events", &["SELECT"]),
    (
        "parlor_service",
        "conversation_group_grants",
        &["DELETE", "INSERT", "SELECT", "UPDATE"],
    ),
    (
        "parlor_service",
        "conversations",
        &["DELETE", "INSERT", "SELECT", "UPDATE"],
    ),
    (
        "parlor_service",
        "denied_repeats",
        &["DELETE", "INSERT", "SELECT", "UPDATE"],
    ),
    (
        "parlor_service",
        "directory_groups",
        &["DELETE", "INSERT", "SELECT", "UPDATE"],
    ),
    (
        "parlor_service",
        "group_members",
        &["DELETE", "INSERT", "SELECT", "UPDATE"],
    ),
    (
        "parlor_service",
        "idempotency_keys",
        &["INSERT", "SELECT", "UPDATE"],
    ),
    // What the directory's own tables say of a user: written by their triggers alone.
    ("parlor_service", "members", &["SELECT"]),
    // A message stays for as long as its conversation.
    (
        "parlor_service",
        "messages",
        &["INSERT", "SELECT", "UPDATE"],
    ),
    (
        "parlor_service",
        "organizations",
        &["INSERT", "SELECT", "UPDATE"],
    ),
    (
        "parlor_service",
        "prompt_allowances",
        &["INSERT", "SELECT", "UPDATE"],
    ),
    (
        "parlor_service",
        "role_permissions",
        &["DELETE", "INSERT", "SELECT", "UPDATE"],
    ),
    (
        "parlor_service",
        "roles",
        &["DELETE", "INSERT", "SELECT", "UPDATE"],
    ),
    // Triggers note what is not up to date.
    (
        "parlor_service",
        "search_audience_pending",
        &["DELETE", "SELECT", "UPDATE"],
    ),
    // A term is there or not.
    (
        "parlor_service",
        "search_audience_terms",
        &["DELETE", "INSERT", "SELECT"],
    ),
    (
        "parlor_service",
        "search_documents",
        &["DELETE", "INSERT", "SELECT", "UPDATE"],
    ),
    (
        "parlor_service",
        "search_terms",
        &["DELETE", "INSERT", "SELECT", "UPDATE"],
    ),
    // A trigger notes what is not indexed.
    (
        "parlor_service",
        "search_unindexed",
        &["DELETE", "SELECT", "UPDATE"],
    ),
    // A session is begun and ended, never changed.
    (
        "parlor_service",
        "sessions",
        &["DELETE", "INSERT", "SELECT"],
    ),
    (
        "parlor_service",
        "user_roles",
        &["DELETE", "INSERT", "SELECT", "UPDATE"],
    ),
    // A user is stopped, never deleted.
    ("parlor_service", "users", &["INSERT", "SELECT", "UPDATE"]),
    ("parlor_upkeep", "audit_entries", &["SELECT"]),
    // To deliver an entry is to mark it, never to change it.
    ("parlor_upkeep", "audit_entries.delivered_at", &["UPDATE"]),
    ("parlor_upkeep", "audit_entries.set_aside_at", &["UPDATE"]),
    (
        "parlor_upkeep",
        "audit_entries.set_aside_reason",
        &["UPDATE"],
    ),
    ("parlor_upkeep", "audit_relay_leases", &["SELECT", "UPDATE"]),
    ("parlor_upkeep", "denied_repeats", &["DELETE", "SELECT"]),
    // To remove a row it is locked first, which takes this right.
    ("parlor_upkeep", "denied_repeats.repeats", &["UPDATE"]),
    ("parlor_upkeep", "idempotency_keys", &["DELETE", "SELECT"]),
    ("parlor_upkeep", "messages", &["SELECT", "UPDATE"]),
    ("parlor_upkeep", "organizations", &["SELECT"]),
    ("parlor_upkeep", "search_audience_pending", &["SELECT"]),
    (
        "parlor_upkeep",
        "search_documents",
        &["INSERT", "SELECT", "UPDATE"],
    ),
    (
        "parlor_upkeep",
        "search_terms",
        &["INSERT", "SELECT", "UPDATE"],
    ),
    ("parlor_upkeep", "search_unindexed", &["SELECT"]),
    ("parlor_upkeep", "sessions", &["DELETE", "SELECT"]),
];

/// The functions that answer more than their caller may see itself, and who may call them.
const FUNCTIONS: &[(&str, &[&str])] = &[
    ("parlor_migrations", &["parlor_service", "parlor_upkeep"]),
    ("parlor_search", &["parlor_service"]),
];

/// The names that a statement of the catalogue answers.
async fn names(database: &Database, statement: &str) -> Vec<String> {
    query_scalar(AssertSqlSafe(statement.to_owned()))
        .fetch_all(&mut database.connect().await)
        .await
        .unwrap()
}

async fn nothing(database: &Database, what: &str, statement: &str) {
    assert_eq!(names(database, statement).await, [""; 0], "{what}");
}

async fn tables(database: &Database) -> Vec<String> {
    let statement = format!(
        "SELECT relname::text FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> '{NOT_OURS}'
         ORDER BY 1"
    );
    names(database, &statement).await
}

#[tokio::test]
async fn every_table_has_the_organization_first_in_its_primary_key() {
    let database = Database::migrated().await;
    assert!(tables(&database).await.len() >= 15, "the schema is there");
    nothing(
        &database,
        "tables whose primary key does not begin with organization_id",
        &format!(
            "SELECT c.relname::text
             FROM pg_class AS c
             WHERE c.relnamespace = 'public'::regnamespace
                 AND c.relkind IN ('r', 'p')
                 AND c.relname <> '{NOT_OURS}'
                 AND NOT EXISTS (
                     SELECT 1
                     FROM pg_constraint AS k
                     JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
                     WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attname = 'organization_id'
                 )"
        ),
    )
    .await;
}

#[tokio::test]
async fn every_unique_index_begins_with_the_organization() {
    let database = Database::migrated().await;
    nothing(
        &database,
        "unique indexes that do not begin with organization_id",
        &format!(
            "SELECT i.indexrelid::regclass::text
             FROM pg_index AS i
             JOIN pg_class AS c ON c.oid = i.indrelid
             LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
             WHERE c.relnamespace = 'public'::regnamespace
                 AND c.relname <> '{NOT_OURS}'
                 AND (i.indisunique OR i.indisexclusion)
                 AND a.attname IS DISTINCT FROM 'organization_id'"
        ),
    )
    .await;
}

#[tokio::test]
async fn every_foreign_key_stays_within_the_organization() {
    let database = Database::migrated().await;
    nothing(
        &database,
        "foreign keys that do not go from organization_id to organization_id first",
        "SELECT k.conrelid::regclass || '.' || k.conname
         FROM pg_constraint AS k
         JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
         JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
         WHERE k.contype = 'f' AND (a.attname <> 'organization_id' OR b.attname <> 'organization_id')",
    )
    .await;
}

#[tokio::test]
async fn every_table_has_row_level_security_for_whoever_may_use_it() {
    let database = Database::migrated().await;
    nothing(
        &database,
        "tables without row-level security",
        &format!(
            "SELECT relname::text FROM pg_class
             WHERE relnamespace = 'public'::regnamespace
                 AND relkind IN ('r', 'p')
                 AND relname <> '{NOT_OURS}'
                 AND NOT relrowsecurity"
        ),
    )
    .await;
    nothing(
        &database,
        "policies for requests that are not those of the connection's organization, or for somebody else",
        "SELECT tablename || '.' || policyname
         FROM pg_policies
         WHERE roles = '{parlor_service}'
             AND coalesce(qual, with_check) NOT IN (
                 '(organization_id = parlor_current_organization())',
                 '(organization_id = ( SELECT parlor_current_organization() AS parlor_current_organization))'
             )
             OR roles NOT IN ('{parlor_service}', '{parlor_upkeep}')",
    )
    .await;
    nothing(
        &database,
        "views, through which one would see with the eyes of their owner",
        "SELECT relname::text FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('r', 'p', 'i', 'I', 'S', 't')",
    )
    .await;
}

#[tokio::test]
async fn the_roles_of_the_service_own_nothing_and_can_do_nothing_special() {
    let database = Database::migrated().await;
    nothing(
        &database,
        "what belongs to a role of the service",
        "SELECT c.relname::text FROM pg_class AS c WHERE c.relowner::regrole::text IN ('parlor_service', 'parlor_upkeep')
         UNION ALL
         SELECT p.proname::text FROM pg_proc AS p WHERE p.proowner::regrole::text IN ('parlor_service', 'parlor_upkeep')
         UNION ALL
         SELECT n.nspname::text FROM pg_namespace AS n WHERE n.nspowner::regrole::text IN ('parlor_service', 'parlor_upkeep')
         UNION ALL
         SELECT d.datname::text
         FROM pg_database AS d
         WHERE d.datname = current_database() AND d.datdba::regrole::text IN ('parlor_service', 'parlor_upkeep')",
    )
    .await;
    nothing(
        &database,
        "roles of the service that may do more than a role",
        "SELECT rolname::text FROM pg_roles
         WHERE rolname IN ('parlor_service', 'parlor_upkeep')
             AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolcanlogin)",
    )
    .await;
    nothing(
        &database,
        "roles that a role of the service is a member of",
        "SELECT roleid::regrole::text FROM pg_auth_members
         WHERE member::regrole::text IN ('parlor_service', 'parlor_upkeep')",
    )
    .await;
}

#[tokio::test]
async fn the_roles_of_the_service_have_the_rights_that_are_listed_and_no_others() {
    let database = Database::migrated().await;
    // With those that everybody has.
    let statement = "
        SELECT acl.grantee, acl.relation, acl.privilege_type
        FROM (
            SELECT
                CASE WHEN x.grantee = 0 THEN 'public' ELSE x.grantee::regrole::text END AS grantee,
                c.relname::text AS relation,
                x.privilege_type
            FROM pg_class AS c
            CROSS JOIN aclexplode(c.relacl) AS x
            WHERE c.relnamespace = 'public'::regnamespace
            UNION ALL
            SELECT
                CASE WHEN x.grantee = 0 THEN 'public' ELSE x.grantee::regrole::text END,
                c.relname || '.' || a.attname,
                x.privilege_type
            FROM pg_attribute AS a
            JOIN pg_class AS c ON c.oid = a.attrelid
            CROSS JOIN aclexplode(a.attacl) AS x
            WHERE c.relnamespace = 'public'::regnamespace
        ) AS acl
        WHERE acl.grantee IN ('public', 'parlor_service', 'parlor_upkeep')";
    let found: BTreeSet<(String, String, String)> = query_as(statement)
        .fetch_all(&mut database.connect().await)
        .await
        .unwrap()
        .into_iter()
        .collect();
    let listed: BTreeSet<(String, String, String)> = RIGHTS
        .iter()
        .flat_map(|(role, table, rights)| {
            rights
                .iter()
                .map(|right| ((*role).to_owned(), (*table).to_owned(), (*right).to_owned()))
        })
        .collect();
    let more: Vec<_> = found.difference(&listed).collect();
    let less: Vec<_> = listed.difference(&found).collect();
    assert!(
        more.is_empty() && less.is_empty(),
        "more: {more:?}, less: {less:?}"
    );
}

#[tokio::test]
async fn functions_that_see_more_than_their_caller_are_for_those_who_are_listed() {
    let database = Database::migrated().await;
    let statement = "
        SELECT
            p.proname::text,
            CASE WHEN x.grantee = 0 THEN 'public' ELSE x.grantee::regrole::text END
        FROM pg_proc AS p
        CROSS JOIN aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS x
        WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND x.grantee <> p.proowner";
    let found: BTreeSet<(String, String)> = query_as(statement)
        .fetch_all(&mut database.connect().await)
        .await
        .unwrap()
        .into_iter()
        .collect();
    let listed: BTreeSet<(String, String)> = FUNCTIONS
        .iter()
        .flat_map(|(function, roles)| {
            roles
                .iter()
                .map(|role| ((*function).to_owned(), (*role).to_owned()))
        })
        .collect();
    assert_eq!(found, listed);
    nothing(
        &database,
        "such functions whose names mean what their caller wants",
        "SELECT p.proname::text FROM pg_proc AS p
         WHERE p.pronamespace = 'public'::regnamespace
             AND p.prosecdef
             AND NOT coalesce(p.proconfig::text, '') LIKE '%search_path=%pg_temp%'",
    )
    .await;
}
