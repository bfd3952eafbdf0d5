//! Two organizations that never meet, as writings tell: whatever is done in Globex, nothing of Acme is different then.

use parlor_application::ports::{
    AnswerEnding, AuditQuery, ConversationFilter, IdempotencyRecord, JournalOutcome,
};
use parlor_domain::{
    audit::AuditEntry,
    conversation::{Conversation, Version},
    grants::Privacy,
    message::AnswerStatus,
    settings::Settings,
};

use crate::{Stores, kit::prelude::*};

pub async fn a_change_is_made_in_one_organization(stores: Stores) {
    assert_acme_is_untouched(stores, async |store| {
        for number in [1, 2, 3] {
            let mut unit = store.begin(GLOBEX).await;
            let id = conversation_id(number);
            let found = unit
                .conversations()
                .find_for_update(id)
                .await
                .unwrap()
                .unwrap();
            let after = Conversation {
                owner_id: CAROL,
                title: title("changed"),
                privacy: if number == 2 {
                    organization_view()
                } else {
                    Privacy::Private
                },
                last_activity_at: at(5_000),
                version: Version::from_number(9),
                ..found
            };
            unit.conversations().update(&after).await.unwrap();
            store.commit(unit, key(GLOBEX, number)).await;
            assert_eq!(store.stored(key(GLOBEX, number)).await, Some(after));
        }
        let alice = store.principal(ACME, ALICE).await;
        assert_eq!(store.listed(&alice, &searching("changed")).await, []);
        assert_eq!(
            store.listed(&alice, &searching("red title")).await,
            ids(&[4, 3, 2, 1])
        );
    })
    .await;
}

pub async fn a_deletion_is_made_in_one_organization(stores: Stores) {
    assert_acme_is_untouched(stores, async |store| {
        for number in [1, 2, 3, ONLY_ACMES] {
            store.delete(key(GLOBEX, number)).await;
            assert_eq!(store.stored(key(GLOBEX, number)).await, None);
            assert_eq!(store.messages(key(GLOBEX, number)).await, []);
        }
        let alice = store.principal(ACME, ALICE).await;
        assert_eq!(
            store.listed(&alice, &searching("red")).await,
            ids(&[4, 3, 2, 1])
        );
        assert_eq!(
            store.listed(&alice, &searching("red reply")).await,
            ids(&[4, 3, 2, 1])
        );
    })
    .await;
}

pub async fn an_id_that_only_the_other_organization_has_is_free(stores: Stores) {
    assert_acme_is_untouched(stores, async |store| {
        let conversation = Conversation {
            organization_id: GLOBEX,
            ..private(ONLY_ACMES, BOB)
        };
        let messages = writing(conversation.id, BOB);
        store.create_with(&conversation, &messages).await;
        assert_eq!(
            store.stored(key(GLOBEX, ONLY_ACMES)).await,
            Some(conversation)
        );
        assert_eq!(store.messages(key(GLOBEX, ONLY_ACMES)).await.len(), 2);
    })
    .await;
}

pub async fn messages_are_added_in_one_organization(stores: Stores) {
    assert_acme_is_untouched(stores, async |store| {
        let before = store.messages(key(GLOBEX, 1)).await;
        let last = before.last().unwrap().message.clone();
        store
            .append(
                key(GLOBEX, 1),
                &[prompt(conversation_id(1), 5, Some(&last), BOB, "added")],
            )
            .await;
        assert_eq!(store.messages(key(GLOBEX, 1)).await.len(), before.len() + 1);
        let alice = store.principal(ACME, ALICE).await;
        assert_eq!(store.listed(&alice, &searching("added")).await, []);
    })
    .await;
}

pub async fn messages_cannot_be_added_to_what_only_the_other_organization_has(stores: Stores) {
    let (store, _) = twins(stores).await;
    let before = Snapshot::take(&store, ACME).await;
    let id = conversation_id(ONLY_ACMES);
    let mut unit = store.begin(GLOBEX).await;
    let added = unit
        .messages()
        .insert(&[prompt(id, 5, None, BOB, "added")])
        .await;
    let is_refused = if added.is_ok() {
        unit.commit(store.entry(GLOBEX, Some(id)).into())
            .await
            .is_err()
    } else {
        drop(unit);
        true
    };
    assert!(is_refused, "a message without a conversation");
    assert_eq!(Snapshot::take(&store, ACME).await, before);
    assert_eq!(store.messages(key(GLOBEX, ONLY_ACMES)).await, []);
}

pub async fn an_answer_is_stopped_in_one_organization(stores: Stores) {
    assert_acme_is_untouched(stores, async |store| {
        let [_, reply] = writing(conversation_id(1), BOB);
        assert!(store.stop(key(GLOBEX, 1), &reply).await);
        let [_, elsewhere] = writing(conversation_id(ONLY_ACMES), BOB);
        assert!(!store.stop(key(GLOBEX, ONLY_ACMES), &elsewhere).await);
    })
    .await;
}

pub async fn an_answer_grows_and_ends_in_one_organization(stores: Stores) {
    assert_acme_is_untouched(stores, async |store| {
        let ending = AnswerEnding {
            text: content("ended").into(),
            status: AnswerStatus::Complete,
            usage: None,
            at: at(5_000),
        };
        let journal = &store.stores.journal;
        for (number, outcome) in [
            (1, JournalOutcome::Written),
            (ONLY_ACMES, JournalOutcome::NoLongerWriting),
        ] {
            let [_, reply] = writing(conversation_id(number), BOB);
            let key = key(GLOBEX, number);
            assert_eq!(
                journal
                    .grow(key, reply.id, &content("grown").into())
                    .await
                    .unwrap(),
                outcome
            );
            let kept = journal.keep_writing(key, reply.id).await.unwrap();
            assert_eq!(kept, outcome);
            assert_eq!(
                journal.finish(key, reply.id, &ending).await.unwrap(),
                outcome
            );
        }
        let alice = store.principal(ACME, ALICE).await;
        assert_eq!(store.listed(&alice, &searching("ended")).await, []);
        let listed = store.listed(&alice, &query(ConversationFilter::All)).await;
        assert_eq!(listed, ids(&[4, 3, 2, 1]), "no activity of hers");
    })
    .await;
}

pub async fn settings_are_saved_in_one_organization(stores: Stores) {
    assert_acme_is_untouched(stores, async |store| {
        let mut unit = store.begin(GLOBEX).await;
        unit.directory()
            .save_settings(Settings {
                private_conversations: false,
            })
            .await
            .unwrap();
        unit.commit(store.entry(GLOBEX, None).into()).await.unwrap();
    })
    .await;
}

pub async fn a_key_is_kept_in_one_organization(stores: Stores) {
    assert_acme_is_untouched(stores, async |store| {
        let newer = IdempotencyRecord {
            created_at: at(100_000),
            ..kept_in(GLOBEX)
        };
        let mut unit = store.begin(GLOBEX).await;
        unit.idempotency().save(&newer).await.unwrap();
        store.commit(unit, key(GLOBEX, 1)).await;
        assert_eq!(find_twin_key(store, GLOBEX).await, Some(newer));
    })
    .await;
}

pub async fn an_entry_is_stored_and_delivered_in_one_organization(stores: Stores) {
    assert_acme_is_untouched(stores, async |store| {
        // Acme has an entry with each of these ids.
        let logged = store.logged(ACME).await;
        let taken = store.logged(GLOBEX).await;
        for id in logged.iter().filter(|id| !taken.contains(id)) {
            let entry = AuditEntry {
                id: *id,
                ..store.entry(GLOBEX, Some(conversation_id(1)))
            };
            store.stores.recorder.record(&entry).await.unwrap();
        }
        let delivered: Vec<_> = logged.into_iter().map(|id| (GLOBEX, id)).collect();
        store
            .stores
            .outbox
            .mark_delivered(&delivered, at(9_000))
            .await
            .unwrap();
        let waiting = store.stores.outbox.undelivered(1_000).await.unwrap();
        assert!(
            waiting
                .iter()
                .all(|record| !delivered.contains(&(record.organization_id, record.id)))
        );
    })
    .await;
}

pub async fn an_entry_is_set_aside_in_one_organization(stores: Stores) {
    let (store, _) = twins(stores).await;
    // Both have an entry with this id.
    let id = entry_id(900);
    let outbox = &store.stores.outbox;
    let waiting_in = async || {
        let waiting = outbox.undelivered(1_000).await.unwrap();
        let with_id = waiting.into_iter().filter(|record| record.id == id);
        with_id
            .map(|record| record.organization_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(waiting_in().await.len(), 2);
    let reason = "too large";
    outbox
        .set_aside(GLOBEX, id, reason, at(9_000))
        .await
        .unwrap();
    assert_eq!(waiting_in().await, [ACME]);
    assert_eq!(outbox.backlog().await.unwrap().set_aside, 1);
}

pub async fn a_unit_of_work_writes_no_row_of_another_organization(stores: Stores) {
    let (store, _) = twins(stores).await;
    let before = Snapshot::take(&store, ACME).await;
    let inserted = private(6, ALICE);
    let updated = Conversation {
        title: title("changed"),
        ..private(1, ALICE)
    };
    for number in 0..3 {
        let mut unit = store.begin(GLOBEX).await;
        let mut entry = store.entry(GLOBEX, Some(inserted.id));
        let outcome = match number {
            0 => unit.conversations().insert(&inserted).await,
            1 => unit.conversations().update(&updated).await,
            _ => {
                entry.organization_id = ACME;
                Ok(())
            }
        };
        // Refused, or done in Globex: either way Acme has nothing of it.
        match outcome {
            Ok(()) => drop(unit.commit(entry.into()).await),
            Err(_) => drop(unit),
        }
        assert_eq!(
            Snapshot::take(&store, ACME).await,
            before,
            "attempt {number}"
        );
        assert_eq!(store.stored(in_acme(6)).await, None, "attempt {number}");
        let whole_log = AuditQuery {
            limit: 100,
            ..AuditQuery::default()
        };
        let logged = store.log(GLOBEX, &whole_log).await;
        assert!(
            logged.iter().all(|record| record.organization_id == GLOBEX),
            "attempt {number}"
        );
    }
}
