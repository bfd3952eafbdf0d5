//! SQLite, with whichever is installed: xtask itself has none, so as to compile in seconds.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::{machine, shell};

/// Runs a file of SQL on a database, which is made if it is not there.
pub fn run_file(database: &Path, file: &Path) -> Result<()> {
    const PYTHON: &str = "import sqlite3, sys\n\
        sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2], encoding='utf-8').read())";
    let mut command;
    if has_tool()? {
        command = tool(database);
        // A pragma answers with its value, which is nobody's concern here.
        command.stdin(File::open(file)?).stdout(Stdio::null());
    } else {
        command = Command::new("python3");
        command.args(["-c", PYTHON]).arg(database).arg(file);
    }
    shell::run(&mut command)
}

/// What a statement answers: columns between `|`, a row a line.
pub fn ask(database: &Path, statement: &str) -> Result<String> {
    const PYTHON: &str = "import sqlite3, sys\n\
        for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print('|'.join(str(cell) for cell in row))";
    let mut command;
    if has_tool()? {
        command = tool(database);
        command.arg(statement);
    } else {
        command = Command::new("python3");
        command.args(["-c", PYTHON]).arg(database).arg(statement);
    }
    shell::output(&mut command)
}

fn tool(database: &Path) -> Command {
    let mut command = Command::new("sqlite3");
    // Whatever the developer's own `.sqliterc` says.
    command.args(["-init", "/dev/null", "-batch", "-bail"]);
    command.args(["-list", "-noheader", "-separator", "|"]);
    command.arg(database);
    command
}

/// Whether SQLite's own command is here; else Python has one.
fn has_tool() -> Result<bool> {
    let has_tool = || shell::answers("sqlite3", &["--version"]);
    let has_python = || shell::answers("python3", &["-c", "import sqlite3"]);
    machine::ensure("SQLite's command `sqlite3`", &["sqlite3"], || {
        has_tool() || has_python()
    })?;
    Ok(has_tool())
}
