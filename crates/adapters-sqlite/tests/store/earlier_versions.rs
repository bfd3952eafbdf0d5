//! Answers and openings that earlier versions stored, and what earlier versions make of those of today.

use parlor_domain::{
    audit::PrivilegedReading,
    message::{AnswerFailure, AnswerStatus},
};
use parlor_store_conformance::kit::prelude::*;

use crate::database::Database;

#[tokio::test]
async fn a_failure_that_an_earlier_version_stored_has_one_of_todays_reasons() {
    let database = Database::new();
    let store = database.filled().await;
    for (number, (word, failure)) in (1..).zip([
        ("unreachable", AnswerFailure::Unavailable),
        ("timed_out", AnswerFailure::Timeout),
        ("refused", AnswerFailure::ModelError),
        ("interrupted", AnswerFailure::Interrupted),
    ]) {
        let question = prompt(conversation_id(number), 1, None, ALICE, "who?");
        let interrupted = AnswerStatus::Failed(AnswerFailure::Interrupted);
        let reply = answer(&question, "Mal", interrupted);
        store
            .create_with(&private(number, ALICE), &[question, reply.clone()])
            .await;
        let as_before = "UPDATE messages SET reason = NULL, failure = ";
        database
            .execute(&format!("{as_before}'{word}' WHERE reason IS NOT NULL"))
            .await;
        let read = store.message(in_acme(number), &reply).await;
        assert_eq!(read.status(), AnswerStatus::Failed(failure), "{word}");
    }
}

#[tokio::test]
async fn an_earlier_version_reads_every_status_of_today_as_the_nearest_that_it_knows() {
    let database = Database::new();
    let store = database.filled().await;
    let id = conversation_id(1);
    let question = prompt(id, 1, None, ALICE, "who?");
    let mut messages = vec![question.clone()];
    for (position, status) in (2..).zip(AnswerStatus::all()) {
        let mut reply = answer(&question, "Mal", status);
        reply.id = message_id(id, position);
        reply.position = position;
        messages.push(reply);
    }
    store.create_with(&private(1, ALICE), &messages).await;
    let known = "SELECT count(*) FROM messages
        WHERE status IN ('writing', 'complete', 'stopped') AND failure IS NULL
            OR status = 'failed' AND failure IN ('unreachable', 'timed_out', 'refused', 'interrupted')";
    let all = i64::try_from(messages.len()).unwrap();
    assert_eq!(database.number(known).await, all);
}

/// Openings that an earlier version stored have a line each, and the newest one can be continued.
#[tokio::test]
async fn openings_that_an_earlier_version_stored_have_a_line_each() {
    let database = Database::new();
    let store = database.filled().await;
    let here = in_acme(1);
    let open = async || {
        let entry = privileged_entry(&store, here, VERA, PrivilegedReading::Open);
        store.stores.recorder.record(&entry).await.unwrap();
        entry.id
    };
    let lines = async || {
        let log = &store.stores.audit_log;
        let lines = log.privileged_readings(here, None, 100).await.unwrap();
        lines.iter().map(|line| line.id).collect::<Vec<_>>()
    };
    let old = [open().await, open().await];
    database
        .execute("UPDATE audit_entries SET recorded_at = NULL, visit_id = NULL, occurred_at = unixepoch() * 1000000")
        .await;
    assert_eq!(lines().await, [old[1], old[0]]);
    open().await;
    open().await;
    assert_eq!(lines().await, [old[1], old[0]]);
    // Long ago.
    database
        .execute(
            "UPDATE audit_entries SET recorded_at = NULL, occurred_at = occurred_at - 900000000",
        )
        .await;
    let new = open().await;
    open().await;
    assert_eq!(lines().await, [new, old[1], old[0]]);
}
