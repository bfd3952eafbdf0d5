//! A terminal in which the documentation's commands are typed.

use std::{
    fs::Permissions,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// `cargo run` as after a build: the program that is tested, with the arguments after `--`.
const CARGO: &str = r#"#!/bin/sh
[ "$1" = run ] || { echo "only cargo run is known here, not: cargo $*" >&2; exit 1; }
shift
[ "$1" = -- ] && shift
exec parlor "$@"
"#;

/// A working folder that is also the home folder, in which `parlor` and `cargo run` are the program that is tested.
pub struct Shell {
    folder: TempDir,
    programs: TempDir,
    path: String,
}

impl Shell {
    pub fn new() -> Self {
        let programs = TempDir::new().unwrap();
        let cargo = programs.path().join("cargo");
        std::fs::write(&cargo, CARGO).unwrap();
        std::fs::set_permissions(&cargo, Permissions::from_mode(0o755)).unwrap();
        symlink(env!("CARGO_BIN_EXE_parlor"), programs.path().join("parlor")).unwrap();
        Self {
            folder: TempDir::new().unwrap(),
            programs,
            path: std::env::var("PATH").unwrap(),
        }
    }

    /// With the programs of this folder before others.
    pub fn with_programs(mut self, folder: &Path) -> Self {
        self.path = format!("{}:{}", folder.display(), self.path);
        self
    }

    /// Where it works.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file in the working folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// The commands, to run with more in the environment.
    pub fn command(&self, commands: &str) -> Command {
        // What does not end by itself fails its test.
        let mut command = Command::new("timeout");
        for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("PARLOR_")) {
            command.env_remove(key);
        }
        command
            .args(["50", "bash", "-euo", "pipefail", "-c", commands])
            .current_dir(self.folder())
            .env("HOME", self.folder())
            .env_remove("XDG_DATA_HOME")
            .env(
                "PATH",
                format!("{}:{}", self.programs.path().display(), self.path),
            )
            .stdin(Stdio::null());
        command
    }

    /// Runs the commands, which must succeed. Answers what they wrote to both outputs.
    pub fn run(&self, commands: &str) -> String {
        ran(&mut self.command(commands))
    }
}

/// Runs a command, which must succeed. Answers what it wrote.
pub fn ran(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let written = [output.stdout, output.stderr].concat();
    let written = String::from_utf8_lossy(&written).into_owned();
    assert!(output.status.success(), "{command:?}:\n{written}");
    written
}
