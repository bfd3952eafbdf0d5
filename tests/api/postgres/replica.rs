//! A streaming replica that has fallen behind: nobody sees a state older than what was answered.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::builder;
use crate::harness::{Answer, As, Cluster, Service, Wire, eventually, text, within};

const TOKEN: &str = "parlor-consistency";

/// Two instances that read from a replica.
struct Replicated {
    service: Service,
    replica: Cluster,
    _primary: Cluster,
}

impl Replicated {
    async fn start() -> Self {
        let primary = Cluster::start();
        // The replica begins with the schema and its roles.
        let replica = primary.replica();
        let service = builder()
            .on_database(primary.url())
            .with("PARLOR_STORE__REPLICA_URL", &replica.url())
            .with("PARLOR_AUDIT__SINK", "none")
            .start()
            .await;
        Self {
            service,
            replica,
            _primary: primary,
        }
    }

    /// The replica stays where it is, and what is done from now on does not reach it.
    fn pause(&self) {
        self.replica.sql("SELECT pg_wal_replay_pause()");
    }

    fn resume(&self) {
        self.replica.sql("SELECT pg_wal_replay_resume()");
    }
}

/// Reads as somebody who sends back what a write was answered.
async fn after(somebody: &As, write: &Answer, path: &str) -> Answer {
    let request = somebody.request(Method::GET, path);
    somebody
        .send(request.header(TOKEN, write.header(TOKEN)))
        .await
}

#[tokio::test]
async fn a_replica_that_is_up_to_date_is_read_from() {
    let replicated = Replicated::start().await;
    let alice = replicated.service.acting_as("alice");
    let id = alice.create("Beacons").await;
    alice.prompt(&id, "hello").await;
    // The newest statement of each connection: not only how far the replica has come is asked, but messages are read.
    let statements = "SELECT query FROM pg_stat_activity WHERE backend_type = 'client backend'";
    eventually("reads reach the replica", || async {
        alice.list("").await;
        alice.path(&id).await;
        let asked = replicated.replica.sql(statements);
        asked.contains("FROM messages").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_caller_sees_its_own_last_write_although_the_replica_is_behind() {
    let replicated = Replicated::start().await;
    let service = &replicated.service;
    let alice = service.acting_as("alice");
    let id = alice.create("Before").await;
    let path = format!("/conversations/{id}");
    replicated.pause();
    for round in 0..5 {
        let title = format!("After {round}");
        let renamed = alice.patch(&path, json!({ "title": title })).await;
        renamed.expect(200);
        assert!(!renamed.header(TOKEN).is_empty(), "a write tells its place");
        let prompt = json!({ "content": format!("prompt {round}") });
        let prompted = alice.post(&format!("{path}/messages"), prompt).await;
        prompted.expect(201);

        // Twice, so that each instance is asked.
        for _ in 0..2 {
            let got = after(&alice, &renamed, &path).await.expect(200);
            assert_eq!(got["title"], title);
            let listed = after(&alice, &prompted, "/conversations").await.expect(200);
            assert_eq!(listed["items"][0]["title"], title);
            let found = after(&alice, &prompted, "/conversations?q=prompt").await;
            assert_eq!(found.expect(200)["items"][0]["id"], id);
            let messages = after(&alice, &prompted, &format!("{path}/messages?limit=100")).await;
            let messages = messages.expect(200)["items"].as_array().unwrap().len();
            assert_eq!(messages, 2 * (round + 1));
        }
    }
    replicated.resume();
    assert_eq!(alice.path(&id).await.len(), 10);
}

#[tokio::test]
async fn without_a_token_too_nothing_older_is_seen_than_what_was_answered() {
    let replicated = Replicated::start().await;
    let service = &replicated.service;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = alice.create("Before").await;
    let path = format!("/conversations/{id}");
    alice
        .put(&format!("{path}/privacy"), json!({ "privacy": "shared" }))
        .await
        .expect(200);
    replicated.pause();
    for round in 0..5 {
        alice.prompt(&id, &format!("prompt {round}")).await;
        for somebody in [&alice, &bob, &alice, &bob] {
            assert_eq!(somebody.path(&id).await.len(), 2 * (round + 1));
            let tree = somebody.tree(&id).await;
            assert_eq!(tree.len(), 2 * (round + 1));
        }
        let new = alice.create(&format!("New {round}")).await;
        for _ in 0..2 {
            assert_eq!(alice.list("").await[0], new);
            let filtered = alice.list(&format!("q=New%20{round}")).await;
            assert_eq!(filtered, std::slice::from_ref(&new));
        }
    }
}

#[tokio::test]
async fn a_revocation_holds_although_the_replica_does_not_know_it() {
    let replicated = Replicated::start().await;
    let service = &replicated.service;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let created = alice
        .post(
            "/conversations",
            json!({ "title": "canary", "privacy": "shared" }),
        )
        .await;
    let id = text(&created.expect(201), "id").to_owned();
    let path = format!("/conversations/{id}");
    let seen = bob.get(&path).await;
    seen.expect(200);
    eventually("the replica has it", || async {
        let has = "SELECT count(*) FROM conversations";
        (replicated.replica.sql(has).trim() == "1").then_some(())
    })
    .await;
    replicated.pause();
    alice
        .put(&format!("{path}/privacy"), json!({ "privacy": "private" }))
        .await
        .expect(200);
    for _ in 0..2 {
        for part in ["", "/messages", "/tree", "/access", "/export?format=json"] {
            let refused = bob.get(&format!("{path}{part}")).await;
            refused.expect_problem(404, "not-found");
            // Nor with a token of the time when it could be seen.
            let refused = after(&bob, &created, &format!("{path}{part}")).await;
            refused.expect_problem(404, "not-found");
        }
        assert_eq!(bob.list("").await, [] as [String; 0]);
        assert_eq!(bob.list("q=canary").await, [] as [String; 0]);
        let listed = after(&bob, &created, "/conversations?q=canary").await;
        assert_eq!(listed.expect(200)["items"], json!([]));
    }
}

#[tokio::test]
async fn a_replica_that_is_gone_is_not_missed() {
    let mut replicated = Replicated::start().await;
    let alice = replicated.service.acting_as("alice");
    let id = alice.create("Beacons").await;
    alice.prompt(&id, "hello").await;
    assert_eq!(alice.path(&id).await.len(), 2);
    replicated.replica.kill();
    for round in 1..5 {
        assert_eq!(alice.path(&id).await.len(), 2 * round);
        assert_eq!(alice.list("").await, std::slice::from_ref(&id));
        alice.prompt(&id, "and on").await;
    }
}

#[tokio::test]
async fn a_replica_that_says_nothing_any_more_keeps_nobody_waiting() {
    let primary = Cluster::start();
    let replica = primary.replica();
    let wire = Wire::to(&replica.url()).await;
    let service = builder()
        .on_database(primary.url())
        .with("PARLOR_STORE__REPLICA_URL", &wire.url())
        .start()
        .await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    alice.prompt(&id, "hello").await;
    assert_eq!(alice.path(&id).await.len(), 2);
    wire.fall_silent();
    let since = Instant::now();
    for _ in 0..5 {
        assert_eq!(alice.path(&id).await.len(), 2);
        assert_eq!(alice.list("").await, std::slice::from_ref(&id));
    }
    let waited = since.elapsed();
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    wire.speak();
    assert_eq!(alice.path(&id).await.len(), 2);
}

#[tokio::test]
async fn a_token_that_is_none_is_refused_or_as_good_as_none() {
    let replicated = Replicated::start().await;
    let alice = replicated.service.acting_as("alice");
    let id = alice.create("Beacons").await;
    replicated.pause();
    let renamed = json!({ "title": "Later" });
    alice
        .patch(&format!("/conversations/{id}"), renamed)
        .await
        .expect(200);
    for nonsense in ["nonsense", "0", "18446744073709551615", "\"\""] {
        let path = format!("/conversations/{id}");
        let request = alice.request(Method::GET, &path).header(TOKEN, nonsense);
        let answer = alice.send(request).await;
        match answer.status.as_u16() {
            200 => assert_eq!(answer.json()["title"], "Later", "{nonsense}"),
            status => assert_eq!(status, 400, "{nonsense}: {}", answer.text),
        }
    }
}

#[tokio::test]
async fn a_metric_tells_that_the_replica_is_away_until_it_answers_again() {
    const UP: &str = "parlor_dependency_up{dependency=\"replica\"}";
    let mut replicated = Replicated::start().await;
    let told = async |service: &Service, up: f64, is_read: bool| {
        within(Duration::from_secs(30), "the metric tells it", || async {
            for instance in service.instances().iter().filter(|_| is_read) {
                let alice = instance.acting_as("alice");
                alice.get("/conversations").await.expect(200);
            }
            let measured = service.measured(UP).await;
            measured.iter().all(|it| *it == Some(up)).then_some(())
        })
        .await;
    };
    // Nobody has read anything yet.
    told(&replicated.service, 1.0, false).await;

    replicated.replica.kill();
    told(&replicated.service, 0.0, true).await;
    for instance in replicated.service.instances() {
        let ready = instance.acting_as("alice").get("/health/ready").await;
        assert_eq!(ready.status, 200, "{ready:?}");
    }

    // Nobody has to read.
    replicated.replica.launch();
    told(&replicated.service, 1.0, false).await;
}
