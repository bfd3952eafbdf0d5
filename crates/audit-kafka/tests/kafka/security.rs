//! Settings that are wrong, and secrets that stay secret.

use parlor_audit_kafka::{KafkaAuditSink, KafkaSinkError, KafkaSinkOptions};

use crate::support::{Cluster, SHORT, entries, options, set, trouble};

fn with(settings: &[(&str, &str)]) -> KafkaSinkOptions {
    let mut options = KafkaSinkOptions::new(vec!["127.0.0.1:9092".to_owned()]);
    for (name, value) in settings {
        set(&mut options, name, value);
    }
    options
}

fn refused(options: KafkaSinkOptions) -> KafkaSinkError {
    KafkaAuditSink::open(options).unwrap_err()
}

#[test]
fn a_sink_opens_while_no_broker_is_there() {
    KafkaAuditSink::open(with(&[])).unwrap();
}

#[test]
fn an_unknown_setting_is_named_together_with_those_that_there_are() {
    for name in [
        "sasl.pasword",
        "acks",
        "enable.idempotence",
        "debug",
        "group.id",
    ] {
        let error = refused(with(&[(name, "1")]));
        assert!(matches!(&error, KafkaSinkError::UnknownSetting { name: told } if told == name));
        let told = error.to_string();
        assert!(told.contains(&format!("`{name}` is no setting")), "{told}");
        assert!(told.contains("`sasl.password`"), "{told}");
    }
}

#[test]
fn every_mechanism_of_this_build_opens_with_dots_and_with_underscores() {
    for mechanism in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] {
        for protocol in ["SASL_SSL", "sasl_plaintext"] {
            KafkaAuditSink::open(with(&[
                ("security.protocol", protocol),
                ("sasl.mechanism", mechanism),
                ("sasl_username", "parlor"),
                ("sasl_password", "hush"),
            ]))
            .unwrap();
        }
    }
}

#[test]
fn a_mechanism_that_is_not_in_this_build_is_told_with_those_that_are() {
    let gssapi = [
        ("security.protocol", "sasl_ssl"),
        ("sasl.mechanism", "GSSAPI"),
    ];
    let none = [("security.protocol", "sasl_plaintext")];
    for settings in [gssapi.as_slice(), none.as_slice()] {
        let error = refused(with(settings)).to_string();
        assert!(
            error.contains("`sasl.mechanism` is not valid: this build has PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512"),
            "{error}"
        );
    }
}

#[test]
fn sasl_without_a_password_does_not_open() {
    let error = refused(with(&[
        ("security.protocol", "sasl_ssl"),
        ("sasl.mechanism", "PLAIN"),
        ("sasl.username", "parlor"),
    ]));
    assert!(matches!(error, KafkaSinkError::Client { .. }), "{error}");
    assert!(error.to_string().contains("sasl.password"), "{error}");
}

#[test]
fn security_that_would_have_no_effect_does_not_open() {
    for settings in [
        [("sasl.password", "hush"), ("security.protocol", "ssl")],
        [
            ("ssl.ca.location", "/ca"),
            ("security.protocol", "plaintext"),
        ],
    ] {
        let error = refused(with(&settings));
        assert!(
            matches!(&error, KafkaSinkError::NoEffect { name, .. } if name == settings[0].0),
            "{error}"
        );
    }
    let error = refused(with(&[("ssl.ca.location", "/ca")]));
    assert!(error.to_string().contains("is `plaintext`"), "{error}");
}

#[test]
fn certificates_that_cannot_be_read_do_not_open() {
    for name in [
        "ssl.ca.location",
        "ssl.certificate.location",
        "ssl.key.location",
    ] {
        let error = refused(with(&[
            ("security.protocol", "ssl"),
            (name, "/nowhere/at.pem"),
        ]));
        assert!(matches!(error, KafkaSinkError::Client { .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn values_that_a_setting_cannot_have_are_told_with_its_name() {
    for (name, value) in [
        ("security.protocol", "tls"),
        ("linger.ms", "soon"),
        ("linger.ms", "-1"),
        ("compression.type", "rar"),
        ("client.dns.lookup", "a\0b"),
    ] {
        let error = refused(with(&[(name, value)]));
        assert!(
            matches!(&error, KafkaSinkError::InvalidSetting { name: told, .. } if told == name),
            "{error}"
        );
    }
    let twice = refused(with(&[("linger.ms", "1"), ("linger_ms", "1")]));
    assert!(twice.to_string().contains("given twice"), "{twice}");
}

#[test]
fn brokers_and_topics_that_cannot_be_do_not_open() {
    let none = KafkaSinkOptions::new(Vec::new());
    let address = KafkaSinkOptions::new(vec!["kafka:port".to_owned()]);
    let mut topic = with(&[]);
    topic.topic = "parlor audit".to_owned();
    let mut time = with(&[]);
    time.delivery_timeout = std::time::Duration::ZERO;
    for options in [none, address, topic, time] {
        let error = refused(options);
        assert!(
            matches!(error, KafkaSinkError::InvalidSetting { .. }),
            "{error}"
        );
    }
}

#[test]
fn a_password_stands_in_no_debug_output_and_in_no_error() {
    let settings = [
        ("security.protocol", "sasl_ssl"),
        ("sasl.mechanism", "PLAIN"),
        ("sasl.username", "parlor"),
        ("sasl.password", "hush"),
        ("ssl.key.password", "hush"),
    ];
    let options = with(&settings);
    assert!(!format!("{options:?}").contains("hush"));
    let sink = KafkaAuditSink::open(options).unwrap();
    assert!(!format!("{sink:?}").contains("hush"));

    for name in [
        "sasl.password",
        "ssl.key.password",
        "ssl.key.pem",
        "ssl.keystore.password",
    ] {
        let mut options = with(&settings);
        set(&mut options, name, "hush\0");
        let error = refused(options);
        assert!(!format!("{error} {error:?}").contains("hush"), "{error}");
    }
    let mut options = with(&settings);
    set(&mut options, "ssl.key.pem", "hush");
    let error = refused(options);
    assert!(!format!("{error} {error:?}").contains("hush"), "{error}");
}

#[tokio::test]
async fn a_broker_that_speaks_no_tls_is_told_as_that() {
    let cluster = Cluster::start(1);
    let mut options = options(cluster.brokers());
    options.delivery_timeout = SHORT;
    set(&mut options, "security.protocol", "ssl");
    let sink = KafkaAuditSink::open(options).unwrap();
    let error = trouble(&sink, &entries(0..3)).await;
    let KafkaSinkError::TimedOut { complaint, .. } = error else {
        panic!("{error}");
    };
    let complaint = complaint.unwrap();
    assert!(complaint.contains("SSL_HANDSHAKE"), "{complaint}");
    assert!(cluster.arrived().is_empty());
}
