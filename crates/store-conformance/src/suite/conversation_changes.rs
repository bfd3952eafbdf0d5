//! News of changes within one process.

use std::time::Duration;

use parlor_application::{
    changes::{ConversationHints, ListHint},
    ports::AnswerEnding,
};
use parlor_domain::{
    conversation::Conversation,
    message::{AnswerStatus, Message},
};

use crate::{Stores, kit::prelude::*};

fn follow(store: &Filled, number: u32) -> ConversationHints {
    store.stores.changes.board().follow(in_acme(number))
}

/// Alice's private conversation 1, in which an answer is being written.
async fn with_answer(stores: Stores) -> (Filled, Message) {
    let store = Filled::with_two_organizations(stores).await;
    let [question, reply] = writing(conversation_id(1), ALICE);
    store
        .create_with(&private(1, ALICE), &[question, reply.clone()])
        .await;
    (store, reply)
}

pub async fn every_change_of_a_conversation_is_told_after_its_commit(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let mut hints = follow(&store, 1);
    store.create(&private(1, ALICE)).await;
    assert!(hints.take(), "created");
    store.rename(in_acme(1), title("Beacons")).await;
    assert!(hints.take(), "renamed");
    store.share(in_acme(1), organization_view()).await;
    assert!(hints.take(), "shared");
    let question = prompt(conversation_id(1), 1, None, ALICE, "who?");
    store.append(in_acme(1), &[question]).await;
    assert!(hints.take(), "a message");
    store.create(&private(2, ALICE)).await;
    assert!(!hints.take(), "another conversation");
    store.delete(in_acme(1)).await;
    assert!(hints.take(), "deleted");
}

pub async fn how_an_answer_ends_is_told(stores: Stores) {
    let (store, reply) = with_answer(stores).await;
    let mut hints = follow(&store, 1);
    let journal = &store.stores.journal;
    let ending = AnswerEnding {
        text: content("Mallory did.").into(),
        status: AnswerStatus::Complete,
        usage: None,
        at: at(2_000),
    };
    let finished = journal.finish(in_acme(1), reply.id, &ending).await;
    finished.unwrap();
    assert!(hints.take(), "finished");

    for number in [2, 3] {
        let messages = writing(conversation_id(number), ALICE);
        store.create_with(&private(number, ALICE), &messages).await;
    }
    let mut others = [2, 3].map(|number| follow(&store, number));
    let [_, second] = writing(conversation_id(2), ALICE);
    assert!(store.stop(in_acme(2), &second).await);
    assert!(others[0].take(), "stopped");
    assert_eq!(
        journal.interrupt_abandoned(Duration::ZERO).await.unwrap(),
        1
    );
    assert!(others[1].take(), "interrupted");
}

pub async fn a_list_is_told_of_every_conversation_that_is_changed(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let mut list = store.stores.changes.board().follow_list(ACME);
    for number in [1, 2] {
        store.create(&private(number, ALICE)).await;
        let hint = ListHint::Conversation(conversation_id(number));
        assert_eq!(list.take(), Some(hint));
    }
    assert_eq!(list.take(), None);
}

pub async fn a_change_is_told_in_one_organization(stores: Stores) {
    let (store, _) = with_answer(stores).await;
    let mut hints = follow(&store, 1);
    let theirs = Conversation {
        organization_id: GLOBEX,
        ..private(1, ALICE)
    };
    store.create(&theirs).await;
    assert!(!hints.take());
}

pub async fn the_directories_that_are_there_have_versions(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let unknown = parlor_domain::ids::OrganizationId::from_uuid(uuid::Uuid::nil());
    let changes = &store.stores.changes;
    let versions = changes.directory_versions(&[GLOBEX, unknown, ACME]).await;
    let mut there: Vec<_> = versions.unwrap().iter().map(|(id, _)| *id).collect();
    there.sort();
    let mut both = [ACME, GLOBEX];
    both.sort();
    assert_eq!(there, both);
    assert_eq!(changes.directory_versions(&[]).await.unwrap(), []);
}
