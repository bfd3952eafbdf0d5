//! The service: one process on the embedded store, or two instances on one PostgreSQL.

use std::{
    path::{Path, PathBuf},
    process::Output,
    sync::atomic::{AtomicUsize, Ordering},
};

use futures::future::join_all;
use reqwest::Url;

use super::{As, Database, Deployment, Instance};

/// A service to start.
pub struct ServiceBuilder {
    deployment: Deployment,
    store: Store,
    environment: Vec<(String, String)>,
    files: Vec<(String, String)>,
    open_files: Option<u32>,
}

/// Where a service on PostgreSQL has its data.
enum Store {
    /// In a database of its own, which has the schema already.
    Migrated,
    /// In a database of its own, in which there is nothing.
    Empty,
    /// In this database, which somebody else looks after.
    Given(Url),
}

/// A running service on a store of its own. It is killed when dropped.
pub struct Service {
    // The processes end before their database goes.
    instances: Vec<Instance>,
    database: Option<Database>,
    http: reqwest::Client,
    clients: AtomicUsize,
}

impl ServiceBuilder {
    /// With this environment variable, `PARLOR_…`.
    pub fn with(mut self, key: &str, value: &(impl ToString + ?Sized)) -> Self {
        self.environment.push((key.to_owned(), value.to_string()));
        self
    }

    /// With this file in the data folder, in which the program is started too.
    pub fn file(mut self, name: &str, text: impl Into<String>) -> Self {
        self.files.push((name.to_owned(), text.into()));
        self
    }

    /// With at most so many descriptors for each process.
    pub const fn open_files(mut self, limit: u32) -> Self {
        self.open_files = Some(limit);
        self
    }

    /// Deployed so, whatever the run of the tests is about.
    pub const fn deployed(mut self, deployment: Deployment) -> Self {
        self.deployment = deployment;
        self
    }

    /// On a store in which there is nothing, not even a schema.
    pub fn on_an_empty_store(mut self) -> Self {
        self.store = Store::Empty;
        self
    }

    /// On this database of PostgreSQL.
    pub fn on_database(mut self, url: Url) -> Self {
        self.store = Store::Given(url);
        self.deployed(Deployment::Postgres)
    }

    /// Starts it and waits until every instance is ready.
    pub async fn start(self) -> Service {
        let mut service = self.stopped();
        service.start().await;
        service
    }

    /// Everything but the start: for looking at one that refuses to start, with [`Service::run`].
    pub fn stopped(self) -> Service {
        let mut environment: Vec<(String, String)> = [
            ("PARLOR_LOG__FORMAT", "json"),
            ("PARLOR_LOG__LEVEL", "debug"),
            ("PARLOR_LIMITS__PROMPTS_PER_MINUTE", "100000"),
            ("PARLOR_MODEL__ECHO_DELAY_MS", "0"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
        let database = match (self.deployment, &self.store) {
            (Deployment::Embedded, _) | (_, Store::Given(_)) => None,
            (_, Store::Migrated) => Some(Database::migrated()),
            (_, Store::Empty) => Some(Database::empty()),
        };
        let url = match self.store {
            Store::Given(url) => Some(url),
            _ => database.as_ref().map(Database::url),
        };
        environment.extend(url.map(|url| ("PARLOR_STORE__URL".to_owned(), url.to_string())));
        environment.extend(self.environment);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let instances = (0..self.deployment.instances()).map(|_| {
            let mut instance = Instance::new(&environment, &self.files, http.clone());
            if let Some(limit) = self.open_files {
                instance.limit_open_files(limit);
            }
            instance
        });
        Service {
            instances: instances.collect(),
            database,
            http,
            clients: AtomicUsize::new(0),
        }
    }
}

impl Service {
    /// A service with the demo organization, as `cargo run` starts it, on free ports and a fresh store.
    pub async fn demo() -> Self {
        Self::builder().start().await
    }

    /// A service to configure.
    pub fn builder() -> ServiceBuilder {
        ServiceBuilder {
            deployment: Deployment::of_this_run(),
            store: Store::Migrated,
            environment: Vec::new(),
            files: Vec::new(),
            open_files: None,
        }
    }

    /// Somebody of the demo organization. Each request goes to another instance than the one before.
    pub fn acting_as(&self, name: &str) -> As {
        self.client(Some(format!("demo-{name}")))
    }

    /// Somebody without a token.
    pub fn anonymous(&self) -> As {
        self.client(None)
    }

    /// Somebody with this token.
    pub fn with_token(&self, token: &str) -> As {
        self.client(Some(token.to_owned()))
    }

    fn client(&self, token: Option<String>) -> As {
        let mut bases: Vec<_> = self
            .instances
            .iter()
            .map(|instance| instance.base().to_owned())
            .collect();
        // Not all begin with the same one.
        let first = self.clients.fetch_add(1, Ordering::Relaxed) % bases.len();
        bases.rotate_left(first);
        As::new(self.http.clone(), bases, token)
    }

    pub const fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// All of its processes; on the embedded store that is one.
    pub fn instances(&self) -> &[Instance] {
        &self.instances
    }

    /// One of its processes; the first one is always there.
    pub fn instance(&self, number: usize) -> &Instance {
        &self.instances[number]
    }

    /// One of its processes, to start or stop.
    pub fn instance_mut(&mut self, number: usize) -> &mut Instance {
        &mut self.instances[number]
    }

    /// Its database of its own; there is one on PostgreSQL.
    pub fn database(&self) -> &Database {
        self.database.as_ref().unwrap()
    }

    /// Whether it works on PostgreSQL.
    pub const fn has_database(&self) -> bool {
        self.database.is_some()
    }

    /// `http://address` of the first instance, without a path.
    pub fn base(&self) -> &str {
        self.instances[0].base()
    }

    /// What the metrics listeners answer, one after the other.
    pub async fn metrics(&self) -> String {
        let mut all = String::new();
        for instance in &self.instances {
            all.push_str(&instance.metrics().await.expect("metrics are served"));
        }
        all
    }

    /// What each instance's metrics say under this name, with its labels; `None` where it is not there, or not known.
    pub async fn measured(&self, name: &str) -> Vec<Option<f64>> {
        let mut values = Vec::new();
        for instance in &self.instances {
            let metrics = instance.metrics().await.expect("metrics are served");
            let mut lines = metrics.lines();
            let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            let value = value.map(|value| value.parse().unwrap());
            values.push(value.filter(|value: &f64| !value.is_nan()));
        }
        values
    }

    /// The data folder of the first instance.
    pub fn data_dir(&self) -> &Path {
        self.instances[0].data_dir()
    }

    /// The file that the audit sink of the first instance writes.
    pub fn audit_file(&self) -> PathBuf {
        self.data_dir().join("audit.jsonl")
    }

    /// What the audit sinks of all instances wrote so far.
    pub fn audited(&self) -> String {
        let files = self
            .instances
            .iter()
            .map(|instance| instance.data_dir().join("audit.jsonl"));
        files
            .map(|file| std::fs::read_to_string(file).unwrap_or_default())
            .collect()
    }

    /// Everything that the program wrote to its standard output and error so far.
    pub fn output(&self) -> String {
        self.instances.iter().map(Instance::output).collect()
    }

    /// The program with other arguments, with the data folder and configuration of the first instance; waits for its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, &[])
    }

    /// The same with more in the environment. A program that does not end fails the test.
    pub fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        self.instances[0].run_with(arguments, environment)
    }

    /// Starts every process, again after [`Service::kill`] or [`Service::ended_well`], and waits until they are ready.
    pub async fn start(&mut self) {
        self.launch();
        self.until_ready().await;
    }

    /// Starts every process, without waiting for anything.
    pub fn launch(&mut self) {
        self.instances.iter_mut().for_each(Instance::launch);
    }

    /// Waits until every process is ready; none may end.
    pub async fn until_ready(&mut self) {
        join_all(self.instances.iter_mut().map(Instance::until_ready)).await;
    }

    /// `kill -9`, of every process.
    pub fn kill(&mut self) {
        self.instances.iter_mut().for_each(Instance::kill);
    }

    /// SIGTERM to every process, without waiting.
    pub fn ask_to_stop(&self) {
        self.instances.iter().for_each(Instance::ask_to_stop);
    }

    /// Waits until every process has ended by itself, and with success.
    pub async fn ended_well(&mut self) {
        let ended = join_all(self.instances.iter_mut().map(Instance::ended)).await;
        for (status, instance) in ended.iter().zip(&self.instances) {
            assert_eq!(status.code(), Some(0), "{}", instance.output());
        }
    }
}
