//! Prompting, answered as one document.

use axum::http::{Request, StatusCode};
use parlor_application::ports::ModelError;
use parlor_domain::{
    grants::{Grants, Level, Privacy},
    message::{AnswerFailure, AnswerStatus, Message, MessageKind},
};
use serde_json::{Value, json};

use crate::support::{
    ALICE, ANSWER, Answer, PROMPT, Said, World, conversation_path, message_id, request, send, user,
};

async fn prompt(world: &World, body: &Value) -> Answer {
    world
        .call("POST", ALICE, &conversation_path("/messages"), body)
        .await
}

#[tokio::test]
async fn a_prompt_is_answered_once_the_answer_is_complete() {
    let world = World::new();
    let answer = prompt(&world, &json!({"content": "hello?"})).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let (user, assistant) = (
        &answer.json()["user_message"],
        &answer.json()["assistant_message"],
    );
    assert_eq!(user["content"], "hello?");
    assert_eq!(
        (&user["role"], &user["author"]["name"]),
        (&json!("user"), &json!("alice"))
    );
    assert_eq!(
        user["parent_id"], ANSWER,
        "it continues from the newest leaf"
    );
    assert_eq!(assistant["content"], "Hello there");
    assert_eq!(assistant["status"], "complete");
    assert_eq!(
        assistant["usage"],
        json!({"prompt_tokens": 3, "completion_tokens": 2})
    );
    let path = world.get(ALICE, answer.header("location")).await.json();
    assert_eq!(path["items"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn an_absent_a_null_and_a_given_parent_are_three_different_places() {
    let world = World::new();
    for (parent, expected) in [(json!(null), json!(null)), (json!(PROMPT), json!(PROMPT))] {
        let answer = prompt(&world, &json!({"content": "x", "parent_id": parent})).await;
        assert_eq!(answer.json()["user_message"]["parent_id"], expected);
        let siblings = answer.json()["user_message"]["siblings"].clone();
        assert_eq!(
            siblings.as_array().unwrap().len(),
            2,
            "it stands beside what was there"
        );
    }
}

#[tokio::test]
async fn a_model_that_fails_leaves_the_prompt_stored_and_says_where() {
    type Case = (fn() -> ModelError, StatusCode, &'static str);
    let failures: [Case; 4] = [
        (
            || ModelError::Unreachable(None),
            StatusCode::BAD_GATEWAY,
            "model-unavailable",
        ),
        (
            || ModelError::Incomplete,
            StatusCode::SERVICE_UNAVAILABLE,
            "answer-interrupted",
        ),
        (
            || ModelError::Malformed(None),
            StatusCode::BAD_GATEWAY,
            "model-failed",
        ),
        (
            || ModelError::TimedOut,
            StatusCode::GATEWAY_TIMEOUT,
            "model-timed-out",
        ),
    ];
    for (error, status, code) in failures {
        let world = World::new();
        world.model_says(Said::Fails(error));
        let answer = prompt(&world, &json!({"content": "hello?"})).await;
        assert_eq!((answer.status, answer.problem().as_str()), (status, code));
        let problem = answer.json();
        assert_eq!(problem["user_message"]["content"], "hello?");
        assert_eq!(problem["assistant_message"]["content"], "Hel");
        assert_eq!(problem["assistant_message"]["status"], "failed");
        let id = problem["assistant_message"]["id"].as_str().unwrap();
        let mut stored = world.messages().into_iter();
        let stored = stored.any(|it| it.id == message_id(id));
        assert!(stored);
    }
}

#[tokio::test]
async fn an_interrupted_answer_is_replayed_as_interrupted() {
    let world = World::new();
    let asked = || {
        let request = request("POST", ALICE, &conversation_path("/messages"));
        let request = request.header("idempotency-key", "k");
        crate::support::json(request, &json!({"content": "x"}))
    };
    assert_eq!(world.send(asked()).await.status, StatusCode::CREATED);
    for (status, expected, code) in [
        (
            AnswerStatus::Failed(AnswerFailure::Interrupted),
            StatusCode::SERVICE_UNAVAILABLE,
            "answer-interrupted",
        ),
        (
            AnswerStatus::Writing,
            StatusCode::CONFLICT,
            "idempotency-key-in-use",
        ),
    ] {
        set_status(&world, status).await;
        let answer = world.send(asked()).await;
        assert_eq!((answer.status, answer.problem().as_str()), (expected, code));
    }
    assert_eq!(world.messages().len(), 4, "it was asked once");
}

/// Sets the status of the newest answer.
async fn set_status(world: &World, to: AnswerStatus) {
    let newest = world.messages().len() - 1;
    let set = |message: &mut Message| {
        if let MessageKind::Answer { status, .. } = &mut message.kind {
            *status = to;
        }
    };
    world.change_message(newest, set).await;
}

#[tokio::test]
async fn nothing_follows_an_answer_that_is_still_being_written() {
    let world = World::new();
    set_status(&world, AnswerStatus::Writing).await;
    let answer = prompt(&world, &json!({"content": "x"})).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(answer.problem(), "answer-in-progress");
}

#[tokio::test]
async fn regenerating_makes_another_answer_to_the_same_prompt() {
    let world = World::new();
    let path = conversation_path(&format!("/messages/{ANSWER}/regenerate"));
    let answer = world
        .call("POST", ALICE, &path, &json!({"model": "parrot"}))
        .await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let body = answer.json();
    assert_eq!(body["user_message"]["id"], PROMPT);
    assert_eq!(body["assistant_message"]["model"], "parrot");
    assert_eq!(body["assistant_message"]["siblings"][0], ANSWER);
    let path = conversation_path(&format!("/messages/{PROMPT}/regenerate"));
    let refused = world.call("POST", ALICE, &path, &json!({})).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.problem(), "not-an-answer");
}

#[tokio::test]
async fn stopping_keeps_what_was_written() {
    let world = World::new();
    set_status(&world, AnswerStatus::Writing).await;
    let path = conversation_path(&format!("/messages/{ANSWER}/stop"));
    for _ in 0..2 {
        let bare = request("POST", ALICE, &path)
            .body(axum::body::Body::empty())
            .unwrap();
        let answer = world.send(bare).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json()["id"], ANSWER);
        assert_eq!(answer.json()["status"], "stopped");
    }
    let unknown = world
        .call("POST", ALICE, &path, &json!({"hard": true}))
        .await;
    assert_eq!(unknown.pointers(), ["/hard"]);
}

#[tokio::test]
async fn who_accepts_neither_form_is_asked_nothing_of_the_model() {
    let world = World::new();
    let request =
        request("POST", ALICE, &conversation_path("/messages")).header("accept", "text/html");
    let answer = world
        .send(crate::support::json(request, &json!({"content": "x"})))
        .await;
    assert_eq!(answer.status, StatusCode::NOT_ACCEPTABLE);
    assert_eq!(answer.problem(), "not-acceptable");
    assert_eq!(world.messages().len(), 2);
}

#[tokio::test]
async fn too_many_prompts_are_429_whether_or_not_the_conversation_exists() {
    let mut world = World::new();
    world.prompts_per_minute = std::num::NonZeroU32::MIN;
    let api = world.api();
    let asked = |who: &str, id: &str| -> Request<_> {
        let path = format!("/api/v1/conversations/{id}/messages");
        crate::support::json(request("POST", who, &path), &json!({"content": "x"}))
    };
    let (here, nowhere) = (crate::support::CONVERSATION, crate::support::NOWHERE);
    assert_eq!(
        send(&api, asked(ALICE, here)).await.status,
        StatusCode::CREATED
    );
    for id in [here, nowhere] {
        let refused = send(&api, asked(ALICE, id)).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.problem(), "rate-limited");
        assert_eq!(refused.header("retry-after"), "60", "nearly 60 seconds");
    }
    world
        .change_conversation(|it| {
            it.privacy = Privacy::Shared(Grants::to_organization(Level::Collaborate));
        })
        .await;
    assert_eq!(
        send(&api, asked("bob", here)).await.status,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn who_loses_its_access_before_the_answer_is_whole_is_told_what_anybody_without_access_is() {
    let world = World::new();
    let (say, heard) = tokio::sync::mpsc::unbounded_channel();
    world.model_says(Said::Live(heard));
    say.send("first".to_owned()).unwrap();
    let revoke = async {
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
        while world.messages().last().unwrap().content.as_str() != "first" {
            assert!(
                tokio::time::Instant::now() < deadline,
                "nothing was written"
            );
            tokio::task::yield_now().await;
        }
        world
            .change_conversation(|it| it.owner_id = user("max"))
            .await;
    };
    let body = json!({"content": "x"});
    let (answer, ()) = tokio::join!(prompt(&world, &body), revoke);
    let absent = world.get("bob", &conversation_path("")).await;
    assert_eq!((answer.status, &answer.text), (absent.status, &absent.text));
    assert_eq!(answer.problem(), "not-found");
}
