//! Wires everything: the one module that names adapters.

mod pages;
mod sinks;

use std::{num::NonZeroU32, ops::Deref, sync::Arc, time::Duration};

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
    dependencies::{Dependency, DependencyProbe},
    ports::{
        Authenticator, Clock, DirectorySeed, IdGenerator, StoreAdmin, SystemClock, UuidV7Generator,
    },
    readiness::Readiness,
    user_limit::UserLimit,
};
use tokio_util::sync::CancellationToken;

use self::sinks::audit_sink;
use crate::config::{Config, IdentityMode, ProviderConfig, StoreLocation};

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

/// The store behind its ports.
pub struct Store {
    pub ports: StorePorts,
    /// What the store can do without for a while: its replica.
    replica: Option<Arc<dyn DependencyProbe>>,
}

impl Deref for Store {
    type Target = StorePorts;

    fn deref(&self) -> &StorePorts {
        &self.ports
    }
}

/// Opens the store. Its schema is not touched.
pub async fn open_store(config: &Config) -> anyhow::Result<Store> {
    match config.store_location()? {
        StoreLocation::Embedded(path) => {
            let shown = path.display().to_string();
            let mut options = SqliteOptions::new(path);
            options.max_readers = config.store.max_connections.get();
            options.migration_limit = migration_limit(config);
            let store = SqliteStore::open(options)
                .await
                .with_context(|| format!("the store {shown} cannot be opened"))?;
            Ok(Store {
                ports: StorePorts::of(&Arc::new(store)),
                replica: None,
            })
        }
        StoreLocation::Postgres => {
            let store = PostgresStore::open(postgres_options(config)?);
            let replica = store.replica_probe();
            Ok(Store {
                ports: StorePorts::of(&Arc::new(store)),
                replica,
            })
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
    options.migration_limit = migration_limit(config);
    Ok(options)
}

fn migration_limit(config: &Config) -> Duration {
    Duration::from_secs(config.store.migration_timeout_seconds.get().into())
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

/// The models that are configured, and what tells whether their providers answer.
pub fn models(config: &Config) -> anyhow::Result<(Arc<ModelRegistry>, Probes)> {
    let mut probes = Probes::new();
    let providers = if config.model.providers.is_empty() {
        let delay = Duration::from_millis(config.model.echo_delay_ms);
        vec![EchoModel::with_delay(delay).into()]
    } else {
        let providers = config.model.providers.iter();
        providers
            .map(|config| provider(config, &mut probes))
            .collect::<anyhow::Result<_>>()?
    };
    let registry = ModelRegistry::new(providers, config.model.default.as_deref())?;
    Ok((Arc::new(registry), probes))
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

fn provider(config: &ProviderConfig, probes: &mut Probes) -> anyhow::Result<ProviderModels> {
    let model = Arc::new(open_ai(config)?);
    probes.push(model.clone());
    Ok(ProviderModels {
        provider: config.name.clone(),
        chat_model: model,
        models: config.models.0.clone(),
        context_lengths: config
            .context_lengths()
            .context("`context_length` of a model provider")?,
    })
}

/// Asks what can be away for a while.
pub type Probes = Vec<Arc<dyn DependencyProbe>>;

/// The OpenAPI document of the API.
pub fn openapi() -> anyhow::Result<String> {
    Ok(parlor_adapters_http::openapi().to_pretty_json()?)
}

/// What runs.
pub struct Service {
    pub router: Router,
    pub application: Arc<Application>,
    pub relay: Option<AuditRelay>,
    /// What the service can do without for a while, and how it is asked.
    pub dependencies: Vec<Arc<Dependency>>,
    pub probes: Probes,
}

/// Everything on this store. `most_streams` is how many event streams and waiting prompts there are at once, of all users
/// together; `shutdown` is cancelled when a shutdown begins.
pub fn service(
    config: &Config,
    store: &Store,
    identities: &Identities,
    most_streams: NonZeroU32,
    shutdown: CancellationToken,
) -> anyhow::Result<Service> {
    let (models, mut probes) = models(config)?;
    probes.extend(store.replica.clone());
    let relay = audit_sink(config)?.map(|(sink, probe)| {
        let server = probe.as_ref().map(|probe| probe.dependency().clone());
        probes.extend(probe);
        AuditRelay::new(store.outbox.clone(), sink, clock(), RelayTimes::default()).noting(server)
    });
    let application = Arc::new(Application::new(
        Ports {
            store: store.ports.clone(),
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
        dependencies: probes.iter().map(|it| it.dependency().clone()).collect(),
        probes,
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
