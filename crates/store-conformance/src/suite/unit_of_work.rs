//! One open transaction: all of it or nothing, and never without its entries. (Several at once: `concurrency`.)

use parlor_application::ports::{AuditQuery, ConversationFilter, StoreError};
use parlor_domain::{
    audit::AuditEntries,
    conversation::Conversation,
    grants::{Level, Privacy},
    message::AnswerStatus,
    settings::Settings,
};

use crate::{Stores, kit::prelude::*};

pub async fn a_commit_makes_change_and_entry_visible_together(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let logged_before = store.logged(ACME).await;
    let conversation = private(1, ALICE);
    let messages = writing(conversation.id, ALICE);
    let entry = store.entry(ACME, Some(conversation.id));
    let mut unit = store.begin(ACME).await;
    unit.conversations().insert(&conversation).await.unwrap();
    unit.messages().insert(&messages).await.unwrap();
    unit.commit(entry.clone().into()).await.unwrap();
    assert_eq!(store.stored(in_acme(1)).await, Some(conversation));
    assert_eq!(store.messages(in_acme(1)).await.len(), 2);
    assert_eq!(
        store.logged(ACME).await,
        [vec![entry.id], logged_before].concat()
    );
}

pub async fn a_unit_of_work_that_is_dropped_leaves_nothing(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let there = shared(1, ALICE, organization_view());
    store
        .create_with(&there, &[prompt(there.id, 1, None, ALICE, "beacons")])
        .await;
    let logged_before = store.logged(ACME).await;
    let mut unit = store.begin(ACME).await;
    unit.conversations()
        .insert(&private(2, ALICE))
        .await
        .unwrap();
    unit.messages()
        .insert(&writing(conversation_id(2), ALICE))
        .await
        .unwrap();
    let found = unit
        .conversations()
        .find_for_update(there.id)
        .await
        .unwrap()
        .unwrap();
    let renamed = changed(found.rename(title("Another title")));
    unit.conversations()
        .update(&Conversation {
            privacy: Privacy::Private,
            ..renamed
        })
        .await
        .unwrap();
    unit.conversations().delete(there.id).await.unwrap();
    unit.directory()
        .save_settings(Settings {
            private_conversations: false,
        })
        .await
        .unwrap();
    drop(unit);
    assert_eq!(store.stored(in_acme(1)).await, Some(there));
    assert_eq!(store.stored(in_acme(2)).await, None);
    assert_eq!(store.messages(in_acme(1)).await.len(), 1);
    assert_eq!(store.messages(in_acme(2)).await, []);
    let bob = store.principal(ACME, BOB).await;
    for (text, finds) in [
        ("beacons", true),
        ("conversation", true),
        ("another", false),
    ] {
        assert_eq!(
            store.listed(&bob, &searching(text)).await.len(),
            usize::from(finds),
            "{text}"
        );
    }
    let settings = store.stores.directory.settings(ACME).await.unwrap();
    assert!(settings.private_conversations);
    assert_eq!(store.logged(ACME).await, logged_before);
    store.create(&private(2, ALICE)).await;
}

pub async fn an_entry_that_cannot_be_stored_takes_the_change_with_it(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let there = shared(1, ALICE, organization_view());
    store.create(&there).await;
    let stored_already = store.entry(ACME, Some(there.id));
    store.stores.recorder.record(&stored_already).await.unwrap();
    let logged_before = store.logged(ACME).await;
    let mut unit = store.begin(ACME).await;
    unit.conversations()
        .insert(&private(2, ALICE))
        .await
        .unwrap();
    let found = unit
        .conversations()
        .find_for_update(there.id)
        .await
        .unwrap()
        .unwrap();
    unit.conversations()
        .update(&changed(found.rename(title("Another title"))))
        .await
        .unwrap();
    let committed = unit.commit(stored_already.into()).await;
    assert!(committed.is_err(), "the same entry was stored twice");
    assert_eq!(store.stored(in_acme(1)).await, Some(there));
    assert_eq!(store.stored(in_acme(2)).await, None);
    assert_eq!(store.logged(ACME).await, logged_before);
    let alice = store.principal(ACME, ALICE).await;
    assert_eq!(
        store.listed(&alice, &query(ConversationFilter::All)).await,
        [conversation_id(1)]
    );
}

pub async fn a_second_entry_that_cannot_be_stored_takes_the_first_with_it(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let logged_before = store.logged(ACME).await;
    let entry = store.entry(ACME, None);
    let mut unit = store.begin(ACME).await;
    unit.conversations()
        .insert(&private(1, ALICE))
        .await
        .unwrap();
    let entries = AuditEntries::new(store.entry(ACME, None), vec![entry.clone(), entry]);
    assert!(
        unit.commit(entries).await.is_err(),
        "the same entry was stored twice"
    );
    assert_eq!(store.stored(in_acme(1)).await, None);
    assert_eq!(store.logged(ACME).await, logged_before);
}

pub async fn inserting_a_conversation_that_is_there_conflicts_and_changes_nothing(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let there = shared(1, ALICE, grants(None, &[(HUNTERS, Level::View)]));
    store.create(&there).await;
    let intruder = Conversation {
        title: title("Intruder"),
        ..shared(1, BOB, organization_view())
    };
    let mut unit = store.begin(ACME).await;
    let inserted = unit.conversations().insert(&intruder).await;
    assert!(
        matches!(inserted, Err(StoreError::Conflict)),
        "{inserted:?}"
    );
    drop(unit);
    assert_eq!(store.stored(in_acme(1)).await, Some(there));
    let carol = store.principal(ACME, CAROL).await;
    assert_eq!(
        store.listed(&carol, &query(ConversationFilter::All)).await,
        []
    );
}

pub async fn after_a_conflicting_insertion_the_same_unit_of_work_goes_on(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let there = private(1, ALICE);
    store.create(&there).await;
    let mut unit = store.begin(ACME).await;
    let intruder = shared(1, BOB, organization_view());
    assert!(unit.conversations().insert(&intruder).await.is_err());
    assert_eq!(
        unit.conversations()
            .find_for_update(there.id)
            .await
            .unwrap()
            .as_ref(),
        Some(&there)
    );
    unit.conversations().insert(&private(2, BOB)).await.unwrap();
    store.commit(unit, in_acme(2)).await;
    assert_eq!(store.stored(in_acme(1)).await, Some(there));
    assert_eq!(store.stored(in_acme(2)).await, Some(private(2, BOB)));
}

pub async fn a_unit_of_work_sees_its_own_changes(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let conversation = private(1, ALICE);
    let [question, reply] = writing(conversation.id, ALICE);
    let mut unit = store.begin(ACME).await;
    unit.conversations().insert(&conversation).await.unwrap();
    assert_eq!(
        unit.messages().find_newest(conversation.id).await.unwrap(),
        None
    );
    unit.messages()
        .insert(&[question.clone(), reply.clone()])
        .await
        .unwrap();
    assert_eq!(
        unit.messages().find_newest(conversation.id).await.unwrap(),
        Some(reply.clone())
    );
    assert!(
        unit.messages()
            .stop(conversation.id, reply.id)
            .await
            .unwrap()
    );
    let stopped = unit
        .messages()
        .find(conversation.id, reply.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stopped.status(), AnswerStatus::Stopped);
    assert_eq!(
        unit.messages().all(conversation.id).await.unwrap(),
        [question, stopped]
    );
    let found = unit
        .conversations()
        .find_for_update(conversation.id)
        .await
        .unwrap()
        .unwrap();
    let after = changed(found.share(organization_view(), PRIVATE_ALLOWED).unwrap());
    unit.conversations().update(&after).await.unwrap();
    assert_eq!(
        unit.conversations()
            .find_for_update(conversation.id)
            .await
            .unwrap(),
        Some(after)
    );
    unit.conversations().delete(conversation.id).await.unwrap();
    assert_eq!(
        unit.conversations()
            .find_for_update(conversation.id)
            .await
            .unwrap(),
        None
    );
    assert_eq!(unit.messages().all(conversation.id).await.unwrap(), []);
}

pub async fn nothing_is_visible_before_the_commit(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let alice = store.principal(ACME, ALICE).await;
    let bob = store.principal(ACME, BOB).await;
    let logged_before = store.logged(ACME).await;
    let mut unit = store.begin(ACME).await;
    unit.conversations()
        .insert(&private(2, ALICE))
        .await
        .unwrap();
    let found = unit
        .conversations()
        .find_for_update(conversation_id(1))
        .await
        .unwrap()
        .unwrap();
    let after = changed(found.share(organization_view(), PRIVATE_ALLOWED).unwrap());
    unit.conversations().update(&after).await.unwrap();
    assert_eq!(
        store.listed(&alice, &query(ConversationFilter::All)).await,
        [conversation_id(1)]
    );
    assert_eq!(
        store.listed(&bob, &query(ConversationFilter::All)).await,
        []
    );
    assert_eq!(store.listed(&bob, &searching("conversation")).await, []);
    assert_eq!(store.logged(ACME).await, logged_before);
    let entry = store.entry(ACME, Some(conversation_id(1)));
    unit.commit(entry.clone().into()).await.unwrap();
    assert_eq!(
        store.listed(&bob, &query(ConversationFilter::All)).await,
        [conversation_id(1)]
    );
    let query = AuditQuery {
        limit: 1,
        ..AuditQuery::default()
    };
    assert_eq!(store.log(ACME, &query).await[0].id, entry.id);
    assert_eq!(
        store.listed(&alice, &searching("2")).await,
        [conversation_id(2)]
    );
}
