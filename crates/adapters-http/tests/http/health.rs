//! Health checks and the page that shows the API.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use parlor_application::ports::NotReady;

use crate::support::{Answer, World};

async fn open(world: &World, path: &str) -> Answer {
    world
        .send(Request::get(path).body(Body::empty()).unwrap())
        .await
}

#[tokio::test]
async fn a_process_that_runs_is_live_and_one_that_can_serve_is_ready() {
    let world = World::new();
    for path in ["/health/live", "/health/ready"] {
        let answer = open(&world, path).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_schema_that_does_not_fit_is_told() {
    let mut world = World::new();
    world.not_ready = Some(|| NotReady::SchemaBehind);
    let answer = open(&world, "/health/ready").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.problem(), "not-ready");
    assert!(
        answer.json()["detail"]
            .as_str()
            .unwrap()
            .contains("parlor migrate")
    );
    assert_eq!(open(&world, "/health/live").await.status, StatusCode::OK);
}

#[tokio::test]
async fn from_the_moment_a_shutdown_begins_the_service_is_not_ready() {
    let world = World::new();
    world.shutdown.cancel();
    let answer = open(&world, "/health/ready").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.problem(), "shutting-down");
    assert_eq!(open(&world, "/health/live").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_page_and_all_that_it_asks_for_come_from_here() {
    let world = World::new();
    let page = open(&world, "/api/docs").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let asked: Vec<&str> = page
        .text
        .split('"')
        .filter(|text| text.starts_with('/') || text.contains("//"))
        .collect();
    assert!(asked.len() >= 5);
    for path in asked.into_iter().chain(["/api/openapi.json"]) {
        let answer = open(&world, path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    for path in ["/api/docs", "/api/docs/swagger-ui-bundle.js"] {
        let answer = open(&world, path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(
            !policy.contains("unsafe") && !policy.contains("http"),
            "{policy}"
        );
    }
    let script = open(&world, "/api/docs/start.js").await;
    assert!(script.text.contains("validatorUrl: null"));
    assert_eq!(
        open(&world, "/api/docs/index.html").await.problem(),
        "unknown-route"
    );
}
