//! Which conversations are listed, one rule at a time, and in which order. (All rules together: `visibility`.)

use parlor_application::ports::ConversationFilter;
use parlor_domain::{
    access::Reason,
    conversation::Conversation,
    grants::{Level, Privacy},
};

use crate::{Stores, kit::prelude::*};

pub async fn somebody_elses_private_conversation_is_not_listed(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    for user in [BOB, CAROL, DORA, ERIN, ADMIN] {
        let principal = store.principal(ACME, user).await;
        for filter in ConversationFilter::ALL {
            assert_eq!(
                store.listed(&principal, &query(filter)).await,
                [],
                "{user} {filter:?}"
            );
        }
        assert_eq!(
            store.listed(&principal, &searching("conversation")).await,
            [],
            "{user} searching"
        );
    }
}

pub async fn a_private_conversation_is_listed_for_its_owner_and_for_those_with_privilege(
    stores: Stores,
) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let expected: [(_, &[Reason]); 4] = [
        (ALICE, &[Reason::Owner]),
        (VERA, &[Reason::ViewPrivateResponses]),
        (
            MAX,
            &[Reason::ManageResponses, Reason::ViewPrivateResponses],
        ),
        (PAUL, &[Reason::ViewPrivateResponses]),
    ];
    for (user, reasons) in expected {
        let principal = store.principal(ACME, user).await;
        let page = store
            .page(&principal, &query(ConversationFilter::All))
            .await;
        assert_eq!(page.len(), 1, "{user}");
        assert_eq!(page[0].access_of(&principal).reasons(), reasons, "{user}");
    }
}

pub async fn a_grant_lists_a_conversation_for_those_whom_it_concerns_and_may_use_the_ai(
    stores: Stores,
) {
    let store = Filled::with_two_organizations(stores).await;
    store
        .create(&shared(1, MAX, grants(None, &[(HUNTERS, Level::View)])))
        .await;
    store
        .create(&shared(
            2,
            MAX,
            grants(
                None,
                &[(HUNTERS, Level::Collaborate), (RESPONDERS, Level::View)],
            ),
        ))
        .await;
    store.create(&shared(3, MAX, organization_view())).await;
    store
        .create(&shared(
            4,
            MAX,
            grants(None, &[(NIGHT_SHIFT, Level::Collaborate)]),
        ))
        .await;
    let expected: [(_, &[u32]); 6] = [
        (ALICE, &[3, 2, 1]),
        (BOB, &[3, 2, 1]),
        (CAROL, &[3, 2]),
        // Of both groups: each conversation once.
        (DORA, &[3, 2, 1]),
        // A hunter without `run_ai`: no grant counts.
        (ERIN, &[]),
        (ADMIN, &[]),
    ];
    for (user, numbers) in expected {
        let principal = store.principal(ACME, user).await;
        assert_eq!(
            store
                .listed(&principal, &query(ConversationFilter::All))
                .await,
            ids(numbers),
            "{user}"
        );
    }
}

pub async fn each_filter_lists_its_own_part_of_what_is_visible(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    store.create(&shared(2, ALICE, organization_view())).await;
    store.create(&private(3, VERA)).await;
    store.create(&shared(4, VERA, organization_view())).await;
    store
        .create(&shared(5, ALICE, grants(None, &[(HUNTERS, Level::View)])))
        .await;
    store.create(&private(6, PAUL)).await;
    let expected: [(_, ConversationFilter, &[u32]); 12] = [
        (VERA, ConversationFilter::All, &[6, 5, 4, 3, 2, 1]),
        (VERA, ConversationFilter::Mine, &[4, 3]),
        // The fifth is shared, but not with her, and not private: she sees it under `all` only.
        (VERA, ConversationFilter::Shared, &[2]),
        (VERA, ConversationFilter::Private, &[6, 1]),
        (BOB, ConversationFilter::All, &[5, 4, 2]),
        (BOB, ConversationFilter::Mine, &[]),
        (BOB, ConversationFilter::Shared, &[5, 4, 2]),
        (BOB, ConversationFilter::Private, &[]),
        (PAUL, ConversationFilter::All, &[6, 5, 4, 3, 2, 1]),
        (PAUL, ConversationFilter::Mine, &[6]),
        // Without `run_ai` nothing is shared with him; he sees by privilege.
        (PAUL, ConversationFilter::Shared, &[]),
        (PAUL, ConversationFilter::Private, &[3, 1]),
    ];
    for (user, filter, numbers) in expected {
        let principal = store.principal(ACME, user).await;
        assert_eq!(
            store.listed(&principal, &query(filter)).await,
            ids(numbers),
            "{user} {filter:?}"
        );
    }
}

pub async fn what_is_newest_is_listed_first_and_ties_by_the_greater_id(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    for (number, activity) in [(1, 70), (2, 50), (3, 60), (4, 50), (5, 50)] {
        store
            .create(&Conversation {
                last_activity_at: at(activity),
                ..private(number, ALICE)
            })
            .await;
    }
    let alice = store.principal(ACME, ALICE).await;
    assert_eq!(
        store.listed(&alice, &query(ConversationFilter::All)).await,
        ids(&[1, 3, 5, 4, 2])
    );
    store.note_activity(in_acme(2), 65).await;
    assert_eq!(
        store.listed(&alice, &query(ConversationFilter::All)).await,
        ids(&[1, 2, 3, 5, 4])
    );
}

pub async fn pages_follow_each_other_without_a_gap(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    for number in 1..=9 {
        // Pairs of the same moment, so that a page may end between two that only their ids order.
        let conversation = Conversation {
            last_activity_at: at(i64::from(number / 2)),
            ..shared(
                number,
                if number % 3 == 0 { ALICE } else { BOB },
                organization_view(),
            )
        };
        store.create(&conversation).await;
    }
    let alice = store.principal(ACME, ALICE).await;
    let whole = store.page(&alice, &query(ConversationFilter::All)).await;
    assert_eq!(whole.len(), 9);
    for limit in 1..=10 {
        let mut query = query(ConversationFilter::All);
        query.limit = limit;
        assert_eq!(
            store.all_pages(&alice, &query).await,
            whole,
            "pages of {limit}"
        );
    }
}

pub async fn a_revoked_grant_ends_the_listing_at_once(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let bob = store.principal(ACME, BOB).await;
    let steps: [(Privacy, bool); 5] = [
        (grants(None, &[(HUNTERS, Level::View)]), true),
        (grants(None, &[(RESPONDERS, Level::Collaborate)]), false),
        (organization_view(), true),
        (
            grants(Some(Level::Collaborate), &[(HUNTERS, Level::View)]),
            true,
        ),
        (Privacy::Private, false),
    ];
    for (privacy, sees) in steps {
        store.share(in_acme(1), privacy.clone()).await;
        let listed = store.listed(&bob, &query(ConversationFilter::All)).await;
        assert_eq!(listed, if sees { ids(&[1]) } else { vec![] }, "{privacy:?}");
        assert_eq!(
            store.listed(&bob, &searching("conversation")).await,
            listed,
            "{privacy:?}"
        );
        let found = store.found(&bob, conversation_id(1)).await;
        let is_visible = found.map(|found| found.access_of(&bob).is_visible());
        assert_eq!(is_visible, sees.then_some(true), "{privacy:?}");
    }
}

pub async fn a_transfer_moves_a_conversation_from_one_owners_list_to_the_others(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    store
        .change(in_acme(1), |conversation| conversation.transfer(BOB))
        .await;
    for (user, numbers) in [(ALICE, ids(&[])), (BOB, ids(&[1]))] {
        let principal = store.principal(ACME, user).await;
        assert_eq!(
            store
                .listed(&principal, &query(ConversationFilter::All))
                .await,
            numbers,
            "{user}"
        );
        assert_eq!(
            store
                .listed(&principal, &query(ConversationFilter::Mine))
                .await,
            numbers,
            "{user}"
        );
    }
    let bob = store.principal(ACME, BOB).await;
    assert_eq!(
        store
            .found(&bob, conversation_id(1))
            .await
            .unwrap()
            .owner
            .name,
        "Bob of Acme"
    );
}
