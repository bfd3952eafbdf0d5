//! How the service under test is deployed.

use std::{env, path::PathBuf, time::Duration};

/// The ways to run Parlor. Its rules are the same on each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deployment {
    /// One process on the embedded store, as `cargo run` starts it.
    Embedded,
    /// Two instances on one PostgreSQL, as a company runs it.
    Postgres,
}

impl Deployment {
    /// The one that this run of the tests is about: `PARLOR_TEST_DEPLOYMENT`.
    pub fn of_this_run() -> Self {
        match env::var("PARLOR_TEST_DEPLOYMENT").as_deref() {
            Err(_) | Ok("" | "embedded") => Self::Embedded,
            Ok("postgres") => Self::Postgres,
            Ok(other) => panic!("PARLOR_TEST_DEPLOYMENT is `{other}`: `embedded` or `postgres`"),
        }
    }

    /// How many instances serve one store.
    pub const fn instances(self) -> usize {
        match self {
            Self::Embedded => 1,
            Self::Postgres => 2,
        }
    }

    /// After how long an answer must have failed whose writer is gone, counted from when somebody serves again. On the embedded
    /// store that is at once: nobody else can be writing it.
    pub const fn notices_a_gone_writer_within(self) -> Duration {
        match self {
            Self::Embedded => Duration::ZERO,
            Self::Postgres => Duration::from_secs(30),
        }
    }
}

/// Whether whoever runs the tests left this part out, and with it the tests that need it.
pub fn is_left_out(part: &str) -> bool {
    let left_out = env::var("PARLOR_TEST_WITHOUT").unwrap_or_default();
    let is = left_out.split(',').any(|left_out| left_out.trim() == part);
    if is {
        println!("left out: PARLOR_TEST_WITHOUT names {part}");
    }
    is
}

/// Something that the tests need and that whoever runs them brings.
pub fn brought(variable: &str) -> String {
    let value = env::var(variable).unwrap_or_default();
    assert!(
        !value.is_empty(),
        "{variable} is not set: run `cargo xtask test`, which brings what the tests need and can leave it out"
    );
    value
}

/// A program of PostgreSQL.
pub fn postgres_program(name: &str) -> PathBuf {
    PathBuf::from(brought("PARLOR_TEST_POSTGRES_BIN")).join(name)
}
