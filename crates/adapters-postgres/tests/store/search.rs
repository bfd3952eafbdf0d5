//! The search index: what a search reads of it, and how it comes to be complete.

use parlor_adapters_postgres::PostgresStore;
use parlor_application::ports::{ConversationFilter, IndexingProgress, StoreError};
use parlor_domain::{
    conversation::Conversation, grants::Privacy, ids::ConversationId, text::Title,
};
use parlor_store_conformance::kit::prelude::*;
use serde_json::Value;
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection, Row as _, raw_sql};

use crate::database::{Database, execute};

const SEARCH: &str = include_str!("../../queries/conversation_reader/search.sql");
const RAREST: &str = include_str!("../../queries/search/rarest_term.sql");
const BY_RAREST: &str = include_str!("../../queries/conversation_reader/search_by_rarest_term.sql");

async fn found(store: &Filled, text: &str) -> Vec<ConversationId> {
    let alice = store.principal(ACME, ALICE).await;
    store.listed(&alice, &searching(text)).await
}

/// What a search of Carol's reads: for each step of its plans how often it ran, how many rows it gave and left out, and how many
/// pages it looked at.
async fn work(connection: &mut PgConnection, term: &str) -> Vec<String> {
    let carol = CAROL.as_uuid();
    let organization = ACME.as_uuid();
    let terms = format!("ARRAY['{term}'], ARRAY['{term}' || U&'\\+10FFFF']");
    let whose = format!(
        "'{organization}', '{carol}', ARRAY[]::uuid[], false, true, true, true, true, false"
    );
    let cursor = "'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff'";
    let audiences = format!("ARRAY['{organization}', '{carol}']::uuid[]");
    let range = format!("'{term}', '{term}' || U&'\\+10FFFF'");
    let mut steps = Vec::new();
    for statement in [
        format!("EXECUTE searched ({whose}, false, {cursor}, 200, {terms}, 51)"),
        format!("EXECUTE counted ('{organization}', {terms}, 2001, false, {audiences})"),
        format!("EXECUTE looked_up ({whose}, {cursor}, {audiences}, {range}, 4000, {terms}, 51)"),
    ] {
        steps.extend(work_of(connection, &statement).await);
    }
    steps
}

async fn work_of(connection: &mut PgConnection, statement: &str) -> Vec<String> {
    let explain =
        format!("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF, FORMAT JSON) {statement}");
    // What is read for the first time is not yet marked as visible to all.
    for _ in 0..2 {
        execute(connection, &explain).await;
    }
    let rows = raw_sql(AssertSqlSafe(explain))
        .fetch_all(connection)
        .await
        .unwrap();
    let plan: Value = rows.first().unwrap().get(0);
    let mut steps = Vec::new();
    note_steps(plan.pointer("/0/Plan").unwrap(), &mut steps);
    steps
}

fn note_steps(step: &Value, steps: &mut Vec<String>) {
    let told = [
        "Node Type",
        "Index Name",
        "Actual Loops",
        "Actual Rows",
        "Rows Removed by Filter",
        "Rows Removed by Index Recheck",
        "Shared Hit Blocks",
        "Shared Read Blocks",
    ];
    let told: Vec<String> = told.iter().map(|name| step[name].to_string()).collect();
    steps.push(told.join(" "));
    for below in step["Plans"].as_array().into_iter().flatten() {
        note_steps(below, steps);
    }
}

/// A search is the same work whether a thousand conversations that the caller cannot see have the word, or none does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_shows_the_caller_changes_nothing_of_what_a_search_reads() {
    let database = Database::migrated().await;
    let store = database.filled().await;
    let visible = (1..=40).map(|number| shared(number, ALICE, organization_view()));
    store.create_all(&visible.collect::<Vec<_>>()).await;
    let hidden = (41..=1_040).map(|number| Conversation {
        title: title("Sinkholes"),
        ..private(number, ALICE)
    });
    store.create_all(&hidden.collect::<Vec<_>>()).await;
    store.index_audiences().await;
    database.execute("VACUUM ANALYZE").await;
    let mut connection = database.options().for_requests().connect().await.unwrap();
    let organization = format!("SET parlor.organization_id = '{}'", ACME.as_uuid());
    execute(&mut connection, &organization).await;
    for (name, statement) in [
        ("searched", SEARCH),
        ("counted", RAREST),
        ("looked_up", BY_RAREST),
    ] {
        execute(&mut connection, &format!("PREPARE {name} AS {statement}")).await;
    }
    let of_all_hidden = work(&mut connection, "sinkholes").await;
    let of_none = work(&mut connection, "nowhere12").await;
    assert_eq!(of_all_hidden, of_none);
    let probes = of_none
        .iter()
        .filter(|step| step.contains("search_terms_pkey"));
    let probes: Vec<_> = probes.collect();
    assert!(
        probes.iter().any(|step| step.contains(" 40 ")),
        "{probes:?}"
    );

    // Who can see them reads more.
    let bigger = format!(
        "UPDATE conversations SET privacy = 'shared', organization_level = 'view' WHERE organization_id = '{}'",
        ACME.as_uuid()
    );
    database.execute(&bigger).await;
    assert_ne!(work(&mut connection, "sinkholes").await, of_none);
}

/// What an older version of the program leaves: conversations without terms, and its own index.
const AS_OF_AN_OLDER_PROGRAM: &str = "
    DELETE FROM search_terms;
    INSERT INTO search_documents (organization_id, conversation_id, source_id, words)
    SELECT organization_id, id, id, '' FROM conversations;";

/// Indexes until nothing is left; answers how many parts there were here.
async fn index_everything(store: &Filled) -> u32 {
    let indexer = &store.stores.indexer;
    let indexing = async {
        let mut parts = 0;
        loop {
            match indexer.index_more().await.unwrap() {
                IndexingProgress::Complete => return parts,
                IndexingProgress::Continues => parts += 1,
                IndexingProgress::Waits => tokio::task::yield_now().await,
            }
        }
    };
    let deadline = std::time::Duration::from_secs(50);
    tokio::time::timeout(deadline, indexing).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_older_program_wrote_is_indexed_part_by_part_while_others_write() {
    let database = Database::migrated().await;
    let store = database.filled().await;
    for number in 1..=5 {
        let id = conversation_id(number);
        let asked = prompt(id, 1, None, ALICE, "Beacons of a host?");
        store.create_with(&private(number, ALICE), &[asked]).await;
    }
    let id = conversation_id(1);
    let messages = (2..=6).map(|position| {
        let words: Vec<String> = (0..20_000).map(|n| format!("w{position}x{n}")).collect();
        let mut message = prompt(id, position, None, ALICE, &words.join(" "));
        message.depth = 0;
        message
    });
    store
        .append(in_acme(1), &messages.collect::<Vec<_>>())
        .await;
    database.execute(AS_OF_AN_OLDER_PROGRAM).await;
    assert!(!store.stores.indexer.is_complete().await.unwrap());
    assert_eq!(found(&store, "beacons").await, []);

    let first = store.stores.indexer.index_more().await.unwrap();
    assert_eq!(first, IndexingProgress::Continues);
    store
        .rename(in_acme(5), Title::parse("Exfiltration").unwrap())
        .await;
    store.delete(in_acme(4)).await;
    // Two instances at once.
    let mut other = store.clone();
    other.stores = database.ports(database.open());
    tokio::join!(index_everything(&store), index_everything(&other));
    assert!(store.stores.indexer.is_complete().await.unwrap());
    assert_eq!(found(&store, "beacons").await, ids(&[5, 3, 2, 1]));
    assert_eq!(found(&store, "exfil").await, ids(&[5]));
    assert_eq!(found(&store, "w6x19 beacons").await, ids(&[1]));
    store.index_audiences().await;
    let of_deleted = format!(
        "SELECT count(*) FROM search_terms WHERE conversation_id = '{}'",
        conversation_id(4).as_uuid()
    );
    assert_eq!(database.number(&of_deleted).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_instance_of_an_older_program_writes_beside_this_one_is_indexed() {
    let database = Database::migrated().await;
    let store = database.filled().await;
    store.create(&private(1, ALICE)).await;
    store.create(&private(2, ALICE)).await;
    assert_eq!(index_everything(&store).await, 0);
    let changed = format!(
        "UPDATE conversations SET title = 'Sinkholes' WHERE id = '{0}';
         INSERT INTO search_documents SELECT organization_id, id, id, '' FROM conversations WHERE id = '{0}'",
        conversation_id(2).as_uuid()
    );
    database.execute(&changed).await;
    assert_eq!(index_everything(&store).await, 1);
    assert_eq!(found(&store, "sinkholes").await, ids(&[2]));
    assert_eq!(found(&store, "conversation").await, ids(&[1]));
    database
        .execute("UPDATE search_documents SET words = ''")
        .await;
    assert_eq!(index_everything(&store).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_that_somebody_holds_is_indexed_later() {
    let database = Database::migrated().await;
    let store = database.filled().await;
    store.create(&private(1, ALICE)).await;
    database.execute(AS_OF_AN_OLDER_PROGRAM).await;
    let unit = store
        .stores
        .units
        .begin_on(ALICE, in_acme(1))
        .await
        .unwrap();
    let waits = store.stores.indexer.index_more().await.unwrap();
    assert_eq!(waits, IndexingProgress::Waits);
    drop(unit);
    index_everything(&store).await;
    assert_eq!(found(&store, "conversation").await, ids(&[1]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_leave_connections_to_lists() {
    let database = Database::migrated().await;
    let store = database.filled().await;
    let many = (1..=1_000).map(|number| private(number, ALICE));
    store.create_all(&many.collect::<Vec<_>>()).await;
    let mut options = database.options();
    options.max_connections = 2;
    options.patience = std::time::Duration::from_secs(2);
    let small = database.ports(PostgresStore::open(options));
    let alice = store.principal(ACME, ALICE).await;
    let mut searching_all = tokio::task::JoinSet::new();
    for _ in 0..400 {
        let (reader, alice) = (small.conversation_reader.clone(), alice.clone());
        let query = searching("conversation missing");
        searching_all.spawn(async move { reader.search(&alice, &query).await.map(drop) });
    }
    let list = query(ConversationFilter::All);
    for _ in 0..20 {
        small.conversation_reader.list(&alice, &list).await.unwrap();
    }
    // Those that had no turn in time are refused, and nothing else.
    for searched in searching_all.join_all().await {
        assert!(matches!(searched, Ok(()) | Err(StoreError::Unavailable(_))));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_what_was_deleted_renamed_or_revoked_stays_in_the_index() {
    let database = Database::migrated().await;
    let store = database.filled().await;
    for number in 1..=3 {
        let id = conversation_id(number);
        let asked = prompt(id, 1, None, ALICE, &format!("Beacons of host{number}?"));
        store.create_with(&private(number, ALICE), &[asked]).await;
    }
    let count = async |table: &str| {
        let count = format!("SELECT count(*) FROM {table}");
        database.number(&count).await
    };
    let terms = "search_terms";
    let by_audience = "search_audience_terms";
    store.index_audiences().await;
    assert_eq!(count(by_audience).await, count(terms).await);
    store.share(in_acme(1), organization_view()).await;
    store.index_audiences().await;
    let of_host = "search_audience_terms WHERE term = 'host1'";
    assert_eq!(count(of_host).await, 2, "Alice and the organization");
    store.share(in_acme(1), Privacy::Private).await;
    store.index_audiences().await;
    assert_eq!(count(of_host).await, 1);
    store.rename(in_acme(2), title("Sinkholes")).await;
    let of_title = "search_audience_terms WHERE term = 'conversation'";
    assert_eq!(count(of_title).await, 2, "at once");
    for number in 1..=3 {
        if number == 3 {
            store.index_audiences().await;
        }
        store.delete(in_acme(number)).await;
    }
    store.index_audiences().await;
    assert_eq!((count(terms).await, count(by_audience).await), (0, 0));
    assert_eq!(count("search_audience_pending").await, 0);
}

/// Many groups and many terms: what a deletion does itself depends on neither.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_conversation_of_many_groups_is_deleted_at_once_and_its_terms_in_parts() {
    let database = Database::migrated().await;
    let store = database.filled().await;
    let id = conversation_id(1);
    store.create(&private(1, ALICE)).await;
    let (organization, conversation) = (ACME.as_uuid(), id.as_uuid());
    let alice = ALICE.as_uuid();
    database
        .execute(&format!(
            "INSERT INTO directory_groups (organization_id, id, name)
                 SELECT '{organization}', ('0e000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Group ' || n
                 FROM generate_series(1, 30) AS n;
             UPDATE conversations SET privacy = 'shared' WHERE id = '{conversation}';
             INSERT INTO conversation_group_grants
                 (organization_id, conversation_id, group_id, level, last_activity_at, owner_id)
                 SELECT c.organization_id, c.id, g.id, 'view', c.last_activity_at, '{alice}'
                 FROM conversations AS c
                 JOIN directory_groups AS g ON g.organization_id = c.organization_id AND g.name LIKE 'Group %';
             INSERT INTO search_terms (organization_id, conversation_id, term, in_title, position)
                 SELECT '{organization}', '{conversation}', 'w' || n, false, 1 FROM generate_series(1, 3000) AS n"
        ))
        .await;
    store.index_audiences().await;
    let entries = "SELECT count(*) FROM search_audience_terms WHERE term LIKE 'w%'";
    assert_eq!(database.number(entries).await, 31 * 3_000);
    store.delete(in_acme(1)).await;
    assert_eq!(
        database.number(entries).await,
        31 * 3_000,
        "not in the deletion"
    );
    assert_eq!(found(&store, "w17").await, []);
    let first = store.stores.indexer.index_audiences().await.unwrap();
    assert_eq!(first, IndexingProgress::Continues);
    let left = database.number(entries).await;
    assert!((1..31 * 3_000).contains(&left), "in parts: {left}");
    store.index_audiences().await;
    for table in [
        "search_terms",
        "search_audience_terms",
        "search_audience_pending",
    ] {
        let count = format!("SELECT count(*) FROM {table}");
        assert_eq!(database.number(&count).await, 0, "{table}");
    }
}
