//! Which settings of librdkafka an operator may change, and what is wrong with the ones that were given.

use std::collections::BTreeMap;

use rdkafka::{ClientConfig, error::KafkaError};
use secrecy::{ExposeSecret as _, SecretString};

use crate::KafkaSinkError;

/// What this build can authenticate with: librdkafka with TLS, without Cyrus SASL and without curl.
const MECHANISMS: [&str; 3] = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"];

const PROTOCOL: &str = "security.protocol";
const MECHANISM: &str = "sasl.mechanism";

/// By their names in librdkafka. What is missing here either does not concern a producer, or the guarantees of the sink
/// rest on it.
const KNOWN: [&str; 37] = [
    PROTOCOL,
    MECHANISM,
    "sasl.username",
    "sasl.password",
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.certificate.location",
    "ssl.certificate.pem",
    "ssl.cipher.suites",
    "ssl.crl.location",
    "ssl.curves.list",
    "ssl.endpoint.identification.algorithm",
    "ssl.key.location",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.sigalgs.list",
    "batch.num.messages",
    "batch.size",
    "broker.address.family",
    "broker.address.ttl",
    "client.dns.lookup",
    "compression.level",
    "compression.type",
    "connections.max.idle.ms",
    "linger.ms",
    "message.max.bytes",
    "partitioner",
    "reconnect.backoff.max.ms",
    "reconnect.backoff.ms",
    "request.timeout.ms",
    "retry.backoff.max.ms",
    "retry.backoff.ms",
    "socket.connection.setup.timeout.ms",
    "socket.keepalive.enable",
    "socket.timeout.ms",
];

/// All names, for a message.
pub(crate) fn names() -> String {
    KNOWN.map(|name| format!("`{name}`")).join(", ")
}

/// Puts settings into a configuration. A name may be written with underscores for its dots, as the names of environment
/// variables must be.
pub(crate) fn apply(
    config: &mut ClientConfig,
    given: &BTreeMap<String, SecretString>,
) -> Result<(), KafkaSinkError> {
    let mut settings = BTreeMap::new();
    for (given_name, value) in given {
        let dotted = given_name.replace('_', ".");
        let Some(&name) = KNOWN.iter().find(|&&name| name == dotted) else {
            return Err(KafkaSinkError::UnknownSetting {
                name: given_name.clone(),
            });
        };
        let value = value.expose_secret();
        if value.contains('\0') {
            return Err(invalid(name, "it has a zero byte in it"));
        }
        if settings.insert(name, value).is_some() {
            return Err(invalid(name, "it is given twice"));
        }
    }
    let protocol = settings
        .get(PROTOCOL)
        .map_or_else(|| "plaintext".to_owned(), |name| name.to_lowercase());
    check_security(&settings, &protocol)?;
    for (name, value) in settings {
        config.set(name, value);
    }
    config.set(PROTOCOL, protocol);
    Ok(())
}

/// A password that is not asked for, or a certificate that nothing is checked against, is a mistake that nobody would notice.
fn check_security(settings: &BTreeMap<&str, &str>, protocol: &str) -> Result<(), KafkaSinkError> {
    let has_sasl = protocol.starts_with("sasl_");
    let has_tls = protocol.ends_with("ssl");
    for &name in settings.keys() {
        if (name.starts_with("sasl.") && !has_sasl) || (name.starts_with("ssl.") && !has_tls) {
            return Err(KafkaSinkError::NoEffect {
                name: name.to_owned(),
                protocol: protocol.to_owned(),
            });
        }
    }
    let mechanism = settings.get(MECHANISM);
    if has_sasl && !mechanism.is_some_and(|mechanism| MECHANISMS.contains(mechanism)) {
        let [all @ .., last] = MECHANISMS;
        return Err(invalid(
            MECHANISM,
            &format!(
                "this build has {} and {last}, but neither GSSAPI nor OAUTHBEARER",
                all.join(", ")
            ),
        ));
    }
    Ok(())
}

pub(crate) fn invalid(name: &str, reason: &str) -> KafkaSinkError {
    KafkaSinkError::InvalidSetting {
        name: name.to_owned(),
        reason: reason.to_owned(),
    }
}

/// What librdkafka says about a configuration, without the value of a secret.
pub(crate) fn refused(error: KafkaError) -> KafkaSinkError {
    match error {
        KafkaError::ClientConfig(_, _, name, _) if is_secret(&name) => {
            invalid(&name, "librdkafka does not take it")
        }
        KafkaError::ClientConfig(_, reason, name, _) => invalid(&name, &reason),
        KafkaError::ClientCreation(reason) => KafkaSinkError::Client { reason },
        error => KafkaSinkError::Client {
            reason: error.to_string(),
        },
    }
}

fn is_secret(name: &str) -> bool {
    name.ends_with(".password") || name == "ssl.key.pem"
}
