//! Models behind OpenAI-compatible servers: a real one that nobody here wrote, and one that fails in every known way.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::harness::{
    As, Connection, ModelServer, Service, brought, eventually, is_left_out, text,
};

/// The configuration of one provider, whose only model is `name`.
pub fn provider(base_url: &str, name: &str) -> String {
    format!(
        "[[model.providers]]\nkind = \"openai\"\nname = \"tests\"\nbase_url = \"{base_url}\"\n\
         models = [\"{name}\"]\nidle_timeout_ms = 400\nretry_delay_ms = 5\nmax_retries = 2\n"
    )
}

pub async fn asking(server: &ModelServer) -> Service {
    let configuration = provider(server.base_url(), "scripted");
    Service::builder()
        .file("parlor.toml", configuration)
        .start()
        .await
}

/// The real server's address and model; none if whoever runs the tests left this part out.
fn real_model() -> Option<(String, String)> {
    if is_left_out("model-server") {
        return None;
    }
    Some((
        brought("PARLOR_TEST_MODEL_URL"),
        brought("PARLOR_TEST_MODEL_NAME"),
    ))
}

#[tokio::test]
async fn a_real_server_answers_as_json_and_as_a_stream() {
    let Some((url, name)) = real_model() else {
        return;
    };
    // It may take a while before its first word while all tests run at once.
    let configuration = provider(&url, &name).replace("= 400", "= 60000");
    let service = Service::builder()
        .file("parlor.toml", configuration)
        .start()
        .await;
    let alice = service.acting_as("alice");
    let models = alice.all("/models").await;
    assert!(
        models.iter().any(|model| model["id"] == json!(name)),
        "{models:?}"
    );

    let id = alice.create("Beacons").await;
    let body = json!({ "content": "Name three colours.", "model": name });
    let whole = alice.prompt_with(&id, body).await.expect(201)["assistant_message"].clone();
    assert_eq!(whole["model"], name);
    // The server of the tests writes so many tokens at most, and says so where it stops for that.
    let ended = (&whole["status"], &whole["reason"]);
    assert!(
        ended == (&json!("complete"), &Value::Null)
            || ended == (&json!("incomplete"), &json!("length")),
        "{whole}"
    );
    assert!(!text(&whole, "content").trim().is_empty());
    for count in ["prompt_tokens", "completion_tokens"] {
        assert!(whole["usage"][count].as_u64().unwrap() > 0, "{whole}");
    }

    let body = json!({ "content": "And now in one sentence: what is a firewall?", "model": name });
    let events = alice.prompt_stream(&id, body).await.rest().await;
    let deltas = events.iter().filter(|event| event.name == "message_delta");
    let joined: String = deltas.map(|event| text(&event.data, "text")).collect();
    let last = events.last().unwrap();
    assert_eq!(
        (last.name.as_str(), text(&last.data, "content")),
        ("message_completed", &*joined)
    );
    assert!(
        last.data["usage"]["completion_tokens"].as_u64().unwrap() > 0,
        "{last:?}"
    );
}

#[tokio::test]
async fn configured_models_are_listed_and_the_first_is_the_default() {
    let server = ModelServer::start(|mut connection| async move {
        connection.begin().await;
        connection.say("hello").await;
        connection.finish().await;
    })
    .await;
    let service = asking(&server).await;
    let alice = service.acting_as("alice");
    let models = alice.all("/models").await;
    let found: Vec<_> = models
        .iter()
        .map(|model| (text(model, "id"), &model["default"]))
        .collect();
    assert_eq!(found, [("scripted", &json!(true))]);

    let id = alice.create("Beacons").await;
    let answer = alice.prompt(&id, "hi").await["assistant_message"].clone();
    assert_eq!(
        (&answer["model"], &answer["content"]),
        (&json!("scripted"), &json!("hello"))
    );
    assert_eq!(
        answer["usage"],
        json!({ "prompt_tokens": 3, "completion_tokens": 5 })
    );
}

#[tokio::test]
async fn the_model_is_told_who_said_what() {
    let server = ModelServer::start(|mut connection| async move {
        connection.begin().await;
        connection.say("I see").await;
        connection.finish().await;
    })
    .await;
    let service = asking(&server).await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = alice.create("Beacons").await;
    alice
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;
    alice.prompt(&id, "it was the printer").await;
    bob.prompt(&id, "no, the router").await;

    let asked = server.asked().pop().unwrap();
    assert_eq!(
        (&asked["model"], &asked["stream"]),
        (&json!("scripted"), &json!(true))
    );
    let messages = asked["messages"].as_array().unwrap();
    let told = |role: &str, words: &str, name: &str| {
        messages.iter().any(|message| {
            let content = text(message, "content");
            message["role"] == role && content.contains(words) && content.contains(name)
        })
    };
    assert!(told("user", "it was the printer", "alice"), "{asked}");
    assert!(told("assistant", "I see", ""), "{asked}");
    assert!(told("user", "no, the router", "bob"), "{asked}");
    assert!(
        !asked.to_string().contains("Beacons"),
        "the title is nobody's message: {asked}"
    );
}

#[tokio::test]
async fn an_answer_with_split_characters_and_keep_alive_comments_comes_whole() {
    let server = ModelServer::start(|mut connection| async move {
        connection.begin().await;
        connection.chunk(": keep-alive\n\n").await;
        let event = r#"data: {"choices":[{"index":0,"delta":{"content":"가😀"}}]}"#;
        for byte in event.as_bytes() {
            connection.chunk([*byte]).await;
        }
        connection.chunk("\r\n\r\n: keep-alive\r\n\r\n").await;
        connection.say("𝄞").await;
        connection.finish().await;
    })
    .await;
    let service = asking(&server).await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let answer = alice.prompt(&id, "hi").await["assistant_message"].clone();
    assert_eq!(answer["content"], "가😀𝄞");
}

/// Prompts; the answer must fail with this status and code, with this text written. Answers how often the server was asked.
pub async fn fails(server: &ModelServer, status: u16, code: &str, written: &str) -> usize {
    let service = asking(server).await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let problem = alice.prompt_with(&id, json!({ "content": "hi" })).await;
    let problem = problem.expect_problem(status, code).to_string();
    let asked = server.asked().len();
    assert!(
        !problem.contains("canary"),
        "what a provider says is not passed on: {problem}"
    );
    let path = alice.path(&id).await;
    assert_eq!((path.len(), &path[1]["status"]), (2, &json!("failed")));
    assert_eq!(path[1]["content"], written);
    assert!(!service.output().contains("canary"), "{}", service.output());

    let body = json!({ "content": "hi again", "parent_id": null });
    let events = alice.prompt_stream(&id, body).await.rest().await;
    let [.., failed, error] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(
        (failed.name.as_str(), error.name.as_str()),
        ("message_failed", "error")
    );
    assert_eq!(
        (&failed.data["content"], &error.data["code"]),
        (&json!(written), &json!(code))
    );
    asked
}

pub async fn scripted<F>(answer: impl Fn(Connection) -> F + Send + 'static) -> ModelServer
where
    F: Future<Output = ()> + Send + 'static,
{
    ModelServer::start(answer).await
}

#[tokio::test]
async fn a_server_that_refuses_for_good_is_asked_once() {
    let server = scripted(|mut connection| async move {
        let body = json!({ "error": { "message": "canary", "code": "context_length_exceeded" } });
        connection.respond("400 Bad Request", &body).await;
    })
    .await;
    assert_eq!(fails(&server, 502, "context-too-long", "").await, 1);
}

#[tokio::test]
async fn a_server_that_is_overloaded_is_asked_again_while_nothing_has_come() {
    let server = scripted(|mut connection| async move {
        connection
            .respond("503 Service Unavailable", &json!({ "error": "canary" }))
            .await;
    })
    .await;
    assert_eq!(
        fails(&server, 502, "model-unavailable", "").await,
        3,
        "twice more"
    );
}

#[tokio::test]
async fn a_server_that_was_overloaded_for_a_moment_is_not_noticed() {
    let refusals = Arc::new(Mutex::new(2));
    let server = scripted(move |mut connection| {
        let refuse = {
            let mut left = refusals.lock().unwrap();
            let refuse = *left > 0;
            *left -= i32::from(refuse);
            refuse
        };
        async move {
            if refuse {
                return connection
                    .respond("503 Service Unavailable", &Value::Null)
                    .await;
            }
            connection.begin().await;
            connection.say("here I am").await;
            connection.finish().await;
        }
    })
    .await;
    let service = asking(&server).await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let answer = alice.prompt(&id, "hi").await["assistant_message"].clone();
    assert_eq!(
        (&answer["content"], server.asked().len()),
        (&json!("here I am"), 3)
    );
}

#[tokio::test]
async fn an_error_within_the_stream_leaves_what_had_come() {
    let server = scripted(|mut connection| async move {
        connection.begin().await;
        connection.say("so far").await;
        let error = json!({ "error": { "message": "canary", "type": "server_error" } });
        connection.chunk(format!("data: {error}\n\n")).await;
        connection.closed().await;
    })
    .await;
    assert_eq!(fails(&server, 502, "model-failed", "so far").await, 1);
}

#[tokio::test]
async fn a_server_that_closes_early_leaves_what_had_come() {
    let server = scripted(|mut connection| async move {
        connection.begin().await;
        connection.say("so far").await;
        connection.send("0\r\n\r\n").await;
    })
    .await;
    assert_eq!(fails(&server, 503, "answer-interrupted", "so far").await, 1);
    let server = scripted(|mut connection| async move {
        connection.begin().await;
        connection.say("so far").await;
    })
    .await;
    assert_eq!(
        fails(&server, 503, "answer-interrupted", "so far").await,
        1,
        "in the middle of a body"
    );
}

#[tokio::test]
async fn a_server_that_stalls_is_given_up_after_its_idle_time() {
    let server = scripted(|mut connection| async move {
        connection.begin().await;
        connection.say("so far").await;
        connection.closed().await;
    })
    .await;
    assert_eq!(fails(&server, 504, "model-timed-out", "so far").await, 1);
}

#[tokio::test]
async fn what_is_no_answer_fails() {
    let server = scripted(|mut connection| async move {
        connection.begin().await;
        connection.chunk("data: {\"canary\"\n\n").await;
        connection.closed().await;
    })
    .await;
    assert_eq!(fails(&server, 502, "model-failed", "").await, 1);
}

#[tokio::test]
async fn a_server_that_is_not_there_fails() {
    let port = crate::harness::free_port();
    let configuration = provider(&format!("http://127.0.0.1:{port}/v1"), "scripted");
    let service = Service::builder()
        .file("parlor.toml", configuration)
        .start()
        .await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let problem = alice.prompt_with(&id, json!({ "content": "hi" })).await;
    let problem = problem.expect_problem(502, "model-unavailable");
    assert!(
        !problem.to_string().contains(&port.to_string()),
        "no addresses: {problem}"
    );
}

#[tokio::test]
async fn a_stopped_answer_closes_the_connection_to_its_model() {
    let closed = Arc::new(Notify::new());
    let noticed = Arc::clone(&closed);
    let server = scripted(move |mut connection| {
        let noticed = Arc::clone(&noticed);
        async move {
            connection.begin().await;
            connection.say("so far").await;
            // A model that is alive and thinks.
            let mut thinking = tokio::time::interval(std::time::Duration::from_millis(50));
            loop {
                tokio::select! {
                    () = connection.closed() => break,
                    _ = thinking.tick() => {}
                }
                connection.chunk(": keep-alive\n\n").await;
            }
            noticed.notify_one();
        }
    })
    .await;
    let service = asking(&server).await;
    let alice = service.acting_as("alice");
    let (id, answer) = begun(&alice).await;
    let stop = format!("/conversations/{id}/messages/{answer}/stop");
    alice.post(&stop, json!({})).await.expect(200);
    let waited = tokio::time::timeout(std::time::Duration::from_secs(5), closed.notified());
    waited.await.expect("the model is told within five seconds");
    assert_eq!(alice.message(&id, &answer).await["content"], "so far");
}

/// A conversation in which an answer has begun to be written.
async fn begun(alice: &As) -> (String, String) {
    let id = alice.create("Beacons").await;
    let stream = alice.prompt_stream(&id, json!({ "content": "hi" })).await;
    let answer = eventually("text", || async {
        let answer = alice.path(&id).await.pop()?;
        (answer["content"] != "").then(|| text(&answer, "id").to_owned())
    })
    .await;
    drop(stream);
    (id, answer)
}
