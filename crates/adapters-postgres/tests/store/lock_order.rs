//! Whoever locks a conversation and its messages locks the conversation first, so that nobody waits in a circle.

use std::time::Duration;

use parlor_store_conformance::kit::prelude::*;
use sqlx::query_scalar;
use tokio::task::yield_now;

use crate::database::Database;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_stopped_while_it_is_marked_as_interrupted_waits_in_no_circle() {
    let database = Database::migrated().await;
    let store = database.filled().await;
    let messages = writing(conversation_id(1), ALICE);
    store.create_with(&private(1, ALICE), &messages).await;
    let mut watching = database.connect().await;

    let mut unit = store
        .stores
        .units
        .begin_on(ALICE, in_acme(1))
        .await
        .unwrap();
    unit.open(ALICE, conversation_id(1)).await.unwrap();
    let journal = store.stores.journal.clone();
    let interrupting =
        tokio::spawn(async move { journal.interrupt_abandoned(Duration::ZERO).await });
    // It has left the conversation alone, or it waits for it with the message in its hands.
    loop {
        let is_waiting: bool = query_scalar(
            "SELECT EXISTS (SELECT FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event_type = 'Lock')",
        )
        .fetch_one(&mut watching)
        .await
        .unwrap();
        if is_waiting || interrupting.is_finished() {
            break;
        }
        yield_now().await;
    }
    let stopped = unit
        .messages()
        .stop(conversation_id(1), messages[1].id)
        .await;
    assert!(stopped.unwrap(), "it was being written");
    store.commit(unit, in_acme(1)).await;
    assert_eq!(interrupting.await.unwrap().unwrap(), 0);
}
