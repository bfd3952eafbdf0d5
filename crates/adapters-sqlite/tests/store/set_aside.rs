//! Entries that were set aside, as an operator meets them.

use parlor_store_conformance::kit::prelude::*;

use crate::database::Database;

#[tokio::test]
async fn an_entry_that_was_set_aside_keeps_its_first_reason_and_can_be_tried_again() {
    let database = Database::new();
    let store = database.filled().await;
    let entries = [1, 2].map(|number| store.entry(ACME, Some(conversation_id(number))));
    for entry in &entries {
        store.stores.recorder.record(entry).await.unwrap();
    }
    let outbox = &store.stores.outbox;
    for reason in ["too large", "still too large"] {
        outbox
            .set_aside(ACME, entries[0].id, reason, at(7))
            .await
            .unwrap();
    }
    let with_reason = format!(
        "SELECT count(*) FROM audit_entries WHERE set_aside_reason = 'too large' AND set_aside_at = {}",
        at(7).timestamp_micros()
    );
    assert_eq!(database.number(&with_reason).await, 1);
    assert_eq!(outbox.undelivered(10).await.unwrap().len(), 1);

    outbox.retry_set_aside(None, 10).await.unwrap();
    let waiting = outbox.undelivered(10).await.unwrap();
    let waiting: Vec<_> = waiting.into_iter().map(|record| record.id).collect();
    assert_eq!(waiting, [entries[0].id, entries[1].id], "in its old place");
    assert_eq!(outbox.backlog().await.unwrap().set_aside, 0);
}
