//! Servers that answer with an error, before the stream or within it, and what is asked again.

use parlor_adapters_model::{OpenAiChatModel, OpenAiProvider};
use parlor_application::ports::{ChatModel as _, ModelError};
use parlor_domain::message::AnswerFailure;
use secrecy::SecretString;
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::support::{DONE, ask, ask_and_read, provider, read, request, shown, text_event};

fn error(status: u16, code: &str) -> ResponseTemplate {
    let error =
        json!({"error": {"code": code, "type": "some_error", "message": "the secret was quoted"}});
    ResponseTemplate::new(status).set_body_json(error)
}

fn answer() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw([&text_event("a"), DONE].concat(), "text/event-stream")
}

/// A server that gives each response once, and the last one from then on; how often it is asked is checked.
async fn server(responses: Vec<ResponseTemplate>, asked: u64) -> MockServer {
    let server = MockServer::start().await;
    let last = responses.len() - 1;
    for (number, response) in responses.into_iter().enumerate() {
        let mock = Mock::given(method("POST")).respond_with(response);
        if number < last {
            mock.up_to_n_times(1).expect(1).mount(&server).await;
        } else {
            mock.expect(asked - u64::try_from(last).unwrap())
                .mount(&server)
                .await;
        }
    }
    server
}

#[tokio::test]
async fn an_error_is_told_with_its_status_and_code_and_without_its_message() {
    for (status, code) in [
        (400, "context_length_exceeded"),
        (401, "invalid_api_key"),
        (404, "model_not_found"),
    ] {
        let server = server(vec![error(status, code)], 1).await;
        let provider = OpenAiProvider {
            api_key: Some(SecretString::from("sk-key")),
            ..provider(server.uri())
        };
        let refused = ask(provider).await.err().unwrap();
        assert!(
            matches!(&refused, ModelError::Refused { status: s, code: Some(c), .. } if *s == status && c == code),
            "{refused:?}"
        );
        assert!(
            !shown(&refused).contains("secret") && !shown(&refused).contains("sk-key"),
            "{}",
            shown(&refused)
        );
    }
}

#[tokio::test]
async fn an_error_without_a_body_that_we_know_is_told_by_its_status_alone() {
    for body in [
        "",
        "<html>secret</html>",
        "{\"error\": \"secret\"}",
        "{\"error\": {\"code\": \"a b\"}}",
    ] {
        let server = server(vec![ResponseTemplate::new(500).set_body_string(body)], 1).await;
        let refused = ask(provider(server.uri())).await.err().unwrap();
        assert!(
            matches!(
                refused,
                ModelError::Refused {
                    failure: AnswerFailure::ModelError,
                    status: 500,
                    code: None
                }
            ),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_redirect_is_refused_and_not_followed() {
    let elsewhere = server(vec![answer()], 0).await;
    let moved =
        ResponseTemplate::new(307).insert_header("location", format!("{}/v1", elsewhere.uri()));
    let server = server(vec![moved], 1).await;
    let refused = ask(provider(server.uri())).await.err().unwrap();
    assert!(
        matches!(
            refused,
            ModelError::Refused {
                failure: AnswerFailure::NotConfigured,
                status: 307,
                code: None
            }
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn what_may_pass_is_asked_again_until_it_answers() {
    for status in [429, 502, 503, 504] {
        let server = server(
            vec![error(status, "busy"), error(status, "busy"), answer()],
            3,
        )
        .await;
        assert_eq!(ask_and_read(provider(server.uri())).await.pieces, ["a"]);
    }
}

#[tokio::test]
async fn what_does_not_pass_is_told_after_two_more_tries() {
    let server = server(vec![error(503, "overloaded")], 3).await;
    let refused = ask(provider(server.uri())).await.err().unwrap();
    assert!(
        matches!(&refused, ModelError::Refused { failure: AnswerFailure::Unavailable, status: 503, code: Some(code) } if code == "overloaded"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_server_that_wants_to_be_left_alone_for_a_moment_is_asked_again_and_for_long_is_not() {
    let busy = |seconds: &str| error(429, "busy").insert_header("retry-after", seconds);
    let soon = server(vec![busy("0"), answer()], 2).await;
    assert_eq!(ask_and_read(provider(soon.uri())).await.pieces, ["a"]);

    let late = server(vec![busy("3600")], 1).await;
    let refused = ask(provider(late.uri())).await.err().unwrap();
    assert!(
        matches!(refused, ModelError::Refused { status: 429, .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_error_within_the_stream_ends_it_and_is_not_asked_again() {
    let told =
        json!({"error": {"code": 500, "type": "server_error", "message": "secret"}}).to_string();
    for event in [
        format!("data: {told}\n\n"),
        format!(
            "error: {}\n\n",
            json!({"code": 500, "type": "server_error"})
        ),
    ] {
        let body = [&text_event("a"), &event, DONE].concat();
        let server = server(
            vec![ResponseTemplate::new(200).set_body_raw(body, "text/event-stream")],
            1,
        )
        .await;
        let whole = ask_and_read(provider(server.uri())).await;
        assert_eq!(whole.pieces, ["a"]);
        let refused = whole.end.unwrap_err();
        assert!(
            matches!(&refused, ModelError::Refused { failure: AnswerFailure::ModelError, status: 200, code: Some(code) } if code == "server_error"),
            "{refused:?}"
        );
        assert!(!shown(&refused).contains("secret"));
    }
}

#[tokio::test]
async fn an_error_in_place_of_a_completion_is_a_refusal() {
    let server = server(vec![error(200, "content_filter")], 1).await;
    let refused = ask(provider(server.uri())).await.err().unwrap();
    assert!(
        matches!(
            refused,
            ModelError::Refused {
                failure: AnswerFailure::ContentFilter,
                status: 200,
                code: Some(_)
            }
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_page_for_people_is_the_wrong_address() {
    let page = ResponseTemplate::new(200).set_body_raw("<!doctype html>secret", "text/html");
    let server = server(vec![page], 1).await;
    let refused = ask(provider(server.uri())).await.err().unwrap();
    assert_eq!(refused.as_failure(), AnswerFailure::NotConfigured);
    assert!(!shown(&refused).contains("secret"));
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_not_asked_again() {
    let server = server(vec![error(429, "insufficient_quota")], 1).await;
    let refused = ask(provider(server.uri())).await.err().unwrap();
    assert_eq!(refused.as_failure(), AnswerFailure::RateLimited);
}

/// Refuses `stream_options`, as servers do that know no other fields than their own.
fn refuse_stream_options(status: u16) -> impl Fn(&wiremock::Request) -> ResponseTemplate {
    move |request| {
        let body: serde_json::Value = request.body_json().unwrap();
        if body.get("stream_options").is_some() {
            let detail =
                json!({"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"]}]});
            ResponseTemplate::new(status).set_body_json(detail)
        } else {
            answer()
        }
    }
}

#[tokio::test]
async fn a_server_that_refuses_stream_options_is_asked_once_more_and_then_without_them() {
    for status in [400, 422] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(refuse_stream_options(status))
            .expect(3)
            .mount(&server)
            .await;
        let model = OpenAiChatModel::new(provider(server.uri())).unwrap();
        for _ in 0..2 {
            let stream = model.answer(request("m")).await.unwrap();
            assert_eq!(read(stream).await.pieces, ["a"]);
        }
    }
}

#[tokio::test]
async fn another_refusal_is_told_and_stream_options_are_sent_again() {
    let server = server(vec![error(422, "bad_prompt")], 4).await;
    let model = OpenAiChatModel::new(provider(server.uri())).unwrap();
    for _ in 0..2 {
        let refused = model.answer(request("m")).await.err().unwrap();
        assert_eq!(refused.as_failure(), AnswerFailure::ModelError);
    }
    let requests = server.received_requests().await.unwrap();
    let with_options = requests.iter().filter(|request| {
        let body: serde_json::Value = request.body_json().unwrap();
        body.get("stream_options").is_some()
    });
    assert_eq!(with_options.count(), 2);
}

#[tokio::test]
async fn streaming_and_its_options_can_be_switched_off() {
    for (stream, stream_options) in [(true, false), (false, true), (false, false)] {
        let completion =
            json!({"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]});
        let response = if stream {
            answer()
        } else {
            ResponseTemplate::new(200).set_body_json(completion)
        };
        let server = server(vec![response], 1).await;
        let whole = ask_and_read(OpenAiProvider {
            stream,
            stream_options,
            ..provider(server.uri())
        })
        .await;
        assert_eq!(whole.pieces, ["a"]);
        let requests = server.received_requests().await.unwrap();
        let body: serde_json::Value = requests[0].body_json().unwrap();
        assert_eq!(body["stream"], stream);
        assert!(body.get("stream_options").is_none());
    }
}
