//! What a change of a conversation begins with. (Several at once: `locking`; random worlds: `visibility`.)

use parlor_application::ports::{FoundConversation, UserRef};
use parlor_domain::{
    access::decide,
    conversation::Conversation,
    grants::{Level, Privacy},
    ids::UserId,
    settings::Settings,
};
use uuid::Uuid;

use crate::{Stores, kit::prelude::*};

pub async fn an_opening_answers_what_the_repositories_answer(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let every_grant = [
        (HUNTERS, Level::View),
        (RESPONDERS, Level::Collaborate),
        (NIGHT_SHIFT, Level::View),
    ];
    let conversations = [
        private(1, ALICE),
        shared(2, SAM, organization_view()),
        shared(3, BOB, grants(Some(Level::Collaborate), &every_grant)),
        shared(4, ADMIN, grants(None, &[(RESPONDERS, Level::View)])),
    ];
    for conversation in &conversations {
        store.create(conversation).await;
    }
    for private_conversations in [true, false] {
        let mut unit = store.begin(ACME).await;
        let settings = Settings {
            private_conversations,
        };
        unit.directory().save_settings(settings).await.unwrap();
        unit.commit(store.entry(ACME, None).into()).await.unwrap();
        for user in ACTIVE {
            for number in 1..=5 {
                let id = conversation_id(number);
                let mut unit = store
                    .stores
                    .units
                    .begin_on(user, in_acme(number))
                    .await
                    .unwrap();
                let opened = unit.open(user, id).await.unwrap();
                let opened = opened.expect("an active user");
                let member = unit.directory().find_member(user).await.unwrap();
                let member = member.map(undated);
                assert_eq!(Some(undated(opened.member)), member);
                assert_eq!(member, store.member(ACME, user).await);
                assert_eq!(opened.settings, unit.directory().settings().await.unwrap());
                assert_eq!(opened.settings, settings);
                let loaded = unit.conversations().find_for_update(id).await.unwrap();
                let created = conversations.iter().find(|created| created.id == id);
                assert_eq!(loaded.as_ref(), created, "whoever sees it");
                let principal = member.expect("an active user").principal;
                let visible = loaded.filter(|found| decide(&principal, found.into()).is_visible());
                let found = opened.found.map(|found| found.conversation);
                assert_eq!(found, visible, "{user} {number}");
            }
        }
    }
}

pub async fn an_opening_tells_the_owners_name(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    for (number, owner, name) in [(1, BOB, "Bob of Acme"), (2, SAM, "Sam of Acme")] {
        let conversation = shared(number, owner, organization_view());
        store.create(&conversation).await;
        let opened = store.opened(in_acme(number), ALICE).await.unwrap();
        let expected = FoundConversation {
            conversation,
            owner: UserRef {
                id: owner,
                name: name.to_owned(),
            },
            forked_from: None,
        };
        assert_eq!(opened.found, Some(expected));
    }
}

pub async fn a_stopped_unknown_or_foreign_user_opens_nothing(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&shared(1, SAM, organization_view())).await;
    let stranger = UserId::from_uuid(Uuid::from_u128(77));
    for user in [SAM, stranger] {
        for number in [1, 2] {
            assert_eq!(store.opened(in_acme(number), user).await, None, "{user}");
        }
    }
}

pub async fn an_opened_copy_tells_its_origin_only_to_those_who_see_that_one(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let copy = Conversation {
        forked_from: Some(conversation_id(1)),
        ..shared(2, BOB, organization_view())
    };
    store.create(&copy).await;
    let to_responders = |level| grants(None, &[(RESPONDERS, level)]);
    let to_hunters = grants(None, &[(HUNTERS, Level::Collaborate)]);
    // Erin and the administrator may not use the AI: grants are not for them. Vera, Max and Paul see everything.
    let privileged = [VERA, MAX, PAUL];
    let steps: [(Privacy, &[UserId]); 5] = [
        (Privacy::Private, &[ALICE]),
        (to_responders(Level::View), &[ALICE, CAROL, DORA]),
        (to_responders(Level::Collaborate), &[ALICE, CAROL, DORA]),
        (to_hunters, &[ALICE, BOB, DORA]),
        (organization_view(), &[ALICE, BOB, CAROL, DORA]),
    ];
    for (privacy, seeing) in steps {
        store.share(in_acme(1), privacy.clone()).await;
        for user in ACTIVE {
            let opened = store.opened(in_acme(2), user).await.unwrap();
            let is_visible = decide(&opened.member.principal, (&copy).into()).is_visible();
            assert_eq!(opened.found.is_some(), is_visible, "{user}");
            let Some(found) = opened.found else { continue };
            let sees = seeing.contains(&user) || privileged.contains(&user);
            let expected = sees.then_some(conversation_id(1));
            assert_eq!(found.forked_from, expected, "{user}, {privacy:?}");
            assert_eq!(found.conversation, copy, "what is stored is what is shown");
        }
    }
    store.delete(in_acme(1)).await;
    let opened = store.opened(in_acme(2), VERA).await.unwrap();
    let found = opened.found.expect("the copy is there");
    assert_eq!(found.forked_from, None, "the origin is gone");
}

pub async fn an_opening_shows_what_this_unit_of_work_has_changed(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let mut unit = store
        .stores
        .units
        .begin_on(ALICE, in_acme(1))
        .await
        .unwrap();
    let found = unit.open(ALICE, conversation_id(1)).await.unwrap();
    let before = found.unwrap().found.unwrap().conversation;
    let privacy = grants(None, &[(HUNTERS, Level::View)]);
    let after = changed(before.share(privacy, PRIVATE_ALLOWED).unwrap());
    unit.conversations().update(&after).await.unwrap();
    let settings = Settings {
        private_conversations: false,
    };
    unit.directory().save_settings(settings).await.unwrap();
    let again = unit.open(ALICE, conversation_id(1)).await.unwrap();
    let again = again.unwrap();
    assert_eq!(again.settings, settings);
    assert_eq!(again.found.unwrap().conversation, after);
    unit.conversations()
        .delete(conversation_id(1))
        .await
        .unwrap();
    let gone = unit.open(ALICE, conversation_id(1)).await.unwrap();
    assert_eq!(gone.unwrap().found, None);
}

pub async fn any_unit_of_work_opens_any_conversation(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let conversations = [private(1, ALICE), shared(2, BOB, organization_view())];
    for conversation in &conversations {
        store.create(conversation).await;
    }
    for begun_on in [Some(1), Some(2), Some(3), None] {
        let units = &store.stores.units;
        let begun = match begun_on {
            Some(number) => units.begin_on(ALICE, in_acme(number)).await,
            None => units.begin(ACME).await,
        };
        let mut unit = begun.unwrap();
        for conversation in &conversations {
            let opened = unit.open(ALICE, conversation.id).await.unwrap();
            let found = opened.unwrap().found.map(|found| found.conversation);
            assert_eq!(found.as_ref(), Some(conversation), "begun on {begun_on:?}");
        }
        let opened = unit.open(ALICE, conversation_id(3)).await.unwrap();
        assert_eq!(opened.unwrap().found, None, "begun on {begun_on:?}");
    }
}

pub async fn a_unit_of_work_begun_on_what_is_not_there_can_create_it(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let mut unit = store
        .stores
        .units
        .begin_on(ALICE, in_acme(1))
        .await
        .unwrap();
    let opened = unit.open(ALICE, conversation_id(1)).await.unwrap();
    assert_eq!(opened.unwrap().found, None);
    let conversation = private(1, ALICE);
    unit.conversations().insert(&conversation).await.unwrap();
    let opened = unit.open(ALICE, conversation_id(1)).await.unwrap();
    let found = opened.unwrap().found.map(|found| found.conversation);
    assert_eq!(found.as_ref(), Some(&conversation));
    store.commit(unit, in_acme(1)).await;
    assert_eq!(store.stored(in_acme(1)).await, Some(conversation));
}
