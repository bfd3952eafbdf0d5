//! Nobody waits for a conversation that they cannot see: who waits learns that it exists, and that somebody is at work on it.

use std::{future::Future, time::Duration};

use parlor_application::ports::{AuditRecorder as _, UnitOfWork, UnitOfWorkFactory as _};
use parlor_domain::{
    audit::{ActionName, AuditEntries, AuditEntry},
    grants::Level,
    ids::UserId,
};
use parlor_store_conformance::kit::prelude::*;
use sqlx::PgConnection;
use tokio::time::timeout;

use crate::database::{Database, execute};

/// Far less than one waits for a lock.
const AT_ONCE: Duration = Duration::from_secs(3);

/// The class of the locks under which a conversation's audit entries are put in order.
const ORDER: i32 = i32::from_be_bytes(*b"pard");

/// A private conversation, one for responders, and one in which an answer is being written; and one that is not there.
const NUMBERS: [u32; 4] = [1, 2, 3, 9];

async fn with_invisible(database: &Database) -> Filled {
    let store = database.filled().await;
    store.create(&private(1, ALICE)).await;
    let to_responders = grants(None, &[(RESPONDERS, Level::Collaborate)]);
    store.create(&shared(2, ALICE, to_responders)).await;
    let messages = writing(conversation_id(3), ALICE);
    store.create_with(&private(3, ALICE), &messages).await;
    store
}

/// Another program's transaction that holds everything that belongs to these conversations.
async fn hold_everything(database: &Database) -> PgConnection {
    let mut holder = database.connect().await;
    execute(
        &mut holder,
        "BEGIN; \
         SELECT FROM conversations FOR UPDATE; \
         SELECT FROM messages FOR UPDATE; \
         SELECT FROM conversation_group_grants FOR UPDATE",
    )
    .await;
    for number in NUMBERS {
        let id = conversation_id(number);
        execute(
            &mut holder,
            &format!("SELECT pg_advisory_xact_lock({ORDER}, uuid_hash('{id}'))"),
        )
        .await;
    }
    holder
}

async fn at_once<T>(what: &str, asked: impl Future<Output = T>) -> T {
    let answered = timeout(AT_ONCE, asked).await;
    answered.unwrap_or_else(|_| panic!("{what} waited for what cannot be seen"))
}

/// What a unit of work opens of a conversation, begun on it or on none.
async fn opened(store: &Filled, user: UserId, number: u32, is_begun_on: bool) -> bool {
    let units = &store.stores.units;
    let mut unit: Box<dyn UnitOfWork> = if is_begun_on {
        units.begin_on(user, in_acme(number)).await.unwrap()
    } else {
        units.begin(ACME).await.unwrap()
    };
    let opening = unit.open(user, conversation_id(number)).await.unwrap();
    opening.unwrap().found.is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_a_conversation_that_they_cannot_see() {
    let database = Database::migrated().await;
    let store = with_invisible(&database).await;
    let holder = hold_everything(&database).await;
    for number in NUMBERS {
        // Bob is in another group, and Erin may not use the AI.
        for stranger in [BOB, ERIN] {
            for is_begun_on in [true, false] {
                let what = format!("{stranger} opening {number}, begun on it: {is_begun_on}");
                let opened = opened(&store, stranger, number, is_begun_on);
                assert!(!at_once(&what, opened).await, "{what}");
            }
        }
    }
    // Those who see it wait: what they would change is being changed.
    for (user, number) in [(ALICE, 1), (CAROL, 2), (MAX, 1)] {
        let waiting = timeout(
            Duration::from_millis(300),
            opened(&store, user, number, true),
        );
        assert!(waiting.await.is_err(), "{user} did not wait for {number}");
    }
    drop(holder);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_denial_is_recorded_without_waiting_for_what_is_denied() {
    let database = Database::migrated().await;
    let store = with_invisible(&database).await;
    let recorder = database.open();
    let holder = hold_everything(&database).await;
    for number in NUMBERS {
        let denied = AuditEntry {
            action: ActionName::ConversationAccessDenied,
            ..store.entry(ACME, Some(conversation_id(number)))
        };
        at_once("a denial", recorder.record(&denied)).await.unwrap();
        let mut unit = recorder.begin(ACME).await.unwrap();
        unit.directory().settings().await.unwrap();
        let again = AuditEntry {
            action: ActionName::ConversationAccessDenied,
            ..store.entry(ACME, Some(conversation_id(number)))
        };
        let once_more = AuditEntry {
            action: ActionName::ConversationAccessDenied,
            ..store.entry(ACME, Some(conversation_id(number)))
        };
        let entries = AuditEntries::new(again, vec![once_more]);
        at_once("two denials", unit.commit(entries)).await.unwrap();
    }
    drop(holder);
}
