//! Keys under which an answer was given.

use chrono::TimeDelta;
use parlor_application::ports::{
    ConversationFilter, IdempotencyRecord, IdempotentOutcome, StoreError,
};
use parlor_domain::{conversation::Conversation, ids::UserId};
use tokio::task::{JoinSet, yield_now};

use crate::{Stores, kit::prelude::*};

fn record(user_id: UserId, key: &str, seconds: i64) -> IdempotencyRecord {
    IdempotencyRecord {
        user_id,
        key: key.to_owned(),
        fingerprint: std::array::from_fn(|byte| u8::try_from(255 - byte).unwrap()),
        outcome: IdempotentOutcome {
            conversation_id: conversation_id(1),
            answer_id: None,
        },
        created_at: at(seconds),
    }
}

async fn with_conversation(stores: Stores) -> Filled {
    let store = Filled::with_two_organizations(stores).await;
    store
        .create_with(&private(1, ALICE), &writing(conversation_id(1), ALICE))
        .await;
    store
}

async fn keep(store: &Filled, record: &IdempotencyRecord) {
    let mut unit = store.begin(ACME).await;
    unit.idempotency().save(record).await.unwrap();
    store.commit(unit, in_acme(1)).await;
}

async fn find(
    store: &Filled,
    user_id: UserId,
    key: &str,
    not_before: i64,
) -> Option<IdempotencyRecord> {
    let mut unit = store.begin(ACME).await;
    unit.idempotency()
        .find(user_id, key, at(not_before))
        .await
        .unwrap()
}

pub async fn a_key_is_found_with_everything_that_was_kept(stores: Stores) {
    let store = with_conversation(stores).await;
    let without_answer = record(ALICE, "first", 10);
    let with_answer = IdempotencyRecord {
        outcome: IdempotentOutcome {
            conversation_id: conversation_id(1),
            answer_id: Some(message_id(conversation_id(1), 2)),
        },
        ..record(ALICE, "second", 11)
    };
    for record in [&without_answer, &with_answer] {
        keep(&store, record).await;
    }
    assert_eq!(find(&store, ALICE, "first", 0).await, Some(without_answer));
    assert_eq!(find(&store, ALICE, "second", 0).await, Some(with_answer));
}

pub async fn a_key_is_found_by_the_user_who_chose_it_alone_and_character_by_character(
    stores: Stores,
) {
    let store = with_conversation(stores).await;
    let kept = record(ALICE, "Key-1 가", 10);
    keep(&store, &kept).await;
    assert_eq!(find(&store, BOB, "Key-1 가", 0).await, None);
    for key in ["key-1 가", "Key-1 가 ", "Key-1", "", "Key%", "Key-1 각"] {
        assert_eq!(find(&store, ALICE, key, 0).await, None, "{key:?}");
    }
    let of_bob = record(BOB, "Key-1 가", 12);
    keep(&store, &of_bob).await;
    assert_eq!(find(&store, BOB, "Key-1 가", 0).await, Some(of_bob));
    assert_eq!(find(&store, ALICE, "Key-1 가", 0).await, Some(kept));
}

pub async fn a_key_is_found_while_it_is_not_too_old(stores: Stores) {
    let store = with_conversation(stores).await;
    let kept = record(ALICE, "key", 10);
    keep(&store, &kept).await;
    assert_eq!(
        find(&store, ALICE, "key", 10).await,
        Some(kept),
        "at the moment itself"
    );
    let mut unit = store.begin(ACME).await;
    let a_microsecond_later = at(10) + TimeDelta::microseconds(1);
    assert_eq!(
        unit.idempotency()
            .find(ALICE, "key", a_microsecond_later)
            .await
            .unwrap(),
        None
    );
}

pub async fn a_key_takes_the_place_of_an_older_one(stores: Stores) {
    let store = with_conversation(stores).await;
    store.create(&private(2, ALICE)).await;
    keep(&store, &record(ALICE, "key", 10)).await;
    let newer = IdempotencyRecord {
        fingerprint: [7; 32],
        outcome: IdempotentOutcome {
            conversation_id: conversation_id(2),
            answer_id: None,
        },
        ..record(ALICE, "key", 100_000)
    };
    let mut unit = store.begin(ACME).await;
    assert_eq!(
        unit.idempotency()
            .find(ALICE, "key", at(90_000))
            .await
            .unwrap(),
        None,
        "too old"
    );
    unit.idempotency().save(&newer).await.unwrap();
    assert_eq!(
        unit.idempotency()
            .find(ALICE, "key", at(90_000))
            .await
            .unwrap()
            .as_ref(),
        Some(&newer)
    );
    store.commit(unit, in_acme(1)).await;
    assert_eq!(find(&store, ALICE, "key", 0).await, Some(newer));
}

pub async fn a_key_of_a_unit_of_work_that_was_dropped_is_free(stores: Stores) {
    let store = with_conversation(stores).await;
    let mut unit = store.begin(ACME).await;
    unit.idempotency()
        .save(&record(ALICE, "key", 10))
        .await
        .unwrap();
    drop(unit);
    assert_eq!(find(&store, ALICE, "key", 0).await, None);
    keep(&store, &record(ALICE, "key", 10)).await;
}

pub async fn of_several_at_once_with_the_same_key_one_keeps_it(stores: Stores) {
    #[derive(Debug, PartialEq)]
    enum Attempt {
        Kept,
        FoundKept,
        Refused,
    }
    async fn attempt(store: &Filled, number: u32) -> Result<Attempt, StoreError> {
        let conversation = private(number, ALICE);
        let outcome = IdempotentOutcome {
            conversation_id: conversation.id,
            answer_id: None,
        };
        let mut unit = store.stores.units.begin(ACME).await?;
        if unit
            .idempotency()
            .find(ALICE, "key", at(0))
            .await?
            .is_some()
        {
            return Ok(Attempt::FoundKept);
        }
        yield_now().await;
        unit.conversations().insert(&conversation).await?;
        unit.idempotency()
            .save(&IdempotencyRecord {
                outcome,
                ..record(ALICE, "key", 10)
            })
            .await?;
        unit.commit(store.entry(ACME, Some(conversation.id)).into())
            .await?;
        Ok(Attempt::Kept)
    }
    let store = Filled::with_two_organizations(stores).await;
    let mut tasks = JoinSet::new();
    for number in 1..=12 {
        let store = store.clone();
        tasks.spawn(async move {
            let outcome = match attempt(&store, number).await {
                Err(StoreError::Conflict) => Attempt::Refused,
                outcome => outcome.unwrap(),
            };
            (number, outcome)
        });
    }
    let outcomes = tasks.join_all().await;
    let winners: Vec<_> = outcomes
        .iter()
        .filter(|(_, outcome)| *outcome == Attempt::Kept)
        .collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    let kept = find(&store, ALICE, "key", 0).await.unwrap();
    assert_eq!(kept.outcome.conversation_id, conversation_id(winners[0].0));
    let alice = store.principal(ACME, ALICE).await;
    let listed = store.listed(&alice, &query(ConversationFilter::All)).await;
    assert_eq!(
        listed,
        [kept.outcome.conversation_id],
        "the others left nothing"
    );
}

pub async fn a_conversation_with_a_kept_key_can_be_deleted(stores: Stores) {
    let store = with_conversation(stores).await;
    let outcome = IdempotentOutcome {
        conversation_id: conversation_id(1),
        answer_id: Some(message_id(conversation_id(1), 2)),
    };
    keep(
        &store,
        &IdempotencyRecord {
            outcome,
            ..record(ALICE, "key", 10)
        },
    )
    .await;
    store.delete(in_acme(1)).await;
    assert_eq!(store.stored(in_acme(1)).await, None);
}

pub async fn old_keys_are_forgotten_and_counted(stores: Stores) {
    let store = with_conversation(stores).await;
    for (number, user_id) in (10..20).zip([ALICE, BOB].into_iter().cycle()) {
        keep(&store, &record(user_id, &format!("key {number}"), number)).await;
    }
    let mut unit = store.begin(GLOBEX).await;
    unit.conversations()
        .insert(&Conversation {
            organization_id: GLOBEX,
            ..private(1, ALICE)
        })
        .await
        .unwrap();
    unit.idempotency()
        .save(&record(ALICE, "key 10", 10))
        .await
        .unwrap();
    store.commit(unit, key(GLOBEX, 1)).await;
    assert_eq!(
        store
            .stores
            .admin
            .expire_idempotency_keys(at(10))
            .await
            .unwrap(),
        0,
        "none is older"
    );
    assert_eq!(
        store
            .stores
            .admin
            .expire_idempotency_keys(at(13))
            .await
            .unwrap(),
        4
    );
    assert_eq!(
        store
            .stores
            .admin
            .expire_idempotency_keys(at(13))
            .await
            .unwrap(),
        0
    );
    for (number, user_id) in (10..20).zip([ALICE, BOB].into_iter().cycle()) {
        let found = find(&store, user_id, &format!("key {number}"), 0).await;
        assert_eq!(found.is_some(), number >= 13, "{number}");
    }
}
