//! What a search costs: by the service's own measurement, which ends before the answer waits for its step of time, and in CPU
//! time of the service and the database. Beside it the list of the same caller, in the same rounds.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    fs,
    path::Path,
    time::Duration,
};

use tokio::task::JoinSet;

use crate::{
    ROUNDS,
    arguments::{Arguments, StoreKind},
    fill::{self, Content, Database, KOREAN, RARE},
    load::{self, Client, Connection, request},
    process::Server,
    report::{Thousands, median},
    site::{API, READER, token},
};

/// Who sees every conversation.
const PRIVILEGED: &str = "vera";
/// Who searches while others read their lists.
const HOSTILE: [&str; 4] = ["bob", "carol", "max", "erin"];
/// How many searches they run at once.
const SEARCHES: usize = 32;
/// How often each is asked in a round.
const REQUESTS: u32 = 20;

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    List,
    Common,
    Rare,
    Nothing,
    Korean,
}

impl Asked {
    const ALL: [Self; 5] = [
        Self::List,
        Self::Common,
        Self::Rare,
        Self::Nothing,
        Self::Korean,
    ];

    fn path(self) -> String {
        let text = match self {
            Self::List => return format!("{API}/conversations"),
            Self::Common => "hosts",
            Self::Rare => RARE,
            Self::Nothing => "nowhere",
            Self::Korean => KOREAN,
        };
        format!("{API}/conversations?q={}", encoded(text))
    }

    /// Where the service measures it.
    const fn histogram(self) -> (&'static str, &'static str) {
        match self {
            Self::List => (
                "parlor_http_request_duration_seconds",
                r#"route="/api/v1/conversations""#,
            ),
            _ => ("parlor_http_stepped_work_seconds", r#"answer="search""#),
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::List => "list",
            Self::Common => "a word of every conversation",
            Self::Rare => "a word of one conversation",
            Self::Nothing => "a word of none",
            Self::Korean => "two Korean syllables, in one of a thousand",
        })
    }
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").unwrap();
        }
        encoded
    })
}

/// A store with the service on it.
struct Searched {
    size: u32,
    server: Server,
    database: Database,
}

/// The figures of one round, in milliseconds a request.
#[derive(Clone, Copy)]
struct Work {
    own: f64,
    cpu: f64,
}

type Figures = BTreeMap<(&'static str, Asked, u32), Vec<Work>>;

/// Measures and prints.
pub async fn run(arguments: &Arguments, scratch: &Path) {
    for store in arguments.stores() {
        let mut sites = Vec::new();
        for size in arguments.sizes_of_searches() {
            sites.push(open(arguments, store, size, scratch).await);
        }
        println!("{}", table(store, &measure(&sites).await));
        for site in &sites {
            let (alone, beside) = beside_searches(site).await;
            println!(
                "{store}, {} conversations: a list takes {alone:.2} ms alone and {beside:.2} ms beside {SEARCHES} searches: {:.2} times",
                Thousands(site.size),
                beside / alone
            );
        }
    }
}

async fn open(arguments: &Arguments, store: StoreKind, size: u32, scratch: &Path) -> Searched {
    let home = arguments.keep.as_deref().unwrap_or(scratch);
    let folder = home.join(format!("parlor-bench-searches-{size}"));
    fs::create_dir_all(&folder).unwrap();
    let database = match (store, &arguments.postgres) {
        (StoreKind::Postgres, Some(url)) => Database::postgres(url, Content::Searches, size),
        (StoreKind::Postgres, None) => panic!("which PostgreSQL? Give its URL with --postgres"),
        (StoreKind::Sqlite, _) => Database::sqlite(&folder),
    };
    fill::fill(&database, Content::Searches, &folder, size).await;
    Searched {
        size,
        server: Server::parlor(&database, &folder).await,
        database,
    }
}

async fn measure(sites: &[Searched]) -> Figures {
    let mut figures = Figures::new();
    // A round for warming up.
    for round in 0..=ROUNDS {
        for caller in [READER, PRIVILEGED] {
            for asked in Asked::ALL {
                for site in sites {
                    let work = work(site, caller, asked).await;
                    if round > 0 {
                        figures
                            .entry((caller, asked, site.size))
                            .or_default()
                            .push(work);
                    }
                }
            }
        }
    }
    figures
}

/// What some requests of one kind cost.
async fn work(site: &Searched, caller: &str, asked: Asked) -> Work {
    let mut connection = Connection::open(site.server.address).await;
    let request = request("GET", &asked.path(), &token(caller), None);
    let before = (measured(site, asked).await, cpu(site));
    for _ in 0..REQUESTS {
        connection.ask(&request).await;
    }
    let after = (measured(site, asked).await, cpu(site));
    let requests = f64::from(REQUESTS);
    Work {
        own: (after.0 - before.0) * 1e3 / requests,
        cpu: (after.1 - before.1) * 1e3 / requests,
    }
}

/// The sum of the service's measurements, in seconds.
async fn measured(site: &Searched, asked: Asked) -> f64 {
    let text = site.server.metrics().await;
    let (name, label) = asked.histogram();
    let sum = format!("{name}_sum{{");
    let lines = text
        .lines()
        .filter(|line| line.starts_with(&sum) && line.contains(label));
    lines
        .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
        .sum()
}

/// CPU time of the service and of the database's processes for it, in seconds.
fn cpu(site: &Searched) -> f64 {
    let mut seconds = cpu_of(site.server.id());
    if let Database::Postgres { name, .. } = &site.database {
        for entry in fs::read_dir("/proc").unwrap() {
            let Ok(id) = entry.unwrap().file_name().to_string_lossy().parse::<u32>() else {
                continue;
            };
            let title = fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
            let words: Vec<&str> = title.split([' ', '\0']).collect();
            if words.first() == Some(&"postgres:") && words.contains(&name.as_str()) {
                seconds += cpu_of(id);
            }
        }
    }
    seconds
}

/// CPU time of a process, of all its threads that run, in seconds.
fn cpu_of(id: u32) -> f64 {
    let Ok(threads) = fs::read_dir(format!("/proc/{id}/task")) else {
        return 0.0;
    };
    threads
        .filter_map(|thread| {
            // The first number: nanoseconds on a processor.
            let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<f64>().ok()
        })
        .sum::<f64>()
        / 1e9
}

fn table(store: StoreKind, figures: &Figures) -> String {
    let mut table = format!(
        "\n{store}\n\n| caller | asks for | conversations | own work | to the list's | to the smallest store's | CPU time |\n\
        | --- | --- | --: | --: | --: | --: | --: |\n"
    );
    for (&(caller, asked, size), works) in figures {
        let own =
            |key| -> f64 { median(figures[&key].iter().map(|work: &Work| work.own).collect()) };
        let smallest = figures.keys().map(|(.., size)| *size).min().unwrap();
        let sees = if caller == READER {
            "sees 5,000"
        } else {
            "sees all"
        };
        let mine = own((caller, asked, size));
        writeln!(
            table,
            "| {sees} | {asked} | {} | {mine:.2} ms | {:.2} | {:.2} | {:.2} ms |",
            Thousands(size),
            mine / own((caller, Asked::List, size)),
            mine / own((caller, asked, smallest)),
            median(works.iter().map(|work| work.cpu).collect()),
        )
        .unwrap();
    }
    table
}

/// How long half of somebody's lists take at most, in milliseconds: alone, and while others search.
async fn beside_searches(site: &Searched) -> (f64, f64) {
    let length = Duration::from_secs(2);
    let list = [request("GET", &Asked::List.path(), &token(READER), None)];
    let mut reader = [Client::new(site.server.address, list.into(), 0).await];
    let mut alone = Vec::new();
    let mut beside = Vec::new();
    for _ in 0..ROUNDS {
        alone.push(load::round(&mut reader, length).await.p50 / 1e3);
        let mut searching = JoinSet::new();
        for number in 0..SEARCHES {
            let name = HOSTILE[number % HOSTILE.len()];
            let words = ["ca", "hosts", "nowhere", "sec"].map(|word| format!("{word}{number}"));
            let path = format!("{API}/conversations?q={}", words.join("+"));
            let request = request("GET", &path, &token(name), None);
            let mut connection = Connection::open(site.server.address).await;
            searching.spawn_local(async move {
                loop {
                    connection.ask_anything(&request).await;
                }
            });
        }
        beside.push(load::round(&mut reader, length).await.p50 / 1e3);
        searching.shutdown().await;
    }
    (median(alone), median(beside))
}
