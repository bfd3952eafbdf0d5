//! What one cannot see costs the database what is not there costs: the same number of questions, on every route of a conversation.

use reqwest::Method;
use serde_json::{Value, json};

use super::builder;
use crate::harness::{As, Database, Wire, eventually, user_id};

/// How often each is asked: what is counted is the least of it, since upkeep asks something besides now and then.
const TIMES: usize = 4;

/// The id in the place of `{id}`.
fn routes() -> Vec<(Method, &'static str, Option<Value>)> {
    let regenerate = "/messages/0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f/regenerate";
    let stop = "/messages/0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f/stop";
    vec![
        (Method::GET, "", None),
        (Method::PATCH, "", Some(json!({"title": "Mine now"}))),
        (Method::DELETE, "", None),
        (Method::PUT, "/privacy", Some(json!({"privacy": "shared"}))),
        (Method::GET, "/sharing", None),
        (
            Method::PUT,
            "/sharing",
            Some(json!({"organization": "view", "groups": []})),
        ),
        (
            Method::PUT,
            "/owner",
            Some(json!({"user_id": user_id("bob")})),
        ),
        (Method::GET, "/access", None),
        (Method::GET, "/privileged-readings", None),
        (Method::GET, "/messages", None),
        (Method::GET, "/tree", None),
        (Method::POST, "/messages", Some(json!({"content": "hello"}))),
        (Method::POST, regenerate, Some(json!({}))),
        (Method::POST, stop, None),
        (Method::POST, "/fork", Some(json!({}))),
        (Method::GET, "/export?format=json", None),
        (Method::GET, "/events", None),
    ]
}

async fn asked(
    wire: &Wire,
    bob: &As,
    route: &(Method, &'static str, Option<Value>),
    id: &str,
) -> u64 {
    let (method, below, body) = route;
    let mut least = u64::MAX;
    for _ in 0..TIMES {
        let mut request = bob.request(method.clone(), &format!("/conversations/{id}{below}"));
        if let Some(body) = body {
            request = request.json(body);
        }
        if *below == "/sharing" {
            request = request.header("if-match", "*");
        }
        eventually("the database is asked nothing", || async {
            let before = wire.asked();
            tokio::time::sleep(super::round_trips::QUIET).await;
            (wire.asked() == before).then_some(())
        })
        .await;
        let before = wire.asked();
        let answer = bob.send(request).await;
        least = least.min(wire.asked() - before);
        answer.expect_problem(404, "not-found");
    }
    least
}

#[tokio::test]
async fn what_one_cannot_see_is_asked_as_much_about_as_what_is_not_there() {
    let database = Database::migrated();
    let wire = Wire::to(&database.url()).await;
    let service = builder()
        .on_database(wire.url())
        .with("PARLOR_AUDIT__SINK", "none")
        .with("PARLOR_METRICS__LISTEN", "")
        .start()
        .await;
    let alice = service.instance(0).acting_as("alice");
    let bob = service.instance(0).acting_as("bob");
    let hidden = alice.create("Beacons").await;
    alice.prompt(&hidden, "Which hosts?").await;
    let absent = "0190a2b4-7e1c-7cc0-98c4-dc0c0c073aaa";
    for route in routes() {
        let of_hidden = asked(&wire, &bob, &route, &hidden).await;
        let of_absent = asked(&wire, &bob, &route, absent).await;
        assert_eq!(of_hidden, of_absent, "{} …{}", route.0, route.1);
    }
}
