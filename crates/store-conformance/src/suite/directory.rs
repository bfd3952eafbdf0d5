//! People, groups and settings.

use parlor_application::ports::{DirectorySeed, GroupRef, NameSearch, OrganizationSeed, UserSeed};
use parlor_domain::{
    ids::{GroupId, OrganizationId, UserId},
    principal::{Permission, Permissions},
    settings::Settings,
};
use uuid::Uuid;

use crate::{Stores, kit::prelude::*, model::Organization};

const ELSEWHERE: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(77));

pub async fn a_member_is_found_with_everything_that_a_request_needs(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let vera = store.member(ACME, VERA).await.unwrap();
    assert_eq!(
        (vera.principal.organization_id, vera.principal.user_id),
        (ACME, VERA)
    );
    assert_eq!(
        (vera.name.as_str(), vera.email.as_str()),
        ("Vera of Acme", "vera@acme.example")
    );
    assert_eq!(
        (vera.organization_name.as_str(), vera.groups),
        ("Acme", vec![])
    );
    assert_eq!(vera.role_names, ["Analyst", "Auditor"]);
    let permissions: Permissions = [
        Permission::RunAi,
        Permission::ViewPrivateResponses,
        Permission::ReadAuditLog,
    ]
    .into_iter()
    .collect();
    assert_eq!(vera.principal.permissions, permissions);
    let dora = store.member(ACME, DORA).await.unwrap();
    let groups: Vec<_> = dora
        .groups
        .iter()
        .map(|group| (group.id, group.name.as_str()))
        .collect();
    assert_eq!(
        groups,
        [
            (HUNTERS, "Hunters of Acme"),
            (RESPONDERS, "Responders of Acme")
        ]
    );
    let models = two_organizations()
        .organizations
        .into_iter()
        .map(Organization::new);
    for model in models {
        for user in &model.seed.users {
            let found = store.member(model.seed.id, user.id).await;
            assert_eq!(found, model.member(user.id), "{}", user.name);
        }
    }
}

pub async fn a_stopped_unknown_or_foreign_user_is_no_member(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    assert_eq!(store.member(ACME, SAM).await, None);
    assert_eq!(
        store
            .member(ACME, UserId::from_uuid(Uuid::from_u128(77)))
            .await,
        None
    );
    assert_eq!(store.member(ELSEWHERE, ALICE).await, None);
}

pub async fn roles_add_up_and_one_name_is_one_role(stores: Stores) {
    let mut seed = organization(ACME, "Acme");
    let user = |number: u128, roles: &[(&str, &[Permission])]| UserSeed {
        id: UserId::from_uuid(Uuid::from_u128(number)),
        name: format!("User {number}"),
        email: format!("{number}@acme.example"),
        active: true,
        roles: roles
            .iter()
            .map(|(name, held)| ((*name).to_owned(), held.to_vec()))
            .collect(),
        groups: vec![],
    };
    seed.users = vec![
        user(
            1,
            &[
                ("b", &[Permission::RunAi]),
                ("a", &[Permission::ManageSettings]),
            ],
        ),
        // The same name again: the permissions of the first.
        user(2, &[("b", &[Permission::ManageResponses]), ("C", &[])]),
        user(3, &[]),
        user(4, &[("all", &Permission::ALL)]),
    ];
    let ids: Vec<UserId> = seed.users.iter().map(|user| user.id).collect();
    let store = Filled::with(
        stores,
        &DirectorySeed {
            organizations: vec![seed],
        },
    )
    .await;
    let expected: [(&[Permission], &[&str]); 4] = [
        (
            &[Permission::RunAi, Permission::ManageSettings],
            &["a", "b"],
        ),
        (&[Permission::RunAi], &["C", "b"]),
        (&[], &[]),
        (&Permission::ALL, &["all"]),
    ];
    for (id, (permissions, roles)) in ids.into_iter().zip(expected) {
        let member = store.member(ACME, id).await.unwrap();
        assert_eq!(
            member.principal.permissions.assigned().collect::<Vec<_>>(),
            permissions
        );
        assert_eq!(member.role_names, roles);
    }
}

/// Names in an order that only code points give, two of them twice.
fn with_many_groups() -> (OrganizationSeed, Vec<GroupRef>) {
    // The order of the ids is nearly the contrary.
    let groups = [
        ("", 12),
        (" ", 11),
        ("Zulu", 10),
        ("alpha", 8),
        ("alpha", 9),
        ("beta", 7),
        ("zulu", 6),
        ("Äpfel", 5),
        ("가", 4),
        ("나", 2),
        ("나", 3),
        ("🕵", 1),
    ];
    let in_order = groups.map(|(name, number)| GroupRef {
        id: GroupId::from_uuid(Uuid::from_u128(number)),
        name: name.to_owned(),
    });
    let in_order = Vec::from(in_order);
    let mut groups = in_order.clone();
    groups.reverse();
    groups.swap(1, 7);
    (
        OrganizationSeed {
            groups,
            users: vec![],
            ..organization(ACME, "Acme")
        },
        in_order,
    )
}

pub async fn groups_are_paged_by_name_and_id(stores: Stores) {
    let (seed, in_order) = with_many_groups();
    let organizations = vec![seed, organization(GLOBEX, "Globex")];
    let store = Filled::with(stores, &DirectorySeed { organizations }).await;
    for limit in [1, 2, 5, 100] {
        let directory = &store.stores.directory;
        let listed = all_pages(limit, async |last: Option<&GroupRef>| {
            directory
                .list_groups(ACME, None, last.cloned(), limit)
                .await
                .unwrap()
        })
        .await;
        assert_eq!(listed, in_order, "pages of {limit}");
    }
    let between = GroupRef {
        id: HUNTERS,
        name: "alphabet".to_owned(),
    };
    let after = store
        .stores
        .directory
        .list_groups(ACME, None, Some(between), 1)
        .await
        .unwrap();
    assert_eq!(
        after[0].name, "beta",
        "after a group that is not there any more"
    );
    assert_eq!(
        store
            .stores
            .directory
            .list_groups(ELSEWHERE, None, None, 10)
            .await
            .unwrap(),
        []
    );
}

pub async fn groups_are_searched_by_any_part_of_their_name_whatever_the_case(stores: Stores) {
    let names = [
        "Threat Hunting",
        "threat research",
        "위협 분석팀",
        "ÄPFEL und Threats",
        "100% _real_",
        "위협",
    ];
    let groups = (1..).zip(names).map(|(number, name)| GroupRef {
        id: GroupId::from_uuid(Uuid::from_u128(number)),
        name: name.to_owned(),
    });
    let acme = OrganizationSeed {
        groups: groups.collect(),
        users: vec![],
        ..organization(ACME, "Acme")
    };
    let organizations = vec![acme, organization(GLOBEX, "Globex")];
    let store = Filled::with(stores, &DirectorySeed { organizations }).await;
    let found = async |text: &str, limit: u32| -> Vec<String> {
        let directory = &store.stores.directory;
        let listed = all_pages(limit, async |last: Option<&GroupRef>| {
            let search = NameSearch::parse(text);
            assert!(search.is_some(), "{text:?}");
            directory
                .list_groups(ACME, search, last.cloned(), limit)
                .await
                .unwrap()
        })
        .await;
        listed.into_iter().map(|group| group.name).collect()
    };
    let expected: [(&str, &[&str]); 9] = [
        (
            "THREAT",
            &["Threat Hunting", "threat research", "ÄPFEL und Threats"],
        ),
        ("hunting", &["Threat Hunting"]),
        (" t h ", &["Threat Hunting"]),
        ("위협", &["위협", "위협 분석팀"]),
        ("분석", &["위협 분석팀"]),
        ("äpfel", &["ÄPFEL und Threats"]),
        ("%", &["100% _real_"]),
        ("_", &["100% _real_"]),
        ("hunters", &[]),
    ];
    for (text, names) in expected {
        for limit in [1, 2, 100] {
            assert_eq!(found(text, limit).await, names, "{text}, pages of {limit}");
        }
    }
}

pub async fn a_members_groups_are_ordered_by_name_and_id(stores: Stores) {
    let (mut seed, in_order) = with_many_groups();
    let groups = seed.groups.iter().map(|group| group.id).collect();
    seed.users = vec![UserSeed {
        groups,
        ..organization(ACME, "Acme").users.remove(0)
    }];
    let store = Filled::with(
        stores,
        &DirectorySeed {
            organizations: vec![seed],
        },
    )
    .await;
    let alice = store.member(ACME, ALICE).await.unwrap();
    assert_eq!(
        alice.principal.groups,
        in_order.iter().map(|group| group.id).collect()
    );
    assert_eq!(alice.groups, in_order);
}

pub async fn settings_are_those_of_the_organization(stores: Stores) {
    let mut seed = two_organizations();
    seed.organizations[1].settings = Settings {
        private_conversations: false,
    };
    let store = Filled::with(stores, &seed).await;
    for (organization_id, private_conversations) in [(ACME, true), (GLOBEX, false)] {
        let settings = store
            .stores
            .directory
            .settings(organization_id)
            .await
            .unwrap();
        assert_eq!(
            settings,
            Settings {
                private_conversations
            }
        );
        let mut unit = store.begin(organization_id).await;
        assert_eq!(unit.directory().settings().await.unwrap(), settings);
    }
}
