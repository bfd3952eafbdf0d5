//! What the repositories of a unit of work load and save.

use std::time::Duration;

use parlor_application::ports::UserRef;
use parlor_domain::{
    conversation::{Conversation, Version},
    grants::{Level, Privacy},
    ids::{GroupId, UserId},
    message::AnswerStatus,
    settings::Settings,
};
use uuid::Uuid;

use crate::{Stores, kit::prelude::*};

pub async fn what_was_loaded_for_update_has_all_its_grants(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let every_grant = [
        (
            1,
            grants(
                Some(Level::Collaborate),
                &[(HUNTERS, Level::View), (NIGHT_SHIFT, Level::Collaborate)],
            ),
        ),
        (2, grants(Some(Level::View), &[])),
        (
            3,
            grants(
                None,
                &[
                    (RESPONDERS, Level::Collaborate),
                    (HUNTERS, Level::Collaborate),
                ],
            ),
        ),
        (4, Privacy::Private),
    ];
    for (number, privacy) in every_grant {
        let conversation = Conversation {
            forked_from: Some(conversation_id(99)),
            ..shared(number, SAM, privacy)
        };
        store.create(&conversation).await;
        assert_eq!(
            store.stored(in_acme(number)).await,
            Some(conversation),
            "conversation {number}"
        );
    }
}

pub async fn every_part_of_a_conversation_is_updated(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let bystander = shared(2, ALICE, grants(None, &[(HUNTERS, Level::View)]));
    store.create(&bystander).await;
    let first = Conversation {
        forked_from: Some(bystander.id),
        ..private(1, ALICE)
    };
    store.create(&first).await;
    let steps = [
        Conversation {
            title: title("Beacons"),
            ..first.clone()
        },
        Conversation {
            owner_id: BOB,
            ..first.clone()
        },
        Conversation {
            last_activity_at: at(900),
            ..first.clone()
        },
        Conversation {
            privacy: organization_view(),
            ..first.clone()
        },
        Conversation {
            privacy: grants(None, &[(HUNTERS, Level::View)]),
            ..first.clone()
        },
        Conversation {
            privacy: grants(None, &[(HUNTERS, Level::Collaborate)]),
            ..first.clone()
        },
        Conversation {
            privacy: grants(Some(Level::View), &[(RESPONDERS, Level::View)]),
            ..first.clone()
        },
        Conversation {
            privacy: grants(Some(Level::Collaborate), &[(RESPONDERS, Level::View)]),
            ..first.clone()
        },
        first,
    ];
    for (number, step) in (2..).zip(steps) {
        let after = Conversation {
            version: Version::from_number(number),
            ..step
        };
        let mut unit = store.begin(ACME).await;
        unit.conversations()
            .find_for_update(after.id)
            .await
            .unwrap()
            .unwrap();
        unit.conversations().update(&after).await.unwrap();
        store.commit(unit, in_acme(1)).await;
        assert_eq!(store.stored(in_acme(1)).await, Some(after));
    }
    assert_eq!(store.stored(in_acme(2)).await, Some(bystander));
}

pub async fn a_deletion_takes_grants_messages_and_what_a_search_finds(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let doomed = shared(
        1,
        ALICE,
        grants(Some(Level::View), &[(HUNTERS, Level::Collaborate)]),
    );
    let question = prompt(doomed.id, 1, None, ALICE, "beacons");
    let reply = answer(&question, "sinkholes", AnswerStatus::Complete);
    store.create_with(&doomed, &[question, reply.clone()]).await;
    store.delete(in_acme(1)).await;
    let bob = store.principal(ACME, BOB).await;
    assert_eq!(store.stored(in_acme(1)).await, None);
    assert_eq!(store.found(&bob, doomed.id).await, None);
    assert_eq!(
        store
            .stores
            .conversation_reader
            .sharing(ACME, doomed.id)
            .await
            .unwrap(),
        None
    );
    assert_eq!(store.messages(in_acme(1)).await, []);
    assert_eq!(
        store
            .stores
            .message_reader
            .find(in_acme(1), reply.id)
            .await
            .unwrap(),
        None
    );
    // The same id again, once nothing of it is left, private and empty: nothing of the old one comes back.
    let admin = &store.stores.admin;
    while admin.remove_leftovers(Duration::ZERO).await.unwrap() > 0 {}
    store.create(&private(1, BOB)).await;
    assert_eq!(store.stored(in_acme(1)).await, Some(private(1, BOB)));
    assert_eq!(store.messages(in_acme(1)).await, []);
    for text in ["beacons", "sinkholes"] {
        assert_eq!(store.listed(&bob, &searching(text)).await, [], "{text}");
    }
    assert_eq!(
        store.listed(&bob, &searching("conversation")).await,
        [doomed.id]
    );
}

pub async fn deleting_what_is_not_there_is_no_error(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    store.delete(in_acme(2)).await;
    assert_eq!(store.stored(in_acme(1)).await, Some(private(1, ALICE)));
}

pub async fn settings_are_saved(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    for private_conversations in [false, true, true, false] {
        let settings = Settings {
            private_conversations,
        };
        let mut unit = store.begin(ACME).await;
        unit.directory().save_settings(settings).await.unwrap();
        assert_eq!(
            unit.directory().settings().await.unwrap(),
            settings,
            "in the unit of work"
        );
        unit.commit(store.entry(ACME, None).into()).await.unwrap();
        assert_eq!(
            store.stores.directory.settings(ACME).await.unwrap(),
            settings
        );
        let mut unit = store.begin(ACME).await;
        assert_eq!(
            unit.directory().settings().await.unwrap(),
            settings,
            "in the next one"
        );
    }
}

pub async fn a_stopped_or_foreign_user_is_no_member_and_no_heir(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let stranger = UserId::from_uuid(Uuid::from_u128(77));
    let mut unit = store.begin(ACME).await;
    for user in [SAM, stranger] {
        assert_eq!(
            unit.directory().find_member(user).await.unwrap(),
            None,
            "{user}"
        );
        assert_eq!(
            unit.directory().find_user(user).await.unwrap(),
            None,
            "{user}"
        );
    }
    let bob = unit.directory().find_user(BOB).await.unwrap();
    assert_eq!(
        bob,
        Some(UserRef {
            id: BOB,
            name: "Bob of Acme".to_owned()
        })
    );
    let mut members = Vec::new();
    for user in ACTIVE {
        members.push(unit.directory().find_member(user).await.unwrap());
    }
    drop(unit);
    for (user, member) in ACTIVE.into_iter().zip(members) {
        assert_eq!(
            member.map(undated),
            store.member(ACME, user).await,
            "both say the same of {user}"
        );
    }
}

pub async fn groups_that_the_organization_does_not_have_are_told(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let [first, second] = [71, 72].map(|number| GroupId::from_uuid(Uuid::from_u128(number)));
    let mut unit = store.begin(ACME).await;
    let mut unknown = unit
        .directory()
        .unknown_groups(&[HUNTERS, second, NIGHT_SHIFT, first])
        .await
        .unwrap();
    unknown.sort();
    assert_eq!(unknown, [first, second]);
    assert_eq!(
        unit.directory()
            .unknown_groups(&[HUNTERS, RESPONDERS])
            .await
            .unwrap(),
        []
    );
    assert_eq!(unit.directory().unknown_groups(&[]).await.unwrap(), []);
}
