//! Measurements for Prometheus, on a listener of their own.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use parlor_adapters_http::for_loopback_names_only;
use parlor_application::{
    application::Application,
    audit_relay::SinkAcceptance,
    dependencies::Dependency,
    ports::{AuditOutbox, Clock},
};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::server::{self, ServerLimits};

const WRITING: &str = "parlor_answers_writing";
const ENDED: &str = "parlor_answers_ended_total";
const LEFT_OUT: &str = "parlor_answers_with_left_out_messages_total";
const STREAMS: &str = "parlor_streams";
const BACKLOG: &str = "parlor_audit_backlog_entries";
const OLDEST: &str = "parlor_audit_backlog_oldest_seconds";
const SET_ASIDE: &str = "parlor_audit_set_aside_entries";
const REJECTING: &str = "parlor_audit_sink_rejecting";
const READY: &str = "parlor_store_ready";
const INDEXING: &str = "parlor_search_indexing";
const AUDIENCES_BEHIND: &str = "parlor_search_audiences_behind_seconds";
const EXPORTS: &str = "parlor_exports";
const LEFTOVERS: &str = "parlor_store_leftover_conversations";
const CONNECTIONS: &str = "parlor_http_connections";
const CLOSED: &str = "parlor_http_connections_closed_total";
const PAGE_WAIT: &str = "parlor_page_wait_seconds";
const PAGES_REFUSED: &str = "parlor_pages_refused_total";
const LANGUAGES: &str = "parlor_code_languages_loaded_total";
const CODE_SKIPPED: &str = "parlor_code_blocks_skipped_total";
const LANGUAGES_BYTES: &str = "parlor_code_languages_bytes";
const DEPENDENCY: &str = "parlor_dependency_up";
const BUILD: &str = "parlor_build_info";

/// From a cached read to a long answer.
const SECONDS: [f64; 14] = [
    0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0,
];

/// How long the store may take to answer: whoever scrapes waits for ten seconds, usually.
const LIMIT: Duration = Duration::from_secs(4);

/// How often old samples are folded together: else they pile up while nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

/// Begins to measure.
pub fn start() -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .install_recorder()
        .context("measuring cannot be started")?;
    describe_gauge!(WRITING, "Answers that this process is writing");
    describe_counter!(
        ENDED,
        "Answers whose end this process stored, by status and reason"
    );
    describe_counter!(
        LEFT_OUT,
        "Answers whose model was not sent the oldest messages, because the conversation is longer than it can read"
    );
    describe_gauge!(
        STREAMS,
        "Open event streams, and prompts that wait for a JSON document"
    );
    describe_gauge!(BACKLOG, "Audit entries that the sink does not have yet");
    describe_gauge!(OLDEST, "How long the oldest of them has been waiting");
    describe_gauge!(
        SET_ASIDE,
        "Audit entries that the sink rejects, for an operator to look at"
    );
    describe_gauge!(
        REJECTING,
        "1 while delivery is paused because the audit sink rejects every entry, else 0"
    );
    describe_gauge!(
        READY,
        "1 where the last probe read the store and wrote to it, 0 where it failed"
    );
    describe_gauge!(
        INDEXING,
        "1 while conversations are indexed for search, else 0"
    );
    describe_gauge!(
        AUDIENCES_BEHIND,
        "For how long some rare words have not been looked up by audience"
    );
    describe_gauge!(EXPORTS, "Exports that are under way");
    describe_gauge!(
        LEFTOVERS,
        "Deleted conversations and broken-off copies whose rows the last sweep removed"
    );
    describe_gauge!(CONNECTIONS, "Open connections of clients");
    describe_counter!(CLOSED, "Connections that were closed, by reason");
    describe_histogram!(
        PAGE_WAIT,
        "How long the page of a conversation waited until it was made"
    );
    describe_counter!(
        PAGES_REFUSED,
        "Pages of conversations that were refused because their user has too many"
    );
    describe_counter!(
        LANGUAGES,
        "Grammars that were loaded to highlight code; one that was dropped counts again"
    );
    describe_counter!(
        CODE_SKIPPED,
        "Code blocks that stay plain until a page shows them again, because too many wait to be highlighted"
    );
    describe_gauge!(
        LANGUAGES_BYTES,
        "The most that the grammars can take that are loaded to highlight code"
    );
    describe_gauge!(
        DEPENDENCY,
        "1 where a replica, a model provider or Kafka answered the last time it was asked, 0 where it did not"
    );
    describe_gauge!(BUILD, "1, with the version as a label");
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}

/// Notes how many conversations' rows a sweep removed; `None` where it failed.
#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge need not be exact beyond 2^53"
)]
pub fn note_sweep(conversations: Option<u64>) {
    gauge!(LEFTOVERS).set(conversations.map_or(f64::NAN, |count| count as f64));
}

/// What is measured when somebody asks.
pub struct Measured {
    pub handle: PrometheusHandle,
    pub application: Arc<Application>,
    /// `None` where entries are meant to stay in the store.
    pub outbox: Option<Arc<dyn AuditOutbox>>,
    /// Whether the sink accepts entries, where there is one.
    pub acceptance: Option<Arc<SinkAcceptance>>,
    pub clock: Arc<dyn Clock>,
    /// What the service can do without for a while.
    pub dependencies: Vec<Arc<Dependency>>,
    /// Whether the listener answers to the names of the loopback interface only, as the API does.
    pub loopback_hosts_only: bool,
}

impl Measured {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a gauge need not be exact beyond 2^53"
    )]
    async fn measure(&self) {
        gauge!(WRITING).set(self.application.desk.writing() as f64);
        gauge!(EXPORTS).set(self.application.exports.under_way());
        let endings = self.application.desk.endings();
        for (status, count) in endings.counts() {
            let reason = status.reason().unwrap_or_default();
            counter!(ENDED, "status" => status.as_str(), "reason" => reason).absolute(count);
        }
        counter!(LEFT_OUT).absolute(endings.left_out());
        gauge!(STREAMS).set(f64::from(self.application.streams.under_way()));
        for dependency in &self.dependencies {
            let up = match dependency.answers() {
                Some(true) => 1.0,
                Some(false) => 0.0,
                // Not known yet, which is not away.
                None => f64::NAN,
            };
            gauge!(DEPENDENCY, "dependency" => dependency.name().to_owned()).set(up);
        }
        if let Some(acceptance) = &self.acceptance {
            gauge!(REJECTING).set(if acceptance.is_paused() { 1.0 } else { 0.0 });
        }
        gauge!(INDEXING).set(if self.application.search_index.is_complete() {
            0.0
        } else {
            1.0
        });
        let behind = self.application.search_index.audiences_behind();
        gauge!(AUDIENCES_BEHIND).set(behind.as_secs_f64());
        let backlog = async {
            match &self.outbox {
                Some(outbox) => Some(timeout(LIMIT, outbox.backlog()).await),
                None => None,
            }
        };
        let (ready, backlog) = tokio::join!(self.application.readiness.check(), backlog);
        gauge!(READY).set(if ready.is_ok() { 1.0 } else { 0.0 });
        let Some(backlog) = backlog else { return };
        let (entries, oldest, set_aside) = match backlog {
            Ok(Ok(backlog)) => {
                let waiting = backlog.oldest.map(|oldest| self.clock.now() - oldest);
                let seconds = waiting.map_or(0.0, |time| time.as_seconds_f64().max(0.0));
                (backlog.entries as f64, seconds, backlog.set_aside as f64)
            }
            // Not known, which is not zero.
            Ok(Err(_)) | Err(_) => (f64::NAN, f64::NAN, f64::NAN),
        };
        gauge!(BACKLOG).set(entries);
        gauge!(OLDEST).set(oldest);
        gauge!(SET_ASIDE).set(set_aside);
    }
}

/// Answers `GET /metrics`, for as long as it is let.
pub async fn serve(listener: TcpListener, measured: Measured) {
    let upkeep = measured.handle.clone();
    let loopback_hosts_only = measured.loopback_hosts_only;
    let mut routes = Router::new()
        .route("/metrics", get(render))
        .fallback(|| async { (StatusCode::NOT_FOUND, "the measurements are at /metrics\n") })
        .with_state(Arc::new(measured));
    if loopback_hosts_only {
        routes = for_loopback_names_only(routes);
    }
    let limits = ServerLimits::of_operators();
    let serving = server::serve(listener, routes, limits, CancellationToken::new());
    let folding = async {
        let mut times = tokio::time::interval(UPKEEP);
        loop {
            times.tick().await;
            upkeep.run_upkeep();
        }
    };
    tokio::select! {
        () = serving => {}
        () = folding => {}
    }
}

async fn render(State(measured): State<Arc<Measured>>) -> impl IntoResponse {
    measured.measure().await;
    let text = measured.handle.render();
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
}
