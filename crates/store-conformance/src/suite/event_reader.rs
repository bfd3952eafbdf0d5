//! What happened in conversations. (In which order it becomes visible: `event_order`.)

use std::time::Duration;

use parlor_application::ports::{
    AnswerEnding, FoundConversation, Identity, StoredEvent, StoredEventKind,
};
use parlor_domain::{
    access::decide,
    conversation::Conversation,
    ids::{OrganizationId, UserId},
    message::{AnswerStatus, Message},
};

use crate::{Stores, kit::prelude::*};

/// More than any test's events.
const ALL: u32 = 100;

/// Alice's private conversation 1, in which an answer is being written.
async fn with_answer(stores: Stores) -> (Filled, [Message; 2]) {
    let store = Filled::with_two_organizations(stores).await;
    let messages = writing(conversation_id(1), ALICE);
    store.create_with(&private(1, ALICE), &messages).await;
    (store, messages)
}

async fn after(store: &Filled, number: u64) -> Vec<StoredEvent> {
    let events = &store.stores.events;
    events.after(in_acme(1), number, ALL).await.unwrap()
}

/// The number of the last event.
async fn last(store: &Filled) -> u64 {
    after(store, 0).await.last().map_or(0, |event| event.number)
}

/// What happened after this number: each kind, and the message that it is about.
async fn happened(store: &Filled, number: u64) -> Vec<String> {
    let told = |event: &StoredEvent| match &event.kind {
        StoredEventKind::Created(view) => format!("created {}", view.message.position),
        StoredEventKind::Ended(view) => format!("ended {}", view.message.position),
        StoredEventKind::Changed => "changed".to_owned(),
    };
    after(store, number).await.iter().map(told).collect()
}

async fn finish(store: &Filled, answer: &Message, text: &str) {
    let ending = AnswerEnding {
        text: content(text).into(),
        status: AnswerStatus::Complete,
        usage: None,
        at: at(2_000),
    };
    let journal = &store.stores.journal;
    let finished = journal.finish(in_acme(1), answer.id, &ending).await;
    finished.unwrap();
}

pub async fn a_message_that_came_and_an_answer_that_ended_are_events(stores: Stores) {
    let (store, [_, answer]) = with_answer(stores).await;
    assert_eq!(happened(&store, 0).await, ["created 1", "created 2"]);
    let before = last(&store).await;
    finish(&store, &answer, "Mallory did.").await;
    assert_eq!(happened(&store, before).await, ["ended 2"]);
    let numbers: Vec<u64> = after(&store, 0)
        .await
        .iter()
        .map(|event| event.number)
        .collect();
    assert!(
        numbers.is_sorted_by(|before, after| before < after),
        "{numbers:?}"
    );
}

pub async fn every_change_of_a_conversation_is_an_event_and_activity_is_none(stores: Stores) {
    let (store, _) = with_answer(stores).await;
    let mut before = last(&store).await;
    store.rename(in_acme(1), title("Beacons")).await;
    assert_eq!(happened(&store, before).await, ["changed"], "renamed");
    before = last(&store).await;
    store.share(in_acme(1), organization_view()).await;
    assert_eq!(happened(&store, before).await, ["changed"], "shared");
    before = last(&store).await;
    store.note_activity(in_acme(1), 3_000).await;
    assert_eq!(happened(&store, before).await, [""; 0], "active");
}

pub async fn how_an_answer_grows_is_no_event(stores: Stores) {
    let (store, [_, answer]) = with_answer(stores).await;
    let before = last(&store).await;
    let journal = &store.stores.journal;
    let grown = journal
        .grow(in_acme(1), answer.id, &content("Mal").into())
        .await;
    grown.unwrap();
    journal.keep_writing(in_acme(1), answer.id).await.unwrap();
    assert_eq!(happened(&store, before).await, [""; 0]);
}

pub async fn stopped_and_interrupted_answers_have_ended(stores: Stores) {
    let (store, [prompt, answer]) = with_answer(stores).await;
    let mut before = last(&store).await;
    assert!(store.stop(in_acme(1), &answer).await);
    assert_eq!(happened(&store, before).await, ["ended 2"]);
    let again = Message {
        id: message_id(conversation_id(1), 3),
        position: 3,
        ..self::answer(&prompt)
    };
    store.append(in_acme(1), std::slice::from_ref(&again)).await;
    before = last(&store).await;
    let journal = &store.stores.journal;
    assert_eq!(
        journal.interrupt_abandoned(Duration::ZERO).await.unwrap(),
        1
    );
    assert_eq!(happened(&store, before).await, ["ended 3"]);
    // What has ended ends no more.
    before = last(&store).await;
    assert!(!store.stop(in_acme(1), &again).await);
    assert_eq!(happened(&store, before).await, [""; 0]);
}

/// Another answer that is being written.
fn answer(prompt: &Message) -> Message {
    crate::kit::prelude::answer(prompt, "", AnswerStatus::Writing)
}

pub async fn a_message_is_told_as_it_is_now(stores: Stores) {
    let (store, [prompt, answer]) = with_answer(stores).await;
    finish(&store, &answer, "Mallory did.").await;
    let beside = Message {
        id: message_id(conversation_id(1), 3),
        position: 3,
        ..self::answer(&prompt)
    };
    store.append(in_acme(1), &[beside]).await;
    let reader = &store.stores.message_reader;
    for event in after(&store, 0).await {
        let (StoredEventKind::Created(told) | StoredEventKind::Ended(told)) = event.kind else {
            panic!("nothing was changed");
        };
        let read = reader.find(in_acme(1), told.message.id).await.unwrap();
        assert_eq!(Some(told), read);
    }
}

pub async fn events_are_paged_by_their_numbers(stores: Stores) {
    let (store, [_, answer]) = with_answer(stores).await;
    store.rename(in_acme(1), title("Beacons")).await;
    finish(&store, &answer, "Mallory did.").await;
    let all = after(&store, 0).await;
    assert_eq!(all.len(), 4);
    let mut paged = Vec::new();
    loop {
        let number = paged.last().map_or(0, |event: &StoredEvent| event.number);
        let page = store.stores.events.after(in_acme(1), number, 1).await;
        let page = page.unwrap();
        assert!(page.len() <= 1);
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, all);
    assert_eq!(after(&store, u64::MAX).await, []);
}

pub async fn what_was_rolled_back_is_no_event(stores: Stores) {
    let (store, [_, answer]) = with_answer(stores).await;
    let before = last(&store).await;
    let mut unit = store.begin(ACME).await;
    let messages = unit.messages();
    assert!(messages.stop(conversation_id(1), answer.id).await.unwrap());
    drop(unit);
    assert_eq!(happened(&store, before).await, [""; 0]);
    assert!(store.stop(in_acme(1), &answer).await);
    assert_eq!(happened(&store, before).await, ["ended 2"]);
}

pub async fn a_deletion_takes_the_events_with_it(stores: Stores) {
    let (store, _) = with_answer(stores).await;
    store.delete(in_acme(1)).await;
    assert_eq!(after(&store, 0).await, []);
    let alice = Identity {
        organization_id: ACME,
        user_id: ALICE,
    };
    let look = store.stores.events.look(alice, conversation_id(1)).await;
    let look = look.unwrap().unwrap();
    assert_eq!((look.found, look.last_event), (None, 0));
}

pub async fn the_answers_that_are_being_written_are_told(stores: Stores) {
    let (store, [prompt, answer]) = with_answer(stores).await;
    let other = writing(conversation_id(2), ALICE);
    store.create_with(&private(2, ALICE), &other).await;
    let beside = Message {
        id: message_id(conversation_id(1), 3),
        position: 3,
        ..self::answer(&prompt)
    };
    store
        .append(in_acme(1), std::slice::from_ref(&beside))
        .await;
    let journal = &store.stores.journal;
    let grown = journal
        .grow(in_acme(1), answer.id, &content("Mal").into())
        .await;
    grown.unwrap();
    let (events, reader) = (&store.stores.events, &store.stores.message_reader);
    let mut read = Vec::new();
    for id in [answer.id, beside.id] {
        read.extend(reader.find(in_acme(1), id).await.unwrap());
    }
    assert_eq!(events.writing(in_acme(1)).await.unwrap(), read);
    finish(&store, &answer, "Mallory did.").await;
    assert_eq!(events.writing(in_acme(1)).await.unwrap().len(), 1);
}

pub async fn a_look_answers_what_an_opening_answers_and_the_last_number(stores: Stores) {
    let (store, _) = with_answer(stores).await;
    let read = last(&store).await;
    for user_id in [ALICE, BOB, SAM] {
        let mut unit = store.begin(ACME).await;
        let opening = unit.open(user_id, conversation_id(1)).await.unwrap();
        drop(unit);
        let identity = Identity {
            organization_id: ACME,
            user_id,
        };
        let look = store.stores.events.look(identity, conversation_id(1)).await;
        let look = look.unwrap();
        let is_there = look.as_ref().map(|look| look.found.is_some());
        assert_eq!(is_there, (user_id != SAM).then_some(true), "visible or not");
        let looked = look.map(|look| {
            let is_visible = |found: &FoundConversation| {
                decide(&look.principal, (&found.conversation).into()).is_visible()
            };
            let found = look.found.filter(is_visible);
            (look.principal, found, look.last_event)
        });
        let opened = opening.map(|opening| (opening.member.principal, opening.found, read));
        assert_eq!(looked, opened);
    }
}

pub async fn conversations_are_found_together_whether_or_not_they_are_visible(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    store.create(&shared(2, ALICE, organization_view())).await;
    let elsewhere = Conversation {
        organization_id: GLOBEX,
        ..private(3, ALICE)
    };
    store.create(&elsewhere).await;
    let (reader, events) = (&store.stores.conversation_reader, &store.stores.events);
    for user_id in [ALICE, BOB] {
        let principal = principal(&store, ACME, user_id).await;
        let mut found = events
            .find_all(&principal, &ids(&[1, 2, 3, 4]))
            .await
            .unwrap();
        found.sort_by_key(|summary| summary.id);
        let mut read = Vec::new();
        for id in ids(&[1, 2]) {
            read.extend(reader.find(&principal, id).await.unwrap());
        }
        assert_eq!(
            found.iter().map(|found| found.id).collect::<Vec<_>>(),
            ids(&[1, 2])
        );
        found.retain(|found| found.access_of(&principal).is_visible());
        assert_eq!(found, read);
        assert_eq!(events.find_all(&principal, &[]).await.unwrap(), []);
    }
}

async fn principal(
    store: &Filled,
    organization_id: OrganizationId,
    user_id: UserId,
) -> parlor_domain::principal::Principal {
    let mut unit = store.begin(organization_id).await;
    let found = unit.directory().find_member(user_id).await.unwrap();
    found.expect("an active user").principal
}

pub async fn events_under_the_same_ids_are_each_organizations_own(stores: Stores) {
    let (store, _) = with_answer(stores).await;
    let theirs = Conversation {
        organization_id: GLOBEX,
        ..private(1, ALICE)
    };
    let [prompt, _] = writing(theirs.id, ALICE);
    store.create_with(&theirs, &[prompt]).await;
    store.rename(key(GLOBEX, 1), title("Theirs")).await;
    let ours = after(&store, 0).await;
    assert_eq!(happened(&store, 0).await, ["created 1", "created 2"]);
    let events = &store.stores.events;
    let of_theirs = events.after(key(GLOBEX, 1), 0, ALL).await.unwrap();
    let kinds: Vec<_> = of_theirs.iter().map(|event| &event.kind).collect();
    assert!(matches!(
        kinds[..],
        [StoredEventKind::Created(_), StoredEventKind::Changed]
    ));
    assert_eq!(events.writing(key(GLOBEX, 1)).await.unwrap(), []);
    store.delete(key(GLOBEX, 1)).await;
    assert_eq!(after(&store, 0).await, ours);
}
