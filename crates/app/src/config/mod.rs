//! What an operator can set. [`Config`] is the one list of all keys: its fields are the keys, its defaults the built-in ones.
//!
//! Times and sizes are numbers with their unit in the key's name. Relative paths lie in the data folder.

mod audit;
mod check;
mod files;
mod kinds;
mod load;
mod origin;
mod parameters;
mod show;
mod store;
mod values;

use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

use crate::compose::{AnswerTimes, EchoModel, Limits, OpenAiProvider};

pub use audit::{AuditConfig, AuditKafkaConfig, AuditSinkKind};
pub use load::{Inputs, Loaded, load};
pub use show::show;
pub use store::{StoreConfig, StoreLocation};
pub use values::{Secret, TextList, UrlText};

/// The effective configuration.
#[derive(Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Where the embedded store and the audit file lie. It is made with rights for its owner alone.
    #[serde(deserialize_with = "kinds::path")]
    pub data_dir: PathBuf,
    pub http: HttpConfig,
    pub metrics: MetricsConfig,
    pub store: StoreConfig,
    pub audit: AuditConfig,
    pub model: ModelConfig,
    pub identity: IdentityConfig,
    pub log: LogConfig,
    pub limits: LimitsConfig,
}

/// The public listener: API and documentation.
#[derive(Serialize, Deserialize)]
#[serde(default)]
pub struct HttpConfig {
    /// An address and a port; port 0 takes a free one.
    #[serde(deserialize_with = "kinds::address")]
    pub listen: SocketAddr,
    /// Under which address clients reach it; from the listener unless set.
    #[serde(deserialize_with = "kinds::optional_web_address")]
    pub public_url: Option<String>,
    /// Whose `X-Forwarded-For` is believed: addresses, or networks such as `10.0.0.0/8`.
    pub trusted_proxies: TextList,
    /// How long the head of a request can take.
    #[serde(deserialize_with = "kinds::number")]
    pub head_timeout_seconds: NonZeroU32,
    /// How long a connection is kept between an answer and the next request.
    #[serde(deserialize_with = "kinds::number")]
    pub idle_timeout_seconds: NonZeroU32,
    /// How long a client can read nothing of an answer.
    #[serde(deserialize_with = "kinds::number")]
    pub write_timeout_seconds: NonZeroU32,
}

/// The listener for Prometheus.
#[derive(Serialize, Deserialize)]
#[serde(default)]
pub struct MetricsConfig {
    /// An address and a port; empty is off.
    #[serde(with = "kinds::optional_address")]
    pub listen: Option<SocketAddr>,
}

/// The models that one can prompt.
#[derive(Serialize, Deserialize)]
#[serde(default)]
pub struct ModelConfig {
    /// The model for prompts that name none; the first one unless set.
    pub default: Option<String>,
    /// The longest time for one answer, from the request to its end.
    #[serde(deserialize_with = "kinds::number")]
    pub answer_timeout_ms: u64,
    /// How long the echo model waits between two pieces of an answer.
    #[serde(deserialize_with = "kinds::number")]
    pub echo_delay_ms: u64,
    /// Who answers; without any, the echo model does.
    #[serde(deserialize_with = "kinds::tables")]
    pub providers: Vec<ProviderConfig>,
}

/// One server of models.
#[derive(Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderConfig {
    #[serde(deserialize_with = "kinds::choice")]
    pub kind: ProviderKind,
    /// What it is called here.
    #[serde(deserialize_with = "kinds::text")]
    pub name: String,
    /// Where its API begins, such as `https://api.example.com/v1`.
    pub base_url: UrlText,
    /// The key that it asks for.
    pub api_key: Option<Secret>,
    /// A file with that key in it.
    #[serde(deserialize_with = "kinds::optional_path")]
    pub api_key_file: Option<PathBuf>,
    /// The models to offer, as it names them.
    pub models: TextList,
    /// How many tokens a model can read and write together: one number for all of them, or one for each in their order.
    pub context_length: TextList,
    #[serde(deserialize_with = "kinds::number")]
    pub connect_timeout_ms: u64,
    /// How long no text may come, before the first piece or between two. Keep-alive comments do not count.
    #[serde(deserialize_with = "kinds::number")]
    pub idle_timeout_ms: u64,
    /// How often to ask again while nothing has come.
    #[serde(deserialize_with = "kinds::number")]
    pub max_retries: u32,
    /// How long to wait before asking again; doubles each time.
    #[serde(deserialize_with = "kinds::number")]
    pub retry_delay_ms: u64,
    /// Whether to ask for a stream. Without one, an answer comes in one piece.
    #[serde(deserialize_with = "kinds::switch")]
    pub stream: bool,
    /// Whether to send `stream_options`, with which a server tells what a streamed answer cost. A server that refuses it is
    /// asked without it.
    #[serde(deserialize_with = "kinds::switch")]
    pub stream_options: bool,
}

/// The kinds of model servers.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Default, Debug)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// Whatever speaks OpenAI's chat completions.
    #[default]
    OpenAi,
}

/// Who may call.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub struct IdentityConfig {
    #[serde(deserialize_with = "kinds::choice")]
    pub mode: IdentityMode,
}

/// The ways to know who calls.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Default, Debug)]
#[serde(rename_all = "snake_case")]
pub enum IdentityMode {
    /// The demo organization with its well-known tokens.
    #[default]
    Demo,
}

/// What is logged, and how.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub struct LogConfig {
    #[serde(deserialize_with = "kinds::choice")]
    pub format: LogFormat,
    #[serde(deserialize_with = "kinds::choice")]
    pub level: LogLevel,
}

/// How a line of the log looks.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Default, Debug)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// `pretty` on a terminal, else `json`.
    #[default]
    Auto,
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// The least important lines that are logged. It is for Parlor's own lines: libraries are never asked for more than `info`, since
/// what they tell below that may hold what people wrote.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}

/// What one request or one user may take.
#[derive(Serialize, Deserialize)]
#[serde(default)]
pub struct LimitsConfig {
    /// The longest request body.
    #[serde(deserialize_with = "kinds::number")]
    pub body_bytes: usize,
    /// The longest prompt, in Unicode scalar values.
    #[serde(deserialize_with = "kinds::number")]
    pub message_characters: usize,
    /// How many answers one user may ask for in a minute.
    #[serde(deserialize_with = "kinds::number")]
    pub prompts_per_minute: NonZeroU32,
    /// How many prompts and streams one user can have open at once.
    #[serde(deserialize_with = "kinds::number")]
    pub streams_per_user: NonZeroU32,
    /// How many searches one user may begin in a minute on one instance; 0 for no limit.
    #[serde(deserialize_with = "kinds::number")]
    pub searches_per_minute: u32,
    /// How many exports one user can run at once.
    #[serde(deserialize_with = "kinds::number")]
    pub exports_per_user: NonZeroU32,
    /// How many exports all users together can run at once on one instance.
    #[serde(deserialize_with = "kinds::number")]
    pub exports: NonZeroU32,
    /// How many connections clients can have open at once.
    #[serde(deserialize_with = "kinds::number")]
    pub connections: NonZeroU32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: crate::data_dir::platform().unwrap_or_default(),
            http: HttpConfig::default(),
            metrics: MetricsConfig::default(),
            store: StoreConfig::default(),
            audit: AuditConfig::default(),
            model: ModelConfig::default(),
            identity: IdentityConfig::default(),
            log: LogConfig::default(),
            limits: LimitsConfig::default(),
        }
    }
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            public_url: None,
            trusted_proxies: TextList::default(),
            head_timeout_seconds: NonZeroU32::MIN.saturating_add(9),
            idle_timeout_seconds: NonZeroU32::MIN.saturating_add(74),
            write_timeout_seconds: NonZeroU32::MIN.saturating_add(29),
        }
    }
}

impl Default for MetricsConfig {
    fn default() -> Self {
        Self {
            listen: Some((Ipv4Addr::LOCALHOST, 9464).into()),
        }
    }
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            default: None,
            answer_timeout_ms: values::milliseconds(AnswerTimes::default().longest),
            echo_delay_ms: values::milliseconds(EchoModel::DEFAULT_DELAY),
            providers: Vec::new(),
        }
    }
}

impl Default for ProviderConfig {
    fn default() -> Self {
        Self {
            kind: ProviderKind::default(),
            name: String::new(),
            base_url: UrlText::default(),
            api_key: None,
            api_key_file: None,
            models: TextList::default(),
            context_length: TextList::default(),
            connect_timeout_ms: values::milliseconds(OpenAiProvider::DEFAULT_CONNECT_TIMEOUT),
            idle_timeout_ms: values::milliseconds(OpenAiProvider::DEFAULT_IDLE_TIMEOUT),
            max_retries: OpenAiProvider::DEFAULT_MAX_RETRIES,
            retry_delay_ms: values::milliseconds(OpenAiProvider::DEFAULT_RETRY_DELAY),
            stream: true,
            stream_options: true,
        }
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            body_bytes: limits.body_bytes,
            message_characters: limits.message_characters,
            prompts_per_minute: NonZeroU32::MIN.saturating_add(299),
            streams_per_user: NonZeroU32::MIN.saturating_add(31),
            searches_per_minute: 120,
            exports_per_user: NonZeroU32::MIN.saturating_add(1),
            exports: NonZeroU32::MIN.saturating_add(31),
            connections: NonZeroU32::MIN.saturating_add(9_999),
        }
    }
}
