//! Forks of large conversations: one user's forks keep nobody else from writing.

use futures::{StreamExt as _, stream::FuturesUnordered};
use serde_json::json;
use tokio::time::{Duration, Instant};

use super::builder;
use crate::{
    api::memory::{Filling, Shape, filled},
    harness::As,
};

/// The longest time that a write of another user may take. A fork in one transaction takes many times as long.
const SOON: Duration = Duration::from_secs(1);

/// How long another user's write takes, and a refusal, which writes an audit entry.
async fn write(bob: &As, readable: &str) -> Duration {
    let began = Instant::now();
    bob.create("Meanwhile").await;
    let written = began.elapsed();
    let began = Instant::now();
    let path = format!("/conversations/{readable}");
    bob.delete(&path).await.expect(403);
    written.max(began.elapsed())
}

mod heavy {
    use super::*;

    #[tokio::test]
    async fn others_write_while_a_user_forks_a_large_conversation_eight_times() {
        let words: Vec<_> = (0..100).map(|number| format!("beacon{number} ")).collect();
        let words = words.concat();
        let long = Filling::new(Shape::Chain, 2_500, 2 * words.len()).repeating(words.leak());
        let (service, conversations) = filled(builder(), &[long]).await;
        let original = &conversations[0];
        let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
        let readable = bob_can_read(&alice).await;
        let path = format!("/conversations/{original}/fork");
        let mut forks: FuturesUnordered<_> = (0..8).map(|_| alice.post(&path, json!({}))).collect();
        let mut copies = Vec::new();
        let (mut writes, mut longest) = (0, Duration::ZERO);
        loop {
            tokio::select! {
                forked = forks.next() => match forked {
                    None => break,
                    Some(forked) if forked.status == 429 => {
                        forked.expect_problem(429, "too-many-forks");
                    }
                    Some(forked) => copies.push(forked.expect(201)),
                },
                took = write(&bob, &readable) => {
                    writes += 1;
                    longest = longest.max(took);
                }
            }
        }
        println!(
            "{} copies, {writes} writes, the longest {longest:?}",
            copies.len()
        );
        assert!(longest < SOON, "a write took {longest:?}");
        assert!(!copies.is_empty() && writes > 10, "{writes} writes");
        let last = copies.last().unwrap();
        let copy = last["id"].as_str().unwrap();
        assert_eq!(alice.tree(copy).await.len(), 2_502);
        let found = alice.get("/conversations?q=beacon7").await.expect(200);
        let found = found["items"].as_array().unwrap();
        assert!(found.iter().any(|item| item["id"] == copy), "{found:?}");

        // A deletion answers at once, and what it leaves is removed while others write.
        let began = Instant::now();
        alice
            .delete(&format!("/conversations/{copy}"))
            .await
            .expect(204);
        let deleted = began.elapsed();
        assert!(deleted < SOON, "the deletion took {deleted:?}");
        alice
            .get(&format!("/conversations/{copy}"))
            .await
            .expect(404);
        assert!(write(&bob, &readable).await < SOON);
    }

    async fn bob_can_read(alice: &As) -> String {
        let id = alice.create("Shared").await;
        alice.share_with_group(&id, "Threat Hunting", "view").await;
        id
    }
}
