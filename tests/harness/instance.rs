//! One process of the program.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{As, free_port};

/// A process of the program with a data folder of its own. It is killed when dropped.
pub struct Instance {
    child: Option<Child>,
    environment: Vec<(String, String)>,
    data: Arc<TempDir>,
    base: String,
    metrics: String,
    http: reqwest::Client,
    open_files: Option<u32>,
}

impl Instance {
    /// One to start, on free ports, with these variables and with these files in its data folder.
    pub fn new(
        environment: &[(String, String)],
        files: &[(String, String)],
        http: reqwest::Client,
    ) -> Self {
        let [port, metrics_port] = [free_port(), free_port()];
        let mut own: Vec<(String, String)> = [
            ("PARLOR_HTTP__LISTEN", format!("127.0.0.1:{port}")),
            (
                "PARLOR_METRICS__LISTEN",
                format!("127.0.0.1:{metrics_port}"),
            ),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into();
        own.extend_from_slice(environment);
        let data = Arc::new(TempDir::new().unwrap());
        for (name, text) in files {
            std::fs::write(data.path().join(name), text).unwrap();
        }
        Self {
            child: None,
            environment: own,
            data,
            base: format!("http://127.0.0.1:{port}"),
            metrics: format!("http://127.0.0.1:{metrics_port}/metrics"),
            http,
            open_files: None,
        }
    }

    /// Lets the process have at most so many descriptors.
    pub const fn limit_open_files(&mut self, limit: u32) {
        self.open_files = Some(limit);
    }

    /// The id of the running process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Somebody of the demo organization who speaks to this instance alone.
    pub fn acting_as(&self, name: &str) -> As {
        let token = Some(format!("demo-{name}"));
        As::new(self.http.clone(), vec![self.base.clone()], token)
    }

    /// `http://address`, without a path.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The status with which its metrics listener answers to this name.
    pub async fn metrics_status_as(&self, host: &str) -> u16 {
        let request = self.http.get(&self.metrics).header("host", host);
        request.send().await.unwrap().status().as_u16()
    }

    /// What its metrics listener answers, if anybody listens there.
    pub async fn metrics(&self) -> Option<String> {
        let answer = self.http.get(&self.metrics).send().await.ok()?;
        answer.text().await.ok()
    }

    /// The data folder.
    pub fn data_dir(&self) -> &Path {
        self.data.path()
    }

    /// Everything that the program wrote to its standard output and error so far; nothing before it was started.
    pub fn output(&self) -> String {
        std::fs::read_to_string(self.output_file()).unwrap_or_default()
    }

    /// The program with other arguments, on the same data folder and configuration, and with more in the environment; waits for
    /// its end. A program that does not end fails the test.
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

    /// Starts the process, again after [`Instance::kill`] or [`Instance::ended`], and waits until it is ready.
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
            let ready = self.http.get(format!("{}/health/ready", self.base));
            let ready = ready.timeout(Duration::from_secs(5)).send().await;
            if ready.is_ok_and(|answer| answer.status() == 200) {
                return;
            }
            self.must_be_running();
            assert!(
                Instant::now() < deadline,
                "not ready within 30 s:\n{}",
                self.output()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// It was started, and has not ended by itself.
    #[track_caller]
    pub fn must_be_running(&mut self) {
        if let Some(status) = self.child.as_mut().unwrap().try_wait().unwrap() {
            panic!("the program ended with {status}:\n{}", self.output());
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// From now on no file of this process becomes longer than this, as on a disk that is full; `None` lifts that.
    #[cfg(target_os = "linux")]
    pub fn limit_files_to(&self, bytes: Option<u64>) {
        let limit = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        let pid = self.child.as_ref().unwrap().id();
        let set = Command::new("prlimit")
            // The soft limit alone: a hard one is never lifted again.
            .args([&format!("--pid={pid}"), &format!("--fsize={limit}:")])
            .output()
            .expect("`prlimit` is there (util-linux)");
        assert!(set.status.success(), "{set:?}");
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
        let mut command = match self.open_files {
            Some(limit) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", &format!("ulimit -n {limit}; exec \"$0\" \"$@\"")]);
                shell.arg(program().get_program());
                for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("PARLOR_")) {
                    shell.env_remove(key);
                }
                shell
            }
            None => program(),
        };
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

impl Drop for Instance {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The program, with nothing of what the tests' own environment configures.
pub fn program() -> Command {
    // Another build of it, for trying what takes time.
    let built = std::env::var_os("PARLOR_TEST_PROGRAM");
    let mut command = Command::new(built.unwrap_or_else(|| env!("CARGO_BIN_EXE_parlor").into()));
    for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("PARLOR_")) {
        command.env_remove(key);
    }
    command
}

/// Sends a signal to a process.
pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -{name} {pid}")])
        .status()
        .unwrap();
    assert!(sent.success());
}
