//! PostgreSQL's own benchmark: what the database does when nobody stands before it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use parlor_adapters_postgres::PostgresOptions;
use uuid::Uuid;

use crate::{
    bare::postgres::{GET, LIST},
    fill::{Database, organization, person},
    load::Round,
    operation::Operation,
    site::READER,
};

/// The bare statement of an operation.
pub struct PgBench {
    program: PathBuf,
    url: String,
    /// How its connections are set, as the bare handler's are.
    settings: String,
    scripts: Vec<String>,
    clients: usize,
}

/// How many of the conversations are asked for; each is a script of its own.
const SCRIPTS: usize = 10;

/// The service's settings for the planner, without its role.
fn planner_settings(database: &Database) -> String {
    let options = PostgresOptions::new(&database.url()).unwrap();
    let options = options.for_requests().options([("role", "none")]);
    options.get_options().unwrap_or_default().to_owned()
}

/// The statement for the reader's first page.
fn list(groups: &[Uuid]) -> String {
    let groups: Vec<String> = groups.iter().map(Uuid::to_string).collect();
    let arguments = [
        format!("'{}'::uuid", organization()),
        format!("'{}'::uuid", person(READER)),
        format!("'{{{}}}'::uuid[]", groups.join(",")),
        "false".to_owned(),
        "true".to_owned(),
        "true".to_owned(),
        "true".to_owned(),
        "'infinity'::timestamptz".to_owned(),
        format!("'{}'::uuid", Uuid::max()),
        "51".to_owned(),
    ];
    let statement = LIST
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"));
    let mut statement: String = statement.collect::<Vec<_>>().join("\n");
    // From the last one on, so that $1 is not found in $10.
    for (place, argument) in arguments.iter().enumerate().rev() {
        statement = statement.replace(&format!("${}", place + 1), argument);
    }
    statement
}

impl PgBench {
    pub fn new(
        folder: Option<&Path>,
        database: &Database,
        operation: Operation,
        ids: &[Uuid],
        groups: &[Uuid],
        clients: usize,
    ) -> Self {
        let organization = format!("'{}'", organization());
        let script = |statement: &str, id: Uuid| {
            let statement = statement.replace("$1", &organization);
            statement.replace("$2", &format!("'{id}'"))
        };
        let (settings, scripts) = match operation {
            Operation::Get => (
                String::new(),
                ids.iter()
                    .take(SCRIPTS)
                    .map(|id| script(GET, *id))
                    .collect(),
            ),
            _ => (planner_settings(database), vec![list(groups)]),
        };
        Self {
            program: folder.unwrap_or(Path::new("")).join("pgbench"),
            url: database.url(),
            settings,
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
        let output = command
            .arg(&self.url)
            .env("PGOPTIONS", &self.settings)
            .output()
            .unwrap();
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
