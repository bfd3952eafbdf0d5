//! Entries as they are stored and listed.

use std::collections::{BTreeMap, BTreeSet};

use parlor_application::{
    audit_document::record,
    ports::{AuditQuery, AuditRecord},
};
use parlor_domain::{
    audit::{ActionName, ActionResult, Actor, AuditEntries, AuditEntry, Fact},
    conversation::Version,
    grants::Level,
    ids::{AuditEntryId, UserId},
};

use crate::{Stores, kit::prelude::*};

/// An empty log with two organizations.
async fn with_entries(
    stores: Stores,
    entries: impl Fn(&Filled) -> Vec<AuditEntry>,
) -> (Filled, Vec<AuditEntry>) {
    let store = Filled::with_two_organizations(stores).await;
    let entries = entries(&store);
    for entry in &entries {
        store.stores.recorder.record(entry).await.unwrap();
    }
    (store, entries)
}

async fn list(store: &Filled, query: AuditQuery) -> Vec<AuditRecord> {
    store.log(ACME, &query).await
}

fn everything() -> AuditQuery {
    AuditQuery {
        limit: 100,
        ..AuditQuery::default()
    }
}

fn by(actor_id: UserId, entry: AuditEntry) -> AuditEntry {
    let name = "As it was called then".to_owned();
    let actor = Actor::User {
        id: actor_id,
        name,
        email: String::new(),
        role_names: vec![],
    };
    AuditEntry { actor, ..entry }
}

pub async fn a_recorded_entry_is_listed_word_for_word(stores: Stores) {
    let (store, entries) = with_entries(stores, |store| {
        let entry = store.entry(ACME, Some(conversation_id(1)));
        let levels = BTreeMap::from([(HUNTERS, Level::Collaborate)]);
        vec![
            AuditEntry {
                actor: Actor::System,
                conversation_id: None,
                ..entry.clone()
            },
            AuditEntry {
                id: entry_id(900),
                action: ActionName::ConversationGet,
                result: ActionResult::Failed,
                input: BTreeMap::from([
                    (
                        "grants",
                        Fact::Grants {
                            organization: None,
                            groups: levels,
                        },
                    ),
                    ("count", Fact::Count(u64::MAX)),
                ]),
                version: Some(Version::from_number(12)),
                errors: vec!["\"quoted\", 가나다 \\ and / 🕵 \u{2028}"],
                ..entry
            },
        ]
    })
    .await;
    let listed = list(&store, everything()).await;
    assert_eq!(listed[..1], [record(&entries[1])]);
    assert!(
        listed.contains(&record(&entries[0])),
        "with no conversation, by the service itself"
    );
}

pub async fn a_committed_entry_is_listed_word_for_word(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let first = AuditEntry {
        id: entry_id(900),
        ..store.entry(ACME, Some(conversation_id(1)))
    };
    let second = AuditEntry {
        id: entry_id(901),
        ..store.entry(ACME, None)
    };
    let mut unit = store.begin(ACME).await;
    unit.conversations()
        .insert(&private(1, ALICE))
        .await
        .unwrap();
    unit.commit(AuditEntries::new(first.clone(), vec![second.clone()]))
        .await
        .unwrap();
    assert_eq!(
        list(&store, everything()).await[..2],
        [record(&second), record(&first)]
    );
}

pub async fn an_entry_is_recorded_once(stores: Stores) {
    let (store, entries) = with_entries(stores, |store| vec![store.entry(ACME, None)]).await;
    let before = list(&store, everything()).await;
    let again = AuditEntry {
        action: ActionName::ListGroups,
        ..entries[0].clone()
    };
    assert!(
        store.stores.recorder.record(&again).await.is_err(),
        "the same id twice"
    );
    assert_eq!(list(&store, everything()).await, before);
}

pub async fn an_entry_is_found_by_its_id_in_its_own_organization(stores: Stores) {
    let entries = |store: &Filled| vec![store.entry(ACME, Some(conversation_id(1)))];
    let (store, entries) = with_entries(stores, entries).await;
    let find = async |organization_id, id| {
        let log = &store.stores.audit_log;
        log.find(organization_id, id).await.unwrap()
    };
    let id = entries[0].id;
    assert_eq!(find(ACME, id).await, Some(record(&entries[0])));
    assert_eq!(find(GLOBEX, id).await, None);
    assert_eq!(find(ACME, entry_id(77)).await, None);
}

pub async fn what_was_taken_last_is_listed_first_whatever_the_ids_and_clocks_say(stores: Stores) {
    let numbers = [905, 901, 909, 903, 907];
    let (store, _) = with_entries(stores, |store| {
        numbers
            .map(|number| AuditEntry {
                id: entry_id(number),
                occurred_at: at(number.into()),
                ..store.entry(ACME, Some(conversation_id(1)))
            })
            .to_vec()
    })
    .await;
    let listed: Vec<AuditEntryId> = list(&store, everything())
        .await
        .into_iter()
        .map(|record| record.id)
        .take(5)
        .collect();
    let expected = [907, 903, 909, 901, 905].map(entry_id);
    assert_eq!(listed, expected);
    let ways = [
        AuditQuery {
            conversation_id: Some(conversation_id(1)),
            ..everything()
        },
        AuditQuery {
            actor_id: Some(ALICE),
            ..everything()
        },
        AuditQuery {
            from: Some(at(900)),
            to: Some(at(910)),
            ..everything()
        },
        AuditQuery {
            action: Some(store.entry(ACME, None).action),
            ..everything()
        },
    ];
    for query in [everything()].into_iter().chain(ways) {
        for (place, before) in expected.iter().enumerate() {
            let page = AuditQuery {
                before: Some(*before),
                limit: 1,
                ..query.clone()
            };
            let next = list(&store, page).await.first().map(|record| record.id);
            if let Some(expected) = expected.get(place + 1) {
                assert_eq!(next, Some(*expected), "{query:?}");
            }
        }
        let nowhere = AuditQuery {
            before: Some(entry_id(77)),
            ..query.clone()
        };
        assert_eq!(list(&store, nowhere).await, [], "before what is not there");
    }
}

/// Ids that fall while the commits go on, as those of instances whose clocks are apart.
pub async fn a_conversations_entries_are_listed_in_the_order_of_its_commits(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let mut expected = Vec::new();
    for number in (1..=6).rev() {
        let mut unit = store.begin(ACME).await;
        let id = conversation_id(1);
        let before = unit.conversations().find_for_update(id).await.unwrap();
        let renamed = before.unwrap().rename(title(&format!("Name {number}")));
        unit.conversations()
            .update(&changed(renamed))
            .await
            .unwrap();
        let entry = AuditEntry {
            id: entry_id(900 + number),
            occurred_at: at(number.into()),
            ..store.entry(ACME, Some(id))
        };
        expected.insert(0, entry.id);
        unit.commit(entry.into()).await.unwrap();
    }
    let query = AuditQuery {
        conversation_id: Some(conversation_id(1)),
        ..everything()
    };
    let mut listed: Vec<AuditEntryId> = list(&store, query).await.iter().map(|r| r.id).collect();
    listed.truncate(6);
    assert_eq!(listed, expected);
}

pub async fn each_condition_of_a_query_holds_alone_and_together(stores: Stores) {
    let (store, entries) = with_entries(stores, |store| {
        let mut entries = Vec::new();
        for actor_id in [ALICE, BOB] {
            for action in [ActionName::ConversationEdit, ActionName::ListGroups] {
                for about in [None, Some(conversation_id(1)), Some(conversation_id(2))] {
                    entries.push(by(
                        actor_id,
                        AuditEntry {
                            action,
                            ..store.entry(ACME, about)
                        },
                    ));
                }
            }
        }
        entries
    })
    .await;
    // What filling wrote is by Alice too, as the kit makes entries: it belongs to the expectation.
    let all = list(&store, everything()).await;
    let filled = all.len() - entries.len();
    let times = [
        None,
        Some(entries[3].occurred_at),
        Some(entries[8].occurred_at),
    ];
    let conditions = [
        None,
        Some(ActionName::ListGroups),
        Some(ActionName::ConversationEdit),
        Some(ActionName::CreateUser),
    ]
    .into_iter()
    .flat_map(|action| [None, Some(BOB), Some(CAROL)].map(|actor_id| (action, actor_id)))
    .flat_map(|(action, actor_id)| {
        [None, Some(conversation_id(2))].map(|id| (action, actor_id, id))
    })
    .flat_map(|(action, actor_id, id)| times.map(|from| (action, actor_id, id, from)))
    .flat_map(|(action, actor_id, id, from)| times.map(|to| (action, actor_id, id, from, to)));
    for (action, actor_id, conversation_id, from, to) in conditions {
        let query = AuditQuery {
            action,
            actor_id,
            conversation_id,
            from,
            to,
            before: None,
            limit: 100,
            ..AuditQuery::default()
        };
        let matching = entries.iter().rev().filter(|entry| {
            action.is_none_or(|action| entry.action == action)
                && actor_id.is_none_or(|actor_id| entry.actor.id() == actor_id)
                && conversation_id.is_none_or(|id| entry.conversation_id == Some(id))
                && from.is_none_or(|from| entry.occurred_at >= from)
                && to.is_none_or(|to| entry.occurred_at < to)
        });
        let expected: Vec<AuditRecord> = matching.map(record).collect();
        let mut listed = list(&store, query.clone()).await;
        listed.retain(|listed| entries.iter().any(|entry| entry.id == listed.id));
        assert_eq!(listed, expected, "{query:?}");
    }
    assert_eq!(filled, 1, "one entry for filling");
}

pub async fn the_log_is_paged_from_the_newest_to_the_oldest(stores: Stores) {
    let (store, _) = with_entries(stores, |store| {
        let about = |number: u32| number.is_multiple_of(2).then_some(conversation_id(1));
        (0..9)
            .map(|number| store.entry(ACME, about(number)))
            .collect()
    })
    .await;
    let queries = [
        everything(),
        AuditQuery {
            conversation_id: Some(conversation_id(1)),
            ..everything()
        },
    ];
    for query in queries {
        let whole = list(&store, query.clone()).await;
        assert!(whole.len() >= 5);
        for limit in [1, 2, 4, 100] {
            let paged = all_pages(limit, async |last: Option<&AuditRecord>| {
                let before = last.map(|record| record.id);
                list(
                    &store,
                    AuditQuery {
                        before,
                        limit,
                        ..query.clone()
                    },
                )
                .await
            })
            .await;
            assert_eq!(paged, whole, "pages of {limit}");
        }
    }
}

pub async fn every_action_is_found_by_its_name(stores: Stores) {
    let (store, entries) = with_entries(stores, |store| {
        ActionName::ALL
            .iter()
            .map(|action| AuditEntry {
                action: *action,
                ..store.entry(ACME, None)
            })
            .collect()
    })
    .await;
    for entry in &entries {
        let listed = list(
            &store,
            AuditQuery {
                action: Some(entry.action),
                ..everything()
            },
        )
        .await;
        assert_eq!(listed[0], record(entry));
    }
    let ids: BTreeSet<AuditEntryId> = store.logged(ACME).await.into_iter().collect();
    assert!(entries.iter().all(|entry| ids.contains(&entry.id)));
}

pub async fn an_entry_outlives_its_conversation(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let about = AuditQuery {
        conversation_id: Some(conversation_id(1)),
        ..everything()
    };
    let before = list(&store, about.clone()).await;
    store.delete(in_acme(1)).await;
    let after = list(&store, about).await;
    assert_eq!((after.len(), &after[1..]), (2, &before[..]));
}
