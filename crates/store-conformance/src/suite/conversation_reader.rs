//! Finding one conversation.

use parlor_application::ports::ConversationFilter;
use parlor_domain::{
    access::{Reason, decide},
    conversation::{Conversation, Version},
    grants::{Level, Privacy, PrivacyKind},
    ids::UserId,
    text::Title,
};

use crate::{Stores, kit::prelude::*};

pub async fn a_conversation_is_found_as_it_was_stored(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let conversation = Conversation {
        last_activity_at: at(500),
        version: Version::from_number(7),
        ..shared(
            1,
            ALICE,
            grants(
                Some(Level::Collaborate),
                &[(HUNTERS, Level::View), (NIGHT_SHIFT, Level::View)],
            ),
        )
    };
    store.create(&conversation).await;
    let bob = store.principal(ACME, BOB).await;
    let found = store.found(&bob, conversation.id).await.unwrap();
    assert_eq!((found.id, found.organization_id), (conversation.id, ACME));
    assert_eq!(
        (found.owner.id, found.owner.name.as_str()),
        (ALICE, "Alice of Acme")
    );
    assert_eq!(found.title.as_str(), conversation.title.as_str());
    assert_eq!(found.privacy, PrivacyKind::Shared);
    assert_eq!(
        found.concerning,
        grants(Some(Level::Collaborate), &[(HUNTERS, Level::View)])
    );
    assert_eq!((found.created_at, found.last_activity_at), (at(1), at(500)));
    assert_eq!(
        (found.version, found.forked_from),
        (Version::from_number(7), None)
    );
    assert_eq!(
        found.access_of(&bob).reasons(),
        [Reason::OrganizationCollaborate, Reason::GroupView]
    );
    assert_eq!(
        store.page(&bob, &query(ConversationFilter::All)).await,
        [found],
        "the list tells the same"
    );
}

pub async fn what_is_not_visible_is_found_no_more_than_what_is_not_there(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    store
        .create(&shared(
            2,
            ALICE,
            grants(None, &[(RESPONDERS, Level::View)]),
        ))
        .await;
    let [alice, bob] = [ALICE, BOB].map(|user| store.principal(ACME, user));
    let (alice, bob) = (alice.await, bob.await);
    let kinds = [(1, PrivacyKind::Private), (2, PrivacyKind::Shared)];
    for (number, kind) in kinds {
        let id = conversation_id(number);
        let found = store.found(&alice, id).await;
        assert_eq!(found.map(|found| found.privacy), Some(kind));
        assert_eq!(store.found(&bob, id).await, None, "conversation {number}");
    }
}

pub async fn a_member_is_found_together_with_a_conversation_as_each_is_found_alone(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let conversations = [
        private(1, ALICE),
        shared(2, BOB, grants(Some(Level::View), &[])),
        shared(3, CAROL, grants(None, &[(HUNTERS, Level::Collaborate)])),
    ];
    for conversation in &conversations {
        store.create(conversation).await;
    }
    for user in ACTIVE {
        let member = store.member(ACME, user).await.unwrap();
        for number in 1..=4 {
            let id = conversation_id(number);
            let (met, found) = store.found_with_member(ACME, user, id).await.unwrap();
            assert_eq!(met, member);
            assert_eq!(found, store.found(&member.principal, id).await);
            let sees = conversations.iter().any(|conversation| {
                conversation.id == id && decide(&member.principal, conversation.into()).is_visible()
            });
            assert_eq!(found.is_some(), sees, "{user} {number}");
        }
    }
    // Whoever is no active user of the organization learns nothing of a conversation, not even one of its own.
    store.create(&private(5, SAM)).await;
    let nobody = UserId::from_uuid(uuid::Uuid::from_u128(77));
    for (organization_id, user) in [(ACME, SAM), (ACME, nobody), (GLOBEX, nobody)] {
        let found = store
            .found_with_member(organization_id, user, conversation_id(5))
            .await;
        assert_eq!(found, None);
    }
    // The same user of another organization meets that one's conversations alone.
    if let Some((_, found)) = store
        .found_with_member(GLOBEX, ALICE, conversation_id(1))
        .await
    {
        assert_eq!(found, None);
    }
}

pub async fn an_unknown_conversation_is_not_found(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let alice = store.principal(ACME, ALICE).await;
    assert_eq!(store.found(&alice, conversation_id(2)).await, None);
    assert_eq!(
        store
            .stores
            .conversation_reader
            .sharing(ACME, conversation_id(2))
            .await
            .unwrap(),
        None
    );
    assert_eq!(store.stored(in_acme(2)).await, None);
}

pub async fn a_copy_tells_its_origin_only_to_those_who_see_that_one(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let copy = Conversation {
        forked_from: Some(conversation_id(1)),
        ..shared(2, VERA, organization_view())
    };
    store.create(&copy).await;
    for (user, sees) in [(ALICE, true), (VERA, true), (BOB, false), (CAROL, false)] {
        let principal = store.principal(ACME, user).await;
        let found = store.found(&principal, copy.id).await.unwrap();
        assert_eq!(
            found.forked_from,
            sees.then_some(conversation_id(1)),
            "{user}"
        );
        let listed = store
            .page(&principal, &query(ConversationFilter::All))
            .await;
        assert_eq!(listed[0], found, "{user}");
        assert_eq!(
            store.page(&principal, &searching("2")).await,
            [found],
            "{user}"
        );
    }
    store
        .share(in_acme(1), grants(None, &[(RESPONDERS, Level::View)]))
        .await;
    for (user, sees) in [(BOB, false), (CAROL, true)] {
        let principal = store.principal(ACME, user).await;
        let found = store.found(&principal, copy.id).await.unwrap();
        assert_eq!(
            found.forked_from,
            sees.then_some(conversation_id(1)),
            "{user}"
        );
    }
    store.delete(in_acme(1)).await;
    let vera = store.principal(ACME, VERA).await;
    assert_eq!(
        store.found(&vera, copy.id).await.unwrap().forked_from,
        None,
        "the origin is gone"
    );
}

pub async fn a_stopped_owners_conversation_keeps_its_owner(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, SAM)).await;
    let max = store.principal(ACME, MAX).await;
    let page = store.page(&max, &query(ConversationFilter::Private)).await;
    assert_eq!(page.len(), 1);
    assert_eq!(
        (page[0].owner.id, page[0].owner.name.as_str()),
        (SAM, "Sam of Acme")
    );
}

pub async fn sharing_tells_every_grant_with_the_groups_in_order(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let sharing = async || {
        store
            .stores
            .conversation_reader
            .sharing(ACME, conversation_id(1))
            .await
            .unwrap()
            .unwrap()
    };
    store.create(&private(1, ALICE)).await;
    let none = sharing().await;
    assert_eq!(
        (none.privacy, none.groups, none.version),
        (Privacy::Private, vec![], Version::FIRST)
    );
    let everything = grants(
        Some(Level::View),
        &[
            (RESPONDERS, Level::Collaborate),
            (HUNTERS, Level::View),
            (NIGHT_SHIFT, Level::Collaborate),
        ],
    );
    store.share(in_acme(1), everything.clone()).await;
    let all = sharing().await;
    assert_eq!(
        (all.privacy, all.version),
        (everything, Version::from_number(2))
    );
    let groups: Vec<_> = all
        .groups
        .iter()
        .map(|group| (group.id, group.name.as_str()))
        .collect();
    let expected = [
        (HUNTERS, "Hunters of Acme"),
        (NIGHT_SHIFT, "Night shift of Acme"),
        (RESPONDERS, "Responders of Acme"),
    ];
    assert_eq!(groups, expected);
    store.share(in_acme(1), organization_view()).await;
    let organization = sharing().await;
    assert_eq!(
        (organization.privacy, organization.groups),
        (organization_view(), vec![])
    );
}

pub async fn the_longest_title_is_kept_character_by_character(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let alice = store.principal(ACME, ALICE).await;
    let titles = [
        "가".repeat(Title::MAX_CHARACTERS),
        "🕵️ \"quoted\" 'twice' \\ 100% _ ; -- <b> & {0} $1 ?".to_owned(),
        "e\u{301}\u{200d}\u{feff}\u{10ffff} ligature ﬁ".to_owned(),
    ];
    for (number, text) in (1..).zip(titles) {
        store
            .create(&Conversation {
                title: title(&text),
                ..private(number, ALICE)
            })
            .await;
        let found = store.found(&alice, conversation_id(number)).await.unwrap();
        assert_eq!(found.title.as_str(), text);
        assert_eq!(
            store.stored(in_acme(number)).await.unwrap().title.as_str(),
            text
        );
    }
}

pub async fn a_given_title_that_reads_like_the_placeholder_is_told_from_it(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let alice = store.principal(ACME, ALICE).await;
    let placeholder = Title::untitled();
    let given = title(placeholder.as_str());
    for (number, title) in [(1, &placeholder), (2, &given), (3, &placeholder)] {
        store
            .create(&Conversation {
                title: title.clone(),
                ..private(number, ALICE)
            })
            .await;
    }
    let renamed = store.rename(in_acme(3), given.clone()).await;
    assert_eq!(renamed.version.as_number(), 2);
    for (number, title) in [(1, &placeholder), (2, &given), (3, &given)] {
        let id = conversation_id(number);
        let (_, met) = store.found_with_member(ACME, ALICE, id).await.unwrap();
        assert_eq!(&met.unwrap().title, title, "{number}");
        assert_eq!(&store.found(&alice, id).await.unwrap().title, title);
        assert_eq!(&store.stored(in_acme(number)).await.unwrap().title, title);
    }
    let listed = store.page(&alice, &query(ConversationFilter::All)).await;
    let listed: Vec<_> = listed.into_iter().map(|found| found.title).collect();
    assert_eq!(listed, [given.clone(), given, placeholder]);
}
