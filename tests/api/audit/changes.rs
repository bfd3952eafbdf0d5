//! What is told of changes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{about, input, outline, put};
use crate::harness::{Service, group_id, text, user_id};

#[tokio::test]
async fn every_change_is_told_with_its_facts() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = alice.create("Canary").await;
    let written = alice.prompt(&id, "canary").await;
    let answer = text(&written["assistant_message"], "id");
    let messages = format!("/conversations/{id}/messages");
    let again = alice
        .post(&format!("{messages}/{answer}/regenerate"), json!({}))
        .await
        .expect(201);
    alice
        .patch(
            &format!("/conversations/{id}"),
            json!({ "title": "Canary too" }),
        )
        .await
        .expect(200);
    alice
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;
    put(&alice, &id, "privacy", json!({ "privacy": "private" })).await;
    put(&alice, &id, "privacy", json!({ "privacy": "shared" })).await;
    let fork = bob
        .post(&format!("/conversations/{id}/fork"), json!({}))
        .await
        .expect(201);
    alice
        .get(&format!("/conversations/{id}/export?format=markdown"))
        .await;
    put(&alice, &id, "owner", json!({ "user_id": user_id("bob") })).await;
    bob.delete(&format!("/conversations/{id}"))
        .await
        .expect(204);

    let entries = about(&service, &id).await;
    let told = outline(&entries).map(|[name, result, actor]| {
        assert_eq!(result, "SUCCEEDED");
        format!("{name} by {actor}")
    });
    let mut expected = vec!["CREATE by alice", "PROMPT by alice", "PROMPT by alice"];
    expected.extend(["EDIT by alice"; 4]);
    expected.extend([
        "FORK by bob",
        "EXPORT by alice",
        "EDIT by alice",
        "DELETE by bob",
    ]);
    assert_eq!(told.collect::<Vec<_>>(), expected);

    let facts = |at: usize, name: &str| input(&entries[at])[name].clone();
    assert!(
        entries
            .iter()
            .all(|entry| input(entry)["conversationId"] == json!(id))
    );
    assert_eq!(facts(0, "privacy"), "private");
    assert_eq!([facts(1, "act"), facts(2, "act")], ["prompt", "regenerate"]);
    assert_eq!(facts(1, "messageId"), written["user_message"]["id"]);
    assert_eq!(
        [facts(1, "answerId"), facts(2, "messageId")],
        [answer, answer]
    );
    assert_eq!(facts(2, "answerId"), again["assistant_message"]["id"]);
    let changes = [3, 4, 5, 6, 9].map(|at| facts(at, "change"));
    assert_eq!(
        changes,
        ["rename", "sharing", "privacy", "privacy", "owner"]
    );
    assert_eq!(
        [facts(5, "privacy"), facts(5, "previousPrivacy")],
        ["private", "shared"]
    );
    assert_eq!(
        [facts(6, "privacy"), facts(6, "previousPrivacy")],
        ["shared", "private"]
    );
    let grant = json!({ "groupId": group_id("Threat Hunting"), "level": "collaborate" });
    assert_eq!(
        facts(4, "grants"),
        json!({ "organization": null, "groups": [grant] })
    );
    assert_eq!(
        [facts(9, "ownerId"), facts(9, "previousOwnerId")],
        ["bob", "alice"].map(user_id)
    );
    assert_eq!(
        [facts(7, "forkId"), facts(8, "format")],
        [fork["id"].clone(), json!("markdown")]
    );
    let versions: Vec<_> = entries
        .iter()
        .map(|entry| &entry["actionDetails"]["version"])
        .collect();
    assert_eq!(versions[..7], [1, 1, 1, 2, 3, 4, 5]);
    assert!(!json!(entries).to_string().to_lowercase().contains("canary"));

    // The copy has its own history; it begins with how it came to be.
    assert_eq!(about(&service, text(&fork, "id")).await, [] as [Value; 0]);
}

#[tokio::test]
async fn an_entry_has_the_fields_of_the_published_schema() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let request = alice
        .request(reqwest::Method::POST, "/conversations")
        .json(&json!({}));
    let request = request
        .header("x-request-id", "r-42")
        .header("user-agent", "tests/1");
    let id = text(&alice.send(request).await.expect(201), "id").to_owned();

    let entry = about(&service, &id).await.remove(0);
    let names: BTreeSet<_> = entry
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = [
        "id",
        "actionName",
        "actionDescription",
        "actionResult",
        "actionParams",
        "actionDetails",
        "actor",
        "errors",
        "sourceIP",
        "XForwardedFor",
        "userAgent",
        "timestamp",
        "parlorVersion",
    ];
    assert_eq!(names, BTreeSet::from(expected));
    assert_eq!(entry["actionParams"]["static"], json!({}));
    assert_eq!(
        (&entry["errors"], &entry["XForwardedFor"]),
        (&Value::Null, &json!([]))
    );
    assert_eq!(
        (&entry["sourceIP"], &entry["userAgent"]),
        (&json!("127.0.0.1"), &json!("tests/1"))
    );
    let actor = &entry["actor"];
    assert_eq!(
        (text(actor, "id"), text(actor, "type")),
        (&*user_id("alice"), "USER")
    );
    assert!(text(&actor["attributes"], "email").contains('@'), "{actor}");
    assert!(actor["attributes"]["roleNames"].is_array(), "{actor}");
    let details = &entry["actionDetails"];
    assert_eq!(
        (&details["requestId"], &details["access"]),
        (&json!("r-42"), &json!("manage"))
    );
    assert_eq!(
        (&details["reasons"], &details["privileged"]),
        (&json!(["owner"]), &json!(false))
    );
    let me = alice.get("/me").await.expect(200);
    assert_eq!(details["organizationId"], me["organization"]["id"]);
    let (_, fraction) = text(&entry, "timestamp").split_once('.').unwrap();
    assert_eq!(
        (fraction.len(), fraction.ends_with('Z')),
        (10, true),
        "nanoseconds: {fraction}"
    );
}

#[tokio::test]
async fn what_changes_nothing_is_not_told() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Canary").await;
    put(&alice, &id, "privacy", json!({ "privacy": "private" })).await;
    put(&alice, &id, "owner", json!({ "user_id": user_id("alice") })).await;
    alice
        .patch(
            &format!("/conversations/{id}"),
            json!({ "title": "Canary" }),
        )
        .await
        .expect(200);
    for path in [
        "",
        "/messages",
        "/tree",
        "/sharing",
        "/access",
        "/privileged-readings",
    ] {
        alice
            .get(&format!("/conversations/{id}{path}"))
            .await
            .expect(200);
    }
    alice.list("").await;
    let (sharing, grants) = (
        format!("/conversations/{id}/sharing"),
        json!({ "organization": "view", "groups": [] }),
    );
    alice
        .put_if_match(&sharing, "\"9\"", grants)
        .await
        .expect(412);
    alice
        .prompt_with(&id, json!({ "content": "" }))
        .await
        .expect(422);
    assert_eq!(about(&service, &id).await.len(), 1, "its creation");
}

#[tokio::test]
async fn a_changed_setting_is_told() {
    let service = Service::demo().await;
    let admin = service.acting_as("admin");
    for _ in 0..2 {
        admin
            .put("/settings", json!({ "private_conversations": false }))
            .await
            .expect(200);
    }
    let entries = admin.audit("action=UPDATE_GENERAL_SETTINGS").await;
    assert_eq!(entries.len(), 1, "the second changed nothing");
    let expected = json!({ "privateConversations": false, "previousPrivateConversations": true });
    assert_eq!(input(&entries[0]), &expected);
}

#[tokio::test]
async fn filling_the_store_is_told_as_the_services_own_act() {
    let service = Service::demo().await;
    let entries = service.acting_as("admin").audit("").await;
    assert!(!entries.is_empty());
    for entry in &entries {
        let actor = &entry["actor"];
        assert_eq!(
            (text(actor, "id"), text(actor, "name")),
            ("00000000-0000-4000-8000-000000000000", "System")
        );
    }
    let names: BTreeSet<_> = entries
        .iter()
        .map(|entry| text(entry, "actionName"))
        .collect();
    assert_eq!(
        names,
        BTreeSet::from(["CREATE_GROUP", "CREATE_USER", "CREATE_USER_ROLE"])
    );
    assert_eq!(
        entries
            .iter()
            .filter(|entry| entry["actionName"] == "CREATE_USER")
            .count(),
        7
    );
}

#[tokio::test]
async fn a_prompt_is_told_however_its_answer_ends_and_a_stop_once() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Canary").await;
    alice
        .prompt_with(&id, json!({ "content": "go on !fail" }))
        .await
        .expect(502);
    let mut events = alice
        .prompt_stream(&id, json!({ "content": "go on !hang" }))
        .await;
    let delta = events.next_named("message_delta").await;
    let answer = text(&delta.data, "message_id");
    let stop = format!("/conversations/{id}/messages/{answer}/stop");
    for _ in 0..2 {
        alice.post(&stop, json!({})).await.expect(200);
    }
    let entries = about(&service, &id).await;
    let acts: Vec<_> = entries[1..]
        .iter()
        .map(|entry| text(input(entry), "act"))
        .collect();
    assert_eq!(acts, ["prompt", "prompt", "stop"]);
    assert_eq!(input(&entries[3])["answerId"], answer);
}
