//! Wires everything: the one module that names adapters.

mod pages;

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::Router;
use parlor_adapters_http::HttpOptions;
use parlor_adapters_identity::{DEMO_MODE, DemoAuthenticator, demo_directory};
use parlor_adapters_model::{ModelRegistry, OpenAiChatModel, ProviderModels};
use parlor_adapters_postgres::{PostgresOptions, PostgresStore};
use parlor_adapters_sqlite::{SqliteOptions, SqliteStore};
use parlor_adapters_web::Persona;
use parlor_application::{
    application::{Application, Ports, Settings, StorePorts},
    audit_relay::{AuditRelay, RelayTimes},
    conversations::{ForkConversation, ListTimes},
    ports::{
        AuditSink, Authenticator, Clock, DirectorySeed, IdGenerator, StoreAdmin, SystemClock,
        UuidV7Generator,
    },
    readiness::Readiness,
    user_limit::UserLimit,
};
use parlor_audit_file::{FileAuditSink, FileSinkOptions};
#[cfg(feature = "kafka")]
use parlor_audit_kafka::{KafkaAuditSink, KafkaSinkOptions};
use tokio_util::sync::CancellationToken;

use crate::config::{
    AuditKafkaConfig, AuditSinkKind, Config, IdentityMode, ProviderConfig, StoreLocation,
};

pub use parlor_adapters_http::{IpNet, Limits};
pub use parlor_adapters_identity::{DEMO_PERSONAS, DemoPersona, demo_group_id};
pub use parlor_adapters_model::{EchoModel, OpenAiProvider};
pub use parlor_application::answering::AnswerTimes;
pub use parlor_audit_file::{AuditLine, AuditLines};

/// The machine's clock.
pub fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// The source of new ids.
pub fn ids() -> Arc<dyn IdGenerator> {
    Arc::new(UuidV7Generator)
}

/// Whether this program can deliver audit entries to Kafka.
pub const HAS_KAFKA: bool = cfg!(feature = "kafka");

/// Opens the store. Its schema is not touched.
pub async fn open_store(config: &Config) -> anyhow::Result<StorePorts> {
    match config.store_location()? {
        StoreLocation::Embedded(path) => {
            let shown = path.display().to_string();
            let mut options = SqliteOptions::new(path);
            options.max_readers = config.store.max_connections.get();
            let store = SqliteStore::open(options)
                .await
                .with_context(|| format!("the store {shown} cannot be opened"))?;
            Ok(StorePorts::of(&Arc::new(store)))
        }
        StoreLocation::Postgres => {
            let store = PostgresStore::open(postgres_options(config)?);
            Ok(StorePorts::of(&Arc::new(store)))
        }
    }
}

fn postgres_options(config: &Config) -> anyhow::Result<PostgresOptions> {
    let mut options =
        PostgresOptions::new(config.store.url.get()).context("`store.url` cannot be read")?;
    if let Some(replica) = &config.store.replica_url {
        options = options
            .with_replica(replica.get())
            .context("`store.replica_url` cannot be read")?;
    }
    options.max_connections = config.store.max_connections.get();
    let limit = config.store.migration_timeout_seconds.get();
    options.migration_limit = Duration::from_secs(limit.into());
    Ok(options)
}

/// What is answered until the store has this program's schema.
pub fn waiting_router(store: &Arc<dyn StoreAdmin>) -> Router {
    parlor_adapters_http::waiting_router(Arc::new(Readiness::new(store.clone())))
}

/// Begins an error of the store, so that whoever reads it knows which one it is, and which key names it.
pub fn names_store(config: &Config) -> String {
    format!(
        "the store {} (`store.url`) cannot be used",
        config.store.url
    )
}

/// Whether the parts of the service can be made with these values. Nothing is opened, and nobody is asked.
pub fn check(config: &Config) -> anyhow::Result<()> {
    if config.store_location()? == StoreLocation::Postgres {
        postgres_options(config)?;
    }
    models(config)?;
    audit_sink(config)?;
    Ok(())
}

/// Who may call, and with whom an empty store is filled.
pub struct Identities {
    pub authenticator: Arc<dyn Authenticator>,
    /// What a store that is filled so notes.
    pub mode: &'static str,
    pub seed: DirectorySeed,
    /// Whom a visitor of the pages can be without a secret.
    personas: Vec<Persona>,
}

/// Who may call, as configured.
pub fn identities(mode: IdentityMode) -> Identities {
    match mode {
        IdentityMode::Demo => Identities {
            authenticator: Arc::new(DemoAuthenticator::new()),
            mode: DEMO_MODE,
            seed: demo_directory(),
            personas: DEMO_PERSONAS.iter().map(pages::persona).collect(),
        },
    }
}

/// The models that are configured.
pub fn models(config: &Config) -> anyhow::Result<Arc<ModelRegistry>> {
    let providers = if config.model.providers.is_empty() {
        let delay = Duration::from_millis(config.model.echo_delay_ms);
        vec![EchoModel::with_delay(delay).into()]
    } else {
        let providers = config.model.providers.iter();
        providers.map(provider).collect::<anyhow::Result<_>>()?
    };
    let registry = ModelRegistry::new(providers, config.model.default.as_deref())?;
    Ok(Arc::new(registry))
}

/// The client of a provider.
pub fn open_ai(config: &ProviderConfig) -> anyhow::Result<OpenAiChatModel> {
    Ok(OpenAiChatModel::new(OpenAiProvider {
        name: config.name.clone(),
        base_url: config.base_url.get().to_owned(),
        api_key: config.api_key.as_ref().map(|key| key.get().clone()),
        connect_timeout: Duration::from_millis(config.connect_timeout_ms),
        idle_timeout: Duration::from_millis(config.idle_timeout_ms),
        max_retries: config.max_retries,
        retry_delay: Duration::from_millis(config.retry_delay_ms),
        stream: config.stream,
        stream_options: config.stream_options,
    })?)
}

fn provider(config: &ProviderConfig) -> anyhow::Result<ProviderModels> {
    let model = open_ai(config)?;
    Ok(ProviderModels {
        provider: config.name.clone(),
        chat_model: Arc::new(model),
        models: config.models.0.clone(),
        context_lengths: config
            .context_lengths()
            .context("`context_length` of a model provider")?,
    })
}

/// Where audit entries go, if anywhere.
fn audit_sink(config: &Config) -> anyhow::Result<Option<Arc<dyn AuditSink>>> {
    let file = &config.audit.file;
    match config.audit.sink {
        AuditSinkKind::File => Ok(Some(Arc::new(FileAuditSink::new(FileSinkOptions {
            path: file.path.clone(),
            rotate_bytes: (file.rotate_bytes > 0).then_some(file.rotate_bytes),
            keep: (file.keep > 0).then_some(file.keep),
        })))),
        AuditSinkKind::Kafka => kafka_sink(&config.audit.kafka).map(Some),
        AuditSinkKind::None => Ok(None),
    }
}

#[cfg(feature = "kafka")]
fn kafka_sink(config: &AuditKafkaConfig) -> anyhow::Result<Arc<dyn AuditSink>> {
    let mut options = KafkaSinkOptions::new(config.brokers.0.clone());
    options.topic.clone_from(&config.topic);
    options.settings = config.security.settings();
    let sink = KafkaAuditSink::open(options).context("`audit.kafka` makes no client of Kafka")?;
    Ok(Arc::new(sink))
}

#[cfg(not(feature = "kafka"))]
fn kafka_sink(_: &AuditKafkaConfig) -> anyhow::Result<Arc<dyn AuditSink>> {
    anyhow::bail!("this program is built without `kafka`")
}

/// The OpenAPI document of the API.
pub fn openapi() -> anyhow::Result<String> {
    Ok(parlor_adapters_http::openapi().to_pretty_json()?)
}

/// What runs.
pub struct Service {
    pub router: Router,
    pub application: Arc<Application>,
    pub relay: Option<AuditRelay>,
}

/// Everything on this store. `most_streams` is how many event streams and waiting prompts there are at once, of all users
/// together; `shutdown` is cancelled when a shutdown begins.
pub fn service(
    config: &Config,
    store: &StorePorts,
    identities: &Identities,
    most_streams: NonZeroU32,
    shutdown: CancellationToken,
) -> anyhow::Result<Service> {
    let models = models(config)?;
    let relay = audit_sink(config)?
        .map(|sink| AuditRelay::new(store.outbox.clone(), sink, clock(), RelayTimes::default()));
    let application = Arc::new(Application::new(
        Ports {
            store: store.clone(),
            authenticator: identities.authenticator.clone(),
            catalog: models.clone(),
            chat_model: models,
            clock: clock(),
            ids: ids(),
        },
        settings(config, most_streams),
    ));
    let options = HttpOptions {
        limits: Limits {
            body_bytes: config.limits.body_bytes,
            message_characters: config.limits.message_characters,
        },
        trusted_proxies: config.trusted_proxies()?,
        // Everybody knows the demo's tokens.
        loopback_hosts_only: config.identity.mode == IdentityMode::Demo,
        ..HttpOptions::default()
    };
    let pages = pages::pages(
        config,
        &identities.personas,
        application.clone(),
        shutdown.clone(),
    );
    let router = parlor_adapters_http::router(application.clone(), options, shutdown, pages);
    Ok(Service {
        router,
        application,
        relay,
    })
}

/// The application's limits and times, as configured.
fn settings(config: &Config, most_streams: NonZeroU32) -> Settings {
    let limits = &config.limits;
    Settings {
        answers: AnswerTimes {
            longest: Duration::from_millis(config.model.answer_timeout_ms),
            ..AnswerTimes::default()
        },
        list: ListTimes::default(),
        prompts_per_minute: limits.prompts_per_minute,
        searches_per_minute: NonZeroU32::new(limits.searches_per_minute),
        forks: ForkConversation::queue(),
        exports: UserLimit::new(limits.exports_per_user, limits.exports),
        streams: UserLimit::new(limits.streams_per_user, most_streams),
    }
}
