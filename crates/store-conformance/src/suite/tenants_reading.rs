//! Two organizations that never meet, as readings tell. The same ids stand in both.

use parlor_application::ports::{
    AuditQuery, ConversationFilter, DirectorySeed, PathPart, PrivilegedReadingRecord,
};
use parlor_domain::{
    access::{AccessLevel, Reason},
    audit::{ActionName, AuditEntry, RecordedAccess},
    conversation::Conversation,
    ids::OrganizationId,
    principal::{Permission, Principal},
};

use crate::{
    Stores,
    kit::prelude::*,
    model::{self, Organization},
};

/// Everything that anybody may be: whoever sees another organization's rows sees them as this principal.
fn almighty(organization_id: OrganizationId) -> Principal {
    Principal {
        organization_id,
        user_id: ALICE,
        permissions: Permission::ALL.into_iter().collect(),
        groups: [HUNTERS, RESPONDERS, NIGHT_SHIFT].into(),
    }
}

pub async fn conversations_under_the_same_ids_are_each_organizations_own(stores: Stores) {
    let (store, models) = twins(stores).await;
    for model in &models {
        let organization_id = model.seed.id;
        let members = ACTIVE.into_iter().filter_map(|user| model.member(user));
        let principals = members
            .map(|member| member.principal)
            .chain([almighty(organization_id)]);
        for principal in principals {
            for filter in ConversationFilter::ALL {
                let query = query(filter);
                let listed = store.page(&principal, &query).await;
                assert_eq!(
                    listed,
                    model.list(&principal, &query),
                    "{principal:?} {filter:?}"
                );
            }
            for number in TWIN_NUMBERS {
                let id = conversation_id(number);
                let found = store.found(&principal, id).await;
                assert_eq!(found, model.find(&principal, id), "{principal:?} {number}");
                let sharing = store
                    .stores
                    .conversation_reader
                    .sharing(organization_id, id)
                    .await;
                assert_eq!(
                    sharing.unwrap(),
                    model.sharing(id),
                    "{organization_id} {number}"
                );
            }
        }
    }
}

pub async fn a_search_finds_nothing_of_the_other_organization(stores: Stores) {
    let (store, models) = twins(stores).await;
    for (model, theirs) in models.iter().zip(["blue", "red"]) {
        let principal = almighty(model.seed.id);
        for text in ["red", "blue", "title", "question", "reply", "half"] {
            for filter in ConversationFilter::ALL {
                let query = searching_in(query(filter), text);
                let found = store.search(&principal, &query).await;
                assert_eq!(
                    found,
                    model.search(&principal, &query),
                    "{principal:?} {text} {filter:?}"
                );
                assert!(text != theirs || found.hits.is_empty());
            }
        }
    }
}

pub async fn messages_under_the_same_ids_are_each_organizations_own(stores: Stores) {
    let (store, models) = twins(stores).await;
    let reader = &store.stores.message_reader;
    for model in &models {
        for number in TWIN_NUMBERS {
            let key = key(model.seed.id, number);
            let tree = model.tree_of(key.conversation_id);
            let name_of = |id| model.user_ref(id);
            let place = format!("{key:?}");
            assert_eq!(
                store.messages(key).await,
                model::views(&tree, name_of),
                "{place}"
            );
            assert_eq!(
                store.map(key, 0, 10).await,
                model::nodes(&tree, 0, 10),
                "{place}"
            );
            for position in 1..=5 {
                let id = message_id(key.conversation_id, position);
                let found = reader.find(key, id).await.unwrap();
                let expected = tree
                    .find(id)
                    .map(|message| model::view(&tree, message, name_of));
                assert_eq!(found, expected, "{place} {position}");
                let path = store.path(key, Some(id), 0, 10).await;
                assert_eq!(
                    path,
                    model::path(&tree, Some(id), PathPart::page(0, 10), name_of),
                    "{place} {position}"
                );
            }
        }
    }
}

pub async fn what_only_the_other_organization_has_is_not_there(stores: Stores) {
    let (store, _) = twins(stores).await;
    for (organization_id, number) in [(ACME, ONLY_GLOBEXES), (GLOBEX, ONLY_ACMES)] {
        let key = key(organization_id, number);
        let principal = almighty(organization_id);
        let first = message_id(key.conversation_id, 1);
        assert_eq!(store.found(&principal, key.conversation_id).await, None);
        let reader = &store.stores.message_reader;
        assert_eq!(reader.find(key, first).await.unwrap(), None);
        assert_eq!(store.messages(key).await, []);
        assert_eq!(store.map(key, 0, 10).await, []);
        assert_eq!(store.path(key, Some(first), 0, 10).await, None);
        let newest = store.path(key, None, 0, 10).await.unwrap_or_default();
        assert_eq!((newest.leaf, newest.messages), (None, vec![]));
        let mut unit = store.begin(organization_id).await;
        let conversation_id = key.conversation_id;
        assert_eq!(
            unit.conversations()
                .find_for_update(conversation_id)
                .await
                .unwrap(),
            None
        );
        assert_eq!(
            unit.messages().find(conversation_id, first).await.unwrap(),
            None
        );
        assert_eq!(
            unit.messages().find_newest(conversation_id).await.unwrap(),
            None
        );
        assert_eq!(unit.messages().all(conversation_id).await.unwrap(), []);
    }
}

pub async fn a_copy_tells_no_origin_that_only_the_other_organization_has(stores: Stores) {
    let (store, _) = twins(stores).await;
    let copy = Conversation {
        forked_from: Some(conversation_id(ONLY_GLOBEXES)),
        ..private(6, ALICE)
    };
    store.create(&copy).await;
    let found = store.found(&almighty(ACME), copy.id).await.unwrap();
    assert_eq!(found.forked_from, None);
}

pub async fn a_unit_of_work_loads_only_its_organizations_rows(stores: Stores) {
    let (store, models) = twins(stores).await;
    for model in &models {
        let mut unit = store.begin(model.seed.id).await;
        for number in TWIN_NUMBERS {
            let id = conversation_id(number);
            let found = unit.conversations().find_for_update(id).await.unwrap();
            assert_eq!(found.as_ref(), model.conversations.get(&id));
            assert_eq!(
                unit.messages().all(id).await.unwrap(),
                model.messages_of(id)
            );
            let newest = unit.messages().find_newest(id).await.unwrap();
            assert_eq!(newest.as_ref(), model.messages_of(id).last());
            let first = unit.messages().find(id, message_id(id, 1)).await.unwrap();
            assert_eq!(first.as_ref(), model.messages_of(id).first());
        }
        let kept = unit.idempotency().find(ALICE, "key", at(0)).await.unwrap();
        assert_eq!(kept, Some(kept_in(model.seed.id)));
        let alice = unit.directory().find_user(ALICE).await.unwrap();
        assert_eq!(alice, Some(model.user_ref(ALICE)));
    }
}

pub async fn a_unit_of_work_opens_only_its_organizations_rows(stores: Stores) {
    let (store, models) = twins(stores).await;
    // The copy's origin is private in one organization, and open to everybody in the other.
    for model in &models {
        for number in TWIN_NUMBERS {
            let key = key(model.seed.id, number);
            for user in ACTIVE.into_iter().chain([SAM]) {
                let opened = store.opened(key, user).await;
                let expected = model.open(user, key.conversation_id);
                assert_eq!(opened, expected, "{key:?} {user}");
            }
        }
    }
}

pub async fn people_and_groups_of_the_other_organization_are_unknown(stores: Stores) {
    let mut seed = DirectorySeed {
        organizations: vec![organization(ACME, "Acme"), organization(GLOBEX, "Globex")],
    };
    let [acme, globex] = &mut seed.organizations[..] else {
        unreachable!("two organizations")
    };
    acme.users.retain(|user| user.id != CAROL);
    acme.groups.retain(|group| group.id != NIGHT_SHIFT);
    globex.users.retain(|user| user.id != DORA);
    globex.groups.truncate(2);
    globex.groups.retain(|group| group.id == RESPONDERS);
    for user in &mut globex.users {
        user.groups.retain(|group| *group == RESPONDERS);
    }
    let models = seed
        .organizations
        .clone()
        .into_iter()
        .map(Organization::new);
    let store = Filled::with(stores, &seed).await;
    for model in models {
        let organization_id = model.seed.id;
        for user in ACTIVE {
            assert_eq!(
                store.member(organization_id, user).await,
                model.member(user),
                "{user}"
            );
        }
        let groups = store
            .stores
            .directory
            .list_groups(organization_id, None, None, 10)
            .await
            .unwrap();
        assert_eq!(groups, model.groups_in_order(|_| true));
        let mut unit = store.begin(organization_id).await;
        for user in [CAROL, DORA] {
            let found = unit.directory().find_member(user).await.unwrap();
            let member = model.member(user);
            assert_eq!(found.map(undated), member);
            let found = unit.directory().find_user(user).await.unwrap();
            assert_eq!(
                found.map(|user| user.name),
                member.map(|member| member.name)
            );
        }
        let asked = [HUNTERS, RESPONDERS, NIGHT_SHIFT];
        let unknown = unit.directory().unknown_groups(&asked).await.unwrap();
        let expected: Vec<_> = asked
            .into_iter()
            .filter(|id| !groups.iter().any(|group| group.id == *id))
            .collect();
        assert_eq!(unknown, expected, "{organization_id}");
    }
}

pub async fn the_log_tells_only_of_its_organization(stores: Stores) {
    let (store, _) = twins(stores).await;
    for organization_id in [ACME, GLOBEX] {
        let reading = AuditEntry {
            id: entry_id(if organization_id == ACME { 950 } else { 951 }),
            action: ActionName::ConversationGet,
            access: Some(RecordedAccess {
                level: AccessLevel::View,
                reasons: vec![Reason::ViewPrivateResponses],
                privileged: true,
            }),
            ..store.entry(organization_id, Some(conversation_id(1)))
        };
        store.stores.recorder.record(&reading).await.unwrap();
        let queries = [
            AuditQuery::default(),
            AuditQuery {
                actor_id: Some(ALICE),
                ..AuditQuery::default()
            },
            AuditQuery {
                conversation_id: Some(conversation_id(1)),
                ..AuditQuery::default()
            },
            AuditQuery {
                action: Some(ActionName::ConversationEdit),
                ..AuditQuery::default()
            },
            AuditQuery {
                from: Some(at(-1)),
                ..AuditQuery::default()
            },
        ];
        for query in queries {
            let query = AuditQuery {
                limit: 100,
                ..query
            };
            let listed = store.log(organization_id, &query).await;
            assert!(!listed.is_empty());
            assert!(
                listed
                    .iter()
                    .all(|record| record.organization_id == organization_id),
                "{query:?}"
            );
            // The other organization's entries, some under the same ids, take up no places of a page either.
            assert!(
                listed.is_sorted_by(|newer, older| newer.id > older.id),
                "{query:?}"
            );
            let first = AuditQuery { limit: 1, ..query };
            assert_eq!(store.log(organization_id, &first).await, listed[..1]);
        }
    }
    for (organization_id, number, name) in [
        (ACME, 950, "Alice of Acme"),
        (GLOBEX, 951, "Alice of Globex"),
    ] {
        let log = &store.stores.audit_log;
        let readings = log
            .privileged_readings(key(organization_id, 1), None, 10)
            .await
            .unwrap();
        let [PrivilegedReadingRecord { id, reader, .. }] = &readings[..] else {
            panic!("one reading in each: {readings:?}")
        };
        assert_eq!((*id, reader.name.as_str()), (entry_id(number), name));
    }
}
