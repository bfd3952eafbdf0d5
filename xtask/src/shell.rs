//! What every task needs of the machine: the repository's root, other programs, a scratch folder.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use anyhow::{Context as _, Result, bail};

/// The repository's root, as cargo says when it runs this: the folder in which this was compiled may have
/// been moved since, or share its build with another clone.
pub fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let compiled_in = || OsString::from(env!("CARGO_MANIFEST_DIR"));
        let mut xtask =
            PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(compiled_in));
        xtask.pop();
        xtask
    });
    &ROOT
}

/// The feature that the image and the tests have and a plain `cargo run` has not.
pub const FEATURES: &str = "--features=parlor-app/kafka";

/// How every task names all crates to cargo: always the same features, so that nothing is compiled twice.
pub const WORKSPACE: [&str; 2] = ["--workspace", FEATURES];

/// The cargo that runs this task, started in the repository's root.
pub fn cargo() -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.current_dir(root());
    command
}

/// Whether `program` can be started and, asked with `arguments`, ends well.
pub fn answers(program: &str, arguments: &[&str]) -> bool {
    quiet(Command::new(program).args(arguments))
}

/// Whether `command` can be started and ends well; what it prints is dropped.
pub fn quiet(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs `command` with this terminal.
///
/// # Errors
/// When it cannot be started or ends badly; the error shows the command.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", line(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", line(command));
    }
    Ok(())
}

/// Runs `command` and answers what it prints on standard output; standard error goes to this terminal.
///
/// # Errors
/// As [`run`], and when the output is not UTF-8.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", line(command)))?;
    if !output.status.success() {
        bail!("{} ended with {}", line(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed no UTF-8", line(command)))
}

/// The command as one would type it, for messages.
pub fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program
        .file_name()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned();
    let words = command
        .get_args()
        .map(|argument| argument.to_string_lossy().into_owned());
    let words: Vec<String> = std::iter::once(name).chain(words).collect();
    format!("`{}`", words.join(" "))
}

/// The first line of a file, once it is whole: a program says there what it has to say.
pub fn first_line(file: &Path) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    text.split_once('\n').map(|(line, _)| line.to_owned())
}
