//! Copies: forks into a private conversation of one's own, and exports.

use serde_json::{Value, json};

use crate::harness::{As, Service, ids, text, user_id};

fn fork(id: &str) -> String {
    format!("/conversations/{id}/fork")
}

/// A conversation of Alice's, in which Bob branched: shared with their group as view, and the tree's messages, whole.
async fn branched(alice: &As, bob: &As) -> (String, Vec<Value>) {
    let id = alice.create("Beacons").await;
    alice
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;
    let one = alice.prompt(&id, "from Alice").await;
    let two = alice.prompt(&id, "from Alice too").await;
    let answer = text(&one["assistant_message"], "id");
    let three = bob.branch(&id, answer, "from Bob").await;
    alice.share_with_group(&id, "Threat Hunting", "view").await;
    let written = [one, two, three];
    let messages = written
        .iter()
        .flat_map(|both| [&both["user_message"], &both["assistant_message"]]);
    (id, messages.cloned().collect())
}

/// What a copy has in common with what it is a copy of.
fn said(message: &Value) -> [&Value; 5] {
    ["role", "author", "content", "created_at", "usage"].map(|name| &message[name])
}

#[tokio::test]
async fn a_fork_is_a_private_copy_of_every_branch_under_new_ids() {
    let service = Service::demo().await;
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| service.acting_as(name));
    let (id, originals) = branched(&alice, &bob).await;

    let forked = bob.post(&fork(&id), json!({})).await;
    let copy = forked.expect(201);
    let copy_id = text(&copy, "id");
    assert_eq!(
        forked.header("location"),
        format!("/api/v1/conversations/{copy_id}")
    );
    assert_eq!(forked.etag(), "\"1\"");
    assert_eq!(copy["owner"]["id"], user_id("bob"));
    assert_eq!(
        (&copy["privacy"], &copy["access"]),
        (&json!("private"), &json!("manage"))
    );
    assert_eq!(
        (&copy["forked_from"], &copy["reasons"]),
        (&json!(id), &json!(["owner"]))
    );

    let nodes = bob.tree(copy_id).await;
    assert_eq!(nodes.len(), originals.len());
    for (node, original) in nodes.iter().zip(&originals) {
        assert!(
            !originals
                .iter()
                .any(|original| original["id"] == node["id"]),
            "new ids"
        );
        let message = bob.message(copy_id, text(node, "id")).await;
        assert_eq!(said(&message), said(original), "authors and times stay");
    }
    let parents = |messages: &[Value]| -> Vec<Option<usize>> {
        let place = |id: &Value| messages.iter().position(|message| message["id"] == *id);
        messages
            .iter()
            .map(|message| place(&message["parent_id"]))
            .collect()
    };
    assert_eq!(parents(&nodes), parents(&originals), "the same tree");

    // It goes its own way, and the owner of the original sees nothing of it.
    bob.prompt(copy_id, "on my own").await;
    assert_eq!(alice.tree(&id).await.len(), originals.len());
    for other in [&alice, &carol] {
        other
            .get(&format!("/conversations/{copy_id}"))
            .await
            .expect(404);
    }
}

#[tokio::test]
async fn a_fork_of_one_leaf_holds_its_path_alone() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let (id, originals) = branched(&alice, &bob).await;
    let leaf = json!({ "leaf": originals[3]["id"] });
    let copy = bob.post(&fork(&id), leaf).await.expect(201);
    let path = bob.path(text(&copy, "id")).await;
    let contents = |messages: &[Value]| -> Vec<Value> {
        messages
            .iter()
            .map(|message| message["content"].clone())
            .collect()
    };
    assert_eq!(contents(&path), contents(&originals[..4]));
    assert_eq!(bob.tree(text(&copy, "id")).await.len(), 4);
}

#[tokio::test]
async fn where_a_fork_comes_from_is_told_only_while_that_can_be_seen() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let (id, _) = branched(&alice, &bob).await;
    let copy = bob.post(&fork(&id), json!({})).await.expect(201);
    let path = format!("/conversations/{}", text(&copy, "id"));
    assert_eq!(bob.get(&path).await.expect(200)["forked_from"], json!(id));

    let privacy = format!("/conversations/{id}/privacy");
    alice
        .put(&privacy, json!({ "privacy": "private" }))
        .await
        .expect(200);
    assert_eq!(bob.get(&path).await.expect(200)["forked_from"], Value::Null);
    let listed = bob.get("/conversations?filter=mine").await.expect(200);
    assert_eq!(listed["items"][0]["forked_from"], Value::Null);
    // Somebody who sees both is told.
    assert_eq!(
        service.acting_as("max").get(&path).await.expect(200)["forked_from"],
        json!(id)
    );

    alice
        .put(&privacy, json!({ "privacy": "shared" }))
        .await
        .expect(200);
    assert_eq!(bob.get(&path).await.expect(200)["forked_from"], json!(id));
    alice
        .delete(&format!("/conversations/{id}"))
        .await
        .expect(204);
    assert_eq!(bob.get(&path).await.expect(200)["forked_from"], Value::Null);
    assert_eq!(bob.path(text(&copy, "id")).await.len(), 4, "the copy stays");
}

#[tokio::test]
async fn a_fork_needs_view_and_the_permission_to_use_models() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let (id, originals) = branched(&alice, &bob).await;
    for stranger in ["carol", "erin", "admin", "mallory"] {
        let missing = service
            .acting_as(stranger)
            .post(&fork(&id), json!({}))
            .await;
        missing.expect_problem(404, "not-found");
    }
    let copy = service
        .acting_as("vera")
        .post(&fork(&id), json!({}))
        .await
        .expect(201);
    assert_eq!(
        copy["owner"]["id"],
        user_id("vera"),
        "by privilege, which the owner can see"
    );
    let readings = alice
        .all(&format!("/conversations/{id}/privileged-readings"))
        .await;
    assert_eq!(readings.len(), 1, "{readings:?}");
    assert_eq!(
        bob.post(&fork(&id), json!({ "leaf": originals[0]["id"] }))
            .await
            .status,
        201
    );
    bob.post(&fork(&id), json!({ "title": "x" }))
        .await
        .expect(422);
}

#[tokio::test]
async fn a_fork_of_an_answer_that_is_being_written_does_not_grow() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let mut events = alice
        .prompt_stream(&id, json!({ "content": "go on !hang" }))
        .await;
    let delta = events.next_named("message_delta").await;
    let copy = alice.post(&fork(&id), json!({})).await.expect(201);
    let answer = alice.path(text(&copy, "id")).await.pop().unwrap();
    assert_eq!(answer["status"], "stopped");
    assert!(
        text(&answer, "content").starts_with(text(&delta.data, "text")),
        "{answer}"
    );
}

#[tokio::test]
async fn an_export_holds_the_whole_conversation_with_its_branches() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let (id, originals) = branched(&alice, &bob).await;
    let path = format!("/conversations/{id}/export");

    let json = bob.get(&format!("{path}?format=json")).await;
    assert!(json.header("content-type").starts_with("application/json"));
    assert!(json.header("content-disposition").starts_with("attachment"));
    let exported = json.expect(200);
    assert_eq!(exported["conversation"]["id"], json!(id));
    let messages = exported["messages"].as_array().unwrap();
    assert_eq!(ids(messages), ids(&originals));
    for (message, original) in messages.iter().zip(&originals) {
        assert_eq!(said(message), said(original));
        assert_eq!(message["parent_id"], original["parent_id"]);
    }

    let markdown = bob.get(&format!("{path}?format=markdown")).await;
    assert_eq!(markdown.status, 200);
    assert!(markdown.header("content-type").starts_with("text/markdown"));
    for message in &originals {
        // As a quotation, so that nothing in it passes for the export's own words.
        for line in text(message, "content")
            .lines()
            .filter(|line| !line.is_empty())
        {
            assert!(
                markdown.text.contains(&format!("\n> {line}\n")),
                "{line}: {}",
                markdown.text
            );
        }
    }
    for words in ["Beacons", "alice", "bob"] {
        assert!(markdown.text.contains(words), "{words}: {}", markdown.text);
    }
    bob.get(&format!("{path}?format=pdf")).await.expect(400);
    service
        .acting_as("carol")
        .get(&format!("{path}?format=json"))
        .await
        .expect(404);
}
