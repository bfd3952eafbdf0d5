//! The search index: what is in it, and how it comes to be complete.

use std::time::Duration;

use parlor_adapters_sqlite::SqliteStore;
use parlor_application::ports::{ConversationFilter, IndexingProgress, StoreError};
use parlor_domain::{grants::Privacy, ids::ConversationId, message::AnswerStatus, text::Title};
use parlor_store_conformance::kit::prelude::*;

use crate::database::Database;

/// Conversations whose titles say their number, and whose messages are about beacons.
async fn fill(store: &Filled, numbers: std::ops::RangeInclusive<u32>) {
    for number in numbers {
        let id = conversation_id(number);
        let asked = prompt(id, 1, None, ALICE, &format!("Beacons of host{number}?"));
        let answered = answer(&asked, "의심스러운 로그인 이후", AnswerStatus::Complete);
        store
            .create_with(&private(number, ALICE), &[asked, answered])
            .await;
    }
}

async fn found(store: &Filled, text: &str) -> Vec<ConversationId> {
    let alice = store.principal(ACME, ALICE).await;
    store.listed(&alice, &searching(text)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_what_was_deleted_or_renamed_stays_in_the_index() {
    let database = Database::new();
    let store = database.filled().await;
    fill(&store, 1..=3).await;
    let renamed = Title::parse("Exfiltration of host2").unwrap();
    store.rename(in_acme(2), renamed).await;
    store
        .rename(in_acme(2), Title::parse("Exfiltration").unwrap())
        .await;
    let terms = async |like: &str| {
        let count = format!("SELECT count(*) FROM search_terms WHERE term LIKE '{like}'");
        database.number(&count).await
    };
    assert_eq!(terms("host2").await, 1, "the message has it");
    assert_eq!(terms("exfiltration").await, 1);
    assert_eq!(terms("of").await, 3, "no title has it any more");
    let in_title = "SELECT count(*) FROM search_terms WHERE in_title = 1 AND term = 'host2'";
    assert_eq!(database.number(in_title).await, 0);
    store.index_audiences().await;
    let by_audience = async |like: &str| {
        let count = format!("SELECT count(*) FROM search_audience_terms WHERE term LIKE '{like}'");
        database.number(&count).await
    };
    assert_eq!(
        by_audience("%").await,
        terms("%").await,
        "one audience each"
    );
    store.share(in_acme(1), organization_view()).await;
    store.index_audiences().await;
    assert_eq!(by_audience("host1").await, 2);
    store.share(in_acme(1), Privacy::Private).await;
    store.index_audiences().await;
    assert_eq!(by_audience("host1").await, 1);
    store
        .rename(in_acme(2), Title::parse("Sinkholes").unwrap())
        .await;
    assert_eq!(by_audience("exfiltration").await, 0, "at once");
    for number in 1..=3 {
        store.delete(in_acme(number)).await;
    }
    let admin = &store.stores.admin;
    while admin.remove_leftovers(Duration::ZERO).await.unwrap() > 0 {}
    assert_eq!((terms("%").await, by_audience("%").await), (0, 0));
    store.index_audiences().await;
    let pending = "SELECT count(*) FROM search_audience_pending";
    assert_eq!(database.number(pending).await, 0);
}

/// What an older version of the program leaves: conversations without terms, and its own index.
const AS_OF_AN_OLDER_PROGRAM: &str = "
    DELETE FROM search_terms;
    INSERT INTO search_documents (organization_id, conversation_id, source_id, words)
    SELECT organization_id, id, id, 'words' FROM conversations;";

async fn index_everything(store: &Filled) -> u32 {
    let indexer = &store.stores.indexer;
    for parts in 0..1_000 {
        match indexer.index_more().await.unwrap() {
            IndexingProgress::Complete => return parts,
            IndexingProgress::Continues => {}
            IndexingProgress::Waits => panic!("nobody holds anything"),
        }
    }
    panic!("indexing without end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_older_program_wrote_is_indexed_part_by_part_and_others_write_meanwhile() {
    let database = Database::new();
    let store = database.filled().await;
    fill(&store, 1..=5).await;
    // More than one part.
    let id = conversation_id(1);
    let mut messages = Vec::new();
    for position in 3..=10 {
        let words: Vec<String> = (0..20_000).map(|n| format!("w{position}x{n}")).collect();
        let mut message = prompt(id, position, None, ALICE, &words.join(" "));
        message.depth = 0;
        messages.push(message);
    }
    store.append(in_acme(1), &messages).await;
    let reference = database
        .number("SELECT count(*) FROM search_terms WHERE position > 0 OR in_title")
        .await;
    assert!(store.stores.indexer.is_complete().await.unwrap());

    database.execute(AS_OF_AN_OLDER_PROGRAM).await;
    assert!(!store.stores.indexer.is_complete().await.unwrap());
    assert_eq!(found(&store, "beacons").await, []);
    let first = store.stores.indexer.index_more().await.unwrap();
    assert_eq!(first, IndexingProgress::Continues);
    // What is changed meanwhile.
    store
        .rename(in_acme(5), Title::parse("Exfiltration").unwrap())
        .await;
    store.delete(in_acme(4)).await;
    fill(&store, 6..=6).await;
    // Another process continues.
    let other = database.again(&store, database.open().await);
    assert!(index_everything(&other).await > 1, "in parts");
    assert!(store.stores.indexer.is_complete().await.unwrap());
    assert_eq!(found(&store, "beacons").await, ids(&[6, 5, 3, 2, 1]));
    assert_eq!(found(&store, "exfil").await, ids(&[5]));
    assert_eq!(found(&store, "w10x19 beacons").await, ids(&[1]));
    assert_eq!(found(&store, "로그").await, ids(&[6, 5, 3, 2, 1]));
    store.delete(in_acme(6)).await;
    let of_one = "SELECT count(*) FROM search_terms WHERE term LIKE 'w%x%' AND position > 0";
    assert!(database.number(of_one).await > 100_000 && reference > 100_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_older_program_writes_later_is_indexed_too() {
    let database = Database::new();
    let store = database.filled().await;
    fill(&store, 1..=2).await;
    assert_eq!(index_everything(&store).await, 0);
    let changed = "
        UPDATE conversations SET title = 'Sinkholes' WHERE id = x'0c000000000070008000000000000002';
        INSERT INTO search_documents (organization_id, conversation_id, source_id, words)
        SELECT organization_id, id, id, 'sinkholes' FROM conversations WHERE title = 'Sinkholes';";
    database.execute(changed).await;
    assert_eq!(index_everything(&store).await, 1);
    assert_eq!(found(&store, "sinkholes").await, ids(&[2]));
    assert_eq!(found(&store, "conversation").await, ids(&[1]));
    database
        .execute("UPDATE search_documents SET words = 'more'")
        .await;
    assert_eq!(index_everything(&store).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_leave_readers_to_lists() {
    let database = Database::new();
    let store = database.filled().await;
    let many = (1..=1_000).map(|number| private(number, ALICE));
    store.create_all(&many.collect::<Vec<_>>()).await;
    let mut options = database.options();
    options.max_readers = 2;
    options.patience = Duration::from_secs(1);
    let small = database.again(&store, SqliteStore::open(options).await.unwrap());
    let alice = store.principal(ACME, ALICE).await;
    let mut searching_all = tokio::task::JoinSet::new();
    for _ in 0..400 {
        let (reader, alice) = (small.stores.conversation_reader.clone(), alice.clone());
        let query = searching("conversation missing");
        searching_all.spawn(async move { reader.search(&alice, &query).await.map(drop) });
    }
    let reader = &small.stores.conversation_reader;
    let list = query(ConversationFilter::All);
    for _ in 0..20 {
        reader.list(&alice, &list).await.unwrap();
    }
    // Those that had no turn in time are refused, and nothing else.
    for searched in searching_all.join_all().await {
        assert!(matches!(searched, Ok(()) | Err(StoreError::Unavailable(_))));
    }
}
