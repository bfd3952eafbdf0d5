//! Answers that grow, and end once.

use std::{num::NonZeroU32, time::Duration};

use parlor_application::ports::{
    AnswerEnding, AnswerText, ConversationFilter, ConversationKey, JournalOutcome,
};
use parlor_domain::{
    conversation::{Conversation, Version},
    grants::Level,
    ids::MessageId,
    message::{AnswerFailure, AnswerStatus, Message, MessageKind, Usage},
};

use crate::{Stores, kit::prelude::*};

fn complete(text: &str, seconds: i64) -> AnswerEnding {
    AnswerEnding {
        text: content(text).into(),
        status: AnswerStatus::Complete,
        usage: None,
        at: at(seconds),
    }
}

/// A private conversation of Alice's with an answer that is being written.
async fn with_writing_answer(stores: Stores) -> (Filled, Message) {
    let store = Filled::with_two_organizations(stores).await;
    let [question, reply] = writing(conversation_id(1), ALICE);
    store
        .create_with(&private(1, ALICE), &[question, reply.clone()])
        .await;
    (store, reply)
}

async fn assert_not_written(store: &Filled, key: ConversationKey, id: MessageId) {
    let grown = store
        .stores
        .journal
        .grow(key, id, &content("never").into())
        .await
        .unwrap();
    assert_eq!(grown, JournalOutcome::NoLongerWriting);
    let kept = store.stores.journal.keep_writing(key, id).await.unwrap();
    assert_eq!(kept, JournalOutcome::NoLongerWriting);
    let finished = store
        .stores
        .journal
        .finish(key, id, &complete("never", 9_000))
        .await
        .unwrap();
    assert_eq!(finished, JournalOutcome::NoLongerWriting);
}

pub async fn an_answer_is_read_as_far_as_it_has_grown(stores: Stores) {
    let (store, reply) = with_writing_answer(stores).await;
    for text in ["Mal", "Mallory, fr", "Mallory, from 가나다 🕵", ""] {
        let outcome = store
            .stores
            .journal
            .grow(in_acme(1), reply.id, &content(text).into())
            .await
            .unwrap();
        assert_eq!(outcome, JournalOutcome::Written);
        let read = store.message(in_acme(1), &reply).await;
        assert_eq!(
            read,
            Message {
                content: content(text),
                ..reply.clone()
            },
            "nothing but the text changes"
        );
    }
    let text = AnswerText {
        content: content("Mallory"),
        reasoning: Some(content("Who else?")),
        left_out: NonZeroU32::new(12),
    };
    let journal = &store.stores.journal;
    let grown = journal.grow(in_acme(1), reply.id, &text).await.unwrap();
    assert_eq!(grown, JournalOutcome::Written);
    let read = store.message(in_acme(1), &reply).await;
    assert_eq!(read.content, text.content);
    assert_eq!(read.reasoning(), text.reasoning.as_ref());
    assert_eq!(read.left_out(), text.left_out);
}

pub async fn every_ending_is_kept(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let endings = AnswerStatus::all().filter(|status| !status.is_writing());
    let usage = Some(Usage {
        prompt_tokens: 12,
        completion_tokens: u32::MAX,
    });
    for (number, status) in (1..).zip(endings) {
        let [question, reply] = writing(conversation_id(number), ALICE);
        store
            .create_with(&private(number, ALICE), &[question, reply.clone()])
            .await;
        let usage = usage.filter(|_| number % 2 == 0);
        let reasoning = (number % 3 > 0).then(|| content("Who else?"));
        let left_out = NonZeroU32::new(number % 4);
        let ending = AnswerEnding {
            text: AnswerText {
                content: content("Mallory."),
                reasoning: reasoning.clone(),
                left_out,
            },
            status,
            usage,
            at: at(2_000),
        };
        let outcome = store
            .stores
            .journal
            .finish(in_acme(number), reply.id, &ending)
            .await
            .unwrap();
        assert_eq!(outcome, JournalOutcome::Written);
        let kind = MessageKind::Answer {
            model: "echo".to_owned(),
            status,
            usage,
            reasoning,
            left_out,
        };
        let expected = Message {
            content: content("Mallory."),
            kind,
            ..reply.clone()
        };
        assert_eq!(
            store.message(in_acme(number), &reply).await,
            expected,
            "{status:?}"
        );
        assert_not_written(&store, in_acme(number), reply.id).await;
        assert_eq!(
            store.message(in_acme(number), &reply).await,
            expected,
            "an answer ends once"
        );
    }
}

pub async fn a_stopped_answer_is_written_no_more(stores: Stores) {
    let (store, reply) = with_writing_answer(stores).await;
    store
        .stores
        .journal
        .grow(in_acme(1), reply.id, &content("Mallory, fr").into())
        .await
        .unwrap();
    assert!(store.stop(in_acme(1), &reply).await);
    let stopped = store.message(in_acme(1), &reply).await;
    assert_eq!(
        (stopped.status(), stopped.content.as_str()),
        (AnswerStatus::Stopped, "Mallory, fr")
    );
    assert_not_written(&store, in_acme(1), reply.id).await;
    assert_eq!(store.message(in_acme(1), &reply).await, stopped);
    assert!(!store.stop(in_acme(1), &reply).await, "stopped once");
}

pub async fn only_what_is_being_written_is_stopped(stores: Stores) {
    let (store, reply) = with_writing_answer(stores).await;
    let question = prompt(conversation_id(1), 1, None, ALICE, "");
    assert!(!store.stop(in_acme(1), &question).await, "a prompt");
    store
        .stores
        .journal
        .finish(in_acme(1), reply.id, &complete("Mallory.", 2_000))
        .await
        .unwrap();
    assert!(!store.stop(in_acme(1), &reply).await, "a complete answer");
    assert_eq!(
        store.message(in_acme(1), &reply).await.status(),
        AnswerStatus::Complete
    );
    assert!(
        !store.stop(in_acme(7), &reply).await,
        "a conversation that is not there"
    );
}

pub async fn a_deleted_answer_is_written_no_more(stores: Stores) {
    let (store, reply) = with_writing_answer(stores).await;
    store.delete(in_acme(1)).await;
    assert_not_written(&store, in_acme(1), reply.id).await;
    assert_eq!(store.messages(in_acme(1)).await, []);
    let alice = store.principal(ACME, ALICE).await;
    assert_eq!(
        store.listed(&alice, &query(ConversationFilter::All)).await,
        []
    );
    assert_eq!(store.listed(&alice, &searching("never")).await, []);
}

pub async fn nothing_but_an_answer_that_is_being_written_is_written_to(stores: Stores) {
    let (store, reply) = with_writing_answer(stores).await;
    store.create(&private(2, ALICE)).await;
    let before = store.messages(in_acme(1)).await;
    assert_not_written(&store, in_acme(1), message_id(conversation_id(1), 1)).await;
    assert_not_written(&store, in_acme(1), message_id(conversation_id(1), 99)).await;
    assert_not_written(&store, in_acme(2), reply.id).await;
    assert_not_written(&store, in_acme(3), reply.id).await;
    assert_eq!(store.messages(in_acme(1)).await, before);
    let after = store.stored(in_acme(1)).await.unwrap();
    assert_eq!(
        after.last_activity_at,
        at(1),
        "what was not written is no activity"
    );
}

pub async fn a_finished_answer_is_the_newest_activity_for_everybody(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let conversations = [
        shared(1, ALICE, organization_view()),
        shared(
            2,
            ALICE,
            grants(None, &[(HUNTERS, Level::View), (RESPONDERS, Level::View)]),
        ),
        private(3, ALICE),
    ];
    for conversation in &conversations {
        let messages = writing(conversation.id, ALICE);
        store.create_with(conversation, &messages).await;
    }
    store.create(&shared(4, ALICE, organization_view())).await;
    let rounds: [(u32, &[u32], &[u32]); 3] = [
        (2, &[2, 4, 3, 1], &[2, 4, 1]),
        (1, &[1, 2, 4, 3], &[1, 2, 4]),
        (3, &[3, 1, 2, 4], &[1, 2, 4]),
    ];
    for (round, (number, all, shared)) in (0..).zip(rounds) {
        let reply = message_id(conversation_id(number), 2);
        let ending = complete("beacons", 3_000 + round);
        store
            .stores
            .journal
            .finish(in_acme(number), reply, &ending)
            .await
            .unwrap();
        for (user, expected) in [
            (ALICE, all),
            (MAX, all),
            (PAUL, all),
            (BOB, shared),
            (CAROL, shared),
            (DORA, shared),
        ] {
            let principal = store.principal(ACME, user).await;
            let listed = store
                .listed(&principal, &query(ConversationFilter::All))
                .await;
            assert_eq!(listed, ids(expected), "{user} after {number}");
            let found = store.listed(&principal, &searching("conversation")).await;
            assert_eq!(found, ids(expected), "{user} searching after {number}");
        }
        let after = store.stored(in_acme(number)).await.unwrap();
        assert_eq!(after.last_activity_at, at(3_000 + round));
        assert_eq!(
            after.version,
            Version::FIRST,
            "messages make no new version"
        );
    }
}

pub async fn activity_never_goes_back(stores: Stores) {
    let (store, reply) = with_writing_answer(stores).await;
    store.note_activity(in_acme(1), 5_000).await;
    store
        .stores
        .journal
        .finish(in_acme(1), reply.id, &complete("late", 4_000))
        .await
        .unwrap();
    assert_eq!(
        store.stored(in_acme(1)).await.unwrap().last_activity_at,
        at(5_000)
    );
    assert_eq!(
        store.message(in_acme(1), &reply).await.content.as_str(),
        "late"
    );
}

/// Of several late endings none moves a conversation back, whichever way it came into the list.
pub async fn a_late_ending_moves_a_conversation_back_in_nobodys_list(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let by_group = grants(None, &[(HUNTERS, Level::View)]);
    for number in [1, 2] {
        let conversation = shared(number, ALICE, by_group.clone());
        let messages = writing(conversation.id, ALICE);
        store.create_with(&conversation, &messages).await;
    }
    store.note_activity(in_acme(1), 5_000).await;
    store.note_activity(in_acme(2), 4_500).await;
    let reply = message_id(conversation_id(1), 2);
    let journal = &store.stores.journal;
    let late = complete("late", 4_000);
    journal.finish(in_acme(1), reply, &late).await.unwrap();
    for user in [ALICE, BOB, MAX] {
        let principal = store.principal(ACME, user).await;
        let mut query = query(ConversationFilter::All);
        for limit in [1, 10] {
            query.limit = limit;
            let pages = store.all_pages(&principal, &query).await;
            let listed: Vec<_> = pages.iter().map(|summary| summary.id).collect();
            assert_eq!(listed, ids(&[1, 2]), "{user} in pages of {limit}");
        }
    }
}

pub async fn what_was_being_written_at_a_restart_is_interrupted_with_what_had_come(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    assert_eq!(
        store
            .stores
            .journal
            .interrupt_abandoned(Duration::ZERO)
            .await
            .unwrap(),
        0
    );
    for organization_id in [ACME, GLOBEX] {
        for number in [1, 2] {
            let conversation = Conversation {
                organization_id,
                ..private(number, ALICE)
            };
            let messages = writing(conversation.id, ALICE);
            store.create_with(&conversation, &messages).await;
        }
    }
    let [_, reply] = writing(conversation_id(1), ALICE);
    let [_, finished] = writing(conversation_id(2), ALICE);
    store
        .stores
        .journal
        .grow(in_acme(1), reply.id, &content("Mallory, fr").into())
        .await
        .unwrap();
    store
        .stores
        .journal
        .finish(in_acme(2), finished.id, &complete("Mallory.", 2_000))
        .await
        .unwrap();
    assert_eq!(
        store
            .stores
            .journal
            .interrupt_abandoned(Duration::ZERO)
            .await
            .unwrap(),
        3
    );
    let interrupted = AnswerStatus::Failed(AnswerFailure::Interrupted);
    let read = store.message(in_acme(1), &reply).await;
    assert_eq!(
        (read.status(), read.content.as_str()),
        (interrupted, "Mallory, fr")
    );
    assert_eq!(
        store.message(in_acme(2), &finished).await.status(),
        AnswerStatus::Complete
    );
    for number in [1, 2] {
        let message = message_id(conversation_id(number), 2);
        let view = store
            .stores
            .message_reader
            .find(key(GLOBEX, number), message)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(view.message.status(), interrupted);
    }
    assert_not_written(&store, in_acme(1), reply.id).await;
    assert_eq!(
        store
            .stores
            .journal
            .interrupt_abandoned(Duration::ZERO)
            .await
            .unwrap(),
        0
    );
}
