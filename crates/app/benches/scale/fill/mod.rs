//! Fills a store with SQL of its own: through the service it would take hours.
//!
//! The demo's organization gets 2,000 users and 200 groups more; who reads and who writes are in 20 of the groups. Half of the
//! conversations are private, a tenth is shared with the organization, and the rest with one group or two of the 200. The reader
//! owns one in a hundred. Each conversation has a title, a prompt and an answer, and all three can be searched for. The same in
//! both stores and in every size: a larger store goes on where a smaller one ends.

mod postgres;
mod sqlite;

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    sync::LazyLock,
    time::Instant,
};

use parlor_adapters_identity::{demo_group_id, demo_organization_id, demo_user_id};
use uuid::Uuid;

use crate::{
    process::Server,
    site::{READER, WRITERS},
};

/// How many conversations have the same mark, which can be searched for.
pub const MARKED: u32 = 40;

/// How many conversations one statement makes.
const BATCH: u32 = 10_000;

/// The title of each conversation, the prompt and the answer; `{number}` is the conversation's, `{mark}` its mark.
const TITLE: &str = "Investigation case{number}";
const PROMPT: &str = "Which hosts beacon at night, and to whom? Please look at {mark} too.";
const ANSWER: &str = "Between midnight and five, four hosts call the same address every 300 seconds with little jitter.\n\n\
    - `build-07` and `build-11` fetch packages from the mirror, which is expected.\n\
    - `hr-laptop-3` talks to a time server; nothing unusual.\n\
    - `kiosk-2` sends 1,240 bytes each time to an address that nobody else contacts. I would look at that one first: who \
    logged in there last, and what was started since.";

/// The organization that is filled.
pub fn organization() -> Uuid {
    static ID: LazyLock<Uuid> = LazyLock::new(|| demo_organization_id("Acme").as_uuid());
    *ID
}

/// One of the demo's people.
pub fn person(name: &str) -> Uuid {
    demo_user_id(name).as_uuid()
}

/// A word that stands in [`MARKED`] conversations.
pub fn mark(number: u32) -> String {
    format!("mark{number:06}")
}

/// A word of one conversation of a store for searches, which the reader can see.
pub const RARE: &str = "zircon";
/// Two syllables of one in a thousand.
pub const KOREAN: &str = "성능";
/// How many conversations of a store for searches the reader can see.
pub const VISIBLE: u32 = 5_000;

/// What a store is filled with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// What an organization of that size has: the reader can see a part of all.
    Organization,
    /// For searches: the reader can see [`VISIBLE`] conversations, however many there are.
    Searches,
}

/// The words of a text as the stores keep them for searching: each once, in lower case.
pub fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).map(str::to_lowercase);
    words.collect::<BTreeSet<_>>().into_iter().collect()
}

/// A database for one size.
pub enum Database {
    Sqlite(PathBuf),
    Postgres {
        /// Where databases can be made.
        server: String,
        name: String,
    },
}

impl Database {
    /// The embedded store in this folder.
    pub fn sqlite(folder: &Path) -> Self {
        Self::Sqlite(folder.join("parlor.db"))
    }

    /// A database of its own on this server.
    pub fn postgres(server: &str, content: Content, size: u32) -> Self {
        let content = match content {
            Content::Organization => "",
            Content::Searches => "searches_",
        };
        Self::Postgres {
            server: server.to_owned(),
            name: format!("parlor_bench_{content}{size}"),
        }
    }

    /// As the service takes it.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(file) => format!("sqlite://{}", file.display()),
            Self::Postgres { server, name } => {
                let (server, _) = server.rsplit_once('/').unwrap();
                format!("{server}/{name}")
            }
        }
    }
}

/// Fills the store, unless it is filled; answers some of the conversations that the reader can see, all over the store.
pub async fn fill(database: &Database, content: Content, folder: &Path, size: u32) -> Vec<Uuid> {
    if is_filled(database).await {
        sweep(database).await;
    } else {
        let begin = Instant::now();
        match database {
            Database::Sqlite(file) => {
                let _ = fs::remove_file(file);
            }
            Database::Postgres { server, name } => postgres::create(server, name).await,
        }
        // The service itself makes the schema and the demo's people.
        drop(Server::parlor(database, folder).await);
        match database {
            Database::Sqlite(_) => sqlite::fill(&database.url(), content, size).await,
            Database::Postgres { .. } => postgres::fill(&database.url(), content, size).await,
        }
        eprintln!("filled in {:.0} s", begin.elapsed().as_secs_f64());
    }
    let visible = match database {
        Database::Sqlite(_) => sqlite::visible(&database.url()).await,
        Database::Postgres { .. } => postgres::visible(&database.url()).await,
    };
    // What is measured is the service, and not how quickly a disk that others use too brings what was filled.
    match database {
        Database::Sqlite(file) => {
            io::copy(&mut File::open(file).unwrap(), &mut io::sink()).unwrap();
        }
        Database::Postgres { .. } => postgres::warm(&database.url()).await,
    }
    assert!(!visible.is_empty(), "the reader sees nothing");
    visible
}

async fn is_filled(database: &Database) -> bool {
    match database {
        Database::Sqlite(file) => file.exists() && sqlite::is_filled(&database.url()).await,
        Database::Postgres { server, name } => postgres::is_filled(server, name).await,
    }
}

/// Takes away what was written in the measurement.
pub async fn sweep(database: &Database) {
    match database {
        Database::Sqlite(_) => sqlite::sweep(&database.url()).await,
        Database::Postgres { .. } => postgres::sweep(&database.url()).await,
    }
}

/// The SQL of a store with its values in place. All of them are made here, so there is nothing to escape.
fn with_values(sql: &str, values: &[(&str, String)]) -> String {
    let mut sql = sql.to_owned();
    for (name, value) in values {
        sql = sql.replace(&format!("{{{name}}}"), value);
    }
    sql
}

/// The values for both stores.
fn values(literal: impl Fn(Uuid) -> String) -> Vec<(&'static str, String)> {
    vec![
        ("organization", literal(organization())),
        ("reader", literal(person(READER))),
        ("reader_name", READER.to_owned()),
        ("writers", format!("'{}'", WRITERS.join("', '"))),
        (
            "demo_group",
            literal(demo_group_id("Threat Hunting").as_uuid()),
        ),
        ("title", TITLE.to_owned()),
        ("prompt", PROMPT.to_owned()),
        ("answer", ANSWER.to_owned()),
        ("marked", MARKED.to_string()),
        (
            "somebody",
            literal(Uuid::from_u128(0x0190_0000_0000_7000_8001_0000_0000_0001)),
        ),
        ("visible", VISIBLE.to_string()),
        ("rare", RARE.to_owned()),
        ("korean", KOREAN.to_owned()),
    ]
}

/// What changes a batch before it is written.
fn adjusted(content: Content) -> &'static str {
    match content {
        Content::Organization => "",
        Content::Searches => include_str!("searches.sql"),
    }
}

fn progress(done: u32, all: u32) {
    if io::stderr().is_terminal() {
        eprint!("\rfilling: {done} of {all} conversations ");
        let _ = io::stderr().flush();
    } else if done.is_multiple_of(100_000) || done == all {
        eprintln!("filling: {done} of {all} conversations");
    }
}

/// The bounds of each batch, from 1 on.
fn batches(size: u32) -> impl Iterator<Item = (u32, u32)> {
    let begins = (1..=size).step_by(BATCH as usize);
    begins.map(move |begin| (begin, (begin + BATCH - 1).min(size)))
}
