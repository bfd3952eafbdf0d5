//! Asks a provider, and asks again while nothing has come.

use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use parlor_application::ports::{AnswerStream, ChatModel, ChatRequest, ModelError};
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{self, HeaderMap},
    redirect,
};
use tokio::time::{sleep, timeout};

use super::{
    provider::{InvalidProvider, OpenAiProvider, endpoint, headers},
    request::RequestDto,
    response, stream,
};

/// A provider that waits longer than this between two tries is not waited for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(10);
/// The most bytes read of the body of an error, and how long to wait for it.
const MAX_ERROR_BYTES: usize = 64 * 1024;
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(2);
/// Shorter than the 5 s after which widespread servers close a connection that rests, so that none is used as it closes.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// The models of one OpenAI-compatible server, through its streaming chat completions.
///
/// No redirect is followed, for it would carry prompts and key to where nobody configured; and no proxy is taken
/// from the environment.
pub struct OpenAiChatModel {
    provider: String,
    client: Client,
    endpoint: Url,
    /// For the response's head: the connection, and the wait for its first byte.
    head_timeout: Duration,
    idle_timeout: Duration,
    max_retries: u32,
    retry_delay: Duration,
}

impl OpenAiChatModel {
    /// Checks the provider's configuration; asks nothing yet.
    pub fn new(provider: OpenAiProvider) -> Result<Self, InvalidProvider> {
        let OpenAiProvider {
            name,
            base_url,
            api_key,
            connect_timeout,
            idle_timeout,
            max_retries,
            retry_delay,
        } = provider;
        if connect_timeout.is_zero() || idle_timeout.is_zero() {
            return Err(InvalidProvider::TimeOut { provider: name });
        }
        let Some(endpoint) = endpoint(&base_url) else {
            return Err(InvalidProvider::BaseUrl { provider: name });
        };
        let Some(headers) = headers(api_key.as_ref()) else {
            return Err(InvalidProvider::ApiKey { provider: name });
        };
        let mut builder = Client::builder()
            .user_agent(concat!("parlor/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(connect_timeout)
            .pool_idle_timeout(POOL_IDLE_TIMEOUT);
        if endpoint.scheme() == "http" {
            // A machine without root certificates may still ask a server of its own.
            builder = builder.tls_certs_only([]);
        }
        match builder.build() {
            Ok(client) => Ok(Self {
                provider: name,
                client,
                endpoint,
                head_timeout: connect_timeout.saturating_add(idle_timeout),
                idle_timeout,
                max_retries,
                retry_delay,
            }),
            Err(source) => Err(InvalidProvider::Client {
                provider: name,
                source,
            }),
        }
    }

    /// Sends the request until there is a response that is none of the passing failures, or the tries are used up.
    ///
    /// A connection that closes before its response begins is one of them, though the server may have begun to work:
    /// nothing has come, and a connection that rested may close just as it is used again.
    async fn send(&self, body: &Bytes) -> Result<Response, ModelError> {
        let mut retries = 0;
        loop {
            let failed = match self.try_send(body).await {
                Ok(response) => return Ok(response),
                Err(failed) => failed,
            };
            let Some(wait) = self.wait_before_retry(&failed, retries) else {
                return Err(failed.error);
            };
            retries += 1;
            tracing::warn!(provider = %self.provider, error = %failed.error, retries, ?wait, "asking the model again");
            sleep(wait).await;
        }
    }

    async fn try_send(&self, body: &Bytes) -> Result<Response, Failed> {
        let request = self
            .client
            .post(self.endpoint.clone())
            .header(header::ACCEPT, "text/event-stream, application/json")
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.clone());
        let response = match timeout(self.head_timeout, request.send()).await {
            Err(_) => return Err(Failed::for_good(ModelError::TimedOut)),
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                // A connection that could not be had in time was waited for long enough.
                let retry = if error.is_timeout() {
                    Retry::Never
                } else {
                    Retry::Soon
                };
                let error = ModelError::Unreachable(Some(Box::new(error.without_url())));
                return Err(Failed { error, retry });
            }
        };
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let retry = retry(status, response.headers());
        let code = error_code(response).await;
        Err(Failed {
            error: ModelError::Refused {
                status: status.as_u16(),
                code,
            },
            retry,
        })
    }

    /// How long to wait before asking again; none if that is pointless.
    fn wait_before_retry(&self, failed: &Failed, retries: u32) -> Option<Duration> {
        if retries >= self.max_retries {
            return None;
        }
        // Half of it by chance, so that not everybody who was refused comes back at once.
        let back_off = self
            .retry_delay
            .saturating_mul(2_u32.saturating_pow(retries));
        let back_off = back_off
            .min(MAX_RETRY_AFTER)
            .mul_f64(rand::random_range(0.5..=1.0));
        match failed.retry {
            Retry::Never => None,
            Retry::Soon => Some(back_off),
            Retry::After(told) if told > MAX_RETRY_AFTER => None,
            Retry::After(told) => Some(told.max(back_off)),
        }
    }
}

#[async_trait]
impl ChatModel for OpenAiChatModel {
    async fn answer(&self, request: ChatRequest) -> Result<AnswerStream, ModelError> {
        let body = serde_json::to_vec(&RequestDto::from(request))
            .map_err(|error| ModelError::Malformed(Some(Box::new(error))))?;
        let response = self.send(&Bytes::from(body)).await?;
        match body_kind(response.headers()) {
            Some(BodyKind::Events) => Ok(stream::read_events(response, self.idle_timeout)),
            Some(BodyKind::Json) => stream::read_completion(response, self.idle_timeout).await,
            None => Err(stream::malformed(response::Malformed::ContentType)),
        }
    }
}

/// A try that brought no answer.
struct Failed {
    error: ModelError,
    retry: Retry,
}

/// Whether to ask again.
#[derive(Clone, Copy)]
enum Retry {
    Never,
    Soon,
    /// Not before the server wants it.
    After(Duration),
}

impl Failed {
    const fn for_good(error: ModelError) -> Self {
        Self {
            error,
            retry: Retry::Never,
        }
    }
}

/// Whether the same request may well be answered a little later.
fn retry(status: StatusCode, headers: &HeaderMap) -> Retry {
    match status {
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => retry_after(headers).map_or(Retry::Soon, Retry::After),
        _ => Retry::Never,
    }
}

/// `Retry-After` in seconds. A date is not read: the back-off serves as well, and needs no clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

/// The code in the body of an error, if it can be had quickly.
async fn error_code(mut response: Response) -> Option<String> {
    let read = async {
        let mut body = BytesMut::new();
        while body.len() < MAX_ERROR_BYTES
            && let Ok(Some(bytes)) = response.chunk().await
        {
            body.extend_from_slice(&bytes);
        }
        body
    };
    let body = timeout(ERROR_BODY_TIMEOUT, read).await.ok()?;
    response::read_error_code(&body)
}

enum BodyKind {
    Events,
    Json,
}

/// What a response's body is; servers that stream under no type, or under one that says nothing, are taken for it.
fn body_kind(headers: &HeaderMap) -> Option<BodyKind> {
    let Some(content_type) = headers.get(header::CONTENT_TYPE) else {
        return Some(BodyKind::Events);
    };
    let essence = content_type
        .to_str()
        .ok()?
        .split(';')
        .next()?
        .trim()
        .to_ascii_lowercase();
    match essence.as_str() {
        "text/event-stream" | "text/plain" | "application/octet-stream" => Some(BodyKind::Events),
        "application/json" => Some(BodyKind::Json),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_before_asking_again_grows_and_heeds_the_server_within_a_bound() {
        let model = OpenAiChatModel::new(OpenAiProvider::new("p", "http://h/v1")).unwrap();
        let failed = |retry| Failed {
            error: ModelError::TimedOut,
            retry,
        };
        let millis = |failed: &Failed, retries| {
            model
                .wait_before_retry(failed, retries)
                .map(|wait| wait.as_millis())
        };
        assert!((250..=500).contains(&millis(&failed(Retry::Soon), 0).unwrap()));
        assert!((500..=1000).contains(&millis(&failed(Retry::Soon), 1).unwrap()));
        assert_eq!(millis(&failed(Retry::Soon), 2), None);
        assert_eq!(
            millis(&failed(Retry::After(Duration::from_secs(7))), 0),
            Some(7000)
        );
        assert_eq!(
            millis(&failed(Retry::After(Duration::from_secs(11))), 0),
            None
        );
        assert_eq!(millis(&failed(Retry::Never), 0), None);
    }
}
