//! PostgreSQL's own benchmark: what the database does when nobody stands before it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use uuid::Uuid;

use crate::{
    bare::postgres::{GET, LIST},
    fill::Database,
    load::Round,
    operation::Operation,
};

/// The bare statement of an operation.
pub struct PgBench {
    program: PathBuf,
    url: String,
    scripts: Vec<String>,
    clients: usize,
}

/// How many of the conversations are asked for; each is a script of its own.
const SCRIPTS: usize = 10;

impl PgBench {
    pub fn new(
        folder: Option<&Path>,
        database: &Database,
        operation: Operation,
        ids: &[Uuid],
        clients: usize,
    ) -> Self {
        let organization = format!("'{}'", crate::fill::organization());
        let script = |statement: &str, id: Uuid| {
            let statement = statement.replace("$1", &organization);
            statement.replace("$2", &format!("'{id}'"))
        };
        let scripts = match operation {
            Operation::Get => ids
                .iter()
                .take(SCRIPTS)
                .map(|id| script(GET, *id))
                .collect(),
            _ => vec![script(LIST, Uuid::nil())],
        };
        Self {
            program: folder.unwrap_or(Path::new("")).join("pgbench"),
            url: database.url(),
            scripts,
            clients,
        }
    }

    /// It knows whole seconds only, and does not tell how long single transactions took.
    pub fn round(&self, length: Duration, scratch: &Path) -> Round {
        let mut command = Command::new(&self.program);
        let clients = self.clients.to_string();
        let seconds = length.as_secs().max(1).to_string();
        command.args([
            "--no-vacuum",
            "--protocol=prepared",
            "--client",
            &clients,
            "--time",
            &seconds,
        ]);
        for (number, script) in self.scripts.iter().enumerate() {
            let file = scratch.join(format!("{number}.sql"));
            fs::write(&file, script).unwrap();
            command.arg("--file").arg(file);
        }
        let output = command.arg(&self.url).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let figure = |before: &str| -> Option<f64> {
            let (_, rest) = said.split_once(before)?;
            rest.split_whitespace().next()?.parse().ok()
        };
        let throughput = figure("\ntps = ").unwrap_or_else(|| {
            panic!(
                "{command:?}: {said} {}",
                String::from_utf8_lossy(&output.stderr)
            )
        });
        Round {
            throughput,
            p50: f64::NAN,
            p99: f64::NAN,
        }
    }
}
