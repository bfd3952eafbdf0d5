//! A Kafka broker of a test's own, to kill: what it has acknowledged outlives it.

use std::{
    fs::File,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{deployment::brought, free_port, instance::signal};

/// A broker on a free port, which stays the same from start to start. It ends with this value.
pub struct Broker {
    process: Option<Child>,
    port: u16,
    folder: TempDir,
}

impl Broker {
    /// The topic of audit entries.
    pub const TOPIC: &str = "parlor.audit";
    /// Into how many partitions it is divided.
    pub const PARTITIONS: usize = 3;

    /// One that has the topic of audit entries, and is not running.
    pub fn stopped() -> Self {
        let mut broker = Self::start();
        broker.kill();
        broker
    }

    /// One that has the topic of audit entries.
    pub fn start() -> Self {
        let mut broker = Self {
            process: None,
            port: free_port(),
            folder: TempDir::new().unwrap(),
        };
        broker.launch();
        broker.until_ready();
        let mut create = program();
        create
            .args(["topic", "create", Self::TOPIC])
            .args(["--partitions", &Self::PARTITIONS.to_string()])
            .args(["--broker", &broker.url()]);
        let created = create.output().unwrap();
        assert!(created.status.success(), "{created:?}");
        broker
    }

    /// Starts the process, again after [`Broker::kill`], without waiting for anything.
    pub fn launch(&mut self) {
        let output = File::create(self.log()).unwrap();
        let mut broker = program();
        broker
            .arg("broker")
            // Its name is this broker's alone: other tests have theirs beside it.
            .arg(format!(
                "--storage-engine=s3://blackbox-{}-{}/",
                std::process::id(),
                self.port
            ))
            .arg(format!("--listener-url={}", self.url()))
            .arg(format!("--advertised-listener-url={}", self.url()))
            .stdout(output.try_clone().unwrap())
            .stderr(output);
        self.process = Some(broker.spawn().unwrap());
    }

    /// Waits until it says that it is ready.
    pub fn until_ready(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let said = std::fs::read_to_string(self.log()).unwrap();
            if said.contains("ready in") {
                return;
            }
            let ended = self.process.as_mut().unwrap().try_wait().unwrap();
            assert_eq!(ended, None, "{said}");
            assert!(Instant::now() < deadline, "{said}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// From now on it accepts connections and says nothing, until [`Broker::speak`].
    pub fn fall_silent(&self) {
        signal(self.process.as_ref().unwrap().id(), "STOP");
    }

    /// It answers again, also what it was asked meanwhile.
    pub fn speak(&self) {
        signal(self.process.as_ref().unwrap().id(), "CONT");
    }

    /// As in Kafka's `bootstrap.servers`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn url(&self) -> String {
        format!("tcp://{}", self.address())
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
    }
}

fn program() -> Command {
    let mut command = Command::new(brought("PARLOR_TEST_KAFKA_BROKER_BIN"));
    command.stdin(Stdio::null());
    command
}
