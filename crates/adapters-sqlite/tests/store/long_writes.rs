//! Large conversations are copied and deleted a little at a time, and what is not finished is removed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use parlor_application::ports::ConversationCopy;
use parlor_domain::{
    conversation::Conversation,
    grants::Level,
    message::Message,
    message_copy::{MessageCopy, Original, plan_copies},
};
use parlor_store_conformance::kit::prelude::*;

use crate::database::Database;

/// A chain of prompts that have many words.
fn chain(count: u32) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    for position in 1..=count {
        let words = (0..100).map(|word| format!("word{position}x{word}"));
        let text = words.collect::<Vec<_>>().join(" ");
        let next = prompt(conversation_id(1), position, messages.last(), ALICE, &text);
        messages.push(next);
    }
    messages
}

fn copy(number: u32) -> Conversation {
    Conversation {
        forked_from: Some(conversation_id(1)),
        ..private(number, ALICE)
    }
}

fn plan(messages: &[Message], copy: u32) -> Vec<MessageCopy> {
    let originals = messages.iter().map(|message| Original {
        id: message.id,
        parent_id: message.parent_id,
    });
    let mut position = 0;
    let plan = plan_copies(&originals.collect::<Vec<_>>(), None, || {
        position += 1;
        message_id(conversation_id(copy), position)
    });
    plan.unwrap()
}

async fn begin(store: &Filled, number: u32) -> Box<dyn ConversationCopy> {
    let (original, copy) = (conversation_id(1), copy(number));
    let units = &store.stores.units;
    units.begin_copy(original, &copy).await.unwrap()
}

/// How many rows the conversation has in each table that has rows of conversations.
async fn rows(database: &Database, number: u32) -> Vec<(String, i64)> {
    let tables = "SELECT json_group_array(DISTINCT t.name) FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS k \
                  WHERE t.type = 'table' AND k.\"table\" = 'conversations' AND k.on_delete = 'CASCADE'";
    let tables: String = sqlx::query_scalar(tables)
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap();
    let id = hex(&conversation_id(number).to_string());
    let mut rows = Vec::new();
    for table in tables.split('"').skip(1).step_by(2) {
        let count = format!("SELECT count(*) FROM {table} WHERE conversation_id = x'{id}'");
        rows.push((table.to_owned(), database.number(&count).await));
    }
    rows.sort();
    rows
}

fn hex(id: &str) -> String {
    id.replace('-', "")
}

fn without(rows: &[(String, i64)]) -> bool {
    rows.iter().all(|(_, count)| *count == 0)
}

/// Removes what is left over, and waits until none is: another task may remove the same.
async fn remove_leftovers(store: &Filled) {
    let admin = &store.stores.admin;
    while admin.remove_leftovers(Duration::ZERO).await.unwrap() > 0 {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_writes_waits_for_one_part_of_each_copy_and_no_more() {
    const COPIES: u32 = 8;
    let store = Database::new().filled().await;
    let messages = chain(640);
    store.create_with(&private(1, ALICE), &messages).await;
    let parts = Arc::new(AtomicUsize::new(0));
    let copies = (2..2 + COPIES).map(|number| {
        let (store, plan, parts) = (store.clone(), plan(&messages, number), parts.clone());
        tokio::spawn(async move {
            let mut making = begin(&store, number).await;
            for part in plan.chunks(32) {
                making.add(part).await.unwrap();
                parts.fetch_add(1, Ordering::SeqCst);
            }
            let unit = making.finish().await.unwrap();
            store.commit(unit, in_acme(number)).await;
        })
    });
    let copies: Vec<_> = copies.collect();
    let mut writes = 0;
    while !copies.iter().all(tokio::task::JoinHandle::is_finished) {
        let before = parts.load(Ordering::SeqCst);
        let unit = store.begin(ACME).await;
        let waited_for = parts.load(Ordering::SeqCst) - before;
        // Those that stand in the queue before it, and the one that each may have ended while it came to the queue.
        assert!(waited_for <= 2 * COPIES as usize, "{waited_for} parts");
        store.commit(unit, in_acme(1)).await;
        writes += 1;
    }
    for copied in join_all(copies).await {
        copied.unwrap();
    }
    assert!(writes >= 20, "{writes} writes came between 160 parts");
    for number in 2..2 + COPIES {
        assert_eq!(store.messages(in_acme(number)).await.len(), 640);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_process_left_of_a_copy_is_removed() {
    let database = Database::new();
    let store = database.filled().await;
    let messages = chain(300);
    store.create_with(&private(1, ALICE), &messages).await;
    let whole = rows(&database, 1).await;
    let mut making = begin(&store, 2).await;
    for part in plan(&messages, 2).chunks(64) {
        making.add(part).await.unwrap();
    }
    // As if the process had ended here: nothing of it is cleaned up.
    std::mem::forget(making);
    assert!(
        !without(&rows(&database, 2).await),
        "nothing was stored yet"
    );

    let again = database.again(&store, database.open().await);
    let alice = again.principal(ACME, ALICE).await;
    assert_eq!(again.found(&alice, conversation_id(2)).await, None);
    assert_eq!(again.messages(in_acme(2)).await, []);
    assert_eq!(
        again.listed(&alice, &searching("word7x7")).await,
        [conversation_id(1)]
    );
    // Another process may be making it.
    let admin = &again.stores.admin;
    let removed = admin.remove_leftovers(Duration::from_mins(1)).await;
    assert_eq!(removed.unwrap(), 0);
    assert_eq!(admin.remove_leftovers(Duration::ZERO).await.unwrap(), 1);
    assert!(without(&rows(&database, 2).await));
    assert_eq!(
        database
            .number("SELECT count(*) FROM conversation_leftovers")
            .await,
        0
    );
    assert_eq!(rows(&database, 1).await, whole);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_conversation_is_gone_at_once_and_its_rows_soon() {
    let database = Database::new();
    let store = database.filled().await;
    let messages = chain(200);
    let shared = shared(1, ALICE, organization_view());
    store.create_with(&shared, &messages).await;
    let to_hunters = grants(None, &[(HUNTERS, Level::View)]);
    store.share(in_acme(1), to_hunters).await;
    // As an older version of the program left it.
    database
        .execute(
            "INSERT INTO search_documents (organization_id, conversation_id, source_id, words)
             SELECT organization_id, id, id, 'words' FROM conversations;",
        )
        .await;
    let before = rows(&database, 1).await;
    for (table, count) in &before {
        assert!(*count > 0, "{table}: how are its rows removed?");
    }

    let unit = store.stores.units.begin_deletion(ALICE, in_acme(1)).await;
    let mut unit = unit.unwrap();
    unit.conversations()
        .delete(conversation_id(1))
        .await
        .unwrap();
    // Who writes next: its turn comes before that of the rows.
    let next = {
        let store = store.clone();
        tokio::spawn(async move { store.begin(ACME).await })
    };
    tokio::task::yield_now().await;
    store.commit(unit, in_acme(1)).await;
    let next = next.await.unwrap();
    let alice = store.principal(ACME, ALICE).await;
    assert_eq!(store.found(&alice, conversation_id(1)).await, None);
    assert_eq!(store.messages(in_acme(1)).await, []);
    assert_eq!(store.listed(&alice, &searching("word7x7")).await, []);
    drop(next);
    remove_leftovers(&store).await;
    assert!(
        without(&rows(&database, 1).await),
        "{:?}",
        rows(&database, 1).await
    );
    assert_eq!(
        database
            .number("SELECT count(*) FROM conversation_leftovers")
            .await,
        0
    );
    let violations = "SELECT count(*) FROM pragma_foreign_key_check";
    assert_eq!(database.number(violations).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rows_of_a_large_conversation_are_removed_while_others_write() {
    let database = Database::new();
    let store = database.filled().await;
    store.create_with(&private(1, ALICE), &chain(600)).await;
    store.delete(in_acme(1)).await;
    let mut others = 0;
    while database
        .number("SELECT count(*) FROM conversation_leftovers")
        .await
        > 0
    {
        store.create(&private(10 + others, BOB)).await;
        others += 1;
    }
    // 600 messages with 60,000 terms go in dozens of transactions.
    assert!(others >= 5, "{others} writes came between them");
    assert!(without(&rows(&database, 1).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_answers_without_a_writer_are_all_interrupted() {
    let store = Database::new().filled().await;
    for number in 1..=40 {
        let messages = writing(conversation_id(number), ALICE);
        store.create_with(&private(number, ALICE), &messages).await;
    }
    let journal = &store.stores.journal;
    assert_eq!(
        journal.interrupt_abandoned(Duration::ZERO).await.unwrap(),
        40
    );
    assert_eq!(
        journal.interrupt_abandoned(Duration::ZERO).await.unwrap(),
        0
    );
}
