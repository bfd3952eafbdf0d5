//! What operators see: metrics, the OpenAPI document, and logs in which nothing stands that people wrote.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Service, eventually, text};

#[tokio::test]
async fn metrics_count_requests_by_route_and_know_no_ids() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("canary").await;
    for _ in 0..3 {
        alice.get(&format!("/conversations/{id}")).await.expect(200);
    }
    alice
        .get("/conversations/canary-path/messages?q=canary")
        .await;
    alice.get("/no/such/route/canary").await.expect(404);
    let metrics = service.metrics().await;
    let counted = |parts: &[&str]| -> f64 {
        let lines = metrics.lines().filter(|line| {
            line.starts_with("parlor_http_requests_total")
                && parts.iter().all(|part| line.contains(part))
        });
        let counts = lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap());
        counts.sum()
    };
    let got = [
        "method=\"GET\"",
        "route=\"/api/v1/conversations/{id}\"",
        "status=\"200\"",
    ];
    // Whole numbers, over all instances.
    assert!((counted(&got) - 3.0).abs() < 0.1, "{metrics}");
    let created = counted(&["method=\"POST\"", "status=\"201\""]);
    assert!((created - 1.0).abs() < 0.1, "{metrics}");
    assert!(
        metrics.contains("parlor_http_request_duration_seconds"),
        "{metrics}"
    );
    assert!(
        !metrics.contains("canary") && !metrics.contains(&id),
        "{metrics}"
    );
    assert!(metrics.lines().all(|line| !line.contains("demo-alice")));
}

#[tokio::test]
async fn metrics_stand_on_their_own_listener_and_may_be_off() {
    let service = Service::demo().await;
    let public = service
        .http()
        .get(format!("{}/metrics", service.base()))
        .send()
        .await
        .unwrap();
    assert_eq!(public.status(), 404);
    // As the API does in demo mode, it answers to the names of this machine only.
    for (host, status) in [
        ("localhost", 200),
        ("127.0.0.1:1", 200),
        ("evil.example", 421),
    ] {
        assert_eq!(service.instance(0).metrics_status_as(host).await, status);
    }
    let off = Service::builder()
        .with("PARLOR_METRICS__LISTEN", "")
        .start()
        .await;
    off.acting_as("alice").get("/me").await.expect(200);
    assert!(off.instance(0).metrics().await.is_none());
}

#[tokio::test]
async fn the_command_prints_the_document_that_is_served() {
    let service = Service::demo().await;
    let served = service.anonymous().get("/api/openapi.json").await;
    let printed = service.run(&["openapi"]);
    assert!(printed.status.success());
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(printed, served.expect(200));
    assert!(text(&printed, "openapi").starts_with("3.1"));
}

#[tokio::test]
async fn the_page_of_the_document_loads_nothing_from_elsewhere() {
    let service = Service::demo().await;
    let page = service.anonymous().get("/api/docs").await;
    let mut page = page;
    if page.status.is_redirection() {
        page = service.anonymous().get(&page.header("location")).await;
    }
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    for elsewhere in [
        "src=\"http",
        "src='http",
        "href=\"http",
        "src=\"//",
        "href=\"//",
    ] {
        assert!(!page.text.contains(elsewhere), "{elsewhere}: {}", page.text);
    }
}

#[tokio::test]
async fn nothing_that_people_write_stands_in_logs_metrics_or_the_audit_file() {
    let service = Service::builder()
        .with("PARLOR_LOG__LEVEL", "trace")
        .start()
        .await;
    let [alice, bob, vera] = ["alice", "bob", "vera"].map(|name| service.acting_as(name));
    let id = alice.create("canary-title").await;
    alice.prompt(&id, "canary-prompt").await;
    alice
        .prompt_with(&id, json!({ "content": "canary-prompt !fail" }))
        .await
        .expect(502);
    alice
        .prompt_stream(&id, json!({ "content": "canary-prompt !break" }))
        .await
        .rest()
        .await;
    alice
        .patch(
            &format!("/conversations/{id}"),
            json!({ "title": "canary-renamed" }),
        )
        .await;
    for somebody in [&alice, &bob, &vera] {
        somebody.get("/conversations?q=canary-search").await;
        somebody.get("/conversations?q=canary").await;
        somebody.get("/conversations?q=%22canary-search").await;
        somebody
            .get(&format!("/conversations/{id}?canary-parameter=canary"))
            .await;
        somebody
            .get(&format!("/conversations/{id}/export?format=markdown"))
            .await;
        somebody.get("/conversations/canary-id").await;
        somebody.get("/canary-route").await;
        somebody
            .post("/conversations", json!({ "canary-field": "canary" }))
            .await
            .expect(422);
        somebody
            .post("/conversations", json!({ "title": "canary\u{7}" }))
            .await
            .expect(422);
        somebody
            .prompt_with(&id, json!({ "content": "canary", "role": "canary" }))
            .await;
        let broken = somebody.request(Method::POST, "/conversations");
        let broken = broken
            .header("content-type", "application/json")
            .body("{\"title\":\"canary");
        somebody.send(broken).await.expect(400);
        let keyed = somebody
            .request(Method::POST, "/conversations")
            .json(&json!({}));
        somebody
            .send(keyed.header("idempotency-key", "canary-key"))
            .await;
        let agent = somebody
            .request(Method::GET, "/me")
            .header("cookie", "session=canary-cookie");
        somebody.send(agent).await;
    }
    service
        .with_token("canary-token")
        .get("/me")
        .await
        .expect(401);
    service
        .with_token("demo-canary-token")
        .get("/me")
        .await
        .expect(401);

    let newest = service
        .acting_as("admin")
        .get("/audit-events?limit=1")
        .await
        .expect(200);
    let newest = text(&newest["items"][0], "id").to_owned();
    let audited = eventually("everything is delivered", || async {
        let audited = service.audited();
        audited.contains(&newest).then_some(audited)
    })
    .await;
    for (what, written) in [
        ("log", service.output()),
        ("metrics", service.metrics().await),
        ("audit sink", audited),
    ] {
        let line = written
            .lines()
            .find(|line| line.to_lowercase().contains("canary"));
        assert_eq!(line, None, "in the {what}");
        // Nor a token; the demo says once, on purpose, what its own are.
        let tokens = |line: &&str| line.contains("demo-") && !line.contains("demo organization");
        assert_eq!(written.lines().find(tokens), None, "in the {what}");
    }
}

#[tokio::test]
async fn a_line_of_the_log_leads_to_its_request() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let request = alice
        .request(Method::GET, "/me")
        .header("x-request-id", "find-me-7");
    let answer = alice.send(request).await;
    assert_eq!(answer.header("x-request-id"), "find-me-7");
    eventually("the line", || async {
        let output = service.output();
        let mut lines = output.lines().filter(|line| line.contains("find-me-7"));
        lines.next().map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            assert!(line.to_string().contains("/api/v1/me"), "{line}");
        })
    })
    .await;
}
