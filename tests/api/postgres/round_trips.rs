//! How often an operation waits for the database. A change of any of these numbers is a decision.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::builder;
use crate::harness::{Answer, As, Wire, eventually, text, user_id};

/// How often each operation is done: what is counted is the least of it, for now and then upkeep asks something besides, and a
/// new connection has to be told who it is.
const TIMES: usize = 8;

/// Longer than changes are collected before other instances are told of them.
pub(super) const QUIET: Duration = Duration::from_millis(60);

/// The operation, and how often it waits.
const EXPECTED: [(&str, u64); 21] = [
    ("GET /me", 1),
    ("GET /groups", 2),
    ("GET /settings", 2),
    ("POST /conversations", 5),
    ("POST /conversations, with a key", 7),
    ("GET /conversations", 2),
    // What is found, and the messages in which it is.
    ("GET /conversations?q=", 4),
    ("GET /conversations/{id}", 1),
    ("GET /conversations/{id}, not visible", 2),
    // Whatever it is that one cannot see.
    ("GET /conversations/{id}, a fork that is not visible", 2),
    ("GET /conversations/{id}, by privilege", 2),
    ("GET /conversations/{id}/messages", 2),
    ("GET /conversations/{id}/tree", 2),
    ("GET /conversations/{id}/sharing", 3),
    // A new title is a new set of terms for searches.
    ("PATCH /conversations/{id}", 7),
    ("PUT /conversations/{id}/privacy", 5),
    ("PUT /conversations/{id}/sharing", 6),
    ("PUT /conversations/{id}/owner, refused", 4),
    ("POST /conversations/{id}/messages", 14),
    ("DELETE /conversations/{id}", 6),
    ("GET /audit-events", 2),
];

/// Somebody whose requests are counted.
struct Counted<'a> {
    wire: &'a Wire,
    found: Vec<(&'static str, u64)>,
}

impl Counted<'_> {
    /// Waits until the database is asked nothing: other instances are told of a change a moment after it was answered.
    async fn until_nothing_is_owed(&self) {
        eventually("the database is asked nothing", || async {
            let before = self.wire.asked();
            tokio::time::sleep(QUIET).await;
            (self.wire.asked() == before).then_some(())
        })
        .await;
    }

    /// Does it several times; `request` prepares one, and may ask the service for what it needs.
    async fn count<F>(&mut self, operation: &'static str, status: u16, request: impl Fn() -> F)
    where
        F: Future<Output = (As, Method, String, Option<Value>)>,
    {
        let mut least = u64::MAX;
        for time in 0..TIMES {
            let (somebody, method, path, body) = request().await;
            let mut prepared = somebody.request(method, &path);
            if let Some(body) = body {
                prepared = prepared.json(&body);
            }
            if operation.ends_with("with a key") {
                prepared = prepared.header("idempotency-key", format!("key-{time}"));
            }
            if operation.contains("/sharing") {
                prepared = prepared.header("if-match", "*");
            }
            self.until_nothing_is_owed().await;
            let before = self.wire.asked();
            let answer: Answer = somebody.send(prepared).await;
            least = least.min(self.wire.asked() - before);
            answer.expect(status);
        }
        self.found.push((operation, least));
    }
}

#[tokio::test]
async fn an_operation_waits_for_the_database_as_often_as_the_table_says() {
    // Nothing is relayed meanwhile.
    let database = crate::harness::Database::migrated();
    let wire = Wire::to(&database.url()).await;
    let service = builder()
        .on_database(wire.url())
        .with("PARLOR_AUDIT__SINK", "none")
        .with("PARLOR_METRICS__LISTEN", "")
        .start()
        .await;
    let alice = service.instance(0).acting_as("alice");
    let [bob, vera, admin] =
        ["bob", "vera", "admin"].map(|name| service.instance(0).acting_as(name));
    let id = alice.create("Beacons").await;
    alice.prompt(&id, "Which hosts?").await;
    let here = format!("/conversations/{id}");
    let mut counted = Counted {
        wire: &wire,
        found: Vec::new(),
    };
    let get = |somebody: &As, path: &str| {
        let request = (somebody.clone(), Method::GET, path.to_owned(), None);
        move || std::future::ready(request.clone())
    };

    counted.count("GET /me", 200, get(&alice, "/me")).await;
    counted
        .count("GET /groups", 200, get(&alice, "/groups"))
        .await;
    counted
        .count("GET /settings", 200, get(&alice, "/settings"))
        .await;
    let create = || std::future::ready(created(&alice));
    counted.count("POST /conversations", 201, create).await;
    counted
        .count("POST /conversations, with a key", 201, create)
        .await;
    counted
        .count("GET /conversations", 200, get(&alice, "/conversations"))
        .await;
    counted
        .count(
            "GET /conversations?q=",
            200,
            get(&alice, "/conversations?q=hosts"),
        )
        .await;
    let fork = alice.post(&format!("{here}/fork"), json!({})).await;
    let fork = format!("/conversations/{}", text(&fork.expect(201), "id"));
    for (operation, somebody, path, status) in [
        ("GET /conversations/{id}", &alice, &here, 200),
        ("GET /conversations/{id}, not visible", &bob, &here, 404),
        (
            "GET /conversations/{id}, a fork that is not visible",
            &bob,
            &fork,
            404,
        ),
        ("GET /conversations/{id}, by privilege", &vera, &here, 200),
    ] {
        counted.count(operation, status, get(somebody, path)).await;
    }
    for operation in [
        "GET /conversations/{id}/messages",
        "GET /conversations/{id}/tree",
        "GET /conversations/{id}/sharing",
    ] {
        let path = operation.trim_start_matches("GET ").replace("{id}", &id);
        counted.count(operation, 200, get(&alice, &path)).await;
    }
    changes(&mut counted, &alice, &bob, &here).await;
    counted
        .count("GET /audit-events", 200, get(&admin, "/audit-events"))
        .await;

    for (operation, asked) in &counted.found {
        println!("{asked:3} {operation}");
    }
    assert_eq!(counted.found, EXPECTED);
}

async fn changes(counted: &mut Counted<'_>, alice: &As, bob: &As, here: &str) {
    let put = |somebody: &As, method: Method, path: String, body: Value| {
        (somebody.clone(), method, path, Some(body))
    };
    counted
        .count("PATCH /conversations/{id}", 200, || async {
            let version = &alice.get(here).await.expect(200)["version"];
            let title = json!({ "title": format!("After {version}") });
            put(alice, Method::PATCH, here.to_owned(), title)
        })
        .await;
    counted
        .count("PUT /conversations/{id}/privacy", 200, || async {
            let private = alice.get(here).await.expect(200)["privacy"] == "private";
            let to = if private { "shared" } else { "private" };
            put(
                alice,
                Method::PUT,
                format!("{here}/privacy"),
                json!({ "privacy": to }),
            )
        })
        .await;
    counted
        .count("PUT /conversations/{id}/sharing", 200, || async {
            let path = format!("{here}/sharing");
            let shared = alice.get(&path).await.expect(200)["organization"] == "view";
            let to = if shared { "collaborate" } else { "view" };
            put(
                alice,
                Method::PUT,
                path,
                json!({ "organization": to, "groups": [] }),
            )
        })
        .await;
    counted
        .count("PUT /conversations/{id}/owner, refused", 403, || async {
            let body = json!({ "user_id": user_id("bob") });
            put(bob, Method::PUT, format!("{here}/owner"), body)
        })
        .await;
    counted
        .count("POST /conversations/{id}/messages", 201, || async {
            let body = json!({ "content": "hello" });
            put(alice, Method::POST, format!("{here}/messages"), body)
        })
        .await;
    counted
        .count("DELETE /conversations/{id}", 204, || async {
            let (_, _, path, body) = created(alice);
            let made = alice.post(&path, body.unwrap()).await.expect(201);
            let path = format!("{path}/{}", text(&made, "id"));
            (alice.clone(), Method::DELETE, path, None)
        })
        .await;
}

fn created(somebody: &As) -> (As, Method, String, Option<Value>) {
    let body = json!({ "title": "Beacons" });
    (
        somebody.clone(),
        Method::POST,
        "/conversations".to_owned(),
        Some(body),
    )
}
