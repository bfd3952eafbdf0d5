//! What an operator can set.

use std::time::Duration;

use ipnet::IpNet;

/// How the API behaves.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// What one request or one user may take.
    pub limits: Limits,
    /// Whose `X-Forwarded-For` is believed. Nobody's by default.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether only requests to `localhost` and the loopback addresses are answered, for a service whose tokens are no
    /// secrets: a page of elsewhere must not reach it by a name of its own.
    pub loopback_hosts_only: bool,
    /// After how much silence a stream gets a comment line, so that no proxy takes it for dead.
    pub heartbeat: Duration,
    /// After how much time a client whose stream was ended by a shutdown is asked to come back.
    pub retry_hint: Duration,
}

/// What one request or one user may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest request body, in bytes.
    pub body_bytes: usize,
    /// The longest prompt, in Unicode scalar values.
    pub message_characters: usize,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            trusted_proxies: Vec::new(),
            loopback_hosts_only: false,
            heartbeat: Duration::from_secs(15),
            retry_hint: Duration::from_secs(2),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            message_characters: 100_000,
        }
    }
}
