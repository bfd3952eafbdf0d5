//! Several units of work at once, each in a task of its own.

use std::{collections::BTreeSet, time::Duration};

use parlor_application::ports::{AnswerEnding, ConversationFilter, JournalOutcome, StoreError};
use parlor_domain::{
    conversation::{Conversation, Version},
    ids::{AuditEntryId, ConversationId, OrganizationId},
    message::{AnswerStatus, Message},
    message_tree::slot_after,
    settings::Settings,
    text::Title,
};
use tokio::{
    task::{JoinSet, yield_now},
    time::Instant,
};

use crate::{Stores, kit::prelude::*};

const TASKS: u32 = 12;

/// One attempt to give a conversation another title; the answer is its version then.
async fn rename(
    store: Filled,
    organization_id: OrganizationId,
    to: Title,
) -> Result<Version, StoreError> {
    let id = conversation_id(1);
    let mut unit = store.stores.units.begin(organization_id).await?;
    let found = unit
        .conversations()
        .find_for_update(id)
        .await?
        .expect("the conversation is there");
    yield_now().await;
    let after = changed(found.rename(to));
    unit.conversations().update(&after).await?;
    unit.commit(store.entry(organization_id, Some(id)).into())
        .await?;
    Ok(after.version)
}

pub async fn no_update_of_one_conversation_is_lost(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let mut tasks = JoinSet::new();
    for number in 0..TASKS {
        let store = store.clone();
        let to = title(&format!("Renamed {number}"));
        tasks.spawn(async move { retrying(|| rename(store.clone(), ACME, to.clone())).await });
    }
    let versions: BTreeSet<u64> = tasks
        .join_all()
        .await
        .into_iter()
        .map(Version::as_number)
        .collect();
    assert_eq!(
        versions,
        (2..=u64::from(TASKS) + 1).collect(),
        "each made a version of its own"
    );
    let version = store.stored(in_acme(1)).await.unwrap().version;
    assert_eq!(version.as_number(), u64::from(TASKS) + 1);
}

pub async fn no_message_is_lost_and_none_shares_its_position(stores: Stores) {
    async fn say(store: Filled, number: u32) -> Result<(), StoreError> {
        let id = conversation_id(1);
        let mut unit = store.stores.units.begin(ACME).await?;
        unit.conversations()
            .find_for_update(id)
            .await?
            .expect("the conversation is there");
        yield_now().await;
        let newest = unit.messages().find_newest(id).await?;
        let slot = slot_after(
            newest.as_ref(),
            newest.as_ref().map_or(0, |newest| newest.position),
        );
        let position = slot.expect("room for one more").position;
        let text = format!("message {number}");
        unit.messages()
            .insert(&[prompt(id, position, newest.as_ref(), ALICE, &text)])
            .await?;
        unit.commit(store.entry(ACME, Some(id)).into()).await
    }
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let mut tasks = JoinSet::new();
    for number in 0..TASKS {
        let store = store.clone();
        tasks.spawn(async move { retrying(|| say(store.clone(), number)).await });
    }
    tasks.join_all().await;
    let messages = store.messages(in_acme(1)).await;
    let positions: Vec<u32> = messages.iter().map(|view| view.message.position).collect();
    assert_eq!(positions, (1..=TASKS).collect::<Vec<_>>());
    let texts: BTreeSet<&str> = messages
        .iter()
        .map(|view| view.message.content.as_str())
        .collect();
    assert_eq!(texts.len(), TASKS as usize);
}

pub async fn of_several_insertions_of_one_id_one_wins(stores: Stores) {
    async fn insert(store: Filled, conversation: Conversation) -> Result<(), StoreError> {
        let mut unit = store.stores.units.begin(ACME).await?;
        yield_now().await;
        unit.conversations().insert(&conversation).await?;
        unit.commit(store.entry(ACME, Some(conversation.id)).into())
            .await
    }
    let store = Filled::with_two_organizations(stores).await;
    let logged_before = store.logged(ACME).await.len();
    let mut tasks = JoinSet::new();
    for number in 0..TASKS {
        let store = store.clone();
        let conversation = Conversation {
            title: title(&format!("Insertion {number}")),
            ..private(1, ALICE)
        };
        tasks.spawn(async move { (conversation.clone(), insert(store, conversation).await) });
    }
    let (won, lost): (Vec<_>, Vec<_>) = tasks
        .join_all()
        .await
        .into_iter()
        .partition(|(_, done)| done.is_ok());
    assert_eq!(won.len(), 1);
    for (_, outcome) in lost {
        assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
    }
    assert_eq!(store.stored(in_acme(1)).await.as_ref(), Some(&won[0].0));
    assert_eq!(store.logged(ACME).await.len(), logged_before + 1);
}

pub async fn somebody_elses_conflict_leaves_a_unit_of_work_alone(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let mut tasks = JoinSet::new();
    for number in 0..TASKS {
        let store = store.clone();
        tasks.spawn(async move {
            retrying(|| async {
                let mut unit = store.stores.units.begin(ACME).await?;
                if number % 2 == 0 {
                    let taken = unit.conversations().insert(&private(1, BOB)).await;
                    assert!(matches!(taken, Err(StoreError::Conflict)), "{taken:?}");
                    return Ok(());
                }
                let conversation = private(10 + number, ALICE);
                unit.conversations().insert(&conversation).await?;
                unit.commit(store.entry(ACME, Some(conversation.id)).into())
                    .await
            })
            .await;
        });
    }
    tasks.join_all().await;
    let alice = store.principal(ACME, ALICE).await;
    let listed: BTreeSet<ConversationId> = store
        .listed(&alice, &query(ConversationFilter::All))
        .await
        .into_iter()
        .collect();
    let added = (0..TASKS)
        .filter(|number| number % 2 == 1)
        .map(|number| conversation_id(10 + number));
    assert_eq!(listed, added.chain([conversation_id(1)]).collect());
}

pub async fn two_organizations_change_the_same_id_without_meeting(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    for organization_id in [ACME, GLOBEX] {
        store
            .create(&Conversation {
                organization_id,
                ..private(1, ALICE)
            })
            .await;
    }
    let mut tasks = JoinSet::new();
    for number in 0..TASKS {
        for organization_id in [ACME, GLOBEX] {
            let store = store.clone();
            let to = title(&format!("Renamed {number}"));
            tasks.spawn(async move {
                retrying(|| rename(store.clone(), organization_id, to.clone())).await
            });
        }
    }
    tasks.join_all().await;
    for organization_id in [ACME, GLOBEX] {
        let version = store.stored(key(organization_id, 1)).await.unwrap().version;
        assert_eq!(version.as_number(), u64::from(TASKS) + 1);
    }
}

pub async fn a_reading_sees_everything_that_was_committed_before_it(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let mut tasks = JoinSet::new();
    for number in 10..10 + TASKS {
        let store = store.clone();
        tasks.spawn(async move {
            let conversation = shared(number, ALICE, organization_view());
            retrying(|| async {
                let mut unit = store.stores.units.begin(ACME).await?;
                unit.conversations().insert(&conversation).await?;
                unit.messages()
                    .insert(&[prompt(conversation.id, 1, None, ALICE, "beacons")])
                    .await?;
                unit.commit(store.entry(ACME, Some(conversation.id)).into())
                    .await
            })
            .await;
            let bob = store.principal(ACME, BOB).await;
            assert!(store.found(&bob, conversation.id).await.is_some());
            assert!(
                store
                    .listed(&bob, &query(ConversationFilter::All))
                    .await
                    .contains(&conversation.id)
            );
            assert!(
                store
                    .listed(&bob, &searching("beacons"))
                    .await
                    .contains(&conversation.id)
            );
            assert_eq!(store.messages(in_acme(number)).await.len(), 1);
        });
    }
    tasks.join_all().await;
}

pub async fn an_answer_is_either_finished_or_stopped(stores: Stores) {
    async fn stop(store: &Filled, reply: &Message) -> Result<bool, StoreError> {
        let mut unit = store.stores.units.begin(ACME).await?;
        let stopped = unit
            .messages()
            .stop(reply.conversation_id, reply.id)
            .await?;
        unit.commit(store.entry(ACME, Some(reply.conversation_id)).into())
            .await?;
        Ok(stopped)
    }
    let store = Filled::with_two_organizations(stores).await;
    for number in 1..=TASKS {
        let [question, reply] = writing(conversation_id(number), ALICE);
        store
            .create_with(&private(number, ALICE), &[question, reply.clone()])
            .await;
        let stopping = tokio::spawn({
            let (store, reply) = (store.clone(), reply.clone());
            async move { retrying(|| stop(&store, &reply)).await }
        });
        let finishing = tokio::spawn({
            let (store, reply) = (store.clone(), reply.clone());
            async move {
                let ending = AnswerEnding {
                    text: content("whole").into(),
                    status: AnswerStatus::Complete,
                    usage: None,
                    at: at(1),
                };
                retrying(|| {
                    store
                        .stores
                        .journal
                        .finish(in_acme(number), reply.id, &ending)
                })
                .await
            }
        });
        let (stopped, finished) = (stopping.await.unwrap(), finishing.await.unwrap());
        assert_eq!(
            stopped,
            finished == JournalOutcome::NoLongerWriting,
            "exactly one of both"
        );
        let read = store.message(in_acme(number), &reply).await;
        let expected = if stopped {
            (AnswerStatus::Stopped, "")
        } else {
            (AnswerStatus::Complete, "whole")
        };
        assert_eq!((read.status(), read.content.as_str()), expected);
    }
}

pub async fn dropped_and_failed_units_of_work_leave_room_for_the_next(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let stored_already = store.entry(ACME, None);
    store.stores.recorder.record(&stored_already).await.unwrap();
    for number in 1..=30 {
        let mut unit = store.begin(ACME).await;
        unit.conversations()
            .insert(&private(number, ALICE))
            .await
            .unwrap();
        match number % 3 {
            0 => store.commit(unit, in_acme(number)).await,
            1 => assert!(unit.commit(stored_already.clone().into()).await.is_err()),
            _ => drop(unit),
        }
    }
    let alice = store.principal(ACME, ALICE).await;
    let committed: Vec<u32> = (1..=30).rev().filter(|number| number % 3 == 0).collect();
    assert_eq!(
        store.listed(&alice, &query(ConversationFilter::All)).await,
        ids(&committed)
    );
}

pub async fn a_commit_whose_caller_goes_away_is_whole_or_nothing(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let mut entries = Vec::new();
    for number in 1..=40 {
        let conversation = private(number, ALICE);
        let entry = store.entry(ACME, Some(conversation.id));
        entries.push((number, entry.id));
        let mut unit = store.begin(ACME).await;
        unit.conversations().insert(&conversation).await.unwrap();
        let committing = tokio::spawn(async move { unit.commit(entry.into()).await });
        if number % 2 == 0 {
            yield_now().await;
        }
        committing.abort();
    }
    // What was given up may run on for a while: wait until change and entry say the same.
    let deadline = Instant::now() + Duration::from_mins(1);
    for (number, entry_id) in entries {
        loop {
            // Before and after: a commit may come between the two questions.
            let was_logged = store.logged(ACME).await.contains(&entry_id);
            let is_there = store.stored(in_acme(number)).await.is_some();
            let is_logged = store.logged(ACME).await.contains(&entry_id);
            if was_logged == is_there && is_there == is_logged {
                break;
            }
            assert!(
                Instant::now() < deadline,
                "conversation {number}: {is_there}, its entry: {is_logged}"
            );
            yield_now().await;
        }
    }
    // Nor do they stand in anybody's way.
    store.create(&private(99, ALICE)).await;
}

pub async fn what_a_unit_of_work_has_read_stays_so_until_its_commit(stores: Stores) {
    async fn create_if_allowed(store: &Filled, number: u32) -> Result<(), StoreError> {
        let conversation = private(number, ALICE);
        let mut unit = store.stores.units.begin(ACME).await?;
        if !unit.directory().settings().await?.private_conversations {
            return Ok(());
        }
        yield_now().await;
        unit.conversations().insert(&conversation).await?;
        unit.commit(store.entry(ACME, Some(conversation.id)).into())
            .await
    }
    async fn disable(store: &Filled) -> Result<AuditEntryId, StoreError> {
        let entry = store.entry(ACME, None);
        let entry_id = entry.id;
        let mut unit = store.stores.units.begin(ACME).await?;
        unit.directory()
            .save_settings(Settings {
                private_conversations: false,
            })
            .await?;
        unit.commit(entry.into()).await?;
        Ok(entry_id)
    }
    let store = Filled::with_two_organizations(stores).await;
    let mut tasks = JoinSet::new();
    for number in 1..=TASKS {
        let store = store.clone();
        tasks.spawn(async move { retrying(|| create_if_allowed(&store, number)).await });
    }
    let disabled = retrying(|| disable(&store)).await;
    tasks.join_all().await;
    let after = store.committed_after(ACME, disabled).await;
    assert_eq!(after, [], "created as allowed after it was disabled");
}
