//! From when on, and how long, something is found.

use std::time::Duration;

use parlor_application::ports::{AnswerEnding, AnswerText, JournalOutcome};
use parlor_domain::{
    conversation::{Change, Conversation},
    message::{AnswerFailure, AnswerStatus, Message},
    text::Title,
};

use super::search::{found_by_alice, with_titles};
use crate::{Stores, kit::prelude::*};

pub async fn an_answer_is_found_when_it_is_finished_and_not_before(stores: Stores) {
    let store = with_titles(stores, &["Untold"]).await;
    let [question, reply] = writing(conversation_id(1), ALICE);
    store.append(in_acme(1), &[question, reply.clone()]).await;
    assert_eq!(
        found_by_alice(&store, "logged").await,
        ids(&[1]),
        "a prompt is found from its commit on"
    );
    let journal = &store.stores.journal;
    journal
        .grow(in_acme(1), reply.id, &content("sinkholes and").into())
        .await
        .unwrap();
    assert_eq!(
        found_by_alice(&store, "sinkholes").await,
        [],
        "still being written"
    );
    let ending = AnswerEnding {
        text: content("beacons, after all").into(),
        status: AnswerStatus::Complete,
        usage: None,
        at: at(2_000),
    };
    journal.finish(in_acme(1), reply.id, &ending).await.unwrap();
    assert_eq!(found_by_alice(&store, "beacons").await, ids(&[1]));
    assert_eq!(
        found_by_alice(&store, "sinkholes").await,
        [],
        "it does not say so any more"
    );
}

pub async fn a_failed_answer_is_found_by_what_had_come(stores: Stores) {
    let store = with_titles(stores, &["Untold"]).await;
    let [question, reply] = writing(conversation_id(1), ALICE);
    store.append(in_acme(1), &[question, reply.clone()]).await;
    let ending = AnswerEnding {
        text: AnswerText {
            content: content("beacons and"),
            reasoning: Some(content("zebras first")),
            left_out: None,
        },
        status: AnswerStatus::Failed(AnswerFailure::Timeout),
        usage: None,
        at: at(2_000),
    };
    store
        .stores
        .journal
        .finish(in_acme(1), reply.id, &ending)
        .await
        .unwrap();
    assert_eq!(found_by_alice(&store, "beacons").await, ids(&[1]));
    assert_eq!(found_by_alice(&store, "zebras").await, [], "a thought");
}

pub async fn a_stopped_answer_is_found_by_what_was_written(stores: Stores) {
    let store = with_titles(stores, &["Untold"]).await;
    let [question, reply] = writing(conversation_id(1), ALICE);
    store.append(in_acme(1), &[question, reply.clone()]).await;
    store
        .stores
        .journal
        .grow(in_acme(1), reply.id, &content("beacons and").into())
        .await
        .unwrap();
    assert!(store.stop(in_acme(1), &reply).await);
    assert_eq!(found_by_alice(&store, "beacons").await, ids(&[1]));
}

pub async fn an_interrupted_answer_is_found_by_what_had_come(stores: Stores) {
    let store = with_titles(stores, &["Untold"]).await;
    let [question, reply] = writing(conversation_id(1), ALICE);
    store.append(in_acme(1), &[question, reply.clone()]).await;
    let grown = store
        .stores
        .journal
        .grow(in_acme(1), reply.id, &content("beacons and").into())
        .await
        .unwrap();
    assert_eq!(grown, JournalOutcome::Written);
    assert_eq!(
        store
            .stores
            .journal
            .interrupt_abandoned(Duration::ZERO)
            .await
            .unwrap(),
        1
    );
    assert_eq!(found_by_alice(&store, "beacons").await, ids(&[1]));
}

pub async fn what_was_inserted_finished_is_found(stores: Stores) {
    let store = with_titles(stores, &["Untold"]).await;
    let mut messages = vec![prompt(conversation_id(1), 1, None, ALICE, "zero")];
    let statuses = [
        (AnswerStatus::Complete, "one"),
        (AnswerStatus::Stopped, "three"),
        (AnswerStatus::Failed(AnswerFailure::Interrupted), "five"),
    ];
    for (status, text) in statuses {
        let question = prompt(conversation_id(1), 1, None, ALICE, "");
        let position = u32::try_from(messages.len()).unwrap() + 1;
        let id = message_id(conversation_id(1), position);
        messages.push(Message {
            id,
            position,
            ..answer(&question, text, status)
        });
    }
    store.append(in_acme(1), &messages).await;
    for text in ["zero", "one", "three", "five"] {
        assert_eq!(found_by_alice(&store, text).await, ids(&[1]), "{text}");
    }
}

pub async fn a_renamed_conversation_is_found_by_its_new_title_alone(stores: Stores) {
    let store = with_titles(stores, &["Beacons"]).await;
    store.rename(in_acme(1), title("Sinkholes")).await;
    assert_eq!(found_by_alice(&store, "beacons").await, []);
    assert_eq!(found_by_alice(&store, "sinkholes").await, ids(&[1]));
    let untitled = Conversation {
        title: Title::untitled(),
        ..private(2, ALICE)
    };
    store.create(&untitled).await;
    let name = |mut conversation: Conversation| {
        conversation.note_prompt("Lateral movement?", at(60));
        Change::Unchanged(conversation)
    };
    store.change(in_acme(2), name).await;
    assert_eq!(found_by_alice(&store, "new").await, []);
    assert_eq!(found_by_alice(&store, "lateral").await, ids(&[2]));
}
