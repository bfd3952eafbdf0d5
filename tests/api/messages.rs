//! Reading message trees: paths, siblings, pages.

use serde_json::{Value, json};

use crate::harness::{As, Service, ids, text, user_id};

pub fn messages(id: &str) -> String {
    format!("/conversations/{id}/messages")
}

/// Two prompts with their answers: the conversation, and the ids of the four messages in the order of their path.
pub async fn talk(alice: &As) -> (String, [String; 4]) {
    let id = alice.create("Beacons").await;
    let mut path = Vec::new();
    for content in ["one", "two"] {
        let written = alice.prompt(&id, content).await;
        path.push(text(&written["user_message"], "id").to_owned());
        path.push(text(&written["assistant_message"], "id").to_owned());
    }
    (id, path.try_into().unwrap())
}

#[tokio::test]
async fn a_prompt_is_answered_with_both_messages() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let written = alice.prompt(&id, "  Which hosts?\n").await;

    let prompt = &written["user_message"];
    assert_eq!(
        prompt["content"], "  Which hosts?\n",
        "kept exactly as it was written"
    );
    assert_eq!(
        (&prompt["role"], &prompt["status"]),
        (&json!("user"), &json!("complete"))
    );
    assert_eq!(prompt["author"]["id"], user_id("alice"));
    assert_eq!(
        (&prompt["parent_id"], &prompt["model"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&prompt["usage"], &prompt["siblings"]),
        (&Value::Null, &json!([prompt["id"]]))
    );

    let answer = &written["assistant_message"];
    assert_eq!(
        (&answer["role"], &answer["status"]),
        (&json!("assistant"), &json!("complete"))
    );
    assert_eq!(
        (&answer["author"], &answer["model"]),
        (&Value::Null, &json!("echo"))
    );
    assert_eq!(answer["parent_id"], prompt["id"]);
    assert!(text(answer, "content").contains("> "), "{answer}");
    assert!(
        answer["usage"]["completion_tokens"].as_u64().unwrap() > 0,
        "{answer}"
    );
    assert!(text(answer, "created_at").ends_with('Z'), "{answer}");
    assert_eq!(alice.path(&id).await, [prompt.clone(), answer.clone()]);
}

#[tokio::test]
async fn a_path_leads_to_the_newest_leaf_or_to_the_one_that_is_asked_for() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    assert_eq!(
        alice.path(&alice.create("Empty").await).await,
        [] as [Value; 0]
    );

    let (id, [one, answer_one, two, answer_two]) = talk(&alice).await;
    let branched = alice.branch(&id, &answer_one, "three").await;
    let three = text(&branched["user_message"], "id");
    let answer_three = text(&branched["assistant_message"], "id");

    let newest = alice.path(&id).await;
    assert_eq!(
        ids(&newest),
        [one.as_str(), &answer_one, three, answer_three]
    );
    assert_eq!(newest[2]["siblings"], json!([two, three]));
    assert_eq!(newest[0]["siblings"], json!([one]));
    let other = alice.path_to(&id, &answer_two).await;
    assert_eq!(ids(&other), [one.as_str(), &answer_one, &two, &answer_two]);
    assert_eq!(other[2]["siblings"], json!([two, three]));
    assert_eq!(
        ids(&alice.path_to(&id, &answer_one).await),
        [one.as_str(), &answer_one]
    );
}

#[tokio::test]
async fn a_prompt_goes_after_the_newest_leaf_or_first_or_after_the_message_that_it_names() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let (id, [one, answer_one, two, answer_two]) = talk(&alice).await;

    let appended = alice.prompt(&id, "after the newest").await;
    assert_eq!(appended["user_message"]["parent_id"], json!(answer_two));

    let first = alice
        .prompt_with(&id, json!({ "content": "first", "parent_id": null }))
        .await;
    let first = first.expect(201)["user_message"].clone();
    assert_eq!(first["parent_id"], Value::Null);
    assert_eq!(first["siblings"], json!([one, first["id"]]));

    // The newest leaf is now on the branch that the new first message began.
    let appended = alice.prompt(&id, "and on").await;
    assert_eq!(ids(&alice.path(&id).await)[0], text(&first, "id"));
    assert_ne!(appended["user_message"]["parent_id"], json!(answer_two));

    let branched = alice.branch(&id, &answer_one, "beside two").await["user_message"].clone();
    assert_eq!(branched["siblings"], json!([two, branched["id"]]));
    // Two people may both go on from a prompt itself, too.
    let beside = alice.branch(&id, &two, "beside its answer").await["user_message"].clone();
    assert_eq!(beside["siblings"], json!([answer_two, beside["id"]]));
}

#[tokio::test]
async fn the_model_is_told_the_path_of_its_branch_alone() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let (id, [_, answer_one, ..]) = talk(&alice).await;
    let branched = alice.branch(&id, &answer_one, "three").await;
    let answer = text(&branched["assistant_message"], "content");
    assert!(
        answer.contains("seen 3 messages"),
        "one, its answer, three: {answer}"
    );
}

#[tokio::test]
async fn the_tree_shows_every_branch_shortened() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let (id, [one, answer_one, two, answer_two]) = talk(&alice).await;
    let branched = alice.branch(&id, &answer_one, &"가".repeat(500)).await;
    let three = branched["user_message"].clone();

    let nodes = alice.tree(&id).await;
    let answer_three = text(&branched["assistant_message"], "id");
    let expected = [
        &one,
        &answer_one,
        &two,
        &answer_two,
        text(&three, "id"),
        answer_three,
    ];
    assert_eq!(ids(&nodes), expected, "in the order in which they came");
    let node = &nodes[4];
    let mut names: Vec<_> = node
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "author_id",
            "created_at",
            "id",
            "parent_id",
            "preview",
            "role"
        ]
    );
    assert_eq!(
        (&node["role"], &node["author_id"]),
        (&json!("user"), &json!(user_id("alice")))
    );
    assert_eq!(
        (&node["parent_id"], &nodes[5]["author_id"]),
        (&json!(answer_one), &Value::Null)
    );
    assert_eq!(text(node, "preview").chars().count(), 120);
    assert_eq!(nodes[2]["preview"], "two");
}

#[tokio::test]
async fn a_long_path_is_paged_on_the_way_on_which_it_began() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Long").await;
    for number in 0..4 {
        alice.prompt(&id, &format!("prompt {number}")).await;
    }
    let before = alice.path(&id).await;
    let first = alice
        .get(&format!("{}?limit=3", messages(&id)))
        .await
        .expect(200);

    // While it is read, one goes on and another branches from the middle.
    alice.prompt(&id, "later").await;
    alice.branch(&id, text(&before[1], "id"), "elsewhere").await;

    let mut read = first["items"].as_array().unwrap().clone();
    let mut cursor = first["next_cursor"].clone();
    while let Some(next) = cursor.as_str() {
        let page = alice
            .get(&format!("{}?limit=3&cursor={next}", messages(&id)))
            .await
            .expect(200);
        read.extend(page["items"].as_array().unwrap().iter().cloned());
        cursor = page["next_cursor"].clone();
    }
    assert_eq!(
        ids(&read),
        ids(&before),
        "nothing skipped, nothing twice, nothing new in between"
    );
    assert_eq!(
        alice.all(&format!("{}?limit=1", messages(&id))).await,
        alice.path(&id).await
    );
    assert_eq!(
        alice
            .all(&format!("/conversations/{id}/tree?limit=1"))
            .await,
        alice.tree(&id).await
    );
}

#[tokio::test]
async fn a_cursor_fits_the_conversation_that_made_it_and_no_other() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let (id, _) = talk(&alice).await;
    let (other, _) = talk(&alice).await;
    let page = alice
        .get(&format!("{}?limit=1", messages(&id)))
        .await
        .expect(200);
    let cursor = text(&page, "next_cursor");
    for path in [messages(&other), format!("/conversations/{id}/tree")] {
        let problem = alice.get(&format!("{path}?limit=1&cursor={cursor}")).await;
        problem.expect_problem(400, "invalid-cursor");
    }
    alice
        .get(&format!("{}?cursor=x", messages(&id)))
        .await
        .expect_problem(400, "invalid-cursor");
}
