//! Where audit entries go.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{bail, ensure};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{
    Secret, TextList, kinds,
    values::{at_most_one, read_secret},
};
use crate::compose::HAS_KAFKA;

/// Where audit entries go.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub struct AuditConfig {
    #[serde(deserialize_with = "kinds::choice")]
    pub sink: AuditSinkKind,
    pub file: AuditFileConfig,
    pub kafka: AuditKafkaConfig,
}

/// The kinds of audit sinks.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Default, Debug)]
#[serde(rename_all = "snake_case")]
pub enum AuditSinkKind {
    /// JSON lines in a file.
    #[default]
    File,
    /// A topic of Kafka.
    Kafka,
    /// Nowhere: entries stay in the store.
    None,
}

/// The audit file.
#[derive(Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFileConfig {
    #[serde(deserialize_with = "kinds::path")]
    pub path: PathBuf,
    /// It is rotated before it would grow longer; 0 never rotates it.
    #[serde(deserialize_with = "kinds::number")]
    pub rotate_bytes: u64,
    /// How many rotated files are kept; 0 keeps all.
    #[serde(deserialize_with = "kinds::number")]
    pub keep: usize,
}

/// Kafka.
#[derive(Serialize, Deserialize)]
#[serde(default)]
pub struct AuditKafkaConfig {
    /// Some of its brokers, `HOST:PORT`.
    pub brokers: TextList,
    #[serde(deserialize_with = "kinds::text")]
    pub topic: String,
    pub security: KafkaSecurityConfig,
}

/// How to speak to Kafka: TLS and SASL, each key as librdkafka names it, with `_` for its dots.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub struct KafkaSecurityConfig {
    /// `plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`.
    pub protocol: Option<String>,
    /// `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.
    pub sasl_mechanism: Option<String>,
    pub sasl_username: Option<String>,
    pub sasl_password: Option<Secret>,
    /// A file with that password in it.
    #[serde(deserialize_with = "kinds::optional_path")]
    pub sasl_password_file: Option<PathBuf>,
    /// The certificates of the authorities that sign the brokers' ones.
    #[serde(deserialize_with = "kinds::optional_path")]
    pub ssl_ca_location: Option<PathBuf>,
    /// The client's own certificate, and its key.
    #[serde(deserialize_with = "kinds::optional_path")]
    pub ssl_certificate_location: Option<PathBuf>,
    #[serde(deserialize_with = "kinds::optional_path")]
    pub ssl_key_location: Option<PathBuf>,
    pub ssl_key_password: Option<Secret>,
    /// A file with that password in it.
    #[serde(deserialize_with = "kinds::optional_path")]
    pub ssl_key_password_file: Option<PathBuf>,
}

impl Default for AuditFileConfig {
    fn default() -> Self {
        Self {
            path: "audit.jsonl".into(),
            rotate_bytes: 128 * 1024 * 1024,
            keep: 0,
        }
    }
}

impl Default for AuditKafkaConfig {
    fn default() -> Self {
        Self {
            brokers: TextList::default(),
            topic: "parlor.audit".to_owned(),
            security: KafkaSecurityConfig::default(),
        }
    }
}

impl AuditConfig {
    pub(super) fn check(&mut self) -> anyhow::Result<()> {
        self.kafka.security.read_files()?;
        if self.sink == AuditSinkKind::Kafka {
            if !HAS_KAFKA {
                bail!(
                    "`audit.sink` is `kafka`, and this program is built without it: build it with `--features kafka` \
                     (that needs make, a C++ compiler and OpenSSL's headers), or make it `file` or `none`"
                );
            }
            ensure!(
                !self.kafka.brokers.0.is_empty(),
                "`audit.sink` is `kafka`, and there are no `audit.kafka.brokers`: name some, such as kafka1:9092,kafka2:9092"
            );
        }
        Ok(())
    }
}

impl KafkaSecurityConfig {
    /// What is set, by librdkafka's names.
    #[cfg_attr(
        not(feature = "kafka"),
        expect(dead_code, reason = "only a program with Kafka asks for it")
    )]
    pub fn settings(&self) -> BTreeMap<String, SecretString> {
        let text = |value: &Option<String>| value.clone().map(SecretString::from);
        let path = |value: &Option<PathBuf>| {
            let text = value.as_ref().map(|path| path.display().to_string());
            text.map(SecretString::from)
        };
        let secret = |value: &Option<Secret>| value.as_ref().map(|secret| secret.get().clone());
        let settings = [
            ("security.protocol", text(&self.protocol)),
            ("sasl.mechanism", text(&self.sasl_mechanism)),
            ("sasl.username", text(&self.sasl_username)),
            ("sasl.password", secret(&self.sasl_password)),
            ("ssl.ca.location", path(&self.ssl_ca_location)),
            (
                "ssl.certificate.location",
                path(&self.ssl_certificate_location),
            ),
            ("ssl.key.location", path(&self.ssl_key_location)),
            ("ssl.key.password", secret(&self.ssl_key_password)),
        ];
        settings
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    }

    fn read_files(&mut self) -> anyhow::Result<()> {
        for (key, secret, file) in [
            (
                "audit.kafka.security.sasl_password",
                &mut self.sasl_password,
                &self.sasl_password_file,
            ),
            (
                "audit.kafka.security.ssl_key_password",
                &mut self.ssl_key_password,
                &self.ssl_key_password_file,
            ),
        ] {
            let file_key = format!("{key}_file");
            at_most_one(key, secret.is_some(), &file_key, file.is_some())?;
            if let Some(file) = file {
                *secret = Some(read_secret(&file_key, file)?.try_into()?);
            }
        }
        Ok(())
    }
}
