//! Where the store is, for readers that may be behind.

use parlor_application::ports::{
    AuditQuery, ConversationFilter, ConversationQuery, Identity, PathPart, StorePosition,
};

use crate::{Stores, kit::prelude::*};

/// Everything that is read from a position, as what it tells of the newest conversation.
async fn assert_is_read_from(store: &Filled, position: StorePosition, number: u32) {
    let Stores {
        conversation_reader,
        message_reader,
        audit_log,
        ..
    } = &store.stores;
    let (alice, key) = (store.principal(ACME, ALICE).await, in_acme(number));
    let list = ConversationQuery {
        at_least: position,
        ..query(ConversationFilter::All)
    };
    let listed = conversation_reader.list(&alice, &list).await.unwrap();
    assert_eq!(listed[0].id, key.conversation_id);
    let search = searching_in(list, "newest");
    let found = conversation_reader.search(&alice, &search).await.unwrap();
    assert_eq!(found.hits[0].summary.id, key.conversation_id);
    let path = message_reader
        .path(key, None, PathPart::page(0, 10), position)
        .await;
    assert_eq!(path.unwrap().unwrap().messages.len(), 2);
    let map = message_reader.tree(key, 0, 10, position).await.unwrap();
    assert_eq!(map.len(), 2);
    let all = message_reader.outline(key, position).await.unwrap();
    assert_eq!(all.len(), 2);
    let query = AuditQuery {
        limit: 1,
        at_least: position,
        ..AuditQuery::default()
    };
    let log = audit_log.list(ACME, &query).await.unwrap();
    assert_eq!(log[0].conversation_id, Some(key.conversation_id));
}

pub async fn what_was_answered_is_read_from_the_position_after_it(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let alice = Identity {
        organization_id: ACME,
        user_id: ALICE,
    };
    let mut last = StorePosition::default();
    for number in 1..=5 {
        let mut conversation = private(number, ALICE);
        conversation.title = title(&format!("The newest is {number}"));
        let messages = writing(conversation.id, ALICE);
        store.create_with(&conversation, &messages).await;
        let member = store.stores.directory.find_member(alice).await.unwrap();
        assert_is_read_from(&store, member.unwrap().read_at, number).await;
        let now = store.now().await;
        assert_is_read_from(&store, now, number).await;
        assert!(now >= last, "a position never goes back");
        last = now;
    }
}

pub async fn a_store_has_positions_always_or_never(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let positions = &store.stores.positions;
    let has_positions = positions.now().await.unwrap().is_some();
    for number in 1..=3 {
        store.create(&private(number, ALICE)).await;
        assert_eq!(positions.now().await.unwrap().is_some(), has_positions);
    }
}
