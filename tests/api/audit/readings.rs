//! What is told of refusals, of probing, and of readings by privilege.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{about, input, outline, put};
use crate::harness::{Service, text, user_id};

/// A time to the microsecond: the log writes nanoseconds, the API only the digits that it needs.
fn instant(time: &Value) -> String {
    let time = time.as_str().unwrap().trim_end_matches('Z');
    let (seconds, fraction) = time.split_once('.').unwrap_or((time, ""));
    format!("{seconds}.{:0<6.6}", fraction)
}

const ABSENT: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";

#[tokio::test]
async fn a_refused_action_is_told() {
    let service = Service::demo().await;
    let [alice, bob, erin] = ["alice", "bob", "erin"].map(|name| service.acting_as(name));
    let id = alice.create("Canary").await;
    alice.share_with_group(&id, "Threat Hunting", "view").await;
    bob.prompt_with(&id, json!({ "content": "x" }))
        .await
        .expect(403);
    bob.delete(&format!("/conversations/{id}"))
        .await
        .expect(403);
    bob.put(
        &format!("/conversations/{id}/privacy"),
        json!({ "privacy": "private" }),
    )
    .await
    .expect(403);

    let entries = about(&service, &id).await;
    let refused = &entries[2..];
    assert_eq!(refused.len(), 3);
    for entry in refused {
        assert_eq!(
            (text(entry, "actionName"), text(entry, "actionResult")),
            ("AI_INFERENCE_STREAM_GET", "FAILED")
        );
        assert_eq!(entry["actor"]["id"], user_id("bob"));
        assert_eq!(
            (
                &entry["actionDetails"]["access"],
                &entry["actionDetails"]["reasons"]
            ),
            (&json!("view"), &json!(["group_view"]))
        );
        assert!(!text(&entry["errors"][0], "message").is_empty());
    }
    let actions: BTreeSet<_> = refused
        .iter()
        .map(|entry| text(input(entry), "refusedAction"))
        .collect();
    assert_eq!(actions.len(), 3, "{actions:?}");

    // And what needs a permission and no conversation.
    erin.post("/conversations", json!({})).await.expect(403);
    bob.get("/audit-events").await.expect(403);
    bob.put("/settings", json!({ "private_conversations": false }))
        .await
        .expect(403);
    erin.get("/groups").await.expect(403);
    let newest = service
        .acting_as("admin")
        .get("/audit-events?limit=4")
        .await
        .expect(200);
    let newest = newest["items"].as_array().unwrap();
    let told: Vec<_> = newest
        .iter()
        .rev()
        .map(|entry| (text(entry, "actionName"), text(entry, "actionResult")))
        .collect();
    let expected = [
        "AI_INFERENCE_STREAM_CREATE",
        "LIST_AUDIT_LOGS",
        "UPDATE_GENERAL_SETTINGS",
        "LIST_GROUPS",
    ];
    assert_eq!(told, expected.map(|name| (name, "FAILED")));
}

#[tokio::test]
async fn probing_is_told_alike_for_what_exists_and_what_does_not() {
    let service = Service::demo().await;
    let carol = service.acting_as("carol");
    let id = service.acting_as("alice").create("Canary").await;
    let mut told = Vec::new();
    for probed in [id.as_str(), ABSENT] {
        carol
            .get(&format!("/conversations/{probed}/messages"))
            .await
            .expect(404);
        let entries = about(&service, probed).await;
        let mut entry = entries
            .into_iter()
            .rfind(|entry| entry["actor"]["id"] == user_id("carol"))
            .unwrap();
        assert_eq!(entry["actionName"], "AI_INFERENCE_STREAM_ACCESS_DENIED");
        assert_eq!(entry["actionResult"], "FAILED");
        assert_eq!(input(&entry)["conversationId"], probed);
        for own in ["id", "timestamp"] {
            entry[own] = Value::Null;
        }
        entry["actionDetails"]["requestId"] = Value::Null;
        told.push(entry.to_string().replace(probed, "the conversation"));
    }
    assert_eq!(told[0], told[1]);

    // Of another organization: told in the log of whoever probed, and in no other.
    let mallory = service.acting_as("mallory");
    mallory
        .get(&format!("/conversations/{id}"))
        .await
        .expect(404);
    let own = mallory.audit(&format!("conversation_id={id}")).await;
    let told: Vec<_> = outline(&own)
        .map(|[action, result, _]| (action, result))
        .collect();
    assert_eq!(told, [("ACCESS_DENIED", "FAILED")]);
    assert!(
        about(&service, &id)
            .await
            .iter()
            .all(|entry| entry["actor"]["id"] != user_id("mallory"))
    );
}

#[tokio::test]
async fn a_reading_by_privilege_is_told_to_the_log_and_to_the_owner() {
    let service = Service::demo().await;
    let [alice, vera, max] = ["alice", "vera", "max"].map(|name| service.acting_as(name));
    let id = alice.create("Canary").await;
    alice.prompt(&id, "hello").await;
    vera.get(&format!("/conversations/{id}")).await.expect(200);
    vera.path(&id).await;
    vera.tree(&id).await;
    max.get(&format!("/conversations/{id}/sharing"))
        .await
        .expect(200);
    max.get(&format!("/conversations/{id}/export?format=json"))
        .await
        .expect(200);
    vera.post(&format!("/conversations/{id}/fork"), json!({}))
        .await
        .expect(201);
    // By her grant, and no longer by privilege alone.
    put(&alice, &id, "privacy", json!({ "privacy": "shared" })).await;
    vera.get(&format!("/conversations/{id}")).await.expect(200);

    let entries = about(&service, &id).await;
    let privileged: Vec<_> = entries
        .iter()
        .filter(|entry| entry["actionDetails"]["privileged"] == true)
        .collect();
    let told: Vec<_> = privileged
        .iter()
        .map(|entry| {
            assert_eq!(entry["actionResult"], "SUCCEEDED");
            let name = text(entry, "actionName").trim_start_matches("AI_INFERENCE_STREAM_");
            (name, input(entry)["part"].as_str().unwrap_or_default())
        })
        .collect();
    let expected = [
        ("GET", "conversation"),
        ("GET", "messages"),
        ("GET", "tree"),
        ("GET", "sharing"),
        ("EXPORT", ""),
        ("FORK", ""),
    ];
    assert_eq!(told, expected);

    let path = format!("/conversations/{id}/privileged-readings");
    let readings = alice.all(&path).await;
    let shown: Vec<_> = readings
        .iter()
        .rev()
        .map(|reading| (reading["user"]["id"].clone(), text(reading, "reading")))
        .collect();
    let [vera_id, max_id] = ["vera", "max"].map(|name| json!(user_id(name)));
    // One line a visit, and each export and fork.
    let expected = [
        (&vera_id, "open"),
        (&max_id, "open"),
        (&max_id, "export"),
        (&vera_id, "fork"),
    ];
    assert_eq!(shown, expected.map(|(reader, how)| (reader.clone(), how)));
    for reading in &readings {
        let times = ["read_at", "last_read_at"].map(|name| text(reading, name));
        assert!(times.iter().all(|time| time.ends_with('Z')), "{times:?}");
    }
    let entries_of_vera = privileged.iter().take(3);
    let times: Vec<_> = entries_of_vera.map(|it| it["timestamp"].clone()).collect();
    let visit = readings.last().unwrap();
    assert_eq!(instant(&visit["read_at"]), instant(&times[0]));
    assert_eq!(instant(&visit["last_read_at"]), instant(&times[2]));
    assert_eq!(alice.all(&format!("{path}?limit=1")).await, readings);
    service.acting_as("bob").get(&path).await.expect(403);
    // Whoever manages by privilege alone finds itself in it.
    put(&alice, &id, "privacy", json!({ "privacy": "private" })).await;
    let seen = max.all(&path).await;
    assert_eq!(seen.len(), readings.len(), "his visit goes on");
    let visit = |lines: &[Value]| {
        let of_max = lines.iter().filter(|line| line["user"]["id"] == max_id);
        let mut open = of_max.filter(|line| text(line, "reading") == "open");
        instant(&open.next().unwrap()["last_read_at"])
    };
    assert!(visit(&seen) > visit(&readings));
}

#[tokio::test]
async fn a_list_by_privilege_is_told_once_a_page() {
    let service = Service::demo().await;
    let [alice, vera] = ["alice", "vera"].map(|name| service.acting_as(name));
    let mut created = BTreeSet::new();
    for number in 0..3 {
        created.insert(alice.create(&format!("Canary {number}")).await);
    }
    let shared = alice.create("Canary shared").await;
    put(&alice, &shared, "privacy", json!({ "privacy": "shared" })).await;
    assert_eq!(vera.list("limit=2&q=canary").await.len(), 4);
    assert_eq!(vera.list("filter=shared").await, [shared]);

    let entries = service
        .acting_as("admin")
        .audit("action=AI_INFERENCE_STREAM_LIST")
        .await;
    assert_eq!(
        entries.len(),
        2,
        "the page of what is shared with everybody shows nothing by privilege"
    );
    let mut listed = BTreeSet::new();
    for entry in &entries {
        assert_eq!(
            (&entry["actor"]["id"], &entry["actionDetails"]["privileged"]),
            (&json!(user_id("vera")), &json!(true))
        );
        assert_eq!(
            (&input(entry)["filter"], &input(entry)["search"]),
            (&json!("all"), &json!(true))
        );
        let ids = input(entry)["conversationIds"].as_array().unwrap();
        listed.extend(ids.iter().map(|id| id.as_str().unwrap().to_owned()));
    }
    assert_eq!(listed, created, "those that are seen by privilege alone");
    assert!(
        !json!(entries).to_string().contains("canary"),
        "never what was searched for"
    );
    assert_eq!(
        alice
            .all(&format!(
                "/conversations/{}/privileged-readings",
                created.first().unwrap()
            ))
            .await
            .len(),
        0
    );
}
