//! A disk that is full for a while.

use std::{fs, time::Duration};

use serde_json::{Value, json};

use super::builder;
use crate::harness::{As, Service, eventually, text, within};

/// Writes until nothing can be written.
async fn fill(somebody: &As, id: &str) {
    let path = format!("/conversations/{id}/messages");
    let prompt = json!({ "content": "full ".repeat(5_000) });
    within(Duration::from_secs(30), "the disk is full", || async {
        let answer = somebody.post(&path, prompt.clone()).await;
        (answer.status == 503).then_some(())
    })
    .await;
}

/// The length of the longest file that the service writes.
fn longest_file(service: &Service) -> u64 {
    let files = fs::read_dir(service.data_dir()).unwrap();
    files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .max()
        .unwrap()
}

async fn ready(somebody: &As) -> u16 {
    somebody.get("/health/ready").await.status.as_u16()
}

fn warnings(service: &Service) -> usize {
    let output = service.output();
    let lines = output
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter(|line| line["span"]["name"] != json!("request"))
        .count()
}

#[tokio::test]
async fn writing_resumes_as_soon_as_a_full_disk_has_room_again() {
    let service = builder().with("PARLOR_LOG__LEVEL", "warn").start().await;
    let (alice, bob) = (service.acting_as("alice"), service.acting_as("bob"));
    let id = alice.create("Beacons").await;
    let mut streams = Vec::new();
    let mut answers = Vec::new();
    for words in ["go on !slow", "go on !hang"] {
        let id = bob.create(words).await;
        let mut stream = bob.prompt_stream(&id, json!({ "content": words })).await;
        let delta = stream.next_named("message_delta").await.data;
        answers.push((id, text(&delta, "message_id").to_owned()));
        streams.push(stream);
    }
    let before = warnings(&service);
    let instance = service.instance(0);
    instance.limit_files_to(Some(longest_file(&service) + 64 * 1024));
    fill(&alice, &id).await;

    eventually("it is not ready", || async {
        (ready(&alice).await == 503).then_some(())
    })
    .await;
    let metrics = service.metrics().await;
    assert!(metrics.contains("parlor_store_ready 0"), "{metrics}");
    // What is there can be read, by those who need no entry for it.
    alice.get(&format!("/conversations/{id}")).await.expect(200);
    for _ in 0..20 {
        let created = alice.post("/conversations", json!({})).await;
        assert!(
            [201, 503].contains(&created.status.as_u16()),
            "{}",
            created.text
        );
    }
    let told = warnings(&service) - before;
    assert!(told < 40, "{told} lines:\n{}", service.output());

    instance.limit_files_to(None);
    let patience = Duration::from_secs(5);
    within(patience, "it writes again", || async {
        let created = alice.post("/conversations", json!({})).await;
        (created.status == 201).then_some(())
    })
    .await;
    for _ in 0..20 {
        alice.create("Afterwards").await;
    }
    within(patience, "it is ready", || async {
        (ready(&alice).await == 200).then_some(())
    })
    .await;
    let [(slow, growing), (hanging, stuck)] = &answers[..] else {
        panic!("two answers")
    };
    let stop = format!("/conversations/{hanging}/messages/{stuck}/stop");
    bob.post(&stop, json!({})).await.expect(200);
    within(Duration::from_secs(20), "the answer ends", || async {
        let message = bob.message(slow, growing).await;
        (message["status"] == "complete").then_some(())
    })
    .await;
    assert_eq!(bob.message(hanging, stuck).await["status"], "stopped");
    // Every entry comes out, whole and once.
    within(
        Duration::from_secs(20),
        "the audit file is complete",
        || async {
            let file = service.audit_file();
            let verified = service.run(&["audit", "verify", file.to_str().unwrap()]);
            verified.status.success().then_some(())
        },
    )
    .await;
}
