//! Pages beside the API, under what surrounds both.

use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode},
    routing::{get, post},
};
use parlor_adapters_http::Pages;
use parlor_domain::audit::Origin;

use crate::support::{Answer, World, send};

/// Two pages and a thing that is kept for long, and something for addresses that lead nowhere.
fn pages() -> Pages {
    let origin = |Extension(origin): Extension<Origin>| async move {
        format!("{} {}", origin.source_ip, origin.user_agent)
    };
    Pages {
        routes: Router::new()
            .route("/page", get(origin))
            .route("/form", post(async |_: Bytes| "taken"))
            .route(
                "/kept",
                get(async || {
                    (
                        [("cache-control", "public, max-age=1"), ("vary", "x")],
                        "kept",
                    )
                }),
            ),
        otherwise: Some(Router::new().fallback(async || (StatusCode::NOT_FOUND, "a page"))),
    }
}

async fn ask(world: &World, method: &str, path: &str, host: &str, body: usize) -> Answer {
    let peer: std::net::SocketAddr = "203.0.113.9:1".parse().unwrap();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", host)
        .header("user-agent", "browser")
        .extension(ConnectInfo(peer))
        .body(Body::from("x".repeat(body)))
        .unwrap();
    send(&world.beside(pages()), request).await
}

#[tokio::test]
async fn a_page_is_told_where_a_request_came_from() {
    let world = World::new();
    let answer = ask(&world, "GET", "/page", "localhost", 0).await;
    assert_eq!(answer.text, "203.0.113.9 browser");
    assert_eq!(answer.header("x-request-id").len(), 36);
}

#[tokio::test]
async fn a_page_says_how_long_it_is_kept_and_the_api_does_not() {
    let world = World::new();
    let caching = |headers: &HeaderMap| headers["cache-control"].to_str().unwrap().to_owned();
    let kept = ask(&world, "GET", "/kept", "localhost", 0).await;
    assert_eq!(caching(&kept.headers), "public, max-age=1");
    assert_eq!(kept.header("vary"), "x");
    let page = ask(&world, "GET", "/page", "localhost", 0).await;
    assert_eq!(caching(&page.headers), "no-store");
    let api = ask(&world, "GET", "/api/v1/me", "localhost", 0).await;
    assert_eq!(caching(&api.headers), "private, no-store");
}

#[tokio::test]
async fn what_leads_nowhere_is_a_page_and_among_the_api_a_problem() {
    let world = World::new();
    for path in ["/", "/nowhere", "/apix", "/conversations/1"] {
        let answer = ask(&world, "GET", path, "localhost", 0).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.text, "a page", "{path}");
    }
    for path in ["/api", "/api/nowhere", "/api/v1/nowhere", "/health/nowhere"] {
        let answer = ask(&world, "GET", path, "localhost", 0).await;
        assert_eq!(answer.problem(), "unknown-route", "{path}");
    }
}

#[tokio::test]
async fn pages_are_under_the_limits_of_the_api() {
    let mut world = World::new();
    world.options.loopback_hosts_only = true;
    for path in ["/page", "/nowhere"] {
        let answer = ask(&world, "GET", path, "evil.example", 0).await;
        assert_eq!(answer.problem(), "misdirected-request", "{path}");
    }
    let limit = world.options.limits.body_bytes;
    let answer = ask(&world, "POST", "/form", "localhost", limit).await;
    assert_eq!(answer.text, "taken");
    let answer = ask(&world, "POST", "/form", "localhost", limit + 1).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
