//! What holds for every request.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Browser, Service};

#[tokio::test]
async fn wrong_routes_methods_and_bodies_answer_problem_documents() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    alice
        .get("/nothing-here")
        .await
        .expect_problem(404, "unknown-route");
    alice
        .get("/api/v2/me")
        .await
        .expect_problem(404, "unknown-route");

    let wrong_method = alice.delete("/me").await;
    wrong_method.expect_problem(405, "method-not-allowed");
    assert!(
        wrong_method.header("allow").contains("GET"),
        "{}",
        wrong_method.header("allow")
    );

    let post = |body: &'static str, kind: &str| {
        let request = alice
            .request(Method::POST, "/conversations")
            .header("content-type", kind)
            .body(body);
        let alice = alice.clone();
        async move { alice.send(request).await }
    };
    post("{\"title\":", "application/json")
        .await
        .expect_problem(400, "malformed-json");
    post("{}", "text/plain")
        .await
        .expect_problem(415, "unsupported-media-type");
    post("{}", "application/json; charset=utf-8")
        .await
        .expect(201);
}

#[tokio::test]
async fn a_body_that_does_not_validate_names_each_place() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    for (body, pointer) in [
        (json!({ "titel": "x" }), "/titel"),
        (json!({ "title": 5 }), "/title"),
        (json!({ "title": " \n " }), "/title"),
        (json!({ "title": "x".repeat(201) }), "/title"),
        (json!({ "privacy": "public" }), "/privacy"),
    ] {
        let problem = alice.post("/conversations", body.clone()).await.expect(422);
        assert_eq!(
            problem["errors"][0]["pointer"], pointer,
            "{body}: {problem}"
        );
        assert!(problem["errors"][0]["detail"].is_string());
    }
    assert!(alice.list("").await.is_empty(), "nothing half done");
}

#[tokio::test]
async fn unknown_and_wrong_parameters_are_refused() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    for query in [
        "bypass_filter=true",
        "limit=0",
        "limit=101",
        "limit=x",
        "filter=every",
        "filter=mine&filter=all",
    ] {
        let problem = alice
            .get(&format!("/conversations?{query}"))
            .await
            .expect(400);
        assert_eq!(problem["status"], 400, "{query}");
    }
    alice.get("/me?as=admin").await.expect(400);
    alice.get("/audit-events?bypass=1").await.expect(400);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_read_to_its_end() {
    let service = Service::builder()
        .with("PARLOR_LIMITS__BODY_BYTES", &20_000)
        .start()
        .await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let path = format!("/conversations/{id}/messages");
    let long = json!({ "content": "x".repeat(30_000) });
    alice
        .post(&path, long)
        .await
        .expect_problem(413, "body-too-large");
}

#[tokio::test]
async fn every_answer_of_the_api_forbids_caching_and_tells_its_request_id() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    for path in [
        "/me",
        "/conversations",
        "/nothing",
        "/conversations/not-an-id",
    ] {
        let answer = alice.get(path).await;
        assert_eq!(
            answer.header("cache-control"),
            "private, no-store",
            "{path}"
        );
        let vary = answer.header("vary").to_lowercase();
        assert!(
            vary.contains("authorization") && vary.contains("cookie"),
            "{path}: {vary}"
        );
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
    let unauthenticated = service.anonymous().get("/me").await;
    assert_eq!(unauthenticated.header("cache-control"), "private, no-store");
}

#[tokio::test]
async fn a_sane_request_id_is_taken_and_another_is_replaced() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let with_id = |id: &str| {
        let request = alice.request(Method::GET, "/me").header("x-request-id", id);
        let alice = alice.clone();
        async move { alice.send(request).await.header("x-request-id") }
    };
    assert_eq!(with_id("from-a-client.42").await, "from-a-client.42");
    for insane in ["a b", "<script>", &"x".repeat(500)] {
        let answered = with_id(insane).await;
        assert!(!answered.is_empty() && answered != insane, "{answered}");
    }
}

#[tokio::test]
async fn the_callers_person_permissions_and_groups_are_told() {
    let service = Service::demo().await;
    for (name, permissions, groups) in crate::harness::PERSONAS {
        let me = service.acting_as(name).get("/me").await.expect(200);
        assert_eq!(me["user"]["id"], crate::harness::user_id(name));
        assert_eq!(me["permissions"], json!(permissions));
        let told: Vec<_> = me["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| group["name"].clone())
            .collect();
        assert_eq!(json!(told), json!(groups));
        assert_eq!(
            me["organization"]["name"],
            if name == "mallory" { "Globex" } else { "Acme" }
        );
    }
}

#[tokio::test]
async fn groups_are_told_to_those_who_share_and_models_to_everybody() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let groups = alice.get("/groups?limit=1").await.expect(200);
    assert_eq!(groups["items"][0]["name"], crate::harness::GROUPS[0]);
    let next = groups["next_cursor"].as_str().unwrap();
    let rest = alice
        .get(&format!("/groups?limit=1&cursor={next}"))
        .await
        .expect(200);
    assert_eq!(
        (&rest["items"][0]["name"], &rest["next_cursor"]),
        (&json!("Threat Hunting"), &json!(null))
    );
    service
        .acting_as("admin")
        .get("/groups")
        .await
        .expect_problem(403, "forbidden");

    let models = service.acting_as("erin").get("/models").await.expect(200);
    assert_eq!(models["items"][0]["id"], "echo");
    assert_eq!(models["items"][0]["default"], true);
}

#[tokio::test]
async fn the_documents_page_loads_nothing_from_elsewhere() {
    let service = Service::demo().await;
    let page = service
        .http()
        .get(format!("{}/api/docs", service.base()))
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("default-src 'self'") || policy.contains("default-src 'none'"),
        "{policy}"
    );
    let html = page.text().await.unwrap();
    for elsewhere in ["http://", "https://", "src=\"//", "href=\"//"] {
        assert!(!html.contains(elsewhere), "{elsewhere} in {html}");
    }
}

#[tokio::test]
async fn a_page_of_elsewhere_does_not_reach_the_demo_by_a_name_of_its_own() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    for (host, status) in [("evil.example", 421), ("localhost:8080", 200)] {
        let request = alice.request(Method::GET, "/me").header("host", host);
        let answer = alice.send(request).await;
        assert_eq!(answer.status.as_u16(), status, "{host}: {}", answer.text);
    }
}

#[tokio::test]
async fn the_host_in_an_absolute_target_counts_and_not_the_header() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let service = Service::demo().await;
    let address = service.base().trim_start_matches("http://");
    for (target, host, status) in [
        ("http://evil.example/health/live", "localhost", 421),
        ("http://evil.example/sign-in", address, 421),
        (
            "http://localhost@evil.example/health/live",
            "localhost",
            421,
        ),
        ("http://localhost/health/live", "evil.example", 200),
        ("/health/live", "localhost", 200),
        ("/health/live", "evil.example", 421),
    ] {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let expected = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&expected), "{target} {host}: {answer}");
    }
}

#[tokio::test]
async fn a_body_with_a_content_encoding_is_refused_by_the_api_and_the_pages() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let encoded = alice
        .request(Method::POST, "/conversations")
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .body("{}");
    let refused = alice.send(encoded).await;
    refused.expect_problem(415, "unsupported-content-encoding");
    let browser = Browser::signed_in(&service, "alice").await;
    let form = browser.form("/conversations", &[("content", "hello")]);
    let refused = browser.send(form.header("content-encoding", "gzip")).await;
    refused.expect_status(415);
    assert!(alice.list("filter=mine").await.is_empty());
}

#[tokio::test]
async fn times_that_a_store_cannot_hold_are_refused_by_each_store() {
    let service = Service::demo().await;
    let vera = service.acting_as("vera");
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let cookie = super::revocation::sign_in(&http, service.base(), "vera").await;
    let page = async |path: &str| {
        let address = format!("{}{path}", service.base());
        let request = http.get(address).header("cookie", &cookie);
        request.send().await.unwrap().status().as_u16()
    };
    let id = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";
    for micros in ["-288230376151711744", "-1", "253402300800000000"] {
        let path = format!("/conversations?cursor={micros}.{id}");
        assert_eq!(page(&path).await, 400, "{path}");
    }
    for time in ["-5000-01-01", "-0001-01-01", "0000-01-01", "1969-12-31"] {
        for bound in ["from", "to"] {
            let path = format!("/audit?{bound}={time}");
            // The form again, with what is wrong at its field.
            assert_eq!(page(&path).await, 400, "{path}");
            let path = format!("/audit-events?{bound}={time}T00:00:00Z");
            vera.get(&path).await.expect(400);
        }
    }
    let path =
        format!("/conversations/0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f/access?people={id}:a%00b");
    assert_eq!(page(&path).await, 400, "{path}");
}
