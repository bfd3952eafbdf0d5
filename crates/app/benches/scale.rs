//! Does the cost of a page depend on the page alone?
//!
//! Fills two embedded stores, a small one and a large one, starts the program on each, asks both the same questions in
//! turn, and prints the ratio of the medians, large to small. Both are measured side by side in one run, since machines are
//! noisy; the ratio is what counts, not the times. Run by `cargo xtask bench`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark prints, and stops at the first thing that goes wrong"
)]

use std::{
    io::{IsTerminal, Write},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use parlor_adapters_identity::{demo_directory, demo_group_id, demo_organization_id, demo_user_id};
use parlor_adapters_sqlite::{SqliteOptions, SqliteStore};
use parlor_application::ports::{
    Clock, IdGenerator, StoreAdmin, SystemClock, UnitOfWorkFactory, UuidV7Generator,
};
use parlor_domain::{
    audit::{ActionName, Actor, AuditEntries, AuditEntry, Origin},
    conversation::{Conversation, NewConversation, Version},
    grants::{Grants, Level, Privacy},
    ids::{AuditEntryId, ConversationId, MessageId, OrganizationId},
    message::{AnswerStatus, Message, MessageKind},
    settings::Settings,
    text::{Content, Title},
};
use tempfile::TempDir;

const SMALL: u32 = 1_000;
const LARGE: u32 = 100_000;
const ROUNDS: usize = 200;
const OWNERS: [&str; 5] = ["alice", "bob", "carol", "vera", "max"];

/// What is asked: a name, the caller, the path.
const QUESTIONS: [(&str, &str, &str); 9] = [
    ("list, first page of 50", "alice", "/conversations"),
    ("list, by privilege", "vera", "/conversations"),
    ("list, mine", "alice", "/conversations?filter=mine"),
    (
        "list, shared with me",
        "alice",
        "/conversations?filter=shared",
    ),
    (
        "list, private by privilege",
        "vera",
        "/conversations?filter=private",
    ),
    (
        "list, user in no group",
        "max",
        "/conversations?filter=mine",
    ),
    (
        "search for a rare word",
        "alice",
        "/conversations?q=tangerine",
    ),
    ("get", "alice", "/conversations/{id}"),
    ("messages", "alice", "/conversations/{id}/messages"),
];

#[tokio::main]
async fn main() {
    let sizes = [SMALL, LARGE];
    let mut services = Vec::new();
    for size in sizes {
        services.push(Service::filled(size).await);
    }
    println!(
        "{:<28} {:>12} {:>12} {:>8}",
        "median of 200", "1,000", "100,000", "ratio"
    );
    for (name, caller, path) in QUESTIONS {
        let mut times = [Vec::new(), Vec::new()];
        // A round of each before the clock counts, then in turn.
        for round in 0..=ROUNDS {
            for (service, times) in services.iter().zip(&mut times) {
                let taken = service.ask(caller, path).await;
                if round > 0 {
                    times.push(taken);
                }
            }
        }
        let [small, large] = times.map(median);
        let ratio = large.as_secs_f64() / small.as_secs_f64();
        println!(
            "{name:<28} {:>9.0} µs {:>9.0} µs {ratio:>8.2}",
            micros(small),
            micros(large)
        );
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

const fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The program on a filled store; killed when dropped.
struct Service {
    child: Child,
    base: String,
    http: reqwest::Client,
    one: ConversationId,
    _data: TempDir,
}

impl Service {
    async fn filled(conversations: u32) -> Self {
        let data = TempDir::new().unwrap();
        let one = fill(&data.path().join("parlor.db"), conversations).await;
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new(env!("CARGO_BIN_EXE_parlor"))
            .current_dir(data.path())
            .env("PARLOR_DATA_DIR", data.path())
            .env("PARLOR_HTTP__LISTEN", format!("127.0.0.1:{port}"))
            .env("PARLOR_METRICS__LISTEN", "")
            .env("PARLOR_LOG__LEVEL", "warn")
            .stdout(Stdio::null())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let service = Self {
            child,
            base: format!("http://127.0.0.1:{port}"),
            http,
            one,
            _data: data,
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        while service
            .http
            .get(format!("{}/health/ready", service.base))
            .send()
            .await
            .is_err()
        {
            assert!(Instant::now() < deadline, "the program did not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        service
    }

    async fn ask(&self, caller: &str, path: &str) -> Duration {
        let path = path.replace("{id}", &self.one.to_string());
        let request = self.http.get(format!("{}/api/v1{path}", self.base));
        let started = Instant::now();
        let answer = request
            .bearer_auth(format!("demo-{caller}"))
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let body = answer.bytes().await.unwrap();
        let taken = started.elapsed();
        assert!(status.is_success() && !body.is_empty(), "{path}: {status}");
        taken
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Fills a store through its own ports; answers the id of one conversation that everybody may see.
async fn fill(path: &Path, conversations: u32) -> ConversationId {
    const BATCH: u32 = 1_000;
    let store = SqliteStore::open(SqliteOptions::new(path)).await.unwrap();
    store.migrate().await.unwrap();
    let seed = demo_directory();
    let audit: Vec<_> = seed
        .organizations
        .iter()
        .map(|organization| entry(organization.id))
        .collect();
    store
        .fill(parlor_adapters_identity::DEMO_MODE, &seed, &audit)
        .await
        .unwrap();
    let organization = demo_organization_id("Acme");
    let mut one = None;
    for begin in (0..conversations).step_by(BATCH as usize) {
        let mut uow = store.begin(organization).await.unwrap();
        for number in begin..(begin + BATCH).min(conversations) {
            let conversation = conversation(organization, number);
            let messages = messages(&conversation, number);
            uow.conversations().insert(&conversation).await.unwrap();
            uow.messages().insert(&messages).await.unwrap();
            one.get_or_insert(conversation.id);
        }
        uow.commit(entry(organization)).await.unwrap();
        progress(begin + BATCH, conversations);
    }
    store.close().await;
    one.unwrap()
}

fn progress(done: u32, all: u32) {
    if std::io::stderr().is_terminal() {
        eprint!("\rfilling: {} of {all} conversations", done.min(all));
        if done >= all {
            eprintln!();
        }
        let _ = std::io::stderr().flush();
    }
}

/// One fifth of the conversations each: private, for the organization, for either group, for a group to collaborate.
fn conversation(organization_id: OrganizationId, number: u32) -> Conversation {
    let now = SystemClock.now();
    let owner = OWNERS[(number / 5) as usize % OWNERS.len()];
    let group = |name, level| Privacy::from_grants(None, [(demo_group_id(name), level)].into());
    let new = NewConversation {
        id: ConversationId::from_uuid(UuidV7Generator.next()),
        organization_id,
        owner_id: demo_user_id(owner),
        title: Some(Title::parse(&format!("Investigation number {number}")).unwrap()),
        privacy: None,
        created_at: now,
    };
    let mut conversation = Conversation::create(
        new,
        Settings {
            private_conversations: true,
        },
    )
    .unwrap();
    conversation.privacy = match number % 5 {
        0 => Privacy::Shared(Grants::to_organization(Level::View)),
        1 => group("Threat Hunting", Level::View),
        2 => group("Incident Response", Level::View),
        3 => group("Threat Hunting", Level::Collaborate),
        _ => Privacy::Private,
    };
    conversation.version = Version::FIRST;
    conversation
}

/// A prompt and its answer. One conversation in the first hundred has the rare word, in a store of any size.
fn messages(conversation: &Conversation, number: u32) -> [Message; 2] {
    let text = if number == 42 {
        "Which hosts said tangerine?"
    } else {
        "Which hosts beacon at night?"
    };
    let prompt = Message {
        id: MessageId::from_uuid(UuidV7Generator.next()),
        conversation_id: conversation.id,
        parent_id: None,
        position: 1,
        depth: 0,
        content: Content::from_trusted(text.to_owned()),
        created_at: conversation.created_at,
        kind: MessageKind::Prompt {
            author_id: conversation.owner_id,
        },
    };
    let status = AnswerStatus::Complete;
    let answer = Message {
        id: MessageId::from_uuid(UuidV7Generator.next()),
        parent_id: Some(prompt.id),
        position: 2,
        depth: 1,
        content: Content::from_trusted(format!("Nothing unusual in window {number}.")),
        kind: MessageKind::Answer {
            model: "echo".to_owned(),
            status,
            usage: None,
        },
        ..prompt.clone()
    };
    [prompt, answer]
}

fn entry(organization_id: OrganizationId) -> AuditEntries {
    let id = AuditEntryId::from_uuid(UuidV7Generator.next());
    let action = ActionName::ConversationCreate;
    AuditEntry::new(
        id,
        organization_id,
        action,
        Actor::System,
        Origin::default(),
        SystemClock.now(),
    )
    .into()
}
