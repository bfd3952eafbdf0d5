//! A filled store with the servers on it.

use std::{net::SocketAddr, path::Path, rc::Rc};

use uuid::Uuid;

use crate::{
    Contender, Tool,
    arguments::{Arguments, StoreKind},
    bare,
    fill::{self, Content, Database, MARKED},
    load::{Client, Connection, Request, request},
    operation::Operation,
    page,
    pgbench::PgBench,
    process::Server,
    report::Subject,
};

/// Who reads, in 20 groups.
pub const READER: &str = "alice";
/// Who writes, in the same groups: several, since a user's prompts wait for one another where the allowance is counted. The reader
/// is measured before anything of theirs is shared.
pub const WRITERS: [&str; 4] = ["bob", "carol", "vera", "max"];

/// How long the conversation is whose page is measured.
pub const MESSAGES_OF_A_PAGE: usize = 200;

/// Where the API's paths begin.
pub const API: &str = "/api/v1";

/// How many conversations each client toggles, or prompts, in turn.
const EACH: usize = 16;

/// A filled store with the servers on it.
pub struct Site {
    store: StoreKind,
    size: u32,
    database: Database,
    /// Some of the conversations that the reader can see, all over the store.
    visible: Vec<Uuid>,
    parlor: Server,
    bare: Server,
    postgres_binaries: Option<std::path::PathBuf>,
}

impl Site {
    /// Fills the store, and starts the servers.
    pub async fn open(arguments: &Arguments, store: StoreKind, size: u32, scratch: &Path) -> Self {
        let home = arguments.keep.as_deref().unwrap_or(scratch);
        let folder = home.join(format!("parlor-bench-{size}"));
        std::fs::create_dir_all(&folder).unwrap();
        let database = match (store, &arguments.postgres) {
            (StoreKind::Postgres, Some(url)) => {
                Database::postgres(url, Content::Organization, size)
            }
            (StoreKind::Postgres, None) => panic!("which PostgreSQL? Give its URL with --postgres"),
            (StoreKind::Sqlite, _) => Database::sqlite(&folder),
        };
        let visible = fill::fill(&database, Content::Organization, &folder, size).await;
        Self {
            store,
            size,
            visible,
            parlor: Server::parlor(&database, &folder).await,
            bare: Server::bare(&database).await,
            database,
            postgres_binaries: arguments.postgres_binaries.clone(),
        }
    }

    /// Ends the servers and takes away what was written.
    pub async fn close(self) {
        drop((self.parlor, self.bare));
        fill::sweep(&self.database).await;
    }

    /// What is measured side by side on this store, each with so many clients.
    pub async fn contenders(&self, operation: Operation, clients: usize) -> Vec<Contender> {
        let mut subjects = vec![Subject::Parlor];
        if operation.has_bare_handler() {
            subjects.insert(0, Subject::Bare);
        }
        let is_statement = matches!(operation, Operation::List | Operation::Get);
        if is_statement || operation == Operation::Page {
            subjects.push(Subject::Store);
        }
        if operation == Operation::Page {
            return self.pages(&subjects, clients).await;
        }
        let mut contenders = Vec::new();
        for subject in subjects {
            contenders.push(self.http(subject, operation, clients).await);
        }
        if self.store == StoreKind::Postgres && is_statement {
            let pool = sqlx::PgPool::connect(&self.database.url()).await.unwrap();
            let tool = PgBench::new(
                self.postgres_binaries.as_deref(),
                &self.database,
                operation,
                &self.visible,
                &bare::postgres::groups(&pool).await,
                clients,
            );
            pool.close().await;
            contenders.push(self.contender(Subject::PgBench, Tool::PgBench(tool)));
        }
        contenders
    }

    /// The page of a long conversation, and the statements behind it.
    async fn pages(&self, subjects: &[Subject], count: usize) -> Vec<Contender> {
        let id = long_conversation(self.parlor.address).await;
        let cookie = page::sign_in(self.parlor.address, READER).await;
        let mut contenders = Vec::new();
        for &subject in subjects {
            let (server, asked) = match subject {
                Subject::Store => {
                    let path = format!("{}/conversations/{id}/page", bare::store::PATH);
                    (&self.bare, request("GET", &path, &token(READER), None))
                }
                _ => (
                    &self.parlor,
                    page::request(&format!("/conversations/{id}"), &cookie),
                ),
            };
            let requests: Rc<[Request]> = [asked].into();
            let mut clients = Vec::new();
            for _ in 0..count {
                clients.push(Client::new(server.address, Rc::clone(&requests), 0).await);
            }
            contenders.push(self.contender(subject, Tool::Clients(clients)));
        }
        contenders
    }

    fn contender(&self, subject: Subject, tool: Tool) -> Contender {
        Contender {
            size: self.size,
            subject,
            tool,
        }
    }

    async fn http(&self, subject: Subject, operation: Operation, count: usize) -> Contender {
        let (server, base) = match subject {
            Subject::Parlor => (&self.parlor, API),
            Subject::Store => (&self.bare, bare::store::PATH),
            Subject::Bare | Subject::PgBench => (&self.bare, API),
        };
        let mut clients = Vec::new();
        for (requests, first) in self.requests(base, operation, count).await {
            clients.push(Client::new(server.address, requests, first).await);
        }
        self.contender(subject, Tool::Clients(clients))
    }

    /// For each client its requests, and with which one it begins.
    async fn requests(
        &self,
        base: &str,
        operation: Operation,
        clients: usize,
    ) -> Vec<(Rc<[Request]>, usize)> {
        let read = |path: &str| request("GET", &format!("{base}{path}"), &token(READER), None);
        let of_visible = |rest: &str| -> Rc<[Request]> {
            let ids = self.visible.iter();
            ids.map(|id| read(&format!("/conversations/{id}{rest}")))
                .collect()
        };
        let requests = match operation {
            Operation::List => [read("/conversations")].into(),
            Operation::Get => of_visible(""),
            Operation::Messages => of_visible("/messages"),
            Operation::Search => (0..self.size / MARKED)
                .take(1_000)
                .map(|number| read(&format!("/conversations?q={}", fill::mark(number))))
                .collect(),
            Operation::Page => unreachable!("it has requests of its own"),
            Operation::Create => [create(WRITERS[0])].into(),
            Operation::Toggle | Operation::Prompt => {
                return self.own_requests(operation, clients).await;
            }
        };
        // Each client begins elsewhere.
        let first = |client| client * requests.len() / clients;
        (0..clients)
            .map(|client| (Rc::clone(&requests), first(client)))
            .collect()
    }

    /// For each client requests about conversations that nobody else changes.
    async fn own_requests(
        &self,
        operation: Operation,
        clients: usize,
    ) -> Vec<(Rc<[Request]>, usize)> {
        let mut connection = Connection::open(self.parlor.address).await;
        let mut all = Vec::new();
        for client in 0..clients {
            let writer = WRITERS[client % WRITERS.len()];
            let mut requests = Vec::new();
            for _ in 0..EACH {
                let created: serde_json::Value =
                    serde_json::from_slice(connection.ask(&create(writer)).await).unwrap();
                let path = format!("{API}/conversations/{}", created["id"].as_str().unwrap());
                let write = |method, rest, body: &str| {
                    request(method, &format!("{path}{rest}"), &token(writer), Some(body))
                };
                if operation == Operation::Toggle {
                    for to in ["shared", "private"] {
                        let body = format!(r#"{{"privacy":"{to}"}}"#);
                        requests.push(write("PUT", "/privacy", &body));
                    }
                } else {
                    let body = r#"{"content":"Which hosts beacon at night, and to whom?"}"#;
                    requests.push(write("POST", "/messages", body));
                }
            }
            all.push((requests.into(), 0));
        }
        all
    }
}

/// A conversation of the reader's in which it has prompted a hundred times.
async fn long_conversation(service: SocketAddr) -> String {
    const PROMPT: &str = "Which hosts **beacon** every `60` seconds?\n\n1. by name\n2. by address\n\n\
        | host | every |\n| --- | --: |\n| build-07 | 60 s |\n\n```python\nfor host in hosts:\n    print(host.name, host.every)\n```\n";
    let mut connection = Connection::open(service).await;
    let ask = |path: &str, body: &serde_json::Value| {
        request("POST", path, &token(READER), Some(&body.to_string()))
    };
    let create = ask(
        &format!("{API}/conversations"),
        &serde_json::json!({"title": "Two hundred messages"}),
    );
    let created: serde_json::Value = serde_json::from_slice(connection.ask(&create).await).unwrap();
    let id = created["id"].as_str().unwrap().to_owned();
    let prompt = ask(
        &format!("{API}/conversations/{id}/messages"),
        &serde_json::json!({"content": PROMPT}),
    );
    for _ in 0..MESSAGES_OF_A_PAGE / 2 {
        connection.ask(&prompt).await;
    }
    id
}

pub fn token(name: &str) -> String {
    format!("demo-{name}")
}

fn create(writer: &str) -> Request {
    let body = r#"{"title":"Beacons at night, once more","privacy":"private"}"#;
    request(
        "POST",
        &format!("{API}/conversations"),
        &token(writer),
        Some(body),
    )
}
