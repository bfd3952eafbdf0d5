//! Start and stop.
//!
//! Start: the lock of an embedded store, the listeners, the store, its schema, its first filling, the answers that a crash interrupted; then the relay,
//! and requests. Stop: not ready any more, streams end, no prompt is taken, answers are finished, nobody listens any more, the relay
//! delivers what is left, the store is closed.

mod signals;
mod waiting;

use std::{net::SocketAddr, num::NonZeroU32, sync::Arc, time::Duration};

use anyhow::{Context as _, anyhow};
use parlor_application::{
    answering::{AnswerEndings, WATCH_PERIOD, WRITER_SILENCE, watch_over_abandoned_answers},
    application::StorePorts,
    audit_relay::AuditRelay,
    changes::{DIRECTORY_POLL, watch_directories},
    conversations::{complete_search_index, keep_audiences_indexed},
    denials::{DENIALS_PERIOD, end_counted_denials},
    dependencies::watch_dependency,
    idempotency::KEPT_FOR,
    ports::{NotReady, StoreAdmin},
};
use parlor_domain::message::{AnswerFailure, AnswerStatus};
use tokio::{
    net::TcpListener,
    task::JoinHandle,
    time::{Instant, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    compose::{self, Identities, Service},
    config::{AuditSinkKind, Config, IdentityMode, StoreLocation},
    console, data_dir,
    data_dir::ServingLock,
    fill::fill,
    metrics,
    server::{self, Descriptors, ServerLimits},
    telemetry, welcome,
};

/// How long answers may go on after a stop was asked for; then they are marked as interrupted.
const ANSWERS: Duration = Duration::from_secs(15);
/// How long requests may go on, and answers may take to be marked.
const REQUESTS: Duration = Duration::from_secs(20);
/// How long the relay may take to deliver what is left. What is left then, the next start delivers.
const RELAY: Duration = Duration::from_secs(4);
/// How long telling other instances of the last changes may take. They look by themselves.
const NEWS: Duration = Duration::from_secs(3);
/// How long the store may take to close.
const STORE: Duration = Duration::from_secs(2);
/// Between two sweeps of deleted conversations.
const SWEEP: Duration = Duration::from_mins(1);
/// A copy that nobody has added to for so long is never completed.
const COPY_SILENCE: Duration = Duration::from_mins(1);
/// Between two deletions of old idempotency keys.
const EXPIRY: Duration = Duration::from_hours(1);

/// Runs the service until it is asked to stop.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    telemetry::start(&config.log)?;
    let recorder = metrics::start()?;
    let stop = signals::stop()?;
    let shares = share_out_descriptors(&config)?;
    let embedded = match config.store_location()? {
        StoreLocation::Embedded(database) => Some(database),
        StoreLocation::Postgres => None,
    };
    if embedded.is_some() || config.audit.sink == AuditSinkKind::File {
        data_dir::create(&config.data_dir)?;
    }
    // Others may serve a PostgreSQL beside this process.
    let _lock = embedded.as_deref().map(ServingLock::take).transpose()?;
    let listener = bind("http.listen", config.http.listen).await?;
    let metrics_listener = bind_metrics(&config).await?;
    let listening = listener.local_addr()?;
    let measuring = metrics_listener
        .as_ref()
        .map(TcpListener::local_addr)
        .transpose()?;

    let identities = compose::identities(config.identity.mode);
    let store = compose::open_store(&config).await?;
    let most_streams = NonZeroU32::new(shares.streams).unwrap_or(NonZeroU32::MIN);
    let service = compose::service(&config, &store, &identities, most_streams, stop.clone())?;
    let Some(listener) = bring_up(&config, &store, listener, &stop).await? else {
        return Ok(());
    };
    fill_empty(&config, &store, &identities).await?;
    if embedded.is_some() {
        interrupt_what_was_left(&store, service.application.desk.endings()).await?;
    }
    service
        .application
        .search_index
        .refresh(store.indexer.as_ref())
        .await?;
    let watches = watch_over(&store, &service, &stop);
    // Until nothing is changed here any more.
    let news_stop = CancellationToken::new();
    let news = tokio::spawn({
        let (changes, stop) = (store.changes.clone(), news_stop.clone());
        async move { changes.pass_on(stop).await }
    });

    let relay_stop = CancellationToken::new();
    let acceptance = service.relay.as_ref().map(|it| it.acceptance().clone());
    let relay = service.relay.map(|relay| run(relay, relay_stop.clone()));
    let measuring_task = metrics_listener.map(|listener| {
        let measured = metrics::Measured {
            handle: recorder,
            application: Arc::clone(&service.application),
            outbox: (config.audit.sink != AuditSinkKind::None).then(|| store.outbox.clone()),
            acceptance,
            clock: compose::clock(),
            dependencies: service.dependencies,
            loopback_hosts_only: config.identity.mode == IdentityMode::Demo,
        };
        tokio::spawn(metrics::serve(listener, measured))
    });
    let expiry = tokio::spawn(expire(store.admin.clone()));
    let sweeping = tokio::spawn(remove_leftovers(store.admin.clone()));
    let closing = CancellationToken::new();
    let limits = server_limits(&config, shares);
    let serving = server::serve(listener, service.router, limits, closing.clone());
    let mut requests = tokio::spawn(serving);
    announce(&config, listening, measuring);

    tokio::select! {
        () = stop.cancelled() => {}
        served = &mut requests => {
            served?;
            return Err(anyhow!("the listener ended"));
        }
    }
    tracing::info!("stopping: answers that are being written are finished first");
    let deadline = Instant::now() + REQUESTS;
    // Meanwhile requests are still answered, prompts with a refusal: whoever sends them here has to see that this
    // instance is not ready before nobody listens any more.
    let answers = timeout_at(deadline, service.application.desk.close(ANSWERS)).await;
    closing.cancel();
    let served = timeout_at(deadline, &mut requests).await;
    // A prompt may have been let in just before the desk was closed.
    let late = timeout_at(deadline, service.application.desk.close(Duration::ZERO)).await;
    requests.abort();
    warn_of_unfinished(answers.is_ok() && late.is_ok(), served.is_ok());
    expiry.abort();
    sweeping.abort();
    for watch in watches {
        watch.abort();
    }
    relay_stop.cancel();
    news_stop.cancel();
    tokio::join!(
        end("delivering audit entries", RELAY, relay),
        end("telling other instances of changes", NEWS, Some(news)),
    );
    if let Some(task) = measuring_task {
        task.abort();
    }
    // All of it together ends within 30 seconds, also where the store and the sink do not answer.
    if timeout(STORE, store.admin.close()).await.is_err() {
        tracing::warn!("the store was not closed in time; it is whole nevertheless");
    }
    tracing::info!("stopped");
    Ok(())
}

fn run(relay: AuditRelay, stop: CancellationToken) -> JoinHandle<()> {
    tokio::spawn(async move { relay.run(stop).await })
}

async fn bind_metrics(config: &Config) -> anyhow::Result<Option<TcpListener>> {
    Ok(match config.metrics.listen {
        Some(address) => Some(bind("metrics.listen", address).await?),
        None => None,
    })
}

async fn fill_empty(
    config: &Config,
    store: &StorePorts,
    identities: &Identities,
) -> anyhow::Result<()> {
    let audit_file = (config.audit.sink == AuditSinkKind::File).then_some(&*config.audit.file.path);
    let (clock, ids) = (compose::clock(), compose::ids());
    fill(
        store.admin.as_ref(),
        audit_file,
        identities,
        clock.as_ref(),
        ids.as_ref(),
    )
    .await
}

/// What looks after answers whose writer is gone, changed directories, the search index, counts of repeated denials, and what can be
/// away for a while.
fn watch_over(
    store: &StorePorts,
    service: &Service,
    stop: &CancellationToken,
) -> Vec<JoinHandle<()>> {
    let answers = watch_over_abandoned_answers(
        store.journal.clone(),
        Arc::clone(service.application.desk.endings()),
        WRITER_SILENCE,
        WATCH_PERIOD,
        stop.clone(),
    );
    let directories = watch_directories(store.changes.clone(), DIRECTORY_POLL, stop.clone());
    let index = complete_search_index(
        store.indexer.clone(),
        service.application.search_index.clone(),
        stop.clone(),
    );
    let audiences = keep_audiences_indexed(
        store.indexer.clone(),
        service.application.search_index.clone(),
        stop.clone(),
    );
    let denials = end_counted_denials(store.recorder.clone(), DENIALS_PERIOD, stop.clone());
    let probes = service.probes.iter().cloned();
    let dependencies = probes.map(|probe| tokio::spawn(watch_dependency(probe, stop.clone())));
    let mut watches = vec![
        tokio::spawn(answers),
        tokio::spawn(directories),
        tokio::spawn(index),
        tokio::spawn(audiences),
        tokio::spawn(denials),
    ];
    watches.extend(dependencies);
    watches
}

async fn bind(key: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!(
            "`{key}` is {address}, and nothing can listen there: stop what listens there already, or set another address \
             (`--set {key}=127.0.0.1:0` takes a free port)"
        )
    })
}

/// Sees that the store has this program's schema: brings it up to date, or waits until somebody else has. Answers no listener if
/// a stop was asked for meanwhile.
async fn bring_up(
    config: &Config,
    store: &StorePorts,
    listener: TcpListener,
    stop: &CancellationToken,
) -> anyhow::Result<Option<TcpListener>> {
    if config.store.migrate {
        let migrated = store.admin.migrate().await;
        migrated.with_context(|| compose::names_store(config))?;
        return Ok(Some(listener));
    }
    match store.admin.readiness().await {
        Ok(()) => Ok(Some(listener)),
        Err(NotReady::SchemaBehind | NotReady::SchemaAhead) => {
            waiting::until_ready(listener, store.admin.clone(), stop).await
        }
        Err(error) => Err(error).with_context(|| compose::names_store(config)),
    }
}

/// Marks as failed what the last process was writing. The lock of an embedded store says that nobody else writes answers.
async fn interrupt_what_was_left(
    store: &StorePorts,
    endings: &AnswerEndings,
) -> anyhow::Result<()> {
    let interrupted = store.journal.interrupt_abandoned(Duration::ZERO).await?;
    if interrupted > 0 {
        endings.note_many(
            AnswerStatus::Failed(AnswerFailure::Interrupted),
            interrupted,
        );
        tracing::info!(
            interrupted,
            "answers that the last process was writing are marked as failed"
        );
    }
    Ok(())
}

/// Says what was not finished before the deadline of a stop.
fn warn_of_unfinished(answers_are_finished: bool, connections_are_closed: bool) {
    if !answers_are_finished {
        tracing::warn!(
            "some answers were not finished in time; the next start marks them as failed"
        );
    }
    if !connections_are_closed {
        tracing::warn!(
            "closed connections whose requests were not answered in time, or whose clients had not read their answers"
        );
    }
}

/// Raises the limit of descriptors, and shares them out.
fn share_out_descriptors(config: &Config) -> anyhow::Result<Descriptors> {
    let open_files = server::raise_limit();
    let connections = config.limits.connections.get();
    let store = config.store.max_connections.get();
    let shares = Descriptors::share_out(open_files, connections, store)?;
    tracing::debug!(open_files, ?shares, "shared out the descriptors");
    Ok(shares)
}

/// What connections can take, as configured.
fn server_limits(config: &Config, shares: Descriptors) -> ServerLimits {
    let seconds = |seconds: NonZeroU32| Duration::from_secs(seconds.get().into());
    let http = &config.http;
    ServerLimits {
        connections: shares.connections,
        reserve: shares.reserve,
        head: seconds(http.head_timeout_seconds),
        idle: seconds(http.idle_timeout_seconds),
        write: seconds(http.write_timeout_seconds),
    }
}

fn announce(config: &Config, listening: SocketAddr, metrics: Option<SocketAddr>) {
    let url = welcome::public_url(config, listening);
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        pages = url,
        api = format!("{url}/api/v1"),
        docs = format!("{url}/api/docs"),
        metrics = metrics.map(|address| format!("http://{address}/metrics")),
        data_dir = %config.data_dir.display(),
        "listening"
    );
    if config.identity.mode == IdentityMode::Demo {
        tracing::info!(
            "this is the demo organization: its tokens are demo-alice, demo-bob and so on"
        );
    }
    if console::is_watched() {
        // Whoever does not see it has the log.
        let _ = console::print(&welcome::greeting(config, listening, metrics));
    }
}

async fn expire(store: Arc<dyn StoreAdmin>) {
    let clock = compose::clock();
    let mut times = tokio::time::interval(EXPIRY);
    loop {
        times.tick().await;
        match store.expire_idempotency_keys(clock.now() - KEPT_FOR).await {
            Ok(expired) => tracing::debug!(expired, "old idempotency keys are forgotten"),
            Err(error) => tracing::warn!(
                error = &error as &(dyn std::error::Error + 'static),
                "old idempotency keys were not forgotten; it is tried again"
            ),
        }
        match store.expire_sessions(clock.now()).await {
            Ok(expired) => tracing::debug!(expired, "sessions that have ended are forgotten"),
            Err(error) => tracing::warn!(
                error = &error as &(dyn std::error::Error + 'static),
                "sessions that have ended were not forgotten; it is tried again"
            ),
        }
    }
}

/// Removes the rows of deleted conversations and of copies that broke off.
async fn remove_leftovers(store: Arc<dyn StoreAdmin>) {
    let mut times = tokio::time::interval(SWEEP);
    loop {
        times.tick().await;
        let removed = store.remove_leftovers(COPY_SILENCE).await;
        metrics::note_sweep(removed.as_ref().ok().copied());
        match removed {
            Ok(0) => {}
            Ok(conversations) => {
                tracing::info!(conversations, "removed rows of deleted conversations");
            }
            Err(error) => tracing::warn!(
                error = &error as &(dyn std::error::Error + 'static),
                "rows of deleted conversations not removed yet"
            ),
        }
    }
}

/// Waits for a task that was told to end.
async fn end(what: &str, patience: Duration, task: Option<JoinHandle<()>>) {
    let Some(mut task) = task else { return };
    if timeout(patience, &mut task).await.is_err() {
        tracing::warn!("{what} did not end in time; the next start goes on with it");
        task.abort();
    }
}
