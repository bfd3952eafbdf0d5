//! The program that drives one browser.

use std::{
    fs::File,
    io::Write as _,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::crash;
use crate::harness::{brought, free_port};

/// A shell beside the driver ends it, and removes the folder, when whoever started both is gone: also when that was killed, and
/// no line of it runs any more. The browser is of the driver's group: who ends only the driver sees the browser write into the
/// folder again, after it was removed.
const SWEEP: &str = r#"
trap '' INT TERM QUIT HUP
read -r group
while read -r nothing; do :; done
kill -s KILL -- "-$group"
tries=0
until rm -rf "$1" || [ "$tries" -ge 50 ]; do sleep 0.1; tries=$((tries + 1)); done
"#;

/// What the driver says once it listens, before the port.
const LISTENS: &str = "started successfully on port ";

/// A running driver with a folder of its own, which is also the browser's. Both go away with this value.
pub struct Driver {
    process: Child,
    sweeper: Child,
    folder: PathBuf,
    url: String,
}

impl Driver {
    /// Starts one on a free port, and waits until it listens.
    pub async fn start() -> Self {
        let folder = TempDir::new().unwrap().keep();
        let mut sweeper = Command::new("sh")
            .args(["-c", SWEEP, "parlor-sweeper"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // What ends this process, and all of its group, is not to end the shell before its work is done.
            .process_group(0)
            .spawn()
            .unwrap();
        let process = Command::new(brought("PARLOR_TEST_BROWSER_DRIVER_BIN"))
            // Port 0 it tries for both families of addresses, and gives up where the one's is taken in the other.
            .arg(format!("--port={}", free_port()))
            .arg("--enable-chrome-logs")
            .env("BREAKPAD_DUMP_LOCATION", folder.join(crash::DUMPS))
            .stdin(Stdio::null())
            .stdout(File::create(folder.join("driver.log")).unwrap())
            .stderr(File::create(folder.join(crash::LOG)).unwrap())
            .process_group(0)
            .spawn()
            .unwrap();
        writeln!(sweeper.stdin.as_mut().unwrap(), "{}", process.id()).unwrap();
        let mut driver = Self {
            process,
            sweeper,
            folder,
            url: String::new(),
        };
        driver.url = format!("http://127.0.0.1:{}", driver.port().await);
        driver
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A folder for whatever belongs to its browser.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The port that it listens on.
    async fn port(&self) -> u16 {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let log = std::fs::read_to_string(self.folder.join("driver.log")).unwrap_or_default();
            let port = log.split_once(LISTENS).and_then(|(_, rest)| {
                let (port, _) = rest.split_once('\n')?;
                port.trim().trim_end_matches('.').parse().ok()
            });
            if let Some(port) = port {
                return port;
            }
            assert!(
                Instant::now() < deadline,
                "the browser's driver does not listen within 30 s:\n{log}"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.sweeper.stdin.take());
        self.sweeper.wait().unwrap();
        self.process.wait().unwrap();
    }
}
