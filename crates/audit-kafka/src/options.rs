//! How the sink is configured.

use std::{collections::BTreeMap, time::Duration};

use rdkafka::{ClientConfig, config::RDKafkaLogLevel};
use secrecy::SecretString;

use crate::{
    KafkaSinkError,
    settings::{self, invalid},
};

/// Where entries go, and how to get there.
#[derive(Debug, Clone)]
pub struct KafkaSinkOptions {
    /// Some brokers of the cluster, each as `host` or `host:port`; the others are found through them.
    pub brokers: Vec<String>,
    /// The topic. Whether it is made when it is missing is for the brokers to say (`auto.create.topics.enable`).
    pub topic: String,
    /// What the brokers' logs and quotas know the client as.
    pub client_id: String,
    /// How long a delivery may take.
    pub delivery_timeout: Duration,
    /// Security and tuning by librdkafka's names, such as `security.protocol`, `sasl.password` or `ssl.ca.location`; an
    /// underscore may stand for each dot. Values are kept as secrets, whichever they are. The error about an unknown name
    /// ([`KafkaSinkError::UnknownSetting`]) tells all that there are.
    pub settings: BTreeMap<String, SecretString>,
}

impl KafkaSinkOptions {
    /// The topic unless told otherwise.
    pub const DEFAULT_TOPIC: &str = "parlor.audit";
    /// The name of the client unless told otherwise.
    pub const DEFAULT_CLIENT_ID: &str = "parlor";
    /// How long a delivery may take unless told otherwise: long enough for the leader of a partition to change, and shorter
    /// than the lease of the entries ([`RELAY_LEASE`](parlor_application::ports::RELAY_LEASE)).
    pub const DEFAULT_DELIVERY_TIMEOUT: Duration = Duration::from_secs(8);

    /// Plain connections to these brokers, and the default topic.
    pub fn new(brokers: Vec<String>) -> Self {
        Self {
            brokers,
            topic: Self::DEFAULT_TOPIC.to_owned(),
            client_id: Self::DEFAULT_CLIENT_ID.to_owned(),
            delivery_timeout: Self::DEFAULT_DELIVERY_TIMEOUT,
            settings: BTreeMap::new(),
        }
    }

    pub(crate) fn client_config(&self) -> Result<ClientConfig, KafkaSinkError> {
        self.check()?;
        let mut config = ClientConfig::new();
        config
            .set_log_level(RDKafkaLogLevel::Info)
            .set("client.id", &self.client_id)
            // The codec that every client since Kafka 0.8.2 reads, and librdkafka carries itself.
            .set("compression.type", "lz4")
            // Kafka's own hash of the key, so that who joins by conversation finds its partition.
            .set("partitioner", "murmur2_random")
            // Firewalls forget connections that are silent, and audit entries can be rare.
            .set("socket.keepalive.enable", "true")
            // A topic that is not there is told before time runs out; one that is just being made has some time.
            .set("topic.metadata.propagation.max.ms", "5000");
        settings::apply(&mut config, &self.settings)?;
        // What the guarantees rest on (see the crate's page).
        config
            .set("bootstrap.servers", self.brokers.join(","))
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("enable.gapless.guarantee", "true")
            .set("max.in.flight.requests.per.connection", "1")
            // Never by itself: the sink keeps the time for all of them together.
            .set("message.timeout.ms", "0");
        Ok(config)
    }

    fn check(&self) -> Result<(), KafkaSinkError> {
        if self.brokers.is_empty() || !self.brokers.iter().all(|broker| is_address(broker)) {
            return Err(invalid(
                "brokers",
                "it must be a list of one or more `host:port`",
            ));
        }
        if !is_topic(&self.topic) {
            return Err(invalid(
                "topic",
                "it must be 1 to 249 of the characters A-Z, a-z, 0-9, `.`, `_` and `-`",
            ));
        }
        if self.client_id.contains('\0') {
            return Err(invalid("client.id", "it has a zero byte in it"));
        }
        if self.delivery_timeout.is_zero() {
            return Err(invalid("delivery_timeout", "it must be longer than zero"));
        }
        Ok(())
    }
}

/// librdkafka leaves out what is no address, and then waits for ever for a broker.
fn is_address(broker: &str) -> bool {
    let (host, port) = match broker.rsplit_once(':') {
        // An IPv6 address without a port.
        Some((_, rest)) if rest.ends_with(']') => (broker, None),
        Some((host, port)) => (host, Some(port)),
        None => (broker, None),
    };
    let is_host = if let Some(address) = host.strip_prefix('[') {
        address
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
    } else {
        !host.is_empty()
            && host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
    };
    is_host && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// As the brokers name topics.
fn is_topic(name: &str) -> bool {
    (1..=249).contains(&name.len())
        && !matches!(name, "." | "..")
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_with_or_without_a_port() {
        for address in [
            "kafka",
            "kafka-1.example.com:9092",
            "10.0.0.1:9092",
            "[::1]:9092",
            "[2001:db8::1]",
        ] {
            assert!(is_address(address), "{address}");
        }
        for address in [
            "",
            ":9092",
            "kafka:",
            "kafka:x",
            "kafka:0",
            "kafka:70000",
            "a,b",
            "a b:1",
            "ssl://a:1",
            "::1",
            "[x]:1",
            "kafka:9092 ",
        ] {
            assert!(!is_address(address), "{address}");
        }
    }

    #[test]
    fn a_topic_is_named_as_the_brokers_name_them() {
        for name in ["parlor.audit", "a", "A_b-1", &"x".repeat(249)] {
            assert!(is_topic(name), "{name}");
        }
        for name in ["", ".", "..", "a b", "a/b", "é", "a\0", &"x".repeat(250)] {
            assert!(!is_topic(name), "{name}");
        }
    }
}
