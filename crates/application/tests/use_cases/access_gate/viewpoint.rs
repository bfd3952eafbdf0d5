//! What a change answers of a conversation.

use std::collections::BTreeMap;

use parlor_application::{
    access_gate::ConversationView,
    caller::Caller,
    conversations::{RenameConversation, TogglePrivacy},
    ports::ConversationReader,
    testing::*,
    version_condition::VersionCondition,
};
use parlor_domain::{
    access::{AccessLevel, Reason},
    conversation::Conversation,
    grants::Level::{Collaborate, View},
    grants::{Privacy, PrivacyKind},
    principal::Permission,
    text::Title,
};

use crate::support::*;

async fn rename(store: &TestStore, caller: &Caller) -> ConversationView {
    let to = Title::parse("Beacons").unwrap();
    RenameConversation::new(store.gate())
        .execute(caller, CONVERSATION, &VersionCondition::Any, to)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_change_answers_what_anybody_reads_who_comes_at_once() {
    let conversation = Conversation {
        privacy: Privacy::from_grants(
            Some(View),
            BTreeMap::from([(THREAT_HUNTING, Collaborate), (INCIDENT_RESPONSE, View)]),
        ),
        ..private()
    };
    for caller in [alice(), max()] {
        let store = TestStore::with(conversation.clone());
        let answered = rename(&store, &caller).await;
        let read = ConversationReader::find(&*store.port(), caller.principal(), CONVERSATION).await;
        assert_eq!(Some(answered.summary), read.unwrap());
    }
}

#[tokio::test]
async fn a_change_is_answered_from_what_was_committed_whatever_became_of_the_rest() {
    let store = TestStore::with(private());
    // Nothing can be read any more once the change is made.
    store.fail_every("read");
    let answered = rename(&store, &alice()).await;
    assert_eq!(answered.summary.version, NEXT_VERSION);
    assert_eq!(answered.summary.owner, user_ref(&alice()));
}

#[tokio::test]
async fn the_access_that_is_answered_is_of_the_rights_inside_the_transaction() {
    let store = TestStore::with(private());
    store.permit(&alice(), &[Permission::RunAi, Permission::ManageResponses]);
    let reasons = [
        Reason::Owner,
        Reason::ManageResponses,
        Reason::ViewPrivateResponses,
    ];
    let answered = rename(&store, &alice()).await;
    assert_eq!(answered.access.level(), AccessLevel::Manage);
    assert_eq!(answered.access.reasons(), reasons);
}

#[tokio::test]
async fn what_it_is_a_copy_of_is_told_only_to_who_can_see_that() {
    for (original, told) in [(shared(View), Some(ABSENT)), (private(), None)] {
        let original = Conversation {
            id: ABSENT,
            ..original
        };
        let copy = Conversation {
            owner_id: bob().user_id(),
            forked_from: Some(ABSENT),
            ..private()
        };
        let store = TestStore::with(copy);
        store.change(|acme| acme.conversations.insert(original.id, original));
        let toggled = TogglePrivacy::new(store.gate())
            .execute(&bob(), CONVERSATION, &as_seen(), PrivacyKind::Shared)
            .await;
        assert_eq!(toggled.unwrap().conversation.summary.forked_from, told);
    }
}
