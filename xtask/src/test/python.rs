//! Programs that come as packages of Python's index: prebuilt, and kept in the cache.

use std::fs::{self, File};
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::machine;
use crate::shell;

/// A virtual environment in the cache that holds some packages.
pub struct Python {
    interpreter: PathBuf,
}

impl Python {
    /// Fetches `packages`, as `NAME==VERSION`, unless they are there already. `part` is what they are for.
    pub fn with(part: &str, packages: &[&str]) -> Result<Self> {
        install(part, packages)
            .map(|interpreter| Self { interpreter })
            .with_context(|| {
                format!("cannot bring {part} (`--without {part}` leaves it out, with its tests)")
            })
    }

    /// Its interpreter's program.
    pub fn interpreter(&self) -> &Path {
        &self.interpreter
    }

    /// Its interpreter.
    pub fn command(&self) -> Command {
        Command::new(&self.interpreter)
    }

    /// The folder of a module, which is found without running its code.
    pub fn folder_of(&self, module: &str) -> Result<PathBuf> {
        let question = format!(
            "import importlib.util as u; print(u.find_spec('{module}').submodule_search_locations[0])"
        );
        let folder = PathBuf::from(shell::output(self.command().args(["-c", &question]))?.trim());
        ensure!(folder.is_dir(), "there is no folder {}", folder.display());
        Ok(folder)
    }
}

/// What the folder of these packages is called after. The names of many make too long a name for a file.
fn key(packages: &[&str]) -> String {
    let all = packages.join("-").replace("==", "-");
    if packages.len() <= 2 {
        return all;
    }
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(&all);
    let first = packages.first().map(|first| first.replace("==", "-"));
    format!("{}-{hash:016x}", first.unwrap_or_default())
}

fn install(part: &str, packages: &[&str]) -> Result<PathBuf> {
    machine::ensure(
        "python3 with its modules venv and ensurepip",
        &["python3", "python3-venv"],
        || shell::answers("python3", &["-c", "import ensurepip, venv"]),
    )?;
    let cache = machine::cache()?;
    // Two runs at once must not install into each other's folder; the lock goes with the process.
    let lock = File::create(cache.join(format!("{part}.lock")))?;
    lock.lock()
        .with_context(|| format!("cannot wait for another run to install {part}"))?;

    // Compiled modules fit one version of Python, and the pinned packages may change.
    let version = "import sys; print('%d.%d' % sys.version_info[:2])";
    let version = shell::output(Command::new("python3").args(["-c", version]))?;
    let key = key(packages);
    let folder = cache.join(format!("{part}-python{}-{key}", version.trim()));
    let python = folder.join("bin/python");
    let complete = folder.join("complete");
    if complete.is_file() && shell::quiet(Command::new(&python).arg("--version")) {
        return Ok(python);
    }
    let fetched = match packages {
        [first, _, _, ..] => format!("{first} and {} more", packages.len() - 1),
        few => few.join(" and "),
    };
    println!("{part}: fetching {fetched} into {}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    shell::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    shell::run(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet"])
            .arg("--disable-pip-version-check")
            // Nothing is compiled here, and a package must not bring the tool that it plugs into.
            .args(["--only-binary", ":all:", "--no-deps", "--no-cache-dir"])
            .args(packages),
    )?;
    File::create(complete)?;
    Ok(python)
}
