//! What is told of readings that take long, while the access of their reader changes.

use reqwest::Method;
use serde_json::{Value, json};

use super::{about, input, put};
use crate::harness::{As, Service, text, user_id};

const SLOWLY: &str = "Slowly, please. !slow";

/// The successful readings and exports of a person: the action, the part, and whether it was by privilege.
fn readings(entries: &[Value], who: &str) -> Vec<(String, String, bool)> {
    let of_them = |entry: &&Value| entry["actor"]["id"] == user_id(who);
    let succeeded = entries
        .iter()
        .filter(of_them)
        .filter(|entry| entry["actionResult"] == "SUCCEEDED");
    succeeded
        .map(|entry| {
            let action = text(entry, "actionName").trim_start_matches("AI_INFERENCE_STREAM_");
            let part = input(entry)["part"].as_str().unwrap_or_default();
            let privileged = entry["actionDetails"]["privileged"] == true;
            (action.to_owned(), part.to_owned(), privileged)
        })
        .collect()
}

fn by(action: &str, part: &str, privileged: bool) -> (String, String, bool) {
    (action.to_owned(), part.to_owned(), privileged)
}

/// How often the owner sees that somebody opened it.
async fn visits(alice: &As, id: &str, who: &str) -> usize {
    let path = format!("/conversations/{id}/privileged-readings");
    let lines = alice.all(&path).await;
    let of_them = lines
        .iter()
        .filter(|line| line["user"]["id"] == user_id(who));
    of_them.filter(|line| line["reading"] == "open").count()
}

/// Alice's conversation, shared with all to collaborate.
async fn shared(alice: &As) -> String {
    let id = alice.create("Canary").await;
    let all = json!({ "organization": "collaborate", "groups": [] });
    alice.share(&id, all).await.expect(200);
    id
}

#[tokio::test]
async fn an_answer_that_is_sent_after_its_grant_was_taken_away_is_told_as_privileged() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    // Max manages everything, so that his answer is written to its end. Vera only reads everything, and hers is stopped.
    for (who, last) in [("max", "complete"), ("vera", "stopped")] {
        let id = shared(&alice).await;
        let somebody = service.acting_as(who);
        let mut events = somebody
            .prompt_stream(&id, json!({ "content": SLOWLY }))
            .await;
        events.next_named("message_delta").await;
        put(&alice, &id, "privacy", json!({ "privacy": "private" })).await;
        let completed = events.next_named("message_completed").await;
        assert_eq!(completed.data["status"], last, "{who}");
        let expected = [by("PROMPT", "", false), by("GET", "events", true)];
        assert_eq!(readings(&about(&service, &id).await, who), expected);
        assert_eq!(visits(&alice, &id, who).await, 1, "{who}");
    }
}

#[tokio::test]
async fn a_whole_answer_that_is_sent_after_its_grant_was_taken_away_is_told_as_privileged() {
    let service = Service::demo().await;
    let [alice, max] = ["alice", "max"].map(|name| service.acting_as(name));
    let id = shared(&alice).await;
    let first = max.prompt(&id, "hello").await;
    let answer = text(&first["assistant_message"], "id").to_owned();
    let mut events = alice.follow(&format!("/conversations/{id}/events")).await;
    let prompt = max.prompt_with(&id, json!({ "content": SLOWLY }));
    let make_private = async {
        events.next_named("message_delta").await;
        put(&alice, &id, "privacy", json!({ "privacy": "private" })).await;
    };
    let (answered, ()) = tokio::join!(prompt, make_private);
    answered.expect(201);
    let expected = [
        by("PROMPT", "", false),
        by("PROMPT", "", false),
        by("GET", "events", true),
    ];
    assert_eq!(readings(&about(&service, &id).await, "max"), expected);
    assert_eq!(visits(&alice, &id, "max").await, 1);

    // Asked again by privilege: the entry of the regeneration says so.
    let path = format!("/conversations/{id}/messages/{answer}/regenerate");
    let again = max.request(Method::POST, &path).json(&json!({}));
    max.send(again).await.expect(201);
    let told = readings(&about(&service, &id).await, "max");
    assert_eq!(told[3..], [by("PROMPT", "", true)]);
}

#[tokio::test]
async fn a_failed_step_by_privilege_is_told_as_a_reading() {
    let service = Service::demo().await;
    let [alice, max] = ["alice", "max"].map(|name| service.acting_as(name));
    let id = alice.create("Canary").await;
    let absent = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";
    let private = json!({ "privacy": "private" });
    let path = format!("/conversations/{id}/privacy");
    max.put_if_match(&path, "\"999\"", private)
        .await
        .expect(412);
    let path = format!("/conversations/{id}/sharing");
    let nobody = json!({ "organization": null, "groups": [] });
    max.put(&path, nobody).await.expect(428);
    let path = format!("/conversations/{id}/fork");
    max.post(&path, json!({ "leaf": absent })).await.expect(422);
    let path = format!("/conversations/{id}/messages/{absent}/stop");
    max.post(&path, json!({})).await.expect(404);
    let expected = ["conversation", "sharing", "messages", "messages"];
    let expected = expected.map(|part| by("GET", part, true));
    assert_eq!(readings(&about(&service, &id).await, "max"), expected);
}
