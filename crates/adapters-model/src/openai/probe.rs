//! Asks a provider for its models, to find out whether it is configured as it should be.

use std::{collections::BTreeSet, time::Duration};

use bytes::BytesMut;
use reqwest::{Response, StatusCode, Url, header};
use serde_json::Value;
use tokio::time::timeout;

use super::{client::OpenAiChatModel, presence::is_gateway_error};

/// The longest list of models that is read.
const MAX_LIST_BYTES: usize = 8 * 1024 * 1024;
/// How long to wait for it.
const LIST_TIMEOUT: Duration = Duration::from_secs(15);

/// What is wrong with a provider. Shows no key.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// Nothing answers there.
    #[error("the model provider cannot be reached: check `base_url`, and that the server runs")]
    Unreachable(#[source] Option<reqwest::Error>),
    /// The key is not accepted.
    #[error("the model provider does not accept the key (status {0}): check `api_key`")]
    Key(u16),
    /// The API is under `/v1`, and `base_url` does not say so.
    #[error("the API of the model provider is under /v1: add `/v1` to the end of `base_url`")]
    MissingVersion,
    /// Something answers, but no API.
    #[error(
        "the address answers with status {0}, but not as an API: check `base_url`, which mostly ends with `/v1`"
    )]
    NotAnApi(u16),
}

/// What one address answers.
enum Answered {
    Models(BTreeSet<String>),
    Key(StatusCode),
    Other(StatusCode),
}

impl OpenAiChatModel {
    /// The models that the provider offers, by `GET {base_url}/models`.
    pub async fn list(&self) -> Result<BTreeSet<String>, ProbeError> {
        let other = match self.ask_for_models(&[]).await? {
            Answered::Models(models) => return Ok(models),
            Answered::Key(status) => return Err(ProbeError::Key(status.as_u16())),
            Answered::Other(status) => status,
        };
        match self.ask_for_models(&["v1"]).await {
            Ok(Answered::Models(_) | Answered::Key(_)) => Err(ProbeError::MissingVersion),
            _ => Err(ProbeError::NotAnApi(other.as_u16())),
        }
    }

    /// Whether anybody answers the request for models, whatever the answer is: but it must end within bounds, and a page for people
    /// is of something else.
    pub(super) async fn answers(&self) -> bool {
        let Some(url) = models_of(&self.endpoint, &[]) else {
            return false;
        };
        let answered = async {
            let response = self.client.get(url).send().await.ok()?;
            let status = response.status();
            let is_page = status.is_success() && is_html(&response);
            read_body(response).await?;
            Some(!is_page && !is_gateway_error(status.as_u16()))
        };
        let answered = timeout(LIST_TIMEOUT, answered).await;
        answered.ok().flatten().unwrap_or(false)
    }

    async fn ask_for_models(&self, below: &[&str]) -> Result<Answered, ProbeError> {
        let Some(url) = models_of(&self.endpoint, below) else {
            return Err(ProbeError::Unreachable(None));
        };
        let asked = timeout(LIST_TIMEOUT, self.client.get(url).send()).await;
        let response = match asked {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(ProbeError::Unreachable(Some(error.without_url()))),
            Err(_) => return Err(ProbeError::Unreachable(None)),
        };
        let status = response.status();
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Ok(Answered::Key(status));
        }
        if !status.is_success() {
            return Ok(Answered::Other(status));
        }
        let read = timeout(LIST_TIMEOUT, read_models(response)).await;
        Ok(read
            .ok()
            .flatten()
            .map_or(Answered::Other(status), Answered::Models))
    }
}

/// `{base_url}/models`, from the address of chat completions.
fn models_of(endpoint: &Url, below: &[&str]) -> Option<Url> {
    let mut url = endpoint.clone();
    let mut segments = url.path_segments_mut().ok()?;
    // `chat` and `completions`.
    segments.pop().pop().extend(below).push("models");
    drop(segments);
    Some(url)
}

fn is_html(response: &Response) -> bool {
    let media_type = response.headers().get(header::CONTENT_TYPE);
    media_type.is_some_and(|media_type| media_type.as_bytes().starts_with(b"text/html"))
}

/// The whole body, if it ends and is not too long.
async fn read_body(mut response: Response) -> Option<BytesMut> {
    let mut body = BytesMut::new();
    while let Some(bytes) = response.chunk().await.ok()? {
        body.extend_from_slice(&bytes);
        if body.len() > MAX_LIST_BYTES {
            return None;
        }
    }
    Some(body)
}

async fn read_models(response: Response) -> Option<BTreeSet<String>> {
    let body = read_body(response).await?;
    let list: Value = serde_json::from_slice(&body).ok()?;
    let list = ["data", "models"]
        .iter()
        .find_map(|name| list.get(name)?.as_array())
        .or_else(|| list.as_array())?;
    let name = |model: &Value| {
        let name = ["id", "name"]
            .iter()
            .find_map(|name| model.get(name)?.as_str());
        name.or_else(|| model.as_str()).map(str::to_owned)
    };
    Some(list.iter().filter_map(name).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wiremock::{
        Mock, MockServer, ResponseTemplate,
        matchers::{method, path},
    };

    use super::*;
    use crate::OpenAiProvider;

    async fn list(base_url: String) -> Result<BTreeSet<String>, ProbeError> {
        OpenAiChatModel::new(OpenAiProvider::new("p", base_url))
            .unwrap()
            .list()
            .await
    }

    async fn server(at: &str, response: ResponseTemplate) -> MockServer {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path(at))
            .respond_with(response)
            .mount(&server)
            .await;
        server
    }

    #[tokio::test]
    async fn the_models_are_listed_in_every_shape() {
        for body in [
            json!({"object": "list", "data": [{"id": "b"}, {"id": "a"}]}),
            json!({"models": [{"name": "a"}, {"name": "b"}]}),
            json!(["a", "b"]),
        ] {
            let server = server("/v1/models", ResponseTemplate::new(200).set_body_json(body)).await;
            let models = list(format!("{}/v1/", server.uri())).await.unwrap();
            assert_eq!(models.into_iter().collect::<Vec<_>>(), ["a", "b"]);
        }
    }

    #[tokio::test]
    async fn what_is_wrong_is_told() {
        let models = json!({"data": []});
        let good = server(
            "/v1/models",
            ResponseTemplate::new(200).set_body_json(models),
        )
        .await;
        assert!(matches!(
            list(good.uri()).await,
            Err(ProbeError::MissingVersion)
        ));
        let other = list(format!("{}/v2", good.uri())).await;
        assert!(matches!(other, Err(ProbeError::NotAnApi(404))));

        let locked = server("/v1/models", ResponseTemplate::new(401)).await;
        let refused = list(format!("{}/v1", locked.uri())).await;
        assert!(matches!(refused, Err(ProbeError::Key(401))));

        let page = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
        let page = server("/models", page).await;
        assert!(matches!(
            list(page.uri()).await,
            Err(ProbeError::NotAnApi(200))
        ));

        // Nothing listens there any more.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let gone = format!("http://{}/v1", listener.local_addr().unwrap());
        drop(listener);
        assert!(matches!(list(gone).await, Err(ProbeError::Unreachable(_))));
    }
}
