//! Response bodies as real servers send them, each with the answer that must come of it, whole and cut into pieces.

use parlor_adapters_model::OpenAiProvider;
use parlor_application::ports::ModelError;
use parlor_domain::message::{AnswerFailure, AnswerStatus, IncompleteReason};
use serde::Deserialize;

use crate::{
    raw_server::RawServer,
    support::{Whole, ask, provider, read},
};

#[derive(Deserialize, Clone)]
struct Behavior {
    name: String,
    kind: String,
    http_status: u16,
    content_type: String,
    body: String,
    expected: Expected,
}

#[derive(Deserialize, Clone, Debug, PartialEq, Eq)]
struct Expected {
    status: String,
    content: String,
    reason: Option<String>,
    reasoning: Option<String>,
}

fn behaviors() -> Vec<Behavior> {
    let mut all: Vec<Behavior> =
        serde_json::from_str(include_str!("../data/model_behaviors.json")).unwrap();
    let more: Vec<Behavior> =
        serde_json::from_str(include_str!("../data/more_behaviors.json")).unwrap();
    all.extend(more);
    all
}

/// What the service makes of an answer.
fn outcome(whole: Whole) -> Expected {
    let said = whole.pieces.concat();
    let has_text = !said.trim().is_empty();
    let status = match (whole.end, whole.cut) {
        (Ok(_), None) if has_text => AnswerStatus::Complete,
        (Ok(_), Some(reason)) if has_text => AnswerStatus::Incomplete(reason),
        (Ok(_), Some(IncompleteReason::ContentFilter)) => {
            AnswerStatus::Failed(AnswerFailure::ContentFilter)
        }
        (Ok(_), _) => AnswerStatus::Failed(AnswerFailure::EmptyAnswer),
        (Err(error), _) => match error.as_failure() {
            AnswerFailure::ContentFilter if has_text => {
                AnswerStatus::Incomplete(IncompleteReason::ContentFilter)
            }
            failure => AnswerStatus::Failed(failure),
        },
    };
    Expected {
        status: status.as_str().to_owned(),
        content: said,
        reason: status.reason().map(str::to_owned),
        reasoning: Some(whole.reasoning).filter(|reasoning| !reasoning.is_empty()),
    }
}

/// Asks a server that behaves so and sends its body in pieces of this size.
async fn answer(behavior: &Behavior, size: usize) -> Expected {
    let head = format!(
        "HTTP/1.1 {} Status\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        behavior.http_status,
        behavior.content_type,
        behavior.body.len()
    );
    let body = behavior.body.clone().into_bytes();
    let server = RawServer::start(move |_, mut connection| {
        let (head, body) = (head.clone(), body.clone());
        async move {
            connection.send(head).await;
            for piece in body.chunks(size) {
                connection.send(piece).await;
            }
        }
    })
    .await;
    let provider = OpenAiProvider {
        max_retries: 0,
        ..provider(&server.base_url)
    };
    let whole: Result<_, ModelError> = ask(provider).await;
    match whole {
        Ok(stream) => outcome(read(stream).await),
        Err(error) => outcome(Whole::failed(error)),
    }
}

async fn all_come_as_expected(size: usize) {
    let mut wrong = Vec::new();
    for behavior in behaviors() {
        let found = answer(&behavior, size).await;
        if found != behavior.expected {
            let Behavior {
                name,
                kind,
                expected,
                ..
            } = behavior;
            wrong.push(format!(
                "{kind}: {name}\n  expected {expected:?}\n  found    {found:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_body_of_a_real_server_becomes_the_answer_that_it_is() {
    all_come_as_expected(usize::MAX).await;
}

#[tokio::test]
async fn every_body_becomes_the_same_answer_however_it_is_cut() {
    all_come_as_expected(7).await;
}

#[test]
fn each_kind_has_five_bodies_of_our_own() {
    let more: Vec<Behavior> =
        serde_json::from_str(include_str!("../data/more_behaviors.json")).unwrap();
    for given in behaviors() {
        let same = more.iter().filter(|behavior| behavior.kind == given.kind);
        assert!(same.count() >= 5, "{}", given.kind);
    }
}
