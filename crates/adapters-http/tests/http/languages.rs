//! In which language a problem is told.

use axum::{body::Body, http::StatusCode};
use parlor_application::ports::ModelError;
use serde_json::{Value, json};

use crate::support::{ALICE, Answer, Said, World, conversation_path, json as body, request};

async fn ask(world: &World, method: &str, path: &str, languages: &str) -> Answer {
    let request = request(method, ALICE, path).header("accept-language", languages);
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_problems_title_is_in_the_language_that_is_wanted_most() {
    let world = World::new();
    let path = conversation_path("/nothing");
    for (languages, language, title) in [
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko", "그런 경로가 없습니다"),
        ("en-GB, ko;q=0.9", "en", "There is no such route"),
        ("fr", "en", "There is no such route"),
    ] {
        let answer = ask(&world, "GET", &path, languages).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.json()["title"], title, "{languages}");
        assert_eq!(answer.header("content-language"), language);
        let varies = "Authorization, Cookie, Accept-Language";
        assert_eq!(answer.header("vary"), varies);
    }
}

#[tokio::test]
async fn nothing_but_the_title_depends_on_the_language() {
    let world = World::new();
    for (method, path) in [
        ("GET", "/api/v1/nothing".to_owned()),
        ("GET", "/api/v1/audit-events".to_owned()),
        ("GET", "/api/v1/me?bypass=true".to_owned()),
        ("PUT", conversation_path("/sharing")),
        ("DELETE", "/api/v1/me".to_owned()),
        ("GET", "/health/nothing".to_owned()),
    ] {
        let without_title = |answer: &Answer| {
            let mut problem: Value = answer.json();
            let title = problem.as_object_mut().unwrap().remove("title");
            (answer.status, problem, title.unwrap())
        };
        let english = without_title(&ask(&world, method, &path, "en").await);
        let korean = without_title(&ask(&world, method, &path, "ko").await);
        assert_eq!(english.0, korean.0, "{method} {path}");
        assert_eq!(english.1, korean.1, "{method} {path}");
        assert_ne!(english.2, korean.2, "{method} {path}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_problem_has_no_language() {
    let answer = ask(&World::new(), "GET", "/api/v1/me", "ko").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-language"), "");
    assert_eq!(answer.header("vary"), "Authorization, Cookie");
}

#[tokio::test]
async fn outside_of_the_api_a_problem_has_a_language_too() {
    let answer = ask(&World::new(), "GET", "/health/nothing", "ko").await;
    assert_eq!(answer.header("content-language"), "ko");
    assert_eq!(answer.header("vary"), "Accept-Language");
}

#[tokio::test]
async fn a_panic_is_told_in_the_language_too() {
    let world = World::new();
    world.break_conversations(|| panic!("what it says is not told"));
    let answer = ask(&world, "GET", &conversation_path(""), "ko").await;
    assert_eq!(answer.problem(), "internal-error");
    assert_eq!(answer.json()["title"], "서버에서 문제가 발생했습니다");
}

#[tokio::test]
async fn a_problem_within_a_stream_is_told_in_the_language_of_the_request() {
    let world = World::new();
    world.model_says(Said::Fails(|| ModelError::TimedOut));
    let asked = request("POST", ALICE, &conversation_path("/messages"))
        .header("accept", "text/event-stream")
        .header("accept-language", "ko");
    let answer = world.send(body(asked, &json!({"content": "Hi"}))).await;
    assert_eq!(answer.status, StatusCode::OK);
    let (_, error) = answer.text.split_once("event: error\n").unwrap();
    assert!(error.contains("\"code\":\"model-timed-out\""), "{error}");
    assert!(error.contains("모델이 너무 오래 걸렸습니다"), "{error}");
}
