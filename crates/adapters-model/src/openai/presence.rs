//! Whether a provider answers at all, for operators.

use std::sync::Arc;

use async_trait::async_trait;
use parlor_application::{
    dependencies::{Dependency, DependencyProbe},
    ports::ModelError,
};

use super::client::OpenAiChatModel;

#[async_trait]
impl DependencyProbe for OpenAiChatModel {
    fn dependency(&self) -> &Arc<Dependency> {
        &self.dependency
    }

    /// Asks for the models that there are, which costs nothing. A provider without such a list answers, too.
    async fn ask(&self) -> Option<bool> {
        Some(self.answers().await)
    }
}

impl OpenAiChatModel {
    /// Notes what a request shows of the provider: one that refuses it is there.
    pub(super) fn note(&self, error: Option<&ModelError>) {
        self.dependency
            .note_logged(!error.is_some_and(is_no_answer));
    }
}

/// Whether nobody answered, or only what stands before the provider and has lost it.
pub(super) const fn is_no_answer(error: &ModelError) -> bool {
    match error {
        ModelError::Unreachable(_) | ModelError::TimedOut => true,
        ModelError::Refused { status, .. } => is_gateway_error(*status),
        ModelError::Malformed(_) | ModelError::Incomplete => false,
    }
}

/// 502, 503 and 504: whoever answers so has nobody to ask, or cannot work now.
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
    async fn whoever_answers_is_there_whatever_the_answer_is_but_that_of_a_gateway() {
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
    async fn nobody_is_there_where_nothing_listens() {
        let model = model(&nowhere());
        assert_eq!(model.ask().await, Some(false));
        assert!(model.answer(request()).await.is_err());
        assert_eq!(model.dependency().answers(), Some(false));
        assert_eq!(model.dependency().name(), "provider:p");
    }
}
