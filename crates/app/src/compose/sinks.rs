//! Where audit entries go.

use std::sync::Arc;

#[cfg(feature = "kafka")]
use anyhow::Context as _;
use parlor_application::{dependencies::DependencyProbe, ports::AuditSink};
use parlor_audit_file::{FileAuditSink, FileSinkOptions};
#[cfg(feature = "kafka")]
use parlor_audit_kafka::{KafkaAuditSink, KafkaSinkOptions};

use crate::config::{AuditKafkaConfig, AuditSinkKind, Config};

/// Where audit entries go, and what tells whether it answers, where that is a server.
pub(super) type Sink = (Arc<dyn AuditSink>, Option<Arc<dyn DependencyProbe>>);

/// Where audit entries go, if anywhere.
pub(super) fn audit_sink(config: &Config) -> anyhow::Result<Option<Sink>> {
    let file = &config.audit.file;
    match config.audit.sink {
        AuditSinkKind::File => {
            let sink = FileAuditSink::new(FileSinkOptions {
                path: file.path.clone(),
                rotate_bytes: (file.rotate_bytes > 0).then_some(file.rotate_bytes),
                keep: (file.keep > 0).then_some(file.keep),
            });
            Ok(Some((Arc::new(sink), None)))
        }
        AuditSinkKind::Kafka => kafka_sink(&config.audit.kafka).map(Some),
        AuditSinkKind::None => Ok(None),
    }
}

#[cfg(feature = "kafka")]
fn kafka_sink(config: &AuditKafkaConfig) -> anyhow::Result<Sink> {
    let mut options = KafkaSinkOptions::new(config.brokers.0.clone());
    options.topic.clone_from(&config.topic);
    options.settings = config.security.settings();
    let sink = KafkaAuditSink::open(options).context("`audit.kafka` makes no client of Kafka")?;
    let sink = Arc::new(sink);
    Ok((sink.clone(), Some(sink)))
}

#[cfg(not(feature = "kafka"))]
fn kafka_sink(_: &AuditKafkaConfig) -> anyhow::Result<Sink> {
    anyhow::bail!("this program is built without `kafka`")
}
