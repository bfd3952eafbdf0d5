//! Several instances relay the entries of one store: an organization's entries go out through one of them at a time.

use std::time::Duration;

use parlor_adapters_postgres::PostgresStore;
use parlor_application::ports::{AuditOutbox as _, AuditRecord, RELAY_LEASE, RELAY_LEASE_LEFT};
use parlor_domain::{
    audit::AuditEntry,
    ids::{AuditEntryId, OrganizationId},
};
use parlor_store_conformance::kit::prelude::*;
use sqlx::query_scalar;
use tokio::time::timeout;

use crate::database::{Database, execute};

/// A store with two organizations, and two instances that relay for it.
struct Relays {
    database: Database,
    filled: Filled,
    first: PostgresStore,
    second: PostgresStore,
}

impl Relays {
    async fn new() -> Self {
        let database = Database::migrated().await;
        let filled = database.filled().await;
        // What filled it relayed the entries of that.
        filled.stores.outbox.release().await.unwrap();
        Self {
            filled,
            first: database.open(),
            second: database.open(),
            database,
        }
    }

    /// Adds entries about a conversation, one after the other.
    async fn add(&self, organization_id: OrganizationId, entries: usize) -> Vec<AuditEntryId> {
        let mut ids = Vec::new();
        for _ in 0..entries {
            let entry = self.filled.entry(organization_id, Some(conversation_id(1)));
            self.filled.stores.recorder.record(&entry).await.unwrap();
            ids.push(entry.id);
        }
        ids
    }

    /// Lets all leases end in so many microseconds.
    async fn let_leases_end_in(&self, microseconds: i128) {
        self.database
            .execute(&format!(
                "UPDATE audit_relay_leases
                 SET expires_at = clock_timestamp() + {microseconds} * interval '1 microsecond'
                 WHERE holder IS NOT NULL"
            ))
            .await;
    }

    /// Which version the leases' rows have: another one each time that somebody writes to them.
    async fn versions_of_leases(&self) -> Vec<String> {
        query_scalar("SELECT xmin::text FROM audit_relay_leases ORDER BY organization_id")
            .fetch_all(&mut self.database.connect().await)
            .await
            .unwrap()
    }
}

fn ids(records: &[AuditRecord]) -> Vec<AuditEntryId> {
    records.iter().map(|record| record.id).collect()
}

async fn undelivered(relay: &PostgresStore) -> Vec<AuditEntryId> {
    ids(&relay.undelivered(100).await.unwrap())
}

async fn mark(relay: &PostgresStore, organization_id: OrganizationId, entries: &[AuditEntryId]) {
    let entries: Vec<_> = entries.iter().map(|id| (organization_id, *id)).collect();
    relay.mark_delivered(&entries, at(9_000)).await.unwrap();
}

#[tokio::test]
async fn entries_are_answered_to_one_instance_until_it_gives_its_leases_back() {
    let relays = Relays::new().await;
    let entries = relays.add(ACME, 3).await;
    assert_eq!(undelivered(&relays.first).await, entries);
    assert_eq!(undelivered(&relays.second).await, []);
    assert_eq!(undelivered(&relays.first).await, entries, "the same again");

    relays.second.release().await.unwrap();
    assert_eq!(
        undelivered(&relays.second).await,
        [],
        "nobody gives back what is another one's"
    );
    relays.first.release().await.unwrap();
    assert_eq!(undelivered(&relays.second).await, entries);
    assert_eq!(undelivered(&relays.first).await, []);
}

#[tokio::test]
async fn entries_of_an_instance_that_fell_silent_go_to_another_one() {
    let relays = Relays::new().await;
    let entries = relays.add(ACME, 2).await;
    assert_eq!(undelivered(&relays.first).await, entries);
    relays.let_leases_end_in(-1).await;
    assert_eq!(undelivered(&relays.second).await, entries);
    assert_eq!(undelivered(&relays.first).await, []);
}

#[tokio::test]
async fn a_conversations_entries_keep_their_order_over_a_change_of_instances() {
    let relays = Relays::new().await;
    let mut entries = relays.add(ACME, 4).await;
    let some = relays.first.undelivered(3).await.unwrap();
    assert_eq!(ids(&some), entries[..3]);
    // It delivered two of them, and told so of one.
    mark(&relays.first, ACME, &entries[..1]).await;
    entries.extend(relays.add(ACME, 2).await);
    relays.let_leases_end_in(-1).await;
    let mut relay = &relays.second;
    let mut delivered = entries[..2].to_vec();
    loop {
        let some = ids(&relay.undelivered(2).await.unwrap());
        if some.is_empty() {
            break;
        }
        mark(relay, ACME, &some).await;
        delivered.extend(some);
        // Each time another one.
        relay.release().await.unwrap();
        relay = if std::ptr::eq(relay, &raw const relays.first) {
            &relays.second
        } else {
            &relays.first
        };
    }
    // Twice what was not told, and otherwise each once, in order.
    assert_eq!(delivered.remove(2), entries[1]);
    assert_eq!(delivered, entries);
}

#[tokio::test]
async fn each_organization_has_a_lease_of_its_own() {
    let relays = Relays::new().await;
    let of_acme = relays.add(ACME, 1).await;
    assert_eq!(undelivered(&relays.first).await, of_acme);
    let of_globex = relays.add(GLOBEX, 1).await;
    assert_eq!(undelivered(&relays.second).await, of_globex);
    assert_eq!(undelivered(&relays.first).await, of_acme);
}

#[tokio::test]
async fn a_lease_that_somebody_else_is_taking_is_not_waited_for() {
    let relays = Relays::new().await;
    relays.add(ACME, 1).await;
    let of_globex = relays.add(GLOBEX, 1).await;
    let mut another = relays.database.connect().await;
    let lock = format!(
        "BEGIN; SELECT 1 FROM audit_relay_leases WHERE organization_id = '{ACME}' FOR UPDATE"
    );
    execute(&mut another, &lock).await;
    let answered = timeout(Duration::from_secs(3), undelivered(&relays.first)).await;
    assert_eq!(answered, Ok(of_globex));
}

#[tokio::test]
async fn a_relay_that_asks_again_and_again_writes_next_to_nothing() {
    let relays = Relays::new().await;
    let before = relays.versions_of_leases().await;
    for _ in 0..3 {
        assert_eq!(undelivered(&relays.first).await, []);
    }
    assert_eq!(
        relays.versions_of_leases().await,
        before,
        "where nothing waits there is nothing to lease"
    );

    let entries = relays.add(ACME, 1).await;
    assert_eq!(undelivered(&relays.first).await, entries);
    let taken = relays.versions_of_leases().await;
    assert_ne!(taken, before);

    let lasting = RELAY_LEASE.as_micros().cast_signed() * 6;
    relays.let_leases_end_in(lasting).await;
    let held = relays.versions_of_leases().await;
    for _ in 0..3 {
        assert_eq!(undelivered(&relays.first).await, entries);
    }
    assert_eq!(
        relays.versions_of_leases().await,
        held,
        "enough of it is left"
    );
}

/// All that a relay does with a batch has to end in the time that is left.
#[tokio::test]
async fn a_lease_is_renewed_where_too_little_is_left_for_a_delivery() {
    let relays = Relays::new().await;
    let entries = relays.add(ACME, 1).await;
    assert_eq!(undelivered(&relays.first).await, entries);
    let too_little = RELAY_LEASE_LEFT.as_micros().cast_signed() - 1;
    for left in [too_little, too_little / 2, 1] {
        relays.let_leases_end_in(left).await;
        let shortened = relays.versions_of_leases().await;
        assert_eq!(undelivered(&relays.first).await, entries);
        assert_ne!(relays.versions_of_leases().await, shortened);
        let milliseconds_left =
            "SELECT (extract(epoch FROM max(expires_at) - now()) * 1000)::bigint
            FROM audit_relay_leases WHERE holder IS NOT NULL";
        let until = relays.database.number(milliseconds_left).await;
        assert!(until <= 10_000, "{until} ms are left");
        // Whatever this machine did meanwhile.
        assert!(until > 5_000, "{until} ms are left");
    }
}

#[tokio::test]
async fn what_was_set_aside_keeps_nobody_from_going_on() {
    let relays = Relays::new().await;
    let entries = relays.add(ACME, 2).await;
    assert_eq!(undelivered(&relays.first).await, entries);
    relays
        .first
        .set_aside(ACME, entries[0], "too large", at(5))
        .await
        .unwrap();
    assert_eq!(undelivered(&relays.first).await, entries[1..]);
    let backlog = relays.first.backlog().await.unwrap();
    assert_eq!((backlog.entries, backlog.set_aside), (1, 1));
    // Whoever retries need not hold the lease.
    let retried = relays.second.retry_set_aside(None, 10).await.unwrap();
    assert_eq!(retried.entries, 1);
    assert_eq!(undelivered(&relays.first).await, entries);
}

/// Nothing locks a conversation that is only read, and what was refused changes nothing. Entries of it get their places one
/// transaction after the other all the same, so that what is delivered first came first.
#[tokio::test]
async fn an_entry_waits_for_the_one_before_it_of_the_same_conversation_alone() {
    let relays = Relays::new().await;
    let mut another = relays.database.connect().await;
    let conversation = conversation_id(1).as_uuid();
    let class = i32::from_be_bytes(*b"pard");
    let lock = format!("BEGIN; SELECT pg_advisory_xact_lock({class}, uuid_hash('{conversation}'))");
    execute(&mut another, &lock).await;
    let entry = |about| relays.filled.entry(ACME, about);
    let record = async |entry: AuditEntry| relays.filled.stores.recorder.record(&entry).await;
    record(entry(Some(conversation_id(2)))).await.unwrap();
    record(entry(None)).await.unwrap();

    let waiting = entry(Some(conversation_id(1)));
    let mut recording = std::pin::pin!(record(waiting.clone()));
    let is_waiting = "SELECT count(*) FROM pg_locks
        WHERE locktype = 'advisory' AND NOT granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let until_it_waits = async {
        while relays.database.number(is_waiting).await == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        recorded = &mut recording => panic!("it did not wait: {recorded:?}"),
        waits = timeout(Duration::from_secs(4), until_it_waits) => waits.unwrap(),
    }
    execute(&mut another, "COMMIT").await;
    recording.await.unwrap();
    assert_eq!(undelivered(&relays.first).await.last(), Some(&waiting.id));
}
