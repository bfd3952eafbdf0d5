//! The program that drives one browser.

use std::{
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::harness::brought;

/// The driver runs below a shell that ends it, and removes the folder, when whoever started it is gone: also when that was
/// killed, and no line of it runs any more. The browser hangs on a pipe of the driver's and ends with it; what it still writes
/// while it ends may keep the folder for a moment.
const SWEEP: &str = r#"
trap '' INT TERM QUIT HUP
folder=$1
shift
"$@" >"$folder/driver.log" 2>&1 </dev/null &
cat >/dev/null
kill -KILL "$!"
wait "$!"
tries=0
until rm -rf "$folder" || [ "$tries" -ge 50 ]; do sleep 0.1; tries=$((tries + 1)); done
"#;

/// What the driver says once it listens, before the port.
const LISTENS: &str = "started successfully on port ";

/// A running driver with a folder of its own, which is also the browser's. Both go away with this value.
pub struct Driver {
    shell: Child,
    folder: PathBuf,
    url: String,
}

impl Driver {
    /// Starts one on a free port, and waits until it listens.
    pub async fn start() -> Self {
        let folder = TempDir::new().unwrap().keep();
        let shell = Command::new("sh")
            .args(["-c", SWEEP, "parlor-sweeper"])
            .arg(&folder)
            .arg(brought("PARLOR_TEST_BROWSER_DRIVER_BIN"))
            .arg("--port=0")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // What ends this process, and all of its group, is not to end the shell before its work is done.
            .process_group(0)
            .spawn()
            .unwrap();
        let mut driver = Self {
            shell,
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

    /// The port that it chose.
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
        drop(self.shell.stdin.take());
        self.shell.wait().unwrap();
    }
}
