//! Databases of a PostgreSQL, one for each test.

use std::{
    fs::File,
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher, Hasher as _, RandomState},
    io::Write as _,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
};

use reqwest::Url;

use super::{
    deployment::{brought, postgres_program},
    instance::program,
};

/// A database of a test's own. It goes away with this value, also when the test fails.
pub struct Database {
    server: Url,
    name: String,
}

impl Database {
    /// A fresh one with this program's schema on the server that the tests were brought.
    pub fn migrated() -> Self {
        let server = server();
        let template = template(&server);
        Self::create(server, &format!("TEMPLATE {template}"))
    }

    /// A fresh one with nothing in it.
    pub fn empty() -> Self {
        Self::create(server(), "")
    }

    fn create(server: Url, options: &str) -> Self {
        let random = RandomState::new().build_hasher().finish();
        let name = format!("parlor_test_{}_{random:016x}", std::process::id());
        sql(&server, &format!("CREATE DATABASE {name} {options}"));
        Self { server, name }
    }

    /// Its URL, for the superuser.
    pub fn url(&self) -> Url {
        database(&self.server, &self.name)
    }

    /// A connection that stays open from one statement to the next.
    pub fn shell(&self) -> Shell {
        let mut psql = psql_on(&self.url());
        let mut child = psql
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        Shell { child, input }
    }

    /// What these statements answer: columns between `|`, a row a line.
    pub fn sql(&self, statements: &str) -> String {
        sql(&self.url(), statements)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A server that is gone has no databases.
        let _ = psql(&self.server, &statement).output();
    }
}

fn server() -> Url {
    brought("PARLOR_TEST_POSTGRES").parse().unwrap()
}

fn database(server: &Url, name: &str) -> Url {
    let mut url = server.clone();
    url.set_path(name);
    url
}

/// The name of a database with this program's schema, made by this program: to copy one takes less time than to migrate one.
///
/// There is one for each place where the program is built. A comment says which build made it; it is there once it is complete.
fn template(server: &Url) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_parlor"));
    let about = program.metadata().unwrap();
    let built = format!("{:?}, {} bytes", about.modified().unwrap(), about.len());
    let place = BuildHasherDefault::<DefaultHasher>::default().hash_one(program);
    let name = format!("parlor_test_template_{place:016x}");

    let lock = std::env::temp_dir().join(format!("{name}-{}.lock", server.port().unwrap_or(0)));
    let lock = File::create(lock).unwrap();
    lock.lock().unwrap();
    let comment = format!(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'"
    );
    if sql(server, &comment).trim() != built {
        sql(
            server,
            &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        );
        sql(server, &format!("CREATE DATABASE {name}"));
        migrate(&database(server, &name));
        sql(server, &format!("COMMENT ON DATABASE {name} IS '{built}'"));
    }
    name
}

fn migrate(database: &Url) {
    let folder = tempfile::tempdir().unwrap();
    let mut migrate = program();
    migrate
        .arg("migrate")
        .current_dir(folder.path())
        .env("PARLOR_DATA_DIR", folder.path())
        .env("PARLOR_STORE__URL", database.as_str());
    let migrated = migrate.output().unwrap();
    assert!(migrated.status.success(), "{migrated:?}");
}

/// What these statements answer: columns between `|`, a row a line.
pub fn sql(database: &Url, statements: &str) -> String {
    let answered = psql(database, statements).output().unwrap();
    assert!(answered.status.success(), "{statements}: {answered:?}");
    String::from_utf8(answered.stdout).unwrap()
}

/// One connection of somebody else's. It is closed when dropped.
pub struct Shell {
    child: Child,
    input: ChildStdin,
}

impl Shell {
    /// Has these statements carried out, without waiting for their end.
    pub fn say(&mut self, statements: &str) {
        writeln!(self.input, "{statements}").unwrap();
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn psql(database: &Url, statements: &str) -> Command {
    let mut command = psql_on(database);
    command
        .arg(format!("--command={statements}"))
        .stdin(Stdio::null());
    command
}

fn psql_on(database: &Url) -> Command {
    let mut command = Command::new(postgres_program("psql"));
    command
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
        .arg("--set=ON_ERROR_STOP=1")
        .arg(format!("--dbname={database}"))
        .env("PGOPTIONS", "-c client_min_messages=warning");
    command
}
