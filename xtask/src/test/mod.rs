//! `cargo xtask test`: brings what the tests need, and runs them all.

mod api_clients;
mod browser;
mod compose_schema;
mod kafka_broker;
mod model_server;
mod python;
mod runs;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};

use self::kafka_broker::KafkaBroker;
use self::model_server::ModelServer;
use crate::postgres::{self, OrdinaryUser, Postgres};
use crate::scratch::Scratch;
use crate::{machine, shell};

/// Something that the tests need beside Rust and what it compiles with.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// A real OpenAI-compatible server with a very small model.
    ModelServer,
    /// A PostgreSQL server, and the programs with which tests start more of them.
    Postgres,
    /// A Kafka broker, and the program with which tests start more of them.
    KafkaBroker,
    /// A browser and its driver, fonts, and the rules of accessibility.
    Browser,
    /// Generators of clients from the API's description, a checker of it, and what runs their work.
    ApiClients,
    /// The Compose Specification's schema, and what checks a file by it.
    ComposeSchema,
    /// Root's right to start the service in the image's root folder, as another user.
    ImageRoot,
}

impl Part {
    const ALL: &[Self] = &[
        Self::ModelServer,
        Self::Postgres,
        Self::KafkaBroker,
        Self::Browser,
        Self::ApiClients,
        Self::ComposeSchema,
        Self::ImageRoot,
    ];

    /// As on the command line.
    fn name(self) -> &'static str {
        match self {
            Self::ModelServer => "model-server",
            Self::Postgres => "postgres",
            Self::KafkaBroker => "kafka-broker",
            Self::Browser => "browser",
            Self::ApiClients => "api-clients",
            Self::ComposeSchema => "compose-schema",
            Self::ImageRoot => "image-root",
        }
    }
}

/// Arguments of `cargo xtask test`.
#[derive(Args, Default)]
pub struct Arguments {
    /// Leave out the tests that need this part.
    #[arg(long, value_name = "NAME")]
    without: Vec<Part>,
    /// Test only this crate (again and again for more).
    #[arg(long, short, value_name = "CRATE")]
    package: Vec<String>,
    /// Run the tests that take longer than a minute, and no others.
    #[arg(long)]
    long: bool,
    /// Run only the tests whose name contains one of these.
    filters: Vec<String>,
}

/// The variables that tell the tests where a part is, or (`WITHOUT`, names with commas) that it is left out
/// on purpose. A test whose part is neither there nor left out fails: nothing is skipped in silence.
const WITHOUT: &str = "PARLOR_TEST_WITHOUT";
const MODEL_URL: &str = "PARLOR_TEST_MODEL_URL";
const MODEL_NAME: &str = "PARLOR_TEST_MODEL_NAME";
// Where one of these is given from outside, what it names is used as it is.
/// The URL of a superuser.
const POSTGRES: &str = "PARLOR_TEST_POSTGRES";
/// The folder of the server's programs, for tests that start servers of their own.
const POSTGRES_BIN: &str = "PARLOR_TEST_POSTGRES_BIN";
/// The user who runs them; only where the tests are root's, as whom PostgreSQL refuses to run.
const POSTGRES_USER: &str = "PARLOR_TEST_POSTGRES_USER";
/// As `HOST:PORT`.
const KAFKA_BROKERS: &str = "PARLOR_TEST_KAFKA_BROKERS";
/// The broker's program, for tests that start brokers of their own: see [`kafka_broker::Program::path`].
const KAFKA_BROKER_BIN: &str = "PARLOR_TEST_KAFKA_BROKER_BIN";
/// The program of a browser that Chromium's driver can drive.
const BROWSER_BIN: &str = "PARLOR_TEST_BROWSER_BIN";
/// The driver's program, of the same version.
const BROWSER_DRIVER_BIN: &str = "PARLOR_TEST_BROWSER_DRIVER_BIN";
/// The script of axe-core, which finds what makes a page hard to use.
const AXE: &str = "PARLOR_TEST_AXE";
/// The Python interpreter that has the generator of Python clients.
const CLIENTS_PYTHON: &str = "PARLOR_TEST_CLIENTS_PYTHON";
/// Node.js.
const CLIENTS_NODE: &str = "PARLOR_TEST_CLIENTS_NODE";
/// The folder with the npm packages: a generator of `TypeScript` clients, the compiler, a checker of the API's description.
const CLIENTS_NODE_MODULES: &str = "PARLOR_TEST_CLIENTS_NODE_MODULES";
/// The Python interpreter that has the Compose Specification's schema.
const COMPOSE_PYTHON: &str = "PARLOR_TEST_COMPOSE_PYTHON";

/// The folder into which the tests that make the documentation's pictures put them.
const SCREENSHOTS: &str = "PARLOR_TEST_SCREENSHOTS";

/// With this status cargo-nextest says that no test has a name that was asked for.
const NO_TESTS: i32 = 4;

pub fn run(arguments: &Arguments) -> Result<()> {
    machine::ensure_kafka_builds()?;
    let answers = |program: &&str| shell::answers(program, &["--version"]);
    machine::ensure(
        "bash, curl, script or sqlite3, with which the tests paste the documentation's commands into a terminal,",
        &["bash", "curl", "bsdutils", "sqlite3"],
        || ["bash", "curl", "script", "sqlite3"].iter().all(answers),
    )?;
    let scratch = Scratch::new("test")?;
    let brought = Brought::bring(&arguments.without, &scratch)?;

    // What fails in one run says nothing about the next.
    let mut failed = Vec::new();
    let mut found = false;
    for mut run in runs::runs(arguments, !arguments.without.contains(&Part::Postgres))? {
        println!("==> {}", run.title);
        let tests = run.command.env_remove(WITHOUT);
        let status = scratch.status(tests.envs(brought.variables.iter().cloned()))?;
        found |= status.code() != Some(NO_TESTS);
        if !status.success() && status.code() != Some(NO_TESTS) {
            failed.push(run.title);
        }
    }
    ensure!(found, "there is no such test");
    ensure!(failed.is_empty(), "{} failed", failed.join(", and "));
    Ok(())
}

/// Makes the documentation's pictures of pages.
///
/// # Errors
/// When a test that makes one fails, or there is none.
pub fn screenshots() -> Result<()> {
    machine::ensure_kafka_builds()?;
    let scratch = Scratch::new("screenshots")?;
    let but_browser: Vec<Part> = Part::ALL
        .iter()
        .copied()
        .filter(|part| *part != Part::Browser)
        .collect();
    let brought = Brought::bring(&but_browser, &scratch)?;
    let mut tests = runs::pictures();
    tests.envs(brought.variables.iter().cloned());
    let status = scratch.status(tests.env(SCREENSHOTS, scratch.path()))?;
    ensure!(status.success(), "not all pictures could be made");

    let folder = shell::root().join("docs/src/images/pages");
    fs::create_dir_all(&folder)?;
    let mut kept = 0;
    for entry in fs::read_dir(scratch.path())? {
        let picture = entry?.path();
        if let Some(name) = picture.file_name()
            && picture.extension().is_some_and(|kind| kind == "png")
        {
            fs::copy(&picture, folder.join(name))?;
            println!("docs/src/images/pages/{}", name.display());
            kept += 1;
        }
    }
    ensure!(kept > 0, "no test made a picture");
    Ok(())
}

/// What the tests find beside them, while the value lives.
#[derive(Default)]
struct Brought {
    variables: Vec<(&'static str, OsString)>,
    model_server: Option<ModelServer>,
    postgres: Option<Postgres>,
    kafka_program: Option<kafka_broker::Program>,
    kafka_broker: Option<KafkaBroker>,
}

impl Brought {
    fn bring(without: &[Part], scratch: &Scratch) -> Result<Self> {
        let mut brought = Self::default();
        let mut left_out = Vec::new();
        for part in Part::ALL {
            let name = part.name();
            if without.contains(part) {
                println!("{name}: LEFT OUT (--without {name}), with the tests that need it");
                left_out.push(name);
                continue;
            }
            let what = match part {
                Part::ModelServer => brought.model_server(name, scratch)?,
                Part::Postgres => brought.postgres(scratch)?,
                Part::KafkaBroker => brought.kafka_broker(name, scratch)?,
                Part::Browser => brought.browser(name)?,
                Part::ApiClients => brought.api_clients(name)?,
                Part::ComposeSchema => {
                    let python = compose_schema::bring(name)?;
                    brought.tell(COMPOSE_PYTHON, &python);
                    python.display().to_string()
                }
                Part::ImageRoot => machine::ensure_image_root(name)?.to_owned(),
            };
            println!("{name}: {what}");
        }
        if !left_out.is_empty() {
            brought.tell(WITHOUT, left_out.join(","));
        }
        Ok(brought)
    }

    fn tell(&mut self, variable: &'static str, value: impl Into<OsString>) {
        self.variables.push((variable, value.into()));
    }

    fn model_server(&mut self, part: &str, scratch: &Scratch) -> Result<String> {
        let server = ModelServer::start(part, scratch)?;
        let what = format!("{} answers as {}", server.url(), model_server::MODEL);
        self.tell(MODEL_URL, server.url());
        self.tell(MODEL_NAME, model_server::MODEL);
        self.model_server = Some(server);
        Ok(what)
    }

    fn postgres(&mut self, scratch: &Scratch) -> Result<String> {
        if given(POSTGRES_BIN).is_none() {
            self.tell(POSTGRES_BIN, postgres::binaries()?);
        }
        if given(POSTGRES_USER).is_none()
            && let Some(user) = OrdinaryUser::unless_ordinary()?
        {
            self.tell(POSTGRES_USER, user.name);
        }
        if given(POSTGRES).is_some() {
            return Ok(format!("the one in {POSTGRES}"));
        }
        let server = Postgres::start(scratch)?;
        let url = server.url("postgres");
        self.tell(POSTGRES, &url);
        self.postgres = Some(server);
        Ok(url)
    }

    fn kafka_broker(&mut self, part: &str, scratch: &Scratch) -> Result<String> {
        let program = if let Some(program) = given(KAFKA_BROKER_BIN) {
            PathBuf::from(program)
        } else {
            let program = kafka_broker::Program::bring(part, scratch)?;
            let path = program.path().to_owned();
            self.tell(KAFKA_BROKER_BIN, &path);
            self.kafka_program = Some(program);
            path
        };
        if given(KAFKA_BROKERS).is_some() {
            return Ok(format!("the one in {KAFKA_BROKERS}"));
        }
        let broker = KafkaBroker::start(&program, scratch)?;
        let address = broker.address();
        self.tell(KAFKA_BROKERS, &address);
        self.kafka_broker = Some(broker);
        Ok(address)
    }

    fn api_clients(&mut self, part: &str) -> Result<String> {
        let clients = api_clients::bring(part)?;
        let what = clients.node_modules.display().to_string();
        self.tell(CLIENTS_PYTHON, clients.python);
        self.tell(CLIENTS_NODE, clients.node);
        self.tell(CLIENTS_NODE_MODULES, clients.node_modules);
        Ok(what)
    }

    fn browser(&mut self, part: &str) -> Result<String> {
        if given(AXE).is_none() {
            self.tell(AXE, browser::axe(part)?);
        }
        if given(BROWSER_BIN).is_some() && given(BROWSER_DRIVER_BIN).is_some() {
            return Ok(format!("the one in {BROWSER_BIN}"));
        }
        let (browser, driver) = browser::programs()?;
        let what = browser.display().to_string();
        self.tell(BROWSER_BIN, browser);
        self.tell(BROWSER_DRIVER_BIN, driver);
        Ok(what)
    }
}

fn given(variable: &str) -> Option<OsString> {
    env::var_os(variable).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_called_in_messages_as_on_the_command_line() {
        for part in Part::ALL {
            assert_eq!(part.to_possible_value().unwrap().get_name(), part.name());
        }
        assert_eq!(Part::ALL.len(), Part::value_variants().len());
    }
}
