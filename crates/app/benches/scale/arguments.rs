//! What the benchmark is told.

use std::{fmt, path::PathBuf};

use clap::{Parser, ValueEnum};

/// Measures the service against what the machine could do, and large stores against small ones.
#[derive(Parser)]
pub struct Arguments {
    /// Only this store.
    #[arg(long)]
    store: Option<StoreKind>,
    /// How many conversations the stores hold, separated by commas.
    #[arg(long, value_delimiter = ',')]
    sizes: Vec<u32>,
    /// How long each figure is measured, in seconds.
    #[arg(long)]
    seconds: Option<f64>,
    /// A first impression in a minute: small stores, short rounds.
    #[arg(long)]
    quick: bool,
    /// Only the operations that have this in their name.
    #[arg(long)]
    pub only: Option<String>,
    /// Measures what searches cost, and nothing else.
    #[arg(long)]
    pub searches: bool,
    /// Writes a chart of the results into this file.
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
    /// The PostgreSQL to measure: a superuser's URL of a database on a server where databases may be made. It should be set up as
    /// in production.
    #[arg(long, value_name = "URL")]
    pub postgres: Option<String>,
    /// The folder of `pgbench`, unless it is in `PATH`.
    #[arg(long, value_name = "FOLDER")]
    pub postgres_binaries: Option<PathBuf>,
    /// Keeps the filled stores in this folder and on the PostgreSQL, and uses again what is there.
    #[arg(long, value_name = "FOLDER")]
    pub keep: Option<PathBuf>,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Arguments {
    /// Which stores to measure.
    pub fn stores(&self) -> Vec<StoreKind> {
        match self.store {
            Some(store) => vec![store],
            None if self.postgres.is_none() => vec![StoreKind::Sqlite],
            None => vec![StoreKind::Sqlite, StoreKind::Postgres],
        }
    }

    /// How many conversations the stores hold, the smallest first.
    pub fn sizes(&self) -> Vec<u32> {
        let mut sizes = match (&*self.sizes, self.quick) {
            ([], true) => vec![1_000, 10_000],
            ([], false) => vec![1_000, 100_000, 1_000_000],
            (given, _) => given.to_vec(),
        };
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// The same for what only searches are measured on: what the caller can see comes on top.
    pub fn sizes_of_searches(&self) -> Vec<u32> {
        let visible = crate::fill::VISIBLE;
        match (&*self.sizes, self.quick) {
            ([], true) => vec![visible + 1_000, visible + 10_000],
            ([], false) => vec![visible + 1_000, visible + 1_000_000],
            (given, _) => given.iter().map(|size| visible + size).collect(),
        }
    }

    /// How long each figure is measured.
    pub fn seconds(&self) -> f64 {
        self.seconds.unwrap_or(if self.quick { 0.5 } else { 2.0 })
    }
}

/// A store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, ValueEnum)]
pub enum StoreKind {
    Sqlite,
    Postgres,
}

impl fmt::Display for StoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}
