//! What operators are told of a provider: whether it gives answers that can be used.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use parlor_adapters_model::{OpenAiChatModel, OpenAiProvider};
use parlor_application::{dependencies::DependencyProbe as _, ports::ChatModel as _};

use crate::{
    raw_server::{Connection, RawServer},
    support::{DONE, Whole, provider, read, request, text_event},
};

const HEAD: &str = "HTTP/1.1 200 OK\r\n";
const LIST: &str = "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{\"data\":[]}";

/// What the server does with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Answers,
    BreaksOff,
    BreaksOffBeforeText,
    SaysSomethingElse,
    FallsSilent,
    SendsHeadersWithoutEnd,
    SendsHeadersSlowlyWithoutEnd,
    Refuses,
    Lists,
    ListsWithoutEnd,
    BreaksTheListOff,
}

use Does::*;

async fn act(does: Does, mut connection: Connection) {
    match does {
        Answers => {
            connection.begin().await;
            connection.chunk([&text_event("a"), DONE].concat()).await;
            connection.end().await;
        }
        BreaksOff => {
            connection.begin().await;
            connection.chunk(text_event("a")).await;
        }
        BreaksOffBeforeText => connection.begin().await,
        SaysSomethingElse => {
            connection.begin().await;
            connection.chunk("{\"hello\": 1}").await;
            connection.end().await;
        }
        FallsSilent => {
            connection.begin().await;
            connection.chunk(text_event("a")).await;
            connection.closed().await;
        }
        SendsHeadersWithoutEnd | SendsHeadersSlowlyWithoutEnd => {
            connection.send(HEAD).await;
            while connection.sent("x-more: and more\r\n").await {
                if does == SendsHeadersSlowlyWithoutEnd {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
        Refuses => {
            let refusal = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
            connection.send(refusal).await;
        }
        Lists => connection.send(LIST).await,
        ListsWithoutEnd => {
            connection.send(HEAD).await;
            connection
                .send("content-length: 999999999\r\n\r\n{\"data\":[")
                .await;
            while connection.sent(" ".repeat(1 << 16)).await {}
        }
        BreaksTheListOff => {
            connection.send(HEAD).await;
            connection
                .send("content-length: 100\r\n\r\n{\"data\":[")
                .await;
        }
    }
}

struct Provider {
    model: OpenAiChatModel,
    next: Arc<Mutex<Does>>,
}

impl Provider {
    async fn start() -> Self {
        let next = Arc::new(Mutex::new(Answers));
        let does = Arc::clone(&next);
        let server = RawServer::start(move |_, connection| {
            let does = *does.lock().unwrap();
            act(does, connection)
        })
        .await;
        let provider = OpenAiProvider {
            idle_timeout: Duration::from_millis(300),
            max_retries: 0,
            ..provider(&server.base_url)
        };
        Self {
            model: OpenAiChatModel::new(provider).unwrap(),
            next,
        }
    }

    /// Asks for an answer; tells whether the provider counts as one that gives answers then.
    async fn answer(&self, does: Does) -> Option<bool> {
        *self.next.lock().unwrap() = does;
        let whole = match self.model.answer(request("m")).await {
            Ok(stream) => read(stream).await,
            Err(error) => Whole::failed(error),
        };
        assert_eq!(whole.end.is_ok(), does == Answers, "{does:?}");
        self.model.dependency().answers()
    }

    async fn probe(&self, does: Does) -> Option<bool> {
        *self.next.lock().unwrap() = does;
        self.model.ask().await
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_used_counts_as_none_until_one_can_be() {
    let provider = Provider::start().await;
    assert_eq!(provider.answer(Answers).await, Some(true));
    for does in [
        BreaksOff,
        BreaksOffBeforeText,
        SaysSomethingElse,
        FallsSilent,
        SendsHeadersWithoutEnd,
        SendsHeadersSlowlyWithoutEnd,
    ] {
        assert_eq!(provider.answer(does).await, Some(false), "{does:?}");
        assert_eq!(provider.answer(Answers).await, Some(true), "{does:?}");
    }
    // A list of models says nothing of answers that break off. Nor does a refusal.
    provider.answer(BreaksOff).await;
    assert_eq!(provider.probe(Lists).await, Some(true));
    provider.model.dependency().note(true);
    assert_eq!(provider.model.dependency().answers(), Some(false));
    assert_eq!(provider.answer(Refuses).await, Some(false));
    assert_eq!(provider.answer(Answers).await, Some(true));
    assert_eq!(provider.answer(Refuses).await, Some(true));
}

#[tokio::test]
async fn a_list_of_models_that_does_not_end_is_no_answer() {
    let provider = Provider::start().await;
    for (does, answers) in [
        (Lists, true),
        (ListsWithoutEnd, false),
        (BreaksTheListOff, false),
        (SendsHeadersWithoutEnd, false),
        (Refuses, true),
    ] {
        assert_eq!(provider.probe(does).await, Some(answers), "{does:?}");
    }
}

#[tokio::test]
async fn a_request_that_is_given_up_after_a_long_silence_counts_as_no_answer() {
    let next = Arc::new(Mutex::new(SendsHeadersSlowlyWithoutEnd));
    let does = Arc::clone(&next);
    let server = RawServer::start(move |_, connection| {
        let does = *does.lock().unwrap();
        act(does, connection)
    })
    .await;
    // Without a stream nothing but the limit of a whole answer ends the wait.
    let silence = Duration::from_millis(200);
    let provider = OpenAiProvider {
        stream: false,
        idle_timeout: silence,
        ..provider(&server.base_url)
    };
    let model = OpenAiChatModel::new(provider).unwrap();
    let answer = model.answer(request("m"));
    let given_up = tokio::time::timeout(2 * silence, answer).await;
    assert!(given_up.is_err());
    assert_eq!(model.dependency().answers(), Some(false));
}
