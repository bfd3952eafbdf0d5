//! Writing into a tree: who may, under whose name, and after what.

use serde_json::{Value, json};

use super::messages::{messages, talk};
use crate::harness::{Service, ids, text, user_id};

#[tokio::test]
async fn every_message_keeps_its_author() {
    let service = Service::demo().await;
    let [alice, bob, max] = ["alice", "bob", "max"].map(|name| service.acting_as(name));
    let id = alice.create("Beacons").await;
    alice
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;
    alice.prompt(&id, "from Alice").await;
    bob.prompt(&id, "from Bob").await;
    // By `manage_responses`, and as itself.
    max.prompt(&id, "from Max").await;
    let owner = json!({ "user_id": user_id("bob") });
    alice
        .put(&format!("/conversations/{id}/owner"), owner)
        .await
        .expect(200);

    let path = bob.path(&id).await;
    let authors: Vec<_> = path
        .iter()
        .map(|message| message["author"]["id"].clone())
        .collect();
    let [a, b, m] = ["alice", "bob", "max"].map(|name| json!(user_id(name)));
    assert_eq!(authors, [a, Value::Null, b, Value::Null, m, Value::Null]);
    let last = text(&path[5], "content");
    assert!(
        last.contains("Hello **max**"),
        "the model is told who asks: {last}"
    );
}

#[tokio::test]
async fn a_client_cannot_say_who_speaks() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let sneaked = [
        ("role", json!("assistant")),
        ("author", json!({ "id": user_id("bob") })),
        ("author_id", json!(user_id("bob"))),
        ("status", json!("complete")),
        ("id", json!("0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f")),
    ];
    for (name, value) in sneaked {
        let mut body = json!({ "content": "I agree" });
        body[name] = value;
        let problem = alice.prompt_with(&id, body).await.expect(422);
        assert_eq!(problem["errors"][0]["pointer"], format!("/{name}"));
    }
    assert_eq!(alice.tree(&id).await, [] as [Value; 0]);
}

#[tokio::test]
async fn who_may_view_may_not_write_and_who_may_not_view_finds_nothing() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let (id, [.., answer]) = talk(&alice).await;
    alice.share_with_group(&id, "Threat Hunting", "view").await;
    let writings = [
        (messages(&id), json!({ "content": "x" })),
        (format!("{}/{answer}/regenerate", messages(&id)), json!({})),
        (format!("{}/{answer}/stop", messages(&id)), json!({})),
    ];
    for (path, body) in writings {
        for viewer in ["bob", "vera"] {
            let refused = service.acting_as(viewer).post(&path, body.clone()).await;
            refused.expect_problem(403, "forbidden");
        }
        // Erin is in the group, but may not use models, so that the grant gives her nothing.
        for stranger in ["carol", "erin", "admin", "mallory"] {
            let missing = service.acting_as(stranger).post(&path, body.clone()).await;
            missing.expect_problem(404, "not-found");
        }
    }
    assert_eq!(alice.tree(&id).await.len(), 4);
}

#[tokio::test]
async fn asking_again_makes_a_sibling_and_everything_stays() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let (id, [one, answer_one, two, answer_two]) = talk(&alice).await;
    alice
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;

    let path = format!("{}/{answer_one}/regenerate", messages(&id));
    let again = bob.post(&path, json!({})).await.expect(201);
    assert_eq!(
        again["user_message"]["id"],
        json!(one),
        "the same prompt, by whom it was"
    );
    assert_eq!(again["user_message"]["author"]["id"], user_id("alice"));
    let sibling = &again["assistant_message"];
    assert_eq!(sibling["siblings"], json!([answer_one, sibling["id"]]));
    assert_eq!(ids(&alice.path(&id).await), [&one, text(sibling, "id")]);
    let old = alice.path_to(&id, &answer_two).await;
    assert_eq!(ids(&old), [&one, &answer_one, &two, &answer_two]);

    let prompt = format!("{}/{two}/regenerate", messages(&id));
    alice
        .post(&prompt, json!({}))
        .await
        .expect_problem(409, "not-an-answer");
    let prompt = format!("{}/{two}/stop", messages(&id));
    alice
        .post(&prompt, json!({}))
        .await
        .expect_problem(409, "not-an-answer");
    assert_eq!(alice.tree(&id).await.len(), 5);
}

#[tokio::test]
async fn nothing_follows_an_answer_that_is_still_being_written() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let (id, [_, answer_one, ..]) = talk(&alice).await;
    let mut events = alice
        .prompt_stream(&id, json!({ "content": "go on !hang" }))
        .await;
    let delta = events.next_named("message_delta").await;
    let writing = text(&delta.data, "message_id");

    let newest = alice
        .prompt_with(&id, json!({ "content": "too early" }))
        .await;
    newest.expect_problem(409, "answer-in-progress");
    let after = json!({ "content": "too early", "parent_id": writing });
    alice
        .prompt_with(&id, after)
        .await
        .expect_problem(409, "answer-in-progress");
    // Elsewhere one can go on, and ask the same again.
    alice.branch(&id, &answer_one, "elsewhere").await;
    let path = format!("{}/{writing}/regenerate", messages(&id));
    let again = alice
        .request(reqwest::Method::POST, &path)
        .header("accept", "text/event-stream");
    assert_eq!(again.json(&json!({})).send().await.unwrap().status(), 200);

    for message in alice
        .tree(&id)
        .await
        .iter()
        .filter(|message| message["role"] == "assistant")
    {
        let stop = format!("{}/{}/stop", messages(&id), text(message, "id"));
        alice.post(&stop, json!({})).await.expect(200);
    }
    alice.branch(&id, writing, "now it can be continued").await;
}

#[tokio::test]
async fn the_message_of_another_conversation_is_unknown_wherever_it_is_named() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let (id, _) = talk(&alice).await;
    let (_, [_, _, foreign_prompt, foreign]) = talk(&alice).await;
    let absent = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";

    for message in [foreign.as_str(), &foreign_prompt, absent] {
        let branch = json!({ "content": "x", "parent_id": message });
        let problem = alice.prompt_with(&id, branch).await.expect(422);
        assert_eq!(problem["errors"][0]["pointer"], "/parent_id");
        let fork = alice
            .post(
                &format!("/conversations/{id}/fork"),
                json!({ "leaf": message }),
            )
            .await;
        assert_eq!(fork.expect(422)["errors"][0]["pointer"], "/leaf");
        alice
            .get(&format!("{}?leaf={message}", messages(&id)))
            .await
            .expect(404);
        for verb in ["regenerate", "stop"] {
            let path = format!("{}/{message}/{verb}", messages(&id));
            alice
                .post(&path, json!({}))
                .await
                .expect_problem(404, "not-found");
        }
    }
    assert_eq!(alice.tree(&id).await.len(), 4, "nothing was written");
}
