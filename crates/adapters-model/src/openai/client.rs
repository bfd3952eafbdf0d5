//! Asks a provider, and asks again while nothing has come.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use parlor_application::{
    dependencies::Dependency,
    ports::{AnswerStream, ChatModel, ChatRequest, ModelError},
};
use parlor_domain::message::AnswerFailure;
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{self, HeaderMap},
    redirect,
};
use tokio::time::{Instant, sleep, timeout};

use super::{
    connecting::{NoAnswer, TellConnections, answered},
    presence::{Waiting, note_answer},
    provider::{InvalidProvider, OpenAiProvider, endpoint, headers, is_endpoint},
    reason::ErrorTold,
    request::{RequestDto, Streaming},
    stream,
};

/// A provider that waits longer than this between two tries is not waited for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(10);
/// The most bytes read of the body of an error, and how long to wait for it.
const MAX_ERROR_BYTES: usize = 64 * 1024;
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(2);
/// Shorter than the 5 s after which widespread servers close a connection that rests, so that none is used as it closes.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);
/// A server that does not stream says nothing until the whole answer is there: the limit of a whole answer ends that wait.
const WHILE_NOT_STREAMING: Duration = Duration::from_hours(24);

/// The models of one OpenAI-compatible server, through its streaming chat completions.
///
/// No redirect is followed, for it would carry prompts and key to where nobody configured; and no proxy is taken
/// from the environment.
pub struct OpenAiChatModel {
    provider: String,
    pub(super) dependency: Arc<Dependency>,
    pub(super) client: Client,
    pub(super) endpoint: Url,
    /// How long no text and no thought may come, from when the connection was made.
    idle_timeout: Duration,
    /// The same as it is configured, whether or not the provider streams.
    pub(super) silence: Duration,
    max_retries: u32,
    retry_delay: Duration,
    stream: bool,
    /// Whether to ask for the usage of a stream, until the server refuses a request for it.
    stream_options: AtomicBool,
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
            stream,
            stream_options,
        } = provider;
        if connect_timeout.is_zero() || idle_timeout.is_zero() {
            return Err(InvalidProvider::TimeOut { provider: name });
        }
        if is_endpoint(&base_url) {
            return Err(InvalidProvider::Endpoint { provider: name });
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
            .connector_layer(TellConnections)
            .connect_timeout(connect_timeout)
            .pool_idle_timeout(POOL_IDLE_TIMEOUT);
        if endpoint.scheme() == "http" {
            // A machine without root certificates may still ask a server of its own.
            builder = builder.tls_certs_only([]);
        }
        let silence = idle_timeout;
        let idle_timeout = if stream {
            idle_timeout
        } else {
            WHILE_NOT_STREAMING
        };
        match builder.build() {
            Ok(client) => Ok(Self {
                dependency: Dependency::new(format!("provider:{name}")),
                provider: name,
                client,
                endpoint,
                idle_timeout,
                silence,
                max_retries,
                retry_delay,
                stream,
                stream_options: AtomicBool::new(stream_options),
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
    async fn send(&self, body: &Bytes) -> Result<Begun, ModelError> {
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

    async fn try_send(&self, body: &Bytes) -> Result<Begun, Failed> {
        let request = self
            .client
            .post(self.endpoint.clone())
            .header(header::ACCEPT, "text/event-stream, application/json")
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.clone());
        let (response, since) = match answered(self.idle_timeout, request.send()).await {
            Err(NoAnswer) => return Err(Failed::for_good(ModelError::TimedOut)),
            Ok((Ok(response), since)) => (response, since),
            Ok((Err(error), _)) => {
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
            return Ok(Begun { response, since });
        }
        let retry = retry(status, response.headers());
        let ErrorTold { failure, code } = read_error(response).await;
        // A quota that is used up does not come back within seconds.
        let retry = match code.as_deref() {
            Some("insufficient_quota") => Retry::Never,
            _ => retry,
        };
        Err(Failed {
            error: ModelError::Refused {
                failure,
                status: status.as_u16(),
                code,
            },
            retry,
        })
    }

    fn streaming(&self) -> Streaming {
        if !self.stream {
            Streaming::Off
        } else if self.stream_options.load(Ordering::Relaxed) {
            Streaming::WithUsage
        } else {
            Streaming::Plain
        }
    }

    /// Asks, and once more without `stream_options` where the server may have refused that field. If that helps, it is never
    /// sent again until a restart.
    async fn send_request(&self, request: &ChatRequest) -> Result<Begun, ModelError> {
        let streaming = self.streaming();
        let refused = match self.send(&body(request, streaming)?).await {
            Err(error) if streaming == Streaming::WithUsage && may_refuse_a_field(&error) => error,
            sent => return sent,
        };
        match self.send(&body(request, Streaming::Plain)?).await {
            Ok(response) => {
                if self.stream_options.swap(false, Ordering::Relaxed) {
                    tracing::warn!(
                        provider = %self.provider,
                        "the model provider refuses `stream_options`: answers have no usage from now on"
                    );
                }
                Ok(response)
            }
            // The same again: the field was not what it minded.
            Err(error) if may_refuse_a_field(&error) => Err(refused),
            Err(error) => Err(error),
        }
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
        let waiting = Waiting::of(self);
        let begun = self.send_request(&request).await;
        self.note_head(begun.as_ref().err());
        let Begun { response, since } = begun?;
        let answer = stream::read(response, since, self.idle_timeout).await;
        waiting.over();
        if let Err(error) = &answer {
            note_answer(&self.dependency, Err(error));
        }
        let dependency = self.dependency.clone();
        let answer = answer?.inspect(move |event| note_answer(&dependency, event.as_ref()));
        Ok(Box::pin(answer))
    }
}

fn body(request: &ChatRequest, streaming: Streaming) -> Result<Bytes, ModelError> {
    serde_json::to_vec(&RequestDto::new(request, streaming))
        .map(Bytes::from)
        .map_err(|error| ModelError::Malformed(Some(Box::new(error))))
}

/// Whether a server may have refused the request for a field that it does not know.
const fn may_refuse_a_field(error: &ModelError) -> bool {
    matches!(
        error,
        ModelError::Refused {
            failure: AnswerFailure::ModelError,
            status: 400 | 422,
            ..
        }
    )
}

/// A response of which the head has come.
struct Begun {
    response: Response,
    /// When its connection was made.
    since: Instant,
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

/// What an error means, by its status and what can be had quickly of its body.
async fn read_error(mut response: Response) -> ErrorTold {
    let status = response.status().as_u16();
    let mut body = BytesMut::new();
    let read = async {
        while body.len() < MAX_ERROR_BYTES
            && let Ok(Some(bytes)) = response.chunk().await
        {
            body.extend_from_slice(&bytes);
        }
    };
    // What came in time counts.
    let _ = timeout(ERROR_BODY_TIMEOUT, read).await;
    ErrorTold::from_body(status, &body)
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
