//! What is answered is what the OpenAPI document says.

use serde_json::{Value, json};

use crate::{
    openapi::{document, operations},
    support::{ANSWER, CONVERSATION, GROUP, READ_AT, World, request, user},
};

/// The few words of JSON Schema that the document uses. Answers what does not conform.
fn check(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = document
            .pointer(reference.strip_prefix('#').unwrap())
            .unwrap();
        return check(document, schema, value, at);
    }
    if let Some(either) = schema["oneOf"].as_array() {
        let found: Vec<_> = either
            .iter()
            .map(|schema| check(document, schema, value, at))
            .collect();
        let fitting = found.iter().filter(|found| found.is_ok()).count();
        return if fitting == 1 {
            Ok(())
        } else {
            Err(format!("{at}: {found:?}"))
        };
    }
    for schema in schema["allOf"].as_array().into_iter().flatten() {
        check(document, schema, value, at)?;
    }
    let kinds = match &schema["type"] {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => vec![kind(value)],
    };
    let kind = kind(value);
    if !kinds.contains(&kind) {
        return Err(format!("{at} is {kind} and not one of {kinds:?}"));
    }
    if let Some(words) = schema["enum"]
        .as_array()
        .filter(|words| !words.contains(value))
    {
        return Err(format!("{at} is {value} and not one of {words:?}"));
    }
    for field in schema["required"].as_array().into_iter().flatten() {
        let field = field.as_str().unwrap();
        if value.get(field).is_none() {
            return Err(format!("{at}/{field} is not there"));
        }
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(schema) => check(document, schema, value, &format!("{at}/{name}"))?,
            None if schema["properties"].is_object() && !at.is_empty() => {
                return Err(format!("{at}/{name} is not documented"));
            }
            None => {}
        }
    }
    for item in value.as_array().into_iter().flatten() {
        check(document, &schema["items"], item, &format!("{at}/items"))?;
    }
    Ok(())
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Who calls an operation, and with what body, so that it succeeds.
fn sample(operation: &str) -> (&'static str, Value) {
    match operation {
        "list_audit_events" => ("admin", json!(null)),
        "change_settings" => ("admin", json!({"private_conversations": true})),
        "rename_conversation" => ("alice", json!({"title": "Renamed"})),
        "toggle_privacy" => ("alice", json!({"privacy": "private"})),
        "save_sharing" => (
            "alice",
            json!({"organization": null, "groups": [{"group_id": GROUP, "level": "view"}]}),
        ),
        "transfer_conversation" => ("alice", json!({"user_id": user("bob").to_string()})),
        "prompt" => ("alice", json!({"content": "hello?"})),
        "create_conversation" | "fork_conversation" | "regenerate" | "stop" => ("alice", json!({})),
        _ => ("alice", json!(null)),
    }
}

#[tokio::test]
async fn every_operation_answers_what_is_documented() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        if path.ends_with("/events") {
            // It does not end by itself.
            let told = &operation["responses"]["200"]["content"]["text/event-stream"];
            assert!(told["schema"].is_object(), "{method} {path}");
            continue;
        }
        // A world of its own for each, with something in its audit log and something shared.
        let mut world = World::new();
        world.position = Some(|| Ok(READ_AT));
        let at = |path: &str| path.replace("{id}", CONVERSATION).replace("{mid}", ANSWER);
        for prepared in ["PUT", "GET"] {
            let path = at("/api/v1/conversations/{id}/privacy");
            let shared = json!({"privacy": "shared"});
            world.call(prepared, "max", &path, &shared).await;
        }
        world
            .get("bob", &at("/api/v1/conversations/{id}/sharing"))
            .await;
        let (who, body) = sample(operation["operationId"].as_str().unwrap());
        let request = request(&method, who, &at(&path)).header("if-match", "*");
        let answer = world.send(crate::support::json(request, &body)).await;
        assert!(
            answer.status.is_success(),
            "{method} {path}: {}",
            answer.text
        );
        let response = &operation["responses"][answer.status.as_str()];
        assert!(response.is_object(), "{method} {path} {}", answer.status);
        for header in response["headers"].as_object().into_iter().flatten() {
            assert!(
                !answer.header(header.0).is_empty(),
                "{method} {path} {}",
                header.0
            );
        }
        if answer.text.is_empty() {
            assert_eq!(response["content"], Value::Null, "{method} {path}");
            continue;
        }
        let schema = &response["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{method} {path}");
        // Of a schema that is put together from several, no part knows all fields.
        let whole = operation["operationId"] == "toggle_privacy";
        let root = if whole { "" } else { "/answer" };
        let found = check(&document, schema, &answer.json(), root);
        assert_eq!(found, Ok(()), "{method} {path}");
    }
}

#[tokio::test]
async fn every_event_that_is_followed_is_what_is_documented() {
    let document = document();
    let told = crate::following::one_of_each().await;
    let mut names: Vec<_> = told
        .iter()
        .map(|(_, event)| event["event"].clone())
        .collect();
    names.dedup();
    assert_eq!(names.len(), 6, "{names:?}");
    for (schema, event) in told {
        let schema = &document["components"]["schemas"][schema];
        assert!(schema.is_object(), "{event}");
        assert_eq!(
            check(&document, schema, &event, "/event"),
            Ok(()),
            "{event}"
        );
    }
}

#[tokio::test]
async fn every_problem_is_what_is_documented() {
    let document = document();
    let schema = &document["components"]["schemas"]["Problem"];
    let world = World::new();
    world.model_says(crate::support::Said::Fails(|| {
        parlor_application::ports::ModelError::TimedOut
    }));
    let path = format!("/api/v1/conversations/{CONVERSATION}/messages");
    for (who, body) in [
        ("alice", json!({"content": "x"})),
        ("alice", json!({"content": 7})),
        ("bob", json!({"content": "x"})),
    ] {
        let problem = world.call("POST", who, &path, &body).await;
        problem.problem();
        assert_eq!(
            check(&document, schema, &problem.json(), "/problem"),
            Ok(())
        );
    }
}
