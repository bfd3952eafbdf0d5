//! How a provider is configured, and what is wrong with it.

use std::time::Duration;

use reqwest::{
    Url,
    header::{self, HeaderMap, HeaderValue},
};
use secrecy::{ExposeSecret as _, SecretString};

/// How to reach one OpenAI-compatible server.
pub struct OpenAiProvider {
    /// What the configuration calls it; for logs and errors.
    pub name: String,
    /// Where its API begins, such as `https://api.example.com/v1`; a slash at the end does no harm.
    pub base_url: String,
    /// The key that it asks for, if it does; an empty one is none.
    pub api_key: Option<SecretString>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long no text and no thought may come. Keep-alive comments do not count: a server that sends nothing else never
    /// answers.
    pub idle_timeout: Duration,
    /// How often to ask again while nothing has come.
    pub max_retries: u32,
    /// How long to wait before asking again, at most; doubles each time.
    pub retry_delay: Duration,
    /// Whether to ask for a stream. Without one, an answer comes in one piece.
    pub stream: bool,
    /// Whether to ask for the usage of a stream. A server that refuses that is asked without it from then on.
    pub stream_options: bool,
}

impl OpenAiProvider {
    /// How long a connection may take unless told otherwise.
    pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
    /// How long nothing may come unless told otherwise: long enough for a long prompt on a slow machine.
    pub const DEFAULT_IDLE_TIMEOUT: Duration = Duration::from_mins(2);
    /// How often to ask again unless told otherwise.
    pub const DEFAULT_MAX_RETRIES: u32 = 2;
    /// The first wait before asking again unless told otherwise.
    pub const DEFAULT_RETRY_DELAY: Duration = Duration::from_millis(500);

    /// A provider without a key, with the default times.
    pub fn new(name: impl Into<String>, base_url: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            base_url: base_url.into(),
            api_key: None,
            connect_timeout: Self::DEFAULT_CONNECT_TIMEOUT,
            idle_timeout: Self::DEFAULT_IDLE_TIMEOUT,
            max_retries: Self::DEFAULT_MAX_RETRIES,
            retry_delay: Self::DEFAULT_RETRY_DELAY,
            stream: true,
            stream_options: true,
        }
    }
}

/// Why a provider cannot be asked as it is configured. Shows neither address nor key: both may hold a secret.
#[derive(Debug, thiserror::Error)]
pub enum InvalidProvider {
    /// The address is none, or has parts that it must not have.
    #[error(
        "the `base_url` of the model provider `{provider}` must be like https://host/v1, without user, query and fragment"
    )]
    BaseUrl {
        /// The provider's name.
        provider: String,
    },
    /// The address is that of chat completions, and not where the API begins.
    #[error(
        "the `base_url` of the model provider `{provider}` must end before `/chat/completions`, which is added to it"
    )]
    Endpoint {
        /// The provider's name.
        provider: String,
    },
    /// The key cannot be sent.
    #[error(
        "the `api_key` of the model provider `{provider}` has characters that cannot stand in an HTTP header"
    )]
    ApiKey {
        /// The provider's name.
        provider: String,
    },
    /// A time-out of zero, in which nothing can come.
    #[error("the time-outs of the model provider `{provider}` must be longer than zero")]
    TimeOut {
        /// The provider's name.
        provider: String,
    },
    /// The HTTP client could not be made, for example since the machine has no root certificates.
    #[error("the HTTP client for the model provider `{provider}` cannot be made")]
    Client {
        /// The provider's name.
        provider: String,
        /// What the client's library says.
        #[source]
        source: reqwest::Error,
    },
}

/// Where chat completions are asked for.
pub(super) fn endpoint(base_url: &str) -> Option<Url> {
    let mut url = Url::parse(base_url.trim()).ok()?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !is_plain {
        return None;
    }
    url.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .extend(["chat", "completions"]);
    Some(url)
}

/// Whether an address is that of one call of the API, and not where the API begins.
pub(super) fn is_endpoint(base_url: &str) -> bool {
    let path = base_url.trim().trim_end_matches('/').to_ascii_lowercase();
    ["/chat/completions", "/completions", "/models"]
        .iter()
        .any(|call| path.ends_with(call))
}

/// What goes with every request: the key, marked so that nothing shows it.
pub(super) fn headers(api_key: Option<&SecretString>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    if let Some(key) = api_key
        .map(|key| key.expose_secret().trim())
        .filter(|key| !key.is_empty())
    {
        let mut value = HeaderValue::from_str(&format!("Bearer {key}")).ok()?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OpenAiChatModel;

    fn refused(base_url: &str, api_key: Option<&str>) -> InvalidProvider {
        let provider = OpenAiProvider {
            api_key: api_key.map(SecretString::from),
            ..OpenAiProvider::new("p", base_url)
        };
        OpenAiChatModel::new(provider).err().unwrap()
    }

    #[test]
    fn the_endpoint_stands_under_the_base_url_with_or_without_a_slash() {
        for base_url in ["http://h:1/v1", "http://h:1/v1/", " http://h:1/v1\n"] {
            assert_eq!(
                endpoint(base_url).unwrap().as_str(),
                "http://h:1/v1/chat/completions"
            );
        }
        assert_eq!(
            endpoint("https://h").unwrap().as_str(),
            "https://h/chat/completions"
        );
    }

    #[test]
    fn a_base_url_that_is_none_or_holds_a_secret_is_refused_without_showing_it() {
        for base_url in [
            "",
            "h/v1",
            "ftp://h/v1",
            "http://me:secret@h/v1",
            "http://h/v1?key=secret",
            "http://h/v1#x",
        ] {
            let refused = refused(base_url, None);
            assert!(
                matches!(&refused, InvalidProvider::BaseUrl { provider } if provider == "p"),
                "{base_url}"
            );
            assert!(!format!("{refused} {refused:?}").contains("secret"));
        }
    }

    #[test]
    fn a_base_url_that_names_a_call_of_the_api_is_refused() {
        for base_url in [
            "http://h/v1/chat/completions",
            "http://h/v1/chat/completions/",
            "http://h/v1/Completions",
            "http://h/v1/models",
        ] {
            let refused = refused(base_url, None);
            assert!(
                matches!(refused, InvalidProvider::Endpoint { .. }),
                "{base_url}"
            );
        }
    }

    #[test]
    fn a_key_that_cannot_be_sent_is_refused_without_showing_it() {
        let refused = refused("http://h/v1", Some("sec\nret"));
        assert!(matches!(refused, InvalidProvider::ApiKey { .. }));
        assert!(!format!("{refused} {refused:?}").contains("ret"));
    }

    #[test]
    fn a_time_out_of_zero_is_refused() {
        let provider = OpenAiProvider {
            idle_timeout: Duration::ZERO,
            ..OpenAiProvider::new("p", "http://h/v1")
        };
        assert!(matches!(
            OpenAiChatModel::new(provider),
            Err(InvalidProvider::TimeOut { .. })
        ));
    }

    #[test]
    fn a_key_stands_in_no_debug_output() {
        let key = SecretString::from("sk-secret\n");
        let headers = headers(Some(&key)).unwrap();
        assert_eq!(headers[header::AUTHORIZATION], "Bearer sk-secret");
        assert!(!format!("{headers:?}").contains("secret"));
        assert!(
            super::headers(Some(&SecretString::from(" ")))
                .unwrap()
                .is_empty()
        );
    }
}
