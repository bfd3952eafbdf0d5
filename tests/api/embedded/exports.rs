//! Exports of large conversations: what they take, whatever the shape of the tree.

use std::{fs, path::Path};

use futures::future::join_all;
use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};

use super::builder;
use crate::harness::{As, Service};

/// What follows what.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// Each message follows the one before.
    Chain,
    /// All messages follow one.
    Star,
    /// Two messages follow each.
    Binary,
}

impl Shape {
    /// The number of a message's parent and its depth, in SQL, both of the number `i` of the message. The first one has 3.
    fn columns(self) -> (String, String) {
        match self {
            Self::Chain => ("i - 1".to_owned(), "i - 3".to_owned()),
            Self::Star => ("3".to_owned(), "i > 3".to_owned()),
            Self::Binary => {
                let levels: Vec<_> = (1..16)
                    .map(|level| format!("(i - 2 >= {})", 1 << level))
                    .collect();
                ("3 + (i - 4) / 2".to_owned(), levels.join(" + "))
            }
        }
    }
}

/// Messages to write into the store, behind the service's back.
pub(super) struct Filling {
    pub conversation: String,
    shape: Shape,
    messages: u32,
    content: String,
}

/// A service that is stopped, with these conversations of alice.
pub(super) async fn filled(
    exports: usize,
    fillings: impl Fn(usize) -> (Shape, u32, String),
) -> (Service, Vec<Filling>) {
    let mut service = builder()
        .with("PARLOR_LIMITS__EXPORTS_PER_USER", &exports)
        .start()
        .await;
    let alice = service.acting_as("alice");
    let mut all = Vec::new();
    for number in 0..exports {
        let conversation = alice.create("Beacons").await;
        alice.prompt(&conversation, "go on").await;
        let (shape, messages, content) = fillings(number);
        all.push(Filling {
            conversation,
            shape,
            messages,
            content,
        });
    }
    service.ask_to_stop();
    service.ended_well().await;
    for filling in &all {
        fill(&service.data_dir().join("parlor.db"), filling).await;
    }
    (service, all)
}

async fn fill(database: &Path, filling: &Filling) {
    let (parent, depth) = filling.shape.columns();
    let last = filling.messages + 2;
    let mut connection = SqliteConnectOptions::new()
        .filename(database)
        .foreign_keys(false)
        .connect()
        .await
        .unwrap();
    let statement = format!(
        "INSERT INTO messages (organization_id, conversation_id, id, parent_id, position, depth, role, author_id, status,
             content, created_at)
         WITH RECURSIVE numbers (i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM numbers WHERE i < {last})
         SELECT m.organization_id, m.conversation_id, unhex(printf('%032x', i)),
             CASE WHEN i > 3 THEN unhex(printf('%032x', {parent})) END, i, {depth}, 'user', m.author_id, 'complete',
             ?1, m.created_at
         FROM numbers
         CROSS JOIN (
             SELECT * FROM messages WHERE conversation_id = unhex(replace(?2, '-', '')) AND position = 1
         ) AS m"
    );
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(&filling.content)
        .bind(&filling.conversation)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// Reads an export to its end, without keeping it; answers its length and how many messages it has.
async fn export(alice: &As, conversation: &str, format: &str) -> (usize, usize) {
    let path = format!("/conversations/{conversation}/export?format={format}");
    let mut answer = alice
        .request(reqwest::Method::GET, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let mark: &[u8] = match format {
        "json" => b"\"sibling_count\":",
        _ => b"\n## ",
    };
    let (mut length, mut messages, mut tail) = (0, 0, Vec::new());
    while let Some(chunk) = answer.chunk().await.unwrap() {
        length += chunk.len();
        // A mark can begin in one chunk and end in the next.
        tail.extend_from_slice(&chunk);
        messages += tail
            .windows(mark.len())
            .filter(|window| *window == mark)
            .count();
        let kept = tail.len().saturating_sub(mark.len() - 1);
        tail.drain(..kept);
    }
    (length, messages)
}

/// The most memory that the process had resident since [`forget_the_most_memory`], in mebibytes.
fn most_memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kibibytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kibibytes / 1024
}

fn forget_the_most_memory(pid: u32) {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
}

/// Exports all of them at once in each format, and answers the most memory that took, in mebibytes, and how much was there before.
async fn export_all(mut service: Service, fillings: &[Filling]) -> (u64, u64) {
    service.start().await;
    let alice = service.acting_as("alice");
    let pid = service.instance(0).pid();
    forget_the_most_memory(pid);
    let before = most_memory(pid);
    for format in ["json", "markdown"] {
        let exports = fillings
            .iter()
            .map(|it| export(&alice, &it.conversation, format));
        for (filling, (length, messages)) in fillings.iter().zip(join_all(exports).await) {
            // The prompt and its answer are there too.
            assert_eq!(
                messages,
                filling.messages as usize + 2,
                "{:?}",
                filling.shape
            );
            // At most 50 siblings of 39 bytes, and 1 KB for what else there is of a message.
            let most = messages * (filling.content.len() * 2 + 50 * 39 + 1_000);
            assert!(length < most, "{:?}: {length}", filling.shape);
        }
    }
    (most_memory(pid), before)
}

mod heavy {
    use super::*;

    #[tokio::test]
    async fn exports_take_little_memory_whatever_the_shape_and_the_length_of_messages() {
        // The whole measure takes minutes without `--release`.
        if std::env::var_os("EXPORT_MEMORY").is_some_and(|size| size == "full") {
            let shapes = [Shape::Chain, Shape::Star, Shape::Binary];
            let of_number = |number| (shapes[number % 3], 9_998, "x".repeat(1_000));
            let (service, fillings) = filled(20, of_number).await;
            let (most, before) = export_all(service, &fillings).await;
            println!("20 exports of 10,000 messages: {most} MiB, {before} MiB before");
            assert!(most < 143, "{most} MiB, {before} MiB before");
            return;
        }
        let (service, fillings) = filled(4, |number| match number {
            0 => (Shape::Chain, 3_000, "x".repeat(1_000)),
            1 => (Shape::Star, 9_997, "x".to_owned()),
            2 => (Shape::Binary, 3_000, "x".repeat(1_000)),
            _ => (Shape::Chain, 200, "x".repeat(100_000)),
        })
        .await;
        let (most, before) = export_all(service, &fillings).await;
        // The allocator and SQLite keep some; a bound that grows with the tree would be far above.
        assert!(most - before < 120, "{most} MiB, {before} MiB before");
    }
}

#[tokio::test]
async fn a_user_runs_as_many_exports_at_once_as_the_limit_says() {
    let (mut service, fillings) = filled(1, |_| (Shape::Chain, 2_000, "x".repeat(10_000))).await;
    service.start().await;
    let alice = service.acting_as("alice");
    let path = format!("/conversations/{}/export", fillings[0].conversation);
    // Nobody reads it, so it stays under way.
    let first = alice
        .request(reqwest::Method::GET, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(first.status(), 200);
    let refused = alice.get(&path).await;
    refused.expect_problem(429, "too-many-exports");
    assert!(!refused.header("retry-after").is_empty());
    drop(first);
    crate::harness::eventually("an export that ends makes room", || async {
        let again = alice.request(reqwest::Method::GET, &path).send().await;
        again.ok().filter(|answer| answer.status() == 200)
    })
    .await;
}
