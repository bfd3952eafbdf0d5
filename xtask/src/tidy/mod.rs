//! `cargo xtask tidy`: the rules of the code base that no compiler checks. Each finding names the file and
//! what to do about it.

mod crates;
mod files;
mod layers;
mod links;
pub mod migrations;
mod picture;

use std::fmt::{self, Display};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use crate::shell;

/// A rule that is broken somewhere.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    file: String,
    /// What is wrong and what to do about it.
    advice: String,
}

impl Finding {
    fn new(file: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            advice: advice.into(),
        }
    }
}

impl Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.file, self.advice)
    }
}

/// What `cargo metadata` says about the crates of the workspace.
#[derive(Deserialize)]
struct Workspace {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    rename: Option<String>,
    /// `None` is a normal one.
    kind: Option<Kind>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Dev,
    Build,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: String,
}

/// A file that git knows or would add.
struct SourceFile {
    /// From the root, with slashes.
    path: String,
    /// `None` when it is not text.
    text: Option<String>,
}

impl SourceFile {
    fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|own| own == extension)
    }
}

pub fn run() -> Result<()> {
    let root = shell::root();
    let files = source_files(root)?;
    let mut workspace = workspace()?;
    relative_to(root, &mut workspace);

    let mut findings = layers::check(&workspace);
    findings.extend(crates::check(&workspace, &files));
    findings.extend(files::check(&files));
    findings.extend(links::check(&files));
    findings.extend(migrations::check(&files));
    findings.extend(picture::check(&files));
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} findings: mend them as each one says", findings.len());
    }
    println!(
        "{} crates and {} files are tidy",
        workspace.packages.len(),
        files.len()
    );
    Ok(())
}

/// Checks the names of the migrations alone.
///
/// # Errors
/// At each name that is not as it must be.
pub fn check_migrations() -> Result<()> {
    let findings = migrations::check(&source_files(shell::root())?);
    for finding in &findings {
        println!("{finding}");
    }
    ensure!(
        findings.is_empty(),
        "{} findings: mend them as each one says",
        findings.len()
    );
    Ok(())
}

/// Draws the documentation's picture of the layers.
///
/// # Errors
/// When it cannot be written.
pub fn draw_layers() -> Result<()> {
    fs::write(shell::root().join(picture::FILE), picture::of_the_table())
        .with_context(|| format!("cannot write {}", picture::FILE))?;
    println!("{}", picture::FILE);
    Ok(())
}

fn workspace() -> Result<Workspace> {
    let metadata =
        shell::output(shell::cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    serde_json::from_str(&metadata).context("cannot read the output of `cargo metadata`")
}

/// Turns the paths of `cargo metadata` into those of [`SourceFile`].
fn relative_to(root: &Path, workspace: &mut Workspace) {
    let relative = |path: &mut String| {
        // A target outside its crate's folder comes as `crates/app/../../tests/main.rs`.
        let mut straight = PathBuf::new();
        for part in Path::new(path.as_str()).components() {
            match part {
                Component::ParentDir => drop(straight.pop()),
                part => straight.push(part),
            }
        }
        if let Ok(rest) = straight.strip_prefix(root) {
            *path = rest.to_string_lossy().replace('\\', "/");
        }
    };
    for package in &mut workspace.packages {
        relative(&mut package.manifest_path);
        for target in &mut package.targets {
            relative(&mut target.src_path);
        }
    }
}

/// Every file that is tracked, or new and not ignored: a rule is broken before the commit, not after it.
fn source_files(root: &Path) -> Result<Vec<SourceFile>> {
    let mut git = Command::new("git");
    git.current_dir(root).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let listed = shell::output(&mut git).context("the files to check are those that git knows")?;
    let mut paths: Vec<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
    paths.sort_unstable();
    paths.dedup();
    // What is deleted but not yet committed is still listed.
    let there = paths.into_iter().filter(|path| root.join(path).is_file());
    there
        .map(|path| {
            let bytes = fs::read(root.join(path)).with_context(|| format!("cannot read {path}"))?;
            Ok(SourceFile {
                path: path.to_owned(),
                text: String::from_utf8(bytes).ok(),
            })
        })
        .collect()
}

#[cfg(test)]
mod testing {
    use super::{Dependency, Kind, Package, SourceFile, Target};

    /// A crate in `crates/NAME` with a library, and its dependencies.
    pub fn package(name: &str, dependencies: &[(&str, Option<Kind>)]) -> Package {
        let folder = format!("crates/{}", name.trim_start_matches("parlor-"));
        Package {
            name: name.to_owned(),
            manifest_path: format!("{folder}/Cargo.toml"),
            dependencies: dependencies
                .iter()
                .map(|(name, kind)| Dependency {
                    name: (*name).to_owned(),
                    rename: None,
                    kind: *kind,
                })
                .collect(),
            targets: vec![Target {
                kind: vec!["lib".to_owned()],
                src_path: format!("{folder}/src/lib.rs"),
            }],
        }
    }

    pub fn file(path: &str, text: &str) -> SourceFile {
        SourceFile {
            path: path.to_owned(),
            text: Some(text.to_owned()),
        }
    }
}
