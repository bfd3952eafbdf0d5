//! What an operator can set, and what the app hands over.

use std::time::Duration;

use parlor_application::ports::BearerToken;
use parlor_domain::principal::Permission;

/// How the pages behave.
#[derive(Debug, Clone)]
pub struct WebOptions {
    /// Whom one can sign in as without a secret of one's own: the demo's people, and nobody anywhere else.
    pub personas: Vec<Persona>,
    /// Where browsers reach the service, such as `https://parlor.example`, if the operator says. With `https` cookies are for encrypted
    /// connections only.
    pub public_url: Option<String>,
    /// The longest prompt, in Unicode scalar values.
    pub message_characters: usize,
    /// How long somebody waits whose other pages are being made, before the page is refused.
    pub page_wait: Duration,
    /// After how much silence a stream gets a comment line, so that no proxy takes it for dead.
    pub heartbeat: Duration,
    /// After how much time a browser whose stream was ended by a shutdown is asked to come back.
    pub retry_hint: Duration,
}

/// Somebody whom a visitor of the demo can be.
#[derive(Debug, Clone)]
pub struct Persona {
    /// What it is called, and what the sign-in form says.
    pub name: String,
    /// What its session is made from. It never leaves the service.
    pub token: BearerToken,
    /// The name of its organization.
    pub organization: String,
    /// What its roles give.
    pub permissions: Vec<Permission>,
    /// The names of its groups.
    pub groups: Vec<String>,
}

impl WebOptions {
    /// Whether browsers reach the service by TLS alone.
    pub fn is_secure(&self) -> bool {
        let scheme = self
            .public_url
            .as_deref()
            .and_then(|url| url.split_once("://"));
        scheme.is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("https"))
    }
}

impl Default for WebOptions {
    fn default() -> Self {
        Self {
            personas: Vec::new(),
            public_url: None,
            message_characters: 100_000,
            page_wait: Duration::from_secs(5),
            heartbeat: Duration::from_secs(15),
            retry_hint: Duration::from_secs(2),
        }
    }
}
