//! What goes by the clock of the machine, which may be set.

use std::{num::NonZeroU32, time::Duration};

use parlor_application::ports::{Allowance, AnswerEnding, Identity};
use parlor_domain::message::AnswerStatus;
use parlor_store_conformance::kit::prelude::*;

use crate::database::Database;

async fn take(store: &Filled) -> Allowance {
    let identity = Identity {
        organization_id: ACME,
        user_id: ALICE,
    };
    let two = NonZeroU32::new(2).unwrap();
    store.stores.allowance.take(identity, two).await.unwrap()
}

#[tokio::test]
async fn a_clock_that_is_set_back_locks_nobody_out() {
    let database = Database::new();
    let store = database.filled().await;
    while take(&store).await == Allowance::Taken {}
    let an_hour_later = "UPDATE prompt_allowances SET used_until = used_until + 3600000000";
    database.execute(an_hour_later).await;
    assert_eq!(take(&store).await, Allowance::Taken, "as if it were new");
    assert_eq!(take(&store).await, Allowance::Taken);
    assert!(matches!(take(&store).await, Allowance::Exhausted { .. }));
}

#[tokio::test]
async fn the_smallest_and_the_greatest_allowance_are_counted() {
    let database = Database::new();
    let store = database.filled().await;
    for (user_id, per_minute) in [(ALICE, NonZeroU32::MIN), (BOB, NonZeroU32::MAX)] {
        let identity = Identity {
            organization_id: ACME,
            user_id,
        };
        let take = async || store.stores.allowance.take(identity, per_minute).await;
        assert_eq!(take().await.unwrap(), Allowance::Taken, "{per_minute}");
        let is_one = per_minute == NonZeroU32::MIN;
        let second = take().await.unwrap();
        assert_eq!(second == Allowance::Taken, !is_one, "{per_minute}");
    }
}

#[tokio::test]
async fn a_sign_of_life_stands_where_an_answer_is_being_written_and_nowhere_else() {
    let database = Database::new();
    let store = database.filled().await;
    for number in 1..=5 {
        let messages = writing(conversation_id(number), ALICE);
        store.create_with(&private(number, ALICE), &messages).await;
    }
    let [_, reply] = writing(conversation_id(1), ALICE);
    let ending = AnswerEnding {
        text: content("Mallory.").into(),
        status: AnswerStatus::Complete,
        usage: None,
        at: at(1),
    };
    let journal = &store.stores.journal;
    let finished = journal.finish(in_acme(1), reply.id, &ending).await;
    finished.unwrap();
    let [_, reply] = writing(conversation_id(2), ALICE);
    assert!(store.stop(in_acme(2), &reply).await);
    let signs = "SELECT count(*) FROM messages WHERE sign_of_life_at IS NOT NULL";
    assert_eq!(database.number(signs).await, 3);
    let writing = "SELECT count(*) FROM messages WHERE status = 'writing'";
    assert_eq!(database.number(writing).await, 3);

    // An hour ago, never, and in an hour: the clock was set back.
    database
        .execute(
            "UPDATE messages
             SET sign_of_life_at = CASE hex(conversation_id)
                 WHEN (SELECT hex(id) FROM conversations ORDER BY id LIMIT 1 OFFSET 2) THEN sign_of_life_at - 3600000000
                 WHEN (SELECT hex(id) FROM conversations ORDER BY id LIMIT 1 OFFSET 3) THEN NULL
                 ELSE sign_of_life_at + 3600000000
             END
             WHERE status = 'writing'",
        )
        .await;
    let silent = journal.interrupt_abandoned(Duration::from_mins(10)).await;
    assert_eq!(silent.unwrap(), 2);
    let all = journal.interrupt_abandoned(Duration::ZERO).await;
    assert_eq!(all.unwrap(), 1);
    assert_eq!(database.number(signs).await, 0);
}
