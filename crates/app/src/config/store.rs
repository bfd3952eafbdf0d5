//! Where everything is kept.

use std::{num::NonZeroU32, path::PathBuf};

use anyhow::{bail, ensure};
use serde::{Deserialize, Serialize};

use super::{
    Config, UrlText, kinds, parameters,
    values::{at_most_one, read_secret},
};

/// Where everything is kept.
#[derive(Serialize, Deserialize)]
#[serde(default)]
pub struct StoreConfig {
    /// `sqlite://FILE`, or `postgres://…`.
    pub url: UrlText,
    /// A file with the URL in it, in place of `url`: a URL with a password is a secret.
    #[serde(deserialize_with = "kinds::optional_path")]
    pub url_file: Option<PathBuf>,
    /// A streaming replica of a PostgreSQL, to read from what need not come from the primary.
    pub replica_url: Option<UrlText>,
    /// A file with that URL in it.
    #[serde(deserialize_with = "kinds::optional_path")]
    pub replica_url_file: Option<PathBuf>,
    /// Whether the schema is brought up to date at start. Else that is for `parlor migrate` to do, and a service that finds
    /// another schema than its own does not become ready.
    #[serde(deserialize_with = "kinds::switch")]
    pub migrate: bool,
    /// How many statements may run at the same time; in the embedded store, how many may read.
    #[serde(deserialize_with = "kinds::number")]
    pub max_connections: NonZeroU32,
    /// How long one step of a migration may take.
    #[serde(deserialize_with = "kinds::number")]
    pub migration_timeout_seconds: NonZeroU32,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            url: UrlText::new("sqlite://parlor.db"),
            url_file: None,
            replica_url: None,
            replica_url_file: None,
            migrate: true,
            max_connections: NonZeroU32::MIN.saturating_add(15),
            migration_timeout_seconds: NonZeroU32::MIN.saturating_add(3_599),
        }
    }
}

/// The store that a URL names.
#[derive(Debug, PartialEq, Eq)]
pub enum StoreLocation {
    /// The embedded store in this file.
    Embedded(PathBuf),
    /// PostgreSQL. The URLs may hold passwords.
    Postgres,
}

impl StoreConfig {
    /// Puts what stands in files in the place of the files.
    pub(super) fn read_files(&mut self) -> anyhow::Result<()> {
        if let Some(file) = &self.url_file {
            let is_set = self.url.get() != Self::default().url.get();
            at_most_one("store.url", is_set, "store.url_file", true)?;
            self.url = read_secret("store.url_file", file)?.into();
        }
        if let Some(file) = &self.replica_url_file {
            let is_set = self.replica_url.is_some();
            at_most_one("store.replica_url", is_set, "store.replica_url_file", true)?;
            self.replica_url = Some(read_secret("store.replica_url_file", file)?.into());
        }
        Ok(())
    }
}

impl Config {
    /// The store that `store.url` names.
    pub fn store_location(&self) -> anyhow::Result<StoreLocation> {
        let url = self.store.url.get();
        if is_postgres(url) {
            parameters::check("store.url", url)?;
            if let Some(replica) = &self.store.replica_url {
                ensure!(
                    is_postgres(replica.get()),
                    "`store.replica_url` must be `postgres://…`, a streaming replica of `store.url`"
                );
                parameters::check("store.replica_url", replica.get())?;
            }
            return Ok(StoreLocation::Postgres);
        }
        ensure!(
            self.store.replica_url.is_none(),
            "`store.replica_url` is set, and the embedded store has no replicas: make `store.url` `postgres://…`, or take it away"
        );
        let file = url
            .strip_prefix("sqlite://")
            .filter(|file| !file.is_empty());
        match file {
            Some(file) if !file.contains('?') => {
                Ok(StoreLocation::Embedded(self.data_dir.join(file)))
            }
            _ => bail!(
                "`store.url` must be `sqlite://FILE`, such as sqlite://parlor.db in the data folder or \
                 sqlite:///var/lib/parlor.db, or `postgres://USER:PASSWORD@HOST/DATABASE`"
            ),
        }
    }
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}
