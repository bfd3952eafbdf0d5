//! PostgreSQL servers of one's own, for tests that stop and start them.

use std::{
    env, fs,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use sqlx::{ConnectOptions as _, PgConnection, postgres::PgConnectOptions};
use tokio::time::{Instant, sleep};

/// The folder of the server's programs: `cargo xtask test` finds them.
const BINARIES: &str = "PARLOR_TEST_POSTGRES_BIN";
/// Who runs a server where root may not, as root may not.
const USER: &str = "PARLOR_TEST_POSTGRES_USER";

/// How long anything here may take.
pub const SOON: Duration = Duration::from_secs(30);

/// Waits until something is so.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + SOON;
    while !is_so().await {
        assert!(Instant::now() < deadline, "{what} takes too long");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Who runs the servers: whoever runs the tests, unless that is root.
#[derive(Clone, Copy)]
pub struct Owner(Option<(u32, u32)>);

impl Owner {
    pub fn new(folder: &Path) -> Self {
        if fs::metadata(folder).unwrap().uid() != 0 {
            return Self(None);
        }
        let name = env::var(USER).unwrap_or_else(|_| "postgres".to_owned());
        let id = |what: &str| {
            let output = Command::new("id").arg(what).arg(&name).output().unwrap();
            String::from_utf8(output.stdout)
                .unwrap()
                .trim()
                .parse()
                .unwrap()
        };
        Self(Some((id("-u"), id("-g"))))
    }

    pub fn give(self, folder: &Path) {
        if let Some((user, group)) = self.0 {
            chown(folder, Some(user), Some(group)).unwrap();
        }
    }

    fn command(self, program: &str, folder: &Path) -> Command {
        let binaries = env::var(BINARIES).unwrap_or_else(|_| {
            panic!("{BINARIES} must be the folder of PostgreSQL's programs: run `cargo xtask test`, which finds them")
        });
        let mut command = Command::new(PathBuf::from(binaries).join(program));
        command.current_dir(folder);
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command
    }
}

/// A server, which ends with the value.
pub struct Server {
    owner: Owner,
    pub data: PathBuf,
    port: u16,
    process: Option<Child>,
}

impl Server {
    pub fn new(owner: Owner, folder: &Path, name: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        Self {
            owner,
            data: folder.join(name),
            port: listener.local_addr().unwrap().port(),
            process: None,
        }
    }

    pub fn program(&self, program: &str) -> Command {
        self.owner.command(program, self.data.parent().unwrap())
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    pub async fn start(&mut self) {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.data.with_extension("log"))
            .unwrap();
        let mut postgres = self.program("postgres");
        postgres
            .arg("-D")
            .arg(&self.data)
            .args(["-p", &self.port.to_string()])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        for setting in [
            "fsync=off",
            "full_page_writes=off",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "wal_receiver_timeout=5s",
            "wal_retrieve_retry_interval=100ms",
        ] {
            postgres.args(["-c", setting]);
        }
        self.process = Some(postgres.spawn().unwrap());
        until("a server's start", async || {
            self.try_connect().await.is_some()
        })
        .await;
    }

    /// Sends a signal to its first process.
    pub fn signal(&self, signal: &str) {
        let id = self.process.as_ref().unwrap().id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Ends it as a crash would.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let mut stopping = self.program("pg_ctl");
            stopping
                .args(["stop", "--silent", "--mode=immediate", "--pgdata"])
                .arg(&self.data);
            let stopped = stopping.status().is_ok_and(|status| status.success());
            if !stopped {
                let _ = process.kill();
            }
            let _ = process.wait();
        }
    }

    async fn try_connect(&self) -> Option<PgConnection> {
        let options: PgConnectOptions = self.url().parse().unwrap();
        options.disable_statement_logging().connect().await.ok()
    }

    /// A connection of another program.
    pub async fn connect(&self) -> PgConnection {
        self.try_connect().await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
