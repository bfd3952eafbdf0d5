//! A PostgreSQL of a test's own, to kill: with all that makes it durable.

use std::{
    fs::{File, Permissions},
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use reqwest::Url;
use tempfile::TempDir;

use super::{database::sql, deployment::postgres_program, free_port, instance::signal};

/// A server with a data folder of its own. It goes away with this value.
pub struct Cluster {
    server: Option<Child>,
    port: u16,
    folder: TempDir,
}

impl Cluster {
    /// Makes a cluster and starts its server.
    pub fn start() -> Self {
        let cluster = Self::at(TempDir::new().unwrap());
        let mut initdb = cluster.program("initdb");
        initdb
            // What there is before the server starts is there after a kill, too.
            .args([
                "--no-sync",
                "--auth=trust",
                "--username=postgres",
                "--no-instructions",
            ])
            .args(["--encoding=UTF8", "--locale=C.UTF-8", "--pgdata"])
            .arg(cluster.data());
        run(&mut initdb);
        cluster.started()
    }

    /// A streaming replica of this one, which follows it until it is told to pause.
    pub fn replica(&self) -> Self {
        let replica = Self::at(TempDir::new().unwrap());
        let mut copy = replica.program("pg_basebackup");
        copy.args(["--no-sync", "--write-recovery-conf", "--checkpoint=fast"])
            .arg(format!("--dbname={}", self.url()))
            .arg("--pgdata")
            .arg(replica.data());
        run(&mut copy);
        replica.started()
    }

    fn at(folder: TempDir) -> Self {
        // PostgreSQL does not run as root; whoever brings it says as whom it does.
        if let Some(user) = ordinary_user() {
            chown(folder.path(), Some(user.0), Some(user.1)).unwrap();
        }
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
        Self {
            server: None,
            port: free_port(),
            folder,
        }
    }

    fn started(mut self) -> Self {
        self.launch();
        self.until_ready();
        self
    }

    /// Starts the server, again after [`Cluster::kill`], without waiting for anything.
    pub fn launch(&mut self) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .unwrap();
        let mut postgres = self.program("postgres");
        postgres
            .arg("-D")
            .arg(self.data())
            .args(["-p", &self.port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories="])
            .args(["-c", "max_connections=200"])
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        self.server = Some(postgres.spawn().unwrap());
    }

    /// Waits until the server answers. One that finds the remains of the killed one still running is started again, as an
    /// orchestrator would.
    pub fn until_ready(&mut self) {
        let deadline = Instant::now() + Duration::from_mins(1);
        let mut asks = Command::new(postgres_program("pg_isready"));
        asks.arg("--quiet").arg(format!("--dbname={}", self.url()));
        while !asks.status().unwrap().success() {
            let log = || std::fs::read_to_string(self.log()).unwrap_or_default();
            assert!(Instant::now() < deadline, "{}", log());
            if self.server.as_mut().unwrap().try_wait().unwrap().is_some() {
                self.launch();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// `kill -9` of the server. Its other processes notice and end.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// The URL of its database, for the superuser.
    pub fn url(&self) -> Url {
        let url = format!("postgres://postgres@127.0.0.1:{}/postgres", self.port);
        url.parse().unwrap()
    }

    /// What these statements answer: columns between `|`, a row a line.
    pub fn sql(&self, statements: &str) -> String {
        sql(&self.url(), statements)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(postgres_program(name));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        if let Some((user, group)) = ordinary_user() {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Quickly, and with all of its processes.
        if let Some(mut server) = self.server.take() {
            signal(server.id(), "QUIT");
            let _ = server.wait();
        }
    }
}

/// The user and group whom `PARLOR_TEST_POSTGRES_USER` names; nobody where the tests are not root's.
fn ordinary_user() -> Option<(u32, u32)> {
    let name = std::env::var("PARLOR_TEST_POSTGRES_USER").ok()?;
    let number = |what: &str| {
        let answered = Command::new("id").args([what, &name]).output().unwrap();
        assert!(answered.status.success(), "{answered:?}");
        let number = String::from_utf8(answered.stdout).unwrap();
        number.trim().parse().unwrap()
    };
    Some((number("-u"), number("-g")))
}

fn run(command: &mut Command) {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{done:?}");
}
