//! Whether a provider answers at all, for operators.

use std::sync::Arc;

use async_trait::async_trait;
use parlor_application::{
    dependencies::{Dependency, DependencyProbe},
    ports::{ModelError, ModelEvent},
};

use tokio::time::Instant;

use super::client::OpenAiChatModel;

#[async_trait]
impl DependencyProbe for OpenAiChatModel {
    fn dependency(&self) -> &Arc<Dependency> {
        &self.dependency
    }

    /// Requests the list of models, which costs nothing. A provider without a list answers with an error, which counts; a list that
    /// does not end does not.
    async fn ask(&self) -> Option<bool> {
        Some(self.answers().await)
    }
}

impl OpenAiChatModel {
    /// Notes the head of an answer, or why there was none. A provider that refuses a request is reachable.
    pub(super) fn note_head(&self, error: Option<&ModelError>) {
        self.dependency
            .note_logged(!error.is_some_and(is_no_answer));
    }
}

/// A request whose answer has not begun. Where it is given up for longer than a provider may be silent, the provider did not answer: a
/// head that never ends, for example, without a time-out of its own.
pub(super) struct Waiting<'a> {
    model: &'a OpenAiChatModel,
    since: Instant,
    is_over: bool,
}

impl<'a> Waiting<'a> {
    pub(super) fn of(model: &'a OpenAiChatModel) -> Self {
        Self {
            model,
            since: Instant::now(),
            is_over: false,
        }
    }

    pub(super) fn over(mut self) {
        self.is_over = true;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.is_over && self.since.elapsed() >= self.model.silence {
            self.model.dependency.note_logged(false);
        }
    }
}

/// Notes what an answer that has begun brings. One that breaks off, falls silent, or cannot be read is of no use, whatever the list of
/// models says: that counts until an answer comes whole, or for a while.
pub(super) fn note_answer(dependency: &Dependency, event: Result<&ModelEvent, &ModelError>) {
    match event {
        Ok(ModelEvent::Finished { .. }) => dependency.note_used(true),
        Ok(_) | Err(ModelError::Refused { .. }) => {}
        Err(
            ModelError::Unreachable(_)
            | ModelError::TimedOut
            | ModelError::Malformed(_)
            | ModelError::Incomplete,
        ) => dependency.note_used(false),
    }
}

/// Whether the provider did not answer: no connection, a time-out, or the error of a gateway before it.
const fn is_no_answer(error: &ModelError) -> bool {
    match error {
        ModelError::Unreachable(_) | ModelError::TimedOut => true,
        ModelError::Refused { status, .. } => is_gateway_error(*status),
        ModelError::Malformed(_) | ModelError::Incomplete => false,
    }
}

/// Whether a gateway sends this status (502, 503, 504) when the provider behind it does not answer.
pub(super) const fn is_gateway_error(status: u16) -> bool {
    matches!(status, 502..=504)
}

#[cfg(test)]
mod tests {
    use parlor_application::ports::{ChatModel as _, ChatRequest};
    use parlor_domain::text::Content;
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

    use super::*;
    use crate::OpenAiProvider;

    fn model(base_url: &str) -> OpenAiChatModel {
        let provider = OpenAiProvider {
            max_retries: 0,
            ..OpenAiProvider::new("p", base_url)
        };
        OpenAiChatModel::new(provider).unwrap()
    }

    async fn server(status: u16) -> MockServer {
        let server = MockServer::start().await;
        for verb in ["GET", "POST"] {
            Mock::given(method(verb))
                .respond_with(ResponseTemplate::new(status))
                .mount(&server)
                .await;
        }
        server
    }

    fn nowhere() -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/v1", listener.local_addr().unwrap())
    }

    fn request() -> ChatRequest {
        ChatRequest {
            model: "m".to_owned(),
            messages: vec![],
            prompt: Content::default(),
        }
    }

    #[tokio::test]
    async fn every_answer_but_a_gateways_error_means_that_the_provider_is_reachable() {
        for (status, answers) in [
            (200, true),
            (401, true),
            (404, true),
            (429, true),
            (500, true),
            (502, false),
            (503, false),
            (504, false),
        ] {
            let server = server(status).await;
            let model = model(&server.uri());
            assert_eq!(model.ask().await, Some(answers), "{status}");
            assert_eq!(model.dependency().answers(), None, "asking notes nothing");
            model.answer(request()).await.map(drop).ok();
            assert_eq!(model.dependency().answers(), Some(answers), "{status}");
        }
    }

    #[tokio::test]
    async fn a_page_for_people_is_no_answer_of_a_provider() {
        for (status, media_type, answers) in [
            (200, "text/html; charset=utf-8", false),
            (404, "text/html", true),
            (200, "application/json", true),
        ] {
            let server = MockServer::start().await;
            let page = ResponseTemplate::new(status).set_body_raw("<h1>Welcome</h1>", media_type);
            Mock::given(method("GET"))
                .respond_with(page)
                .mount(&server)
                .await;
            let model = model(&server.uri());
            assert_eq!(model.ask().await, Some(answers), "{status} {media_type}");
        }
    }

    #[tokio::test]
    async fn a_provider_that_does_not_listen_is_not_reachable() {
        let model = model(&nowhere());
        assert_eq!(model.ask().await, Some(false));
        assert!(model.answer(request()).await.is_err());
        assert_eq!(model.dependency().answers(), Some(false));
        assert_eq!(model.dependency().name(), "provider:p");
    }
}
