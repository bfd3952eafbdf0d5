//! The OpenAPI document.

use std::{collections::BTreeSet, path::Path};

use axum::{body::Body, http::Request};
use serde_json::Value;

use crate::support::{ANSWER, CONVERSATION, World, request};

pub fn document() -> Value {
    serde_json::to_value(parlor_adapters_http::openapi()).unwrap()
}

/// Method, path and operation.
pub fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter();
            methods.map(move |(method, operation)| {
                (method.to_uppercase(), path.clone(), operation.clone())
            })
        })
        .collect()
}

/// `UPDATE_OPENAPI=1 cargo test -p parlor-adapters-http` writes the file anew.
#[test]
fn the_document_is_the_committed_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let served = document();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        let mut text = serde_json::to_string_pretty(&served).unwrap();
        text.push('\n');
        std::fs::write(&file, text).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap();
    let committed: Value = serde_json::from_str(&committed).unwrap();
    // Not as text: the order of keys depends on the features that other crates of the build want of serde_json.
    assert!(
        served == committed,
        "the API differs from openapi.json; if it should, set UPDATE_OPENAPI=1 and review the difference"
    );
}

#[tokio::test]
async fn the_served_document_is_the_same_and_open_to_everybody() {
    let request = Request::get("/api/openapi.json")
        .body(Body::empty())
        .unwrap();
    let answer = World::new().send(request).await;
    assert_eq!(answer.json(), document());
    assert_eq!(answer.json()["openapi"], "3.1.0");
}

#[test]
fn if_match_is_required_exactly_where_its_absence_is_refused() {
    let mut required = 0;
    for (method, path, operation) in operations(&document()) {
        let parameters = operation["parameters"].as_array();
        let header = parameters
            .into_iter()
            .flatten()
            .find(|parameter| parameter["name"] == "If-Match");
        let is_required = header.is_some_and(|header| header["required"] == true);
        let is_refused = operation["responses"].get("428").is_some();
        assert_eq!(is_required, is_refused, "{method} {path}");
        required += usize::from(is_required);
    }
    assert_eq!(required, 1, "saving the share dialog alone needs it");
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| walk(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = BTreeSet::new();
    walk(&document, &mut found);
    assert!(found.len() > 40);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

/// A generator of clients makes a type of a component, and none, or a new one each time, of what is written out in its place.
#[test]
fn the_data_of_events_and_the_items_of_pages_are_components() {
    let document = document();
    let (mut events, mut pages) = (0, 0);
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if name.ends_with("Event") && schema["oneOf"].is_array() {
            for event in schema["oneOf"].as_array().unwrap() {
                assert!(
                    event["properties"]["data"]["$ref"].is_string(),
                    "{name}: {event}"
                );
                events += 1;
            }
        }
        if name.starts_with("Page_") {
            let items = &schema["properties"]["items"]["items"];
            assert!(items["$ref"].is_string(), "{name}: {items}");
            pages += 1;
        }
    }
    assert!(events > 10 && pages > 4, "{events} events, {pages} pages");
}

#[test]
fn every_operation_says_what_it_needs_and_has_a_name_of_its_own() {
    const PERMISSIONS: [&str; 12] = [
        "none",
        "any user",
        "run_ai",
        "run_ai or manage_responses",
        "manage_settings",
        "read_audit_log",
        "view access",
        "view access and run_ai",
        "view access; manage access with user_id",
        "collaborate access and run_ai",
        "manage access",
        "",
    ];
    let document = document();
    let mut names = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let permission = operation["x-permission"].as_str().unwrap_or_default();
        assert!(
            !permission.is_empty() && PERMISSIONS.contains(&permission),
            "{method} {path}: {permission}"
        );
        assert_eq!(
            permission == "none",
            operation["security"].is_array(),
            "{method} {path} is open exactly if it needs nothing"
        );
        assert!(
            names.insert(operation["operationId"].to_string()),
            "{method} {path}"
        );
        assert!(operation["summary"].is_string(), "{method} {path}");
    }
}

/// Without a caller every operation that needs one is 401; with one, a parameter that it does not have is 400. So no route
/// forgets to ask who calls, or lets a flag in by its name.
#[tokio::test]
async fn every_operation_asks_who_calls_and_refuses_what_it_does_not_know() {
    let world = World::new();
    for (method, path, operation) in operations(&document()) {
        let path = path.replace("{id}", CONVERSATION).replace("{mid}", ANSWER);
        let nobody = Request::builder().method(&*method).uri(&path);
        let nobody = world.send(nobody.body(Body::empty()).unwrap()).await;
        let needs_caller = operation["x-permission"] != "none";
        assert_eq!(
            nobody.status.as_u16() == 401,
            needs_caller,
            "{method} {path}"
        );

        let flag = request(&method, "alice", &format!("{path}?bypass=true"));
        let flag = world.send(flag.body(Body::empty()).unwrap()).await;
        assert_eq!(flag.status.as_u16(), 400, "{method} {path}");
        assert_eq!(flag.problem(), "invalid-query", "{method} {path}");
    }
}

/// What an operation answers stands among its responses: here for the answers that any operation can give.
#[test]
fn every_operation_lists_the_problems_of_its_kind() {
    for (method, path, operation) in operations(&document()) {
        let lists = |status: &str| operation["responses"].get(status).is_some();
        let called = operation["x-permission"] != "none";
        for status in ["400", "401", "500", "503"] {
            assert!(lists(status) || !called, "{method} {path} {status}");
        }
        for status in ["413", "415", "422"] {
            let body = operation["requestBody"].is_object();
            assert!(lists(status) || !body, "{method} {path} {status}");
        }
        for status in ["403", "404"] {
            let conversation = path.contains("{id}");
            assert!(lists(status) || !conversation, "{method} {path} {status}");
        }
        let takes = |header: &str| operation["parameters"].to_string().contains(header);
        assert_eq!(takes("If-Match"), lists("412"), "{method} {path}");
    }
}

#[test]
fn a_body_that_is_optional_is_not_required_and_never_null() {
    for (method, path, operation) in operations(&document()) {
        let body = &operation["requestBody"];
        let optional = method == "POST" && !path.ends_with("/messages");
        if body.is_object() {
            assert_eq!(body["required"] != true, optional, "{method} {path}");
            assert!(!body.to_string().contains("null"), "{method} {path}");
        }
    }
}

#[test]
fn every_read_takes_the_token_that_every_write_tells() {
    const TOKEN: &str = "Parlor-Consistency";
    for (method, path, operation) in operations(&document()) {
        let is_api = path.starts_with("/api/v1/");
        let parameters = operation["parameters"].as_array();
        let mut parameters = parameters.into_iter().flatten();
        let takes = parameters.any(|parameter| parameter["name"] == TOKEN);
        assert_eq!(takes, is_api && method == "GET", "{method} {path}");
        let responses = operation["responses"].as_object().unwrap().iter();
        for (status, response) in responses.filter(|(status, _)| status.starts_with('2')) {
            let tells = response["headers"].get(TOKEN).is_some();
            assert_eq!(tells, is_api && method != "GET", "{method} {path} {status}");
        }
    }
}
