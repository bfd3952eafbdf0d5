//! Answers whose writer is gone. (What becomes of them: `answer_journal`.)

use std::time::Duration;

use parlor_application::ports::JournalOutcome;
use parlor_domain::{
    conversation::Conversation,
    message::{AnswerFailure, AnswerStatus, Message},
};
use tokio::time::Instant;

use crate::{Stores, kit::prelude::*};

/// Longer than any test takes.
const LONG: Duration = Duration::from_hours(1);
/// Long enough for a writer on a busy machine to give a sign in between.
const SHORT: Duration = Duration::from_secs(2);

const INTERRUPTED: AnswerStatus = AnswerStatus::Failed(AnswerFailure::Interrupted);

/// Private conversations of Alice's with an answer each that is being written.
async fn with_answers(stores: Stores, count: u32) -> (Filled, Vec<Message>) {
    let store = Filled::with_two_organizations(stores).await;
    let mut answers = Vec::new();
    for number in 1..=count {
        answers.push(begin_answer(&store, number).await);
    }
    (store, answers)
}

async fn begin_answer(store: &Filled, number: u32) -> Message {
    let [question, reply] = writing(conversation_id(number), ALICE);
    store
        .create_with(&private(number, ALICE), &[question, reply.clone()])
        .await;
    reply
}

async fn interrupt_abandoned(store: &Filled, silence: Duration) -> u64 {
    let journal = &store.stores.journal;
    journal.interrupt_abandoned(silence).await.unwrap()
}

async fn keep_writing(store: &Filled, number: u32, reply: &Message) -> JournalOutcome {
    let journal = &store.stores.journal;
    let kept = journal.keep_writing(in_acme(number), reply.id).await;
    kept.unwrap()
}

pub async fn a_sign_of_life_changes_nothing_that_is_read(stores: Stores) {
    let (store, answers) = with_answers(stores, 1).await;
    let come = content("Mallory, fr").into();
    let journal = &store.stores.journal;
    let grown = journal.grow(in_acme(1), answers[0].id, &come).await;
    assert_eq!(grown.unwrap(), JournalOutcome::Written);
    let before = Snapshot::take(&store, ACME).await;
    assert_eq!(
        keep_writing(&store, 1, &answers[0]).await,
        JournalOutcome::Written
    );
    assert_eq!(Snapshot::take(&store, ACME).await, before);
}

pub async fn an_answer_is_not_abandoned_while_its_writer_may_yet_give_a_sign(stores: Stores) {
    let (store, answers) = with_answers(stores, 3).await;
    assert_eq!(
        interrupt_abandoned(&store, LONG).await,
        0,
        "its insertion is a sign"
    );
    let journal = &store.stores.journal;
    let come = content("Mal").into();
    let grown = journal.grow(in_acme(2), answers[1].id, &come);
    assert_eq!(grown.await.unwrap(), JournalOutcome::Written);
    let kept = keep_writing(&store, 3, &answers[2]).await;
    assert_eq!(kept, JournalOutcome::Written);
    assert_eq!(interrupt_abandoned(&store, LONG).await, 0);
    for (number, reply) in (1..).zip(&answers) {
        let read = store.message(in_acme(number), reply).await;
        assert_eq!(read.status(), AnswerStatus::Writing, "{number}");
        let kept = keep_writing(&store, number, reply).await;
        assert_eq!(kept, JournalOutcome::Written, "{number}");
    }
}

pub async fn with_no_silence_at_all_every_answer_is_abandoned(stores: Stores) {
    let (store, answers) = with_answers(stores, 3).await;
    let kept = keep_writing(&store, 2, &answers[1]).await;
    assert_eq!(kept, JournalOutcome::Written);
    assert_eq!(interrupt_abandoned(&store, Duration::ZERO).await, 3);
    for (number, reply) in (1..).zip(&answers) {
        let read = store.message(in_acme(number), reply).await;
        assert_eq!(read.status(), INTERRUPTED, "{number}");
        let kept = keep_writing(&store, number, reply).await;
        assert_eq!(kept, JournalOutcome::NoLongerWriting, "{number}");
    }
}

pub async fn only_an_answer_whose_writer_is_silent_is_abandoned(stores: Stores) {
    let since = Instant::now();
    let (store, answers) = with_answers(stores, 3).await;
    let journal = &store.stores.journal;
    let [silent, growing, kept] = &answers[..] else {
        panic!("three answers")
    };
    let deadline = since + Duration::from_mins(1);
    let mut text = String::new();
    loop {
        text.push('.');
        let grown = journal
            .grow(in_acme(2), growing.id, &content(&text).into())
            .await;
        assert_eq!(grown.unwrap(), JournalOutcome::Written, "after {text}");
        let outcome = keep_writing(&store, 3, kept).await;
        assert_eq!(outcome, JournalOutcome::Written, "after {text}");
        match interrupt_abandoned(&store, SHORT).await {
            0 => assert!(Instant::now() < deadline, "the silent one is never found"),
            interrupted => {
                assert_eq!(interrupted, 1, "the others gave signs of life");
                break;
            }
        }
        tokio::time::sleep(SHORT / 40).await;
    }
    // The store may count in whole milliseconds.
    assert!(since.elapsed() + SHORT / 40 > SHORT, "found too early");
    let statuses = [
        (1, silent, INTERRUPTED),
        (2, growing, AnswerStatus::Writing),
        (3, kept, AnswerStatus::Writing),
    ];
    for (number, reply, status) in statuses {
        let read = store.message(in_acme(number), reply).await;
        assert_eq!(read.status(), status, "{number}");
    }
    // One that has just begun has as long as the others had.
    begin_answer(&store, 4).await;
    assert_eq!(
        keep_writing(&store, 2, growing).await,
        JournalOutcome::Written
    );
    assert_eq!(keep_writing(&store, 3, kept).await, JournalOutcome::Written);
    assert_eq!(interrupt_abandoned(&store, SHORT).await, 0);
}

pub async fn answers_of_all_organizations_are_found_abandoned(stores: Stores) {
    let (store, _) = with_answers(stores, 1).await;
    let conversation = Conversation {
        organization_id: GLOBEX,
        ..private(1, ALICE)
    };
    let messages = writing(conversation.id, ALICE);
    store.create_with(&conversation, &messages).await;
    assert_eq!(interrupt_abandoned(&store, LONG).await, 0);
    assert_eq!(interrupt_abandoned(&store, Duration::ZERO).await, 2);
    assert_eq!(interrupt_abandoned(&store, Duration::ZERO).await, 0);
}
