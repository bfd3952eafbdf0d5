//! Start and stop of the program: as asked, as it must be refused, and again after a crash.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::harness::{As, EventStream, Service, eventually, free_port, text};

/// A stream that has shown some text: with its conversation, the answer's id, and what was shown.
async fn writing(somebody: &As, content: &str) -> (EventStream, String, String, String) {
    let id = somebody.create("Beacons").await;
    let mut events = somebody
        .prompt_stream(&id, json!({ "content": content }))
        .await;
    let delta = events.next_named("message_delta").await.data;
    (
        events,
        id,
        text(&delta, "message_id").to_owned(),
        text(&delta, "text").to_owned(),
    )
}

#[tokio::test]
async fn a_service_that_is_asked_to_stop_ends_well_and_at_once() {
    let mut service = Service::demo().await;
    let id = service.acting_as("alice").create("Beacons").await;
    let since = Instant::now();
    service.ask_to_stop();
    service.ended_well().await;
    assert!(
        since.elapsed() < Duration::from_secs(5),
        "nothing is left to do"
    );
    // The relay had its turn before the end.
    assert!(service.audited().contains(&id), "{}", service.output());
}

#[tokio::test]
async fn what_is_being_written_when_a_stop_begins_is_finished() {
    let mut service = Service::builder()
        .with("PARLOR_MODEL__ECHO_DELAY_MS", &20)
        .start()
        .await;
    let alice = service.acting_as("alice");
    let (mut stream, id, answer, _) = writing(&alice, "go on").await;
    service.ask_to_stop();
    while let Some(event) = stream.next().await {
        assert_eq!(
            event.name, "message_delta",
            "it ends before the answer does"
        );
    }
    assert!(stream.retry_hint().is_some(), "and says when to come back");
    service.ended_well().await;
    service.start().await;
    let message = alice.message(&id, &answer).await;
    assert_eq!(message["status"], "complete", "{message}");
}

#[tokio::test]
async fn from_the_moment_a_stop_begins_it_is_not_ready_and_takes_no_prompts() {
    let service = Service::demo().await;
    // What a stop means to other instances, they are not asked here.
    let stopping = service.instance(0);
    let alice = stopping.acting_as("alice");
    let (_stream, id, answer, _) = writing(&alice, "go on !hang").await;
    stopping.ask_to_stop();
    eventually("a load balancer sees it", || async {
        let ready = alice.get("/health/ready").await;
        (ready.status != 200).then(|| ready.expect_problem(503, "shutting-down"))
    })
    .await;
    alice.get("/health/live").await.expect(200);
    // One that was let in at that very moment is answered like any other.
    let refused = eventually("prompts are refused", || async {
        let prompt = json!({ "content": "one more", "parent_id": null });
        let answer = alice.prompt_with(&id, prompt).await;
        (answer.status != 201).then_some(answer)
    })
    .await;
    refused.expect_problem(503, "shutting-down");
    assert!(!refused.header("retry-after").is_empty());
    // What one has can still be read, and be stopped.
    assert_eq!(alice.path_to(&id, &answer).await.len(), 2);
    let stop = format!("/conversations/{id}/messages/{answer}/stop");
    alice.post(&stop, json!({})).await.expect(200);
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_marked_when_the_service_stops() {
    let mut service = Service::demo().await;
    let alice = service.acting_as("alice");
    let (stream, id, answer, shown) = writing(&alice, "go on !hang").await;
    let since = Instant::now();
    service.ask_to_stop();
    service.ended_well().await;
    assert!(
        since.elapsed() < Duration::from_secs(30),
        "{:?}",
        since.elapsed()
    );
    stream.rest().await;
    service.start().await;
    let message = alice.message(&id, &answer).await;
    assert_eq!(message["status"], "failed");
    assert!(text(&message, "content").starts_with(&shown), "{message}");
}

#[tokio::test]
async fn what_was_being_written_at_a_kill_is_marked_with_what_had_come() {
    let mut service = Service::demo().await;
    let alice = service.acting_as("alice");
    let (_stream, id, answer, shown) = writing(&alice, "go on !hang").await;
    service.kill();
    service.start().await;
    let message = alice.left_behind(&id, &answer).await;
    assert_eq!(
        (&message["status"], &message["content"]),
        (&json!("failed"), &json!(shown))
    );
    // One can go on after it, and find what was written.
    alice.prompt(&id, "and on").await;
    assert_eq!(alice.list("q=wrote").await, [id]);
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let mut service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = alice.create("Beacons").await;
    alice
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;
    bob.prompt(&id, "hello").await;
    let before = (
        bob.get(&format!("/conversations/{id}")).await.expect(200),
        bob.path(&id).await,
    );
    let audited = service.acting_as("admin").audit("").await;
    service.ask_to_stop();
    service.ended_well().await;
    service.start().await;
    let after = (
        bob.get(&format!("/conversations/{id}")).await.expect(200),
        bob.path(&id).await,
    );
    assert_eq!(after, before);
    assert_eq!(
        service.acting_as("admin").audit("").await,
        audited,
        "filled once"
    );
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for key in ["PARLOR_HTTP__LISTEN", "PARLOR_METRICS__LISTEN"] {
        let service = Service::builder().with(key, &address).stopped();
        let refused = service.run(&[]);
        let complaint = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{complaint}");
        assert!(
            complaint.contains(&address) && complaint.contains("in use"),
            "{complaint}"
        );
    }
}

#[tokio::test]
async fn the_demo_listens_on_loopback_alone_and_says_why() {
    for address in ["0.0.0.0", "[::]", "192.0.2.1"] {
        let listen = format!("{address}:{}", free_port());
        let service = Service::builder()
            .with("PARLOR_HTTP__LISTEN", &listen)
            .stopped();
        let refused = service.run(&[]);
        let complaint = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{complaint}");
        for words in ["demo", "this machine only", "http.listen"] {
            assert!(complaint.contains(words), "{words}: {complaint}");
        }
        let mut made = service.data_dir().read_dir().unwrap();
        assert!(made.next().is_none(), "refused before anything is made");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_start_says_what_to_type_next() {
    // Printed for people alone: `script` makes it a terminal.
    let mut service = Service::builder().stopped();
    let service = service.instance_mut(0);
    service.launch_on_a_terminal();
    service.until_ready().await;
    let output = eventually("the greeting", || async {
        let output = service.output().replace('\r', "");
        output.contains("Ctrl-C").then_some(output)
    })
    .await;
    for words in [service.base(), "demo-alice", "/api/docs"] {
        assert!(output.contains(words), "{words}: {output}");
    }
    // What it says to type works as it is printed, over all its lines.
    let mut command = String::new();
    for line in output
        .lines()
        .skip_while(|line| !line.trim_start().starts_with("curl"))
    {
        command.push_str(line);
        command.push('\n');
        if !line.ends_with('\\') {
            break;
        }
    }
    let typed = std::process::Command::new("bash")
        .args(["-c", &command])
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&typed.stdout).contains("201 Created"),
        "{command}\n{typed:?}"
    );
}

#[tokio::test]
async fn a_schema_that_is_not_there_keeps_it_from_being_ready_until_it_is() {
    let mut service = Service::builder()
        .on_an_empty_store()
        .with("PARLOR_STORE__MIGRATE", "false")
        .stopped();
    service.launch();
    let somebody = service.anonymous();
    let waiting = eventually("it listens", || async {
        let answer = somebody.request(Method::GET, "/health/ready").send().await;
        Some(answer.ok()?.text().await.unwrap())
    })
    .await;
    assert!(waiting.contains("parlor migrate"), "{waiting}");
    somebody.get("/health/live").await.expect(200);
    assert!(service.run(&["migrate"]).status.success());
    service.until_ready().await;
    service.acting_as("alice").create("Beacons").await;
}
