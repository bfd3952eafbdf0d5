//! Who can see a conversation, and who could under other grants.

use parlor_application::ports::{
    AccessChange, ConversationKey, DirectorySeed, ForeseenSharing, OrganizationSeed,
    PersonOfConversation, UserRef, UserSeed,
};
use parlor_domain::{
    access::{AccessLevel, decide},
    grants::{
        Level::{Collaborate, View},
        Privacy,
    },
    ids::{GroupId, UserId},
    principal::Permission,
};
use uuid::Uuid;

use crate::{
    Stores,
    kit::prelude::*,
    model::{self, Organization},
};

/// Enough that every reason stands in some world, before and after.
const WORLDS: usize = 16;

async fn people(store: &Filled, number: u32, limit: u32) -> Vec<PersonOfConversation> {
    people_of(store, key(ACME, number), limit).await
}

async fn people_of(store: &Filled, key: ConversationKey, limit: u32) -> Vec<PersonOfConversation> {
    all_pages(limit, async |last: Option<&PersonOfConversation>| {
        let after = last.map(|last| last.user.clone());
        let page = store.stores.access_reader.people(key, after, limit).await;
        page.unwrap().expect("the conversation is there").people
    })
    .await
}

async fn foreseen(store: &Filled, number: u32, wanted: &Privacy) -> ForeseenSharing {
    let reader = &store.stores.access_reader;
    let foreseen = reader.foresee(in_acme(number), wanted).await.unwrap();
    foreseen.expect("the conversation is there")
}

pub async fn the_people_of_a_private_conversation_are_its_owner_and_the_privileged(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let found = people(&store, 1, 100).await;
    let who: Vec<_> = found.iter().map(|person| person.user.clone()).collect();
    assert_eq!(who, [ALICE, MAX, PAUL, VERA].map(user_of_acme));
}

pub async fn a_grant_adds_those_whom_it_concerns_and_who_may_use_the_ai(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let responders = grants(None, &[(RESPONDERS, View), (NIGHT_SHIFT, Collaborate)]);
    store.create(&shared(1, ALICE, responders)).await;
    let who: Vec<_> = people(&store, 1, 100)
        .await
        .into_iter()
        .map(|person| (person.user.id, person.concerning))
        .collect();
    let view = grants(None, &[(RESPONDERS, View)]);
    let expected = [
        (ALICE, Privacy::Private),
        (CAROL, view.clone()),
        (DORA, view.clone()),
        (MAX, Privacy::Private),
        // By privilege: the grant says nothing to who may not use the AI.
        (PAUL, view),
        (VERA, Privacy::Private),
    ];
    assert_eq!(who, expected);
    store.share(in_acme(1), organization_view()).await;
    let who: Vec<_> = people(&store, 1, 100)
        .await
        .into_iter()
        .map(|person| person.user.id)
        .collect();
    assert_eq!(who, [ALICE, BOB, CAROL, DORA, MAX, PAUL, VERA]);
}

pub async fn a_stopped_owner_is_not_among_the_people(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, SAM)).await;
    let page = store.stores.access_reader.people(in_acme(1), None, 100);
    let page = page.await.unwrap().unwrap();
    assert_eq!(page.owner_id, SAM);
    let who: Vec<_> = page.people.iter().map(|person| person.user.id).collect();
    assert_eq!(who, [MAX, PAUL, VERA]);
}

/// An organization whose users have names in an order that only code points give, two of them the same.
fn with_many_names() -> (OrganizationSeed, Vec<UserRef>) {
    let users = [
        ("", 12),
        ("Zulu", 10),
        ("alpha", 8),
        ("alpha", 9),
        ("zulu", 6),
        ("Äpfel", 5),
        ("가", 4),
        ("🕵", 1),
    ];
    let in_order = users.map(|(name, number)| UserRef {
        id: UserId::from_uuid(Uuid::from_u128(number)),
        name: name.to_owned(),
    });
    let user = |user: &UserRef| UserSeed {
        id: user.id,
        name: user.name.clone(),
        email: "somebody@acme.example".to_owned(),
        active: true,
        roles: vec![("Analyst".to_owned(), vec![Permission::RunAi])],
        groups: vec![],
    };
    let mut users: Vec<UserSeed> = in_order.iter().map(user).collect();
    users.reverse();
    users.swap(1, 4);
    (
        OrganizationSeed {
            users,
            ..organization(ACME, "Acme")
        },
        in_order.into(),
    )
}

pub async fn people_are_paged_by_name_and_id(stores: Stores) {
    let (seed, in_order) = with_many_names();
    let organizations = vec![seed, organization(GLOBEX, "Globex")];
    let store = Filled::with(stores, &DirectorySeed { organizations }).await;
    store
        .create(&shared(1, in_order[3].id, organization_view()))
        .await;
    for limit in [1, 2, 3, 100] {
        let listed = people(&store, 1, limit).await;
        let listed: Vec<_> = listed.into_iter().map(|person| person.user).collect();
        assert_eq!(listed, in_order, "pages of {limit}");
    }
    let last = in_order.last().cloned();
    let reader = &store.stores.access_reader;
    let after_the_last = reader.people(in_acme(1), last, 10).await.unwrap();
    assert_eq!(after_the_last.unwrap().people, []);
}

pub async fn a_conversation_that_is_not_there_has_no_people(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let reader = &store.stores.access_reader;
    for key in [in_acme(2), key(GLOBEX, 1)] {
        assert_eq!(reader.people(key, None, 10).await.unwrap(), None);
        let foreseen = reader.foresee(key, &organization_view()).await.unwrap();
        assert_eq!(foreseen, None);
    }
}

pub async fn what_is_foreseen_says_how_many_gain_and_lose_what(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    // Alice, Max, Paul and Vera see it.
    let hunters = grants(None, &[(HUNTERS, Collaborate)]);
    let to_hunters = AccessChange {
        before: 4,
        after: 6,
        // Bob and Dora; Erin may not use the AI, and Sam is stopped.
        gain_collaborate: 2,
        ..AccessChange::default()
    };
    assert_eq!(foreseen(&store, 1, &hunters).await.people, to_hunters);
    store.share(in_acme(1), hunters.clone()).await;
    let to_all = AccessChange {
        before: 6,
        after: 7,
        // Carol.
        gain_view: 1,
        // Bob and Dora.
        lose_collaborate: 2,
        ..AccessChange::default()
    };
    let view = organization_view();
    assert_eq!(foreseen(&store, 1, &view).await.people, to_all);
    let to_nobody = AccessChange {
        before: 6,
        after: 4,
        lose: 2,
        ..AccessChange::default()
    };
    let told = foreseen(&store, 1, &Privacy::Private).await;
    assert_eq!(told.people, to_nobody);
    assert_eq!(told.privacy, hunters);
    assert_eq!(
        Some(told.version),
        store.stored(in_acme(1)).await.map(|it| it.version)
    );
    let to_the_same = AccessChange {
        before: 6,
        after: 6,
        ..AccessChange::default()
    };
    assert_eq!(foreseen(&store, 1, &hunters).await.people, to_the_same);
    assert_eq!(store.stored(in_acme(1)).await.unwrap().privacy, hunters);
}

pub async fn what_is_foreseen_names_the_groups_that_nobody_knows_and_the_settings(stores: Stores) {
    let mut seed = two_organizations();
    seed.organizations[0].settings.private_conversations = false;
    seed.organizations[0].groups.pop();
    let store = Filled::with(stores, &seed).await;
    store.create(&private(1, ALICE)).await;
    let nobodys = GroupId::from_uuid(Uuid::from_u128(1));
    // Globex has the night shift.
    let wanted = grants(
        None,
        &[(NIGHT_SHIFT, View), (HUNTERS, View), (nobodys, View)],
    );
    let told = foreseen(&store, 1, &wanted).await;
    assert_eq!(told.unknown_groups, [nobodys, NIGHT_SHIFT]);
    assert!(!told.settings.private_conversations);
    assert_eq!(told.people.gain_view, 2, "Bob and Dora");
}

pub async fn who_is_told_is_who_the_domain_decides_on_before_and_after(stores: Stores) {
    let mut cases = Cases::seeded();
    let worlds = cases.take(&worlds(), WORLDS);
    let directories = (1..)
        .zip(&worlds)
        .map(|(number, world)| world.directory(number));
    // All worlds stand in one store, under the same ids: a row of another one would show.
    let seed = DirectorySeed {
        organizations: directories.collect(),
    };
    let store = Filled::with(stores, &seed).await;
    for (world, directory) in worlds.iter().zip(seed.organizations) {
        let mut model = world.write(&store, directory).await;
        world.change(&store, &mut model).await;
        let place = format!("seed {}, {world:#?}", cases.seed());
        assert_the_store_says_the_same(&store, &model, &place).await;
    }
}

async fn assert_the_store_says_the_same(store: &Filled, model: &Organization, place: &str) {
    let reader = &store.stores.access_reader;
    let mut limits = [1, 2, 100].into_iter().cycle();
    // What any conversation has is what any other one could be given.
    let all_wanted: Vec<&Privacy> = model
        .conversations
        .values()
        .map(|conversation| &conversation.privacy)
        .chain([&Privacy::Private])
        .collect();
    for (&id, conversation) in &model.conversations {
        let key = ConversationKey {
            organization_id: model.seed.id,
            conversation_id: id,
        };
        let expected = model::people(model, id, None, 1_000).unwrap();
        let listed = people_of(store, key, limits.next().unwrap_or(1)).await;
        assert_eq!(listed, expected.people, "{id}; {place}");
        for person in &listed {
            let member = model.member(person.user.id).unwrap();
            let decided = decide(&member.principal, conversation.into());
            assert!(decided.level() > AccessLevel::None, "{id}; {place}");
            assert_eq!(expected.access_of(person), decided, "{id}; {place}");
        }
        for wanted in &all_wanted {
            let foreseen = reader.foresee(key, wanted).await.unwrap();
            let expected = model::foresee(model, id, wanted);
            assert_eq!(foreseen, expected, "{id} {wanted:?}; {place}");
        }
    }
}

pub async fn people_are_each_organizations_own(stores: Stores) {
    let (store, models) = twins(stores).await;
    for model in &models {
        for id in model.conversations.keys() {
            let key = ConversationKey {
                organization_id: model.seed.id,
                conversation_id: *id,
            };
            let expected = model::people(model, *id, None, 100).unwrap();
            assert_eq!(people_of(&store, key, 100).await, expected.people);
            let wanted = organization_view();
            let foreseen = store.stores.access_reader.foresee(key, &wanted).await;
            assert_eq!(foreseen.unwrap(), model::foresee(model, *id, &wanted));
        }
    }
}
