//! Every operation that the service documents, tried by every persona in every state of sharing, against the rules.

mod table;

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use self::table::{Needs, Operation, table};
use crate::harness::{Answer, As, PERSONAS, Service, group_id};

/// Alice's conversation is shared so.
const STATES: [&str; 4] = [
    "private",
    "organization view",
    "group view",
    "group collaborate",
];

fn sharing(state: &str) -> Value {
    let group = |level: &str| json!([{ "group_id": group_id("Threat Hunting"), "level": level }]);
    match state {
        "organization view" => json!({ "organization": "view", "groups": [] }),
        "group view" => json!({ "organization": null, "groups": group("view") }),
        "group collaborate" => json!({ "organization": null, "groups": group("collaborate") }),
        _ => json!({ "organization": null, "groups": [] }),
    }
}

fn permissions(persona: &str) -> &'static [&'static str] {
    PERSONAS
        .iter()
        .find(|(name, ..)| *name == persona)
        .unwrap()
        .1
}

/// The persona's access to alice's conversation, written from the rules' table: 0 none, 1 view, 2 collaborate, 3 manage.
fn access(persona: &str, state: &str) -> u8 {
    let holds = |permission| permissions(persona).contains(&permission);
    let hunter = ["alice", "bob", "erin"].contains(&persona);
    let granted = match state {
        _ if !holds("run_ai") => 0,
        "organization view" => 1,
        "group view" if hunter => 1,
        "group collaborate" if hunter => 2,
        _ => 0,
    };
    match persona {
        "mallory" => 0,
        "alice" => 3,
        _ if holds("manage_responses") => 3,
        _ if holds("view_private_responses") => granted.max(1),
        _ => granted,
    }
}

/// The status that the rules ask for.
fn expected(operation: &Operation, persona: &str, state: &str) -> u16 {
    let run_ai = permissions(persona).contains(&"run_ai");
    let on_conversation = |needed: u8, allowed: bool| match access(persona, state) {
        0 => 404,
        level if level >= needed && allowed => operation.success,
        _ => 403,
    };
    match operation.needs {
        Needs::Nothing | Needs::User => operation.success,
        Needs::Permission(needed) => {
            let holds = needed
                .iter()
                .any(|permission| permissions(persona).contains(permission));
            if holds { operation.success } else { 403 }
        }
        Needs::View | Needs::ViewForOneself => on_conversation(1, true),
        Needs::ViewAndRunAi => on_conversation(1, run_ai),
        Needs::CollaborateAndRunAi => on_conversation(2, run_ai),
        Needs::Manage => on_conversation(3, true),
    }
}

async fn call(somebody: &As, operation: &Operation, conversation: &str, message: &str) -> Answer {
    let path = operation
        .path
        .replace("{id}", conversation)
        .replace("{mid}", message);
    let mut request = somebody
        .request(operation.method.clone(), &path)
        .header("if-match", "*");
    if let Some(body) = &operation.body {
        request = request.json(body);
    }
    if path.ends_with("/events") {
        return somebody.send_once(request).await;
    }
    somebody.send(request).await
}

/// Everything of the conversation that a refused write might have touched.
async fn picture(alice: &As, conversation: &str) -> [String; 3] {
    let path = format!("/conversations/{conversation}");
    let whole = alice.get(&path).await.text;
    let sharing = alice.get(&format!("{path}/sharing")).await.text;
    [
        whole,
        sharing,
        alice.get(&format!("{path}/tree")).await.text,
    ]
}

#[tokio::test]
async fn the_table_of_operations_is_the_document_and_says_the_same_of_each() {
    let service = Service::demo().await;
    let document = service
        .anonymous()
        .get("/api/openapi.json")
        .await
        .expect(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut documented = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if let Ok(method) = method.to_uppercase().parse::<Method>()
                && operation.is_object()
            {
                let permission = operation["x-permission"]
                    .as_str()
                    .unwrap_or("(x-permission is missing)");
                documented.insert(format!("{method} {path}"), permission.to_owned());
            }
        }
    }
    let table: BTreeMap<_, _> = table()
        .iter()
        .map(|operation| {
            (
                format!("{} {}", operation.method, operation.path),
                operation.needs.in_document(),
            )
        })
        .collect();
    assert_eq!(documented, table);
}

#[tokio::test]
async fn every_operation_answers_every_persona_as_the_rules_say() {
    let service = Service::builder()
        .with("PARLOR_MODEL__ECHO_DELAY_MS", &0)
        .start()
        .await;
    let alice = service.acting_as("alice");
    let mut refusals = BTreeSet::new();
    for operation in table() {
        let about_conversation = operation.path.contains("{id}");
        let sharings = if about_conversation {
            &STATES[..]
        } else {
            &STATES[..1]
        };
        for state in sharings {
            for (persona, ..) in PERSONAS {
                let id = alice.create("canary").await;
                let prompted = alice.prompt(&id, "hello").await;
                let message = prompted["assistant_message"]["id"].as_str().unwrap();
                alice.share(&id, sharing(state)).await.expect(200);
                let before = picture(&alice, &id).await;

                let somebody = service.acting_as(persona);
                let answer = call(&somebody, &operation, &id, message).await;
                let what = format!(
                    "{persona}: {} {} ({state})",
                    operation.method, operation.path
                );
                let status = answer.status.as_u16();
                assert_eq!(
                    status,
                    expected(&operation, persona, state),
                    "{what}: {}",
                    answer.text
                );
                if status == 403 || status == 404 {
                    assert_eq!(
                        picture(&alice, &id).await,
                        before,
                        "{what}: refused, and yet something changed"
                    );
                    assert!(!answer.text.contains("canary"), "{what}: {}", answer.text);
                    if persona != "mallory" {
                        refusals.insert(answer.header("x-request-id"));
                    }
                }
            }
        }
    }
    assert_refusals_are_audited(&service, refusals).await;
}

/// Every refusal, by its request's id, has its entry; and no other request has a failed one.
async fn assert_refusals_are_audited(service: &Service, refusals: BTreeSet<String>) {
    let admin = service.acting_as("admin");
    let mut audited = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let page = admin
            .get(&format!("/audit-events?limit=100{cursor}"))
            .await
            .expect(200);
        for entry in page["items"].as_array().unwrap() {
            if entry["actionResult"] == "FAILED" {
                audited.insert(
                    entry["actionDetails"]["requestId"]
                        .as_str()
                        .unwrap()
                        .to_owned(),
                );
            }
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(audited, refusals);
}

#[tokio::test]
async fn without_a_good_token_nothing_is_answered_but_what_everybody_may_read() {
    let service = Service::demo().await;
    let absent = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";
    for somebody in [
        service.anonymous(),
        service.with_token("demo-nobody"),
        service.with_token(""),
    ] {
        for operation in table() {
            let answer = call(&somebody, &operation, absent, absent).await;
            if operation.needs == Needs::Nothing {
                assert_eq!(answer.status.as_u16(), operation.success);
            } else {
                answer.expect_problem(401, "unauthenticated");
                assert!(answer.header("www-authenticate").starts_with("Bearer"));
            }
        }
    }
}
