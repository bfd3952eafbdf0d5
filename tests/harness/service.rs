//! The program as a process.

use std::{
    fs::File,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::As;

/// A service to start.
pub struct ServiceBuilder {
    environment: Vec<(String, String)>,
    files: Vec<(String, String)>,
}

/// A running service on a data folder of its own. It is killed when dropped.
pub struct Service {
    child: Option<Child>,
    environment: Vec<(String, String)>,
    data: Arc<TempDir>,
    base: String,
    metrics: String,
    http: reqwest::Client,
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

    /// Starts it and waits until it is ready.
    pub async fn start(self) -> Service {
        let mut service = self.stopped();
        service.start().await;
        service
    }

    /// Everything but the start: for looking at one that refuses to start, with [`Service::run`].
    pub fn stopped(self) -> Service {
        let (port, metrics_port) = (free_port(), free_port());
        let mut environment = vec![
            (
                "PARLOR_HTTP__LISTEN".to_owned(),
                format!("127.0.0.1:{port}"),
            ),
            (
                "PARLOR_METRICS__LISTEN".to_owned(),
                format!("127.0.0.1:{metrics_port}"),
            ),
            ("PARLOR_LOG__FORMAT".to_owned(), "json".to_owned()),
            ("PARLOR_LOG__LEVEL".to_owned(), "debug".to_owned()),
            (
                "PARLOR_LIMITS__PROMPTS_PER_MINUTE".to_owned(),
                "100000".to_owned(),
            ),
            ("PARLOR_MODEL__ECHO_DELAY_MS".to_owned(), "0".to_owned()),
        ];
        environment.extend(self.environment);
        let data = Arc::new(TempDir::new().unwrap());
        for (name, text) in self.files {
            std::fs::write(data.path().join(name), text).unwrap();
        }
        Service {
            child: None,
            environment,
            data,
            base: format!("http://127.0.0.1:{port}"),
            metrics: format!("http://127.0.0.1:{metrics_port}/metrics"),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }
}

impl Service {
    /// A service with the demo organization, as `cargo run` starts it, on free ports and a fresh data folder.
    pub async fn demo() -> Self {
        Self::builder().start().await
    }

    /// A service to configure.
    pub fn builder() -> ServiceBuilder {
        ServiceBuilder {
            environment: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Somebody of the demo organization.
    pub fn acting_as(&self, name: &str) -> As {
        As::new(self, Some(format!("demo-{name}")))
    }

    /// Somebody without a token.
    pub fn anonymous(&self) -> As {
        As::new(self, None)
    }

    /// Somebody with this token.
    pub fn with_token(&self, token: &str) -> As {
        As::new(self, Some(token.to_owned()))
    }

    pub const fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// `http://address`, without a path.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What the metrics listener answers.
    pub async fn metrics(&self) -> String {
        self.try_metrics().await.expect("metrics are served")
    }

    /// The same, if anybody listens there.
    pub async fn try_metrics(&self) -> Option<String> {
        self.http
            .get(&self.metrics)
            .send()
            .await
            .ok()?
            .text()
            .await
            .ok()
    }

    /// The data folder.
    pub fn data_dir(&self) -> &Path {
        self.data.path()
    }

    /// The file that the audit sink writes.
    pub fn audit_file(&self) -> PathBuf {
        self.data_dir().join("audit.jsonl")
    }

    /// Everything that the program wrote to its standard output and error so far.
    pub fn output(&self) -> String {
        std::fs::read_to_string(self.output_file()).unwrap()
    }

    /// The program with other arguments, on the same data folder and configuration; waits for its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, &[])
    }

    /// The same with more in the environment. A program that does not end fails the test.
    pub fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let pid = child.id();
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(child.wait_with_output().unwrap()));
        receiver
            .recv_timeout(Duration::from_secs(20))
            .unwrap_or_else(|_| {
                signal(pid, "KILL");
                panic!("`parlor {}` goes on running", arguments.join(" "))
            })
    }

    /// Starts the process, again after [`Service::kill`] or [`Service::ended`], and waits until it is ready.
    pub async fn start(&mut self) {
        self.launch();
        self.until_ready().await;
    }

    /// Starts the process without waiting for anything.
    pub fn launch(&mut self) {
        let output = File::options()
            .create(true)
            .append(true)
            .open(self.output_file())
            .unwrap();
        let mut command = self.command(&[]);
        command
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .stdin(Stdio::null());
        self.child = Some(command.spawn().unwrap());
    }

    /// The same, as if a person looked at its standard output.
    #[cfg(target_os = "linux")]
    pub fn launch_on_a_terminal(&mut self) {
        let program = self.command(&[]);
        let mut command = Command::new("script");
        command.args(["--quiet", "--flush", "--return", "--command"]);
        command.arg(format!("exec {}", program.get_program().display()));
        command.arg(self.output_file()).current_dir(self.data_dir());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.child = Some(command.spawn().unwrap());
    }

    /// Waits until the process is ready; it must not end.
    pub async fn until_ready(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let ready = self
                .http
                .get(format!("{}/health/ready", self.base))
                .send()
                .await;
            if ready.is_ok_and(|answer| answer.status() == 200) {
                return;
            }
            if let Some(status) = self.child.as_mut().unwrap().try_wait().unwrap() {
                panic!("the program ended with {status}:\n{}", self.output());
            }
            assert!(
                Instant::now() < deadline,
                "not ready within 30 s:\n{}",
                self.output()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// SIGTERM, without waiting.
    pub fn ask_to_stop(&self) {
        signal(self.child.as_ref().unwrap().id(), "TERM");
    }

    /// Waits until the process has ended by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        tokio::task::spawn_blocking(move || child.wait().unwrap())
            .await
            .unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
        for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("PARLOR_")) {
            command.env_remove(key);
        }
        command
            .args(arguments)
            .current_dir(self.data_dir())
            .env("PARLOR_DATA_DIR", self.data_dir())
            .envs(self.environment.iter().cloned());
        command
    }

    fn output_file(&self) -> PathBuf {
        self.data_dir().join("output.log")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
    }
}

fn signal(pid: u32, name: &str) {
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -{name} {pid}")])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// A port of the loopback interface that nobody listens on now.
///
/// Not one of those that the system gives to outgoing connections (from 32768 on): such a connection of another test
/// could take it before the program has it, or while the program is restarted.
///
/// Nor one that another test has been given: its service may be about to listen there, or be down between two starts, and
/// then the one test would talk to the other's service. A lock on a file of the port's name says so across threads and
/// processes; it goes with this process.
pub fn free_port() -> u16 {
    static GIVEN: Mutex<Vec<File>> = Mutex::new(Vec::new());
    let locks = std::env::temp_dir().join("parlor-test-ports");
    std::fs::create_dir_all(&locks).unwrap();
    loop {
        let random = RandomState::new().build_hasher().finish();
        let port = 10_000 + u16::try_from(random % 22_000).unwrap();
        let lock = File::create(locks.join(port.to_string())).unwrap();
        if lock.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            GIVEN.lock().unwrap().push(lock);
            return port;
        }
    }
}
