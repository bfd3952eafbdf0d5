//! What can be wrong with the configuration, and why entries were not taken.

use std::time::Duration;

use crate::settings;

/// Why the sink cannot be opened, or did not take entries. Shows no value of a secret setting, and nothing of an entry.
#[derive(Debug, thiserror::Error)]
pub enum KafkaSinkError {
    /// A setting that does not exist, or that the guarantees of the sink rest on.
    #[error(
        "`{name}` is no setting of the Kafka sink; what can be set is {}",
        settings::names()
    )]
    UnknownSetting {
        /// Its name, as it was given.
        name: String,
    },
    /// A setting, or the list of brokers, or the topic, has a value that it cannot have.
    #[error("the Kafka setting `{name}` is not valid: {reason}")]
    InvalidSetting {
        /// Its name in librdkafka.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A setting that does nothing as the others stand: somebody believes to be safer than it is.
    #[error("the Kafka setting `{name}` has no effect, since `security.protocol` is `{protocol}`")]
    NoEffect {
        /// Its name in librdkafka.
        name: String,
        /// The protocol.
        protocol: String,
    },
    /// The client cannot be made of these settings, for example since a file is missing.
    #[error("the Kafka client cannot be made: {reason}")]
    Client {
        /// Why, in librdkafka's words.
        reason: String,
    },
    /// Time ran out.
    #[error(
        "Kafka acknowledged {acknowledged} of {entries} audit entries within {timeout:?}{}",
        complaint.as_ref().map(|complaint| format!("; the client said: {complaint}")).unwrap_or_default()
    )]
    TimedOut {
        /// How many were acknowledged.
        acknowledged: usize,
        /// Of how many.
        entries: usize,
        /// Within which time.
        timeout: Duration,
        /// The last that the client said about the brokers, in librdkafka's words.
        complaint: Option<String>,
    },
    /// Kafka refused, or the client gave up.
    #[error("Kafka did not take the audit entries: {reason}")]
    Refused {
        /// Why, in librdkafka's words.
        reason: String,
    },
}
