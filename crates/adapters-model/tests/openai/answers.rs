//! Answers that come whole, however a server sends them.

use parlor_adapters_model::{OpenAiChatModel, OpenAiProvider};
use parlor_application::ports::{ChatModel as _, ModelError};
use parlor_domain::message::Usage;
use secrecy::SecretString;
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_json, header, method, path},
};

use crate::support::{
    DONE, PROMPT, USAGE, ask, ask_and_read, finish_event, provider, read, request, shown,
    text_event, usage_event,
};

async fn server(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(response)
        .mount(&server)
        .await;
    server
}

fn events(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "text/event-stream; charset=utf-8")
}

#[tokio::test]
async fn an_answer_comes_in_pieces_with_its_usage() {
    let body = [
        &text_event("Hel"),
        &text_event("lo 김"),
        &finish_event(),
        &usage_event(),
        DONE,
    ]
    .concat();
    let server = server(events(&body)).await;
    let whole = ask_and_read(provider(format!("{}/v1/", server.uri()))).await;
    assert_eq!(whole.pieces, ["Hel", "lo 김"]);
    assert_eq!(whole.end.unwrap(), Some(USAGE));
}

#[tokio::test]
async fn the_request_names_the_model_carries_the_key_and_asks_for_a_stream_with_usage() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/chat/completions"))
        .and(header("authorization", "Bearer sk-key"))
        .and(header("content-type", "application/json"))
        .and(body_json(json!({
            "model": "some/model",
            "messages": [{"role": "user", "content": PROMPT}],
            "stream": true,
            "stream_options": {"include_usage": true},
        })))
        .respond_with(events(DONE))
        .expect(1)
        .mount(&server)
        .await;
    let provider = OpenAiProvider {
        api_key: Some(SecretString::from("sk-key")),
        ..provider(format!("{}/v1", server.uri()))
    };
    let stream = OpenAiChatModel::new(provider)
        .unwrap()
        .answer(request("some/model"))
        .await
        .unwrap();
    assert_eq!(read(stream).await.end.unwrap(), None);
}

#[tokio::test]
async fn without_a_key_none_is_sent() {
    let server = server(events(DONE)).await;
    ask_and_read(provider(server.uri())).await.end.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert!(!requests[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn keep_alive_comments_windows_line_ends_and_fields_that_we_dont_know_are_passed_over() {
    let body = [
        ": ping\n\nevent: message\nid: 1\nretry: 5\n",
        &text_event("a"),
        ":\n\n",
        &finish_event(),
        DONE,
    ]
    .concat()
    .replace('\n', "\r\n");
    let server = server(events(&body)).await;
    let whole = ask_and_read(provider(server.uri())).await;
    assert_eq!(whole.pieces, ["a"]);
    assert_eq!(whole.end.unwrap(), None);
}

#[tokio::test]
async fn the_last_of_several_usages_counts() {
    let early = usage_event().replace("\"completion_tokens\":5", "\"completion_tokens\":1");
    assert_ne!(early, usage_event());
    let server = server(events(
        &[&early, &text_event("a"), &usage_event(), DONE].concat(),
    ))
    .await;
    assert_eq!(
        ask_and_read(provider(server.uri())).await.end.unwrap(),
        Some(USAGE)
    );
}

#[tokio::test]
async fn a_server_that_says_done_needs_no_finish_reason() {
    let server = server(events(
        &[&text_event("a"), DONE, &text_event("too late")].concat(),
    ))
    .await;
    let whole = ask_and_read(provider(server.uri())).await;
    assert_eq!(whole.pieces, ["a"]);
    whole.end.unwrap();
}

#[tokio::test]
async fn a_server_that_closes_after_the_finish_reason_without_done_has_finished() {
    let body = [&text_event("a"), &finish_event(), usage_event().trim_end()].concat();
    let server = server(events(&body)).await;
    let whole = ask_and_read(provider(server.uri())).await;
    assert_eq!(whole.pieces, ["a"]);
    assert_eq!(whole.end.unwrap(), Some(USAGE));
}

#[tokio::test]
async fn a_stream_without_a_content_type_is_read() {
    let body = [&text_event("a"), DONE].concat();
    let server = server(ResponseTemplate::new(200).set_body_bytes(body)).await;
    assert_eq!(ask_and_read(provider(server.uri())).await.pieces, ["a"]);
}

#[tokio::test]
async fn a_server_that_does_not_stream_although_asked_to_answers_in_one_piece() {
    let completion = json!({
        "object": "chat.completion",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "whole"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2},
    });
    let server = server(ResponseTemplate::new(200).set_body_json(completion)).await;
    let whole = ask_and_read(provider(server.uri())).await;
    assert_eq!(whole.pieces, ["whole"]);
    assert_eq!(
        whole.end.unwrap(),
        Some(Usage {
            prompt_tokens: 1,
            completion_tokens: 2
        })
    );
}

#[tokio::test]
async fn what_is_no_answer_is_malformed_and_not_quoted() {
    for response in [
        ResponseTemplate::new(200).set_body_json(json!({"answer": "secret"})),
        ResponseTemplate::new(200).set_body_raw("{\"choices\": \"secret\"", "application/json"),
    ] {
        let server = server(response).await;
        let error = ask(provider(server.uri())).await.err().unwrap();
        assert!(matches!(error, ModelError::Malformed(_)), "{error:?}");
        assert!(!shown(&error).contains("secret"), "{}", shown(&error));
    }
}

#[tokio::test]
async fn a_chunk_that_is_no_json_is_malformed_and_not_quoted() {
    for event in ["data: {\"secret\"\n\n", "data: {\"choices\": [}\n\n"] {
        let server = server(events(&[&text_event("a"), event, DONE].concat())).await;
        let whole = ask_and_read(provider(server.uri())).await;
        assert_eq!(whole.pieces, ["a"]);
        let error = whole.end.unwrap_err();
        assert!(matches!(error, ModelError::Malformed(_)), "{error:?}");
        assert!(!shown(&error).contains("secret"), "{}", shown(&error));
    }
}

#[tokio::test]
async fn an_event_that_is_not_utf8_is_malformed() {
    let server = server(
        ResponseTemplate::new(200).set_body_raw(b"data: \xff\n\n".as_slice(), "text/event-stream"),
    );
    let error = ask_and_read(provider(server.await.uri()))
        .await
        .end
        .unwrap_err();
    assert!(matches!(error, ModelError::Malformed(_)), "{error:?}");
}

#[tokio::test]
async fn an_answer_of_more_than_a_mebibyte_is_cut_off_as_malformed() {
    let piece = "x".repeat(64 * 1024);
    let body = text_event(&piece).repeat(17) + DONE;
    let server = server(events(&body)).await;
    let whole = ask_and_read(provider(server.uri())).await;
    assert_eq!(whole.pieces.len(), 16);
    assert!(
        matches!(whole.end, Err(ModelError::Malformed(_))),
        "{:?}",
        whole.end
    );
}

#[tokio::test]
async fn a_completion_of_more_than_a_mebibyte_is_malformed() {
    for length in [2, 6] {
        let content = "x".repeat(length * 1024 * 1024);
        let completion =
            json!({"choices": [{"message": {"content": content}, "finish_reason": "stop"}]});
        let server = server(ResponseTemplate::new(200).set_body_json(completion)).await;
        let error = ask(provider(server.uri())).await.err().unwrap();
        assert!(matches!(error, ModelError::Malformed(_)), "{error:?}");
    }
}
