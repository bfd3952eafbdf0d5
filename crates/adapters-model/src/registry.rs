//! The models that are configured, over all their providers.

use std::{collections::HashMap, num::NonZeroU32, sync::Arc};

use async_trait::async_trait;
use futures::{StreamExt as _, future, stream};
use parlor_application::ports::{
    AnswerStream, ChatModel, ChatRequest, Model, ModelCatalog, ModelError, ModelEvent,
};

use parlor_domain::message::AnswerFailure;

use crate::{EchoModel, context::fit};

/// One provider and the models to take from it.
pub struct ProviderModels {
    /// What the configuration calls the provider; no two have the same name.
    pub provider: String,
    /// What answers for it.
    pub chat_model: Arc<dyn ChatModel>,
    /// The models as the provider names them, in the order to list them in.
    pub models: Vec<String>,
    /// How many tokens each of them can read and write together, in the same order; empty where that is not known.
    pub context_lengths: Vec<NonZeroU32>,
}

/// Why models cannot be served as they are configured. Each message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidModels {
    /// No provider, or a provider without models.
    #[error(
        "no model is configured: give every entry of `model.providers` at least one name in `models`"
    )]
    NoModel,
    /// Two providers with one name.
    #[error(
        "two providers are called `{0}`: give each entry of `model.providers` a `name` of its own"
    )]
    DuplicateProvider(String),
    /// One model twice at one provider, or two models whose ids would be equal.
    #[error("the model `{0}` is configured twice: leave it out of `models` once")]
    DuplicateModel(String),
    /// A model without a name.
    #[error(
        "the provider `{0}` has a model without a name: take the empty text out of its `models`"
    )]
    Unnamed(String),
    /// A default that is no model.
    #[error("`model.default` is `{default}`, which is not configured: make it one of {}", .known.join(", "))]
    UnknownDefault {
        /// What the configuration says.
        default: String,
        /// The ids that there are, each in backticks.
        known: Vec<String>,
    },
}

/// All models: lists them, and sends a request to the one that it names.
///
/// A model's id is the name that its provider gives it, as long as one provider alone has that name; else it is
/// `provider/name`, for each provider that has it.
pub struct ModelRegistry {
    models: Vec<Model>,
    routes: HashMap<String, Route>,
}

struct Route {
    chat_model: Arc<dyn ChatModel>,
    /// The model as its provider names it.
    name: String,
    context_length: Option<NonZeroU32>,
}

impl ModelRegistry {
    /// The models of all providers, in their order. Without a default, the first one is it.
    pub fn new(
        providers: Vec<ProviderModels>,
        default: Option<&str>,
    ) -> Result<Self, InvalidModels> {
        if providers.is_empty() || providers.iter().any(|provider| provider.models.is_empty()) {
            return Err(InvalidModels::NoModel);
        }
        let mut by_provider: HashMap<String, usize> = HashMap::new();
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for provider in &providers {
            *by_provider.entry(provider.provider.clone()).or_default() += 1;
            for name in &provider.models {
                *by_name.entry(name.clone()).or_default() += 1;
            }
        }
        if let Some(provider) = providers
            .iter()
            .find(|provider| by_provider.get(&provider.provider) > Some(&1))
        {
            return Err(InvalidModels::DuplicateProvider(provider.provider.clone()));
        }

        let mut models: Vec<Model> = Vec::new();
        let mut routes = HashMap::new();
        for ProviderModels {
            provider,
            chat_model,
            models: names,
            context_lengths,
        } in providers
        {
            for (place, name) in names.into_iter().enumerate() {
                let context_length = context_lengths.get(place).copied();
                if name.trim().is_empty() {
                    return Err(InvalidModels::Unnamed(provider));
                }
                let (id, shown) = if by_name.get(&name) == Some(&1) {
                    (name.clone(), shown_name(&name))
                } else {
                    (
                        format!("{provider}/{name}"),
                        format!("{} ({provider})", shown_name(&name)),
                    )
                };
                let route = Route {
                    chat_model: Arc::clone(&chat_model),
                    name,
                    context_length,
                };
                if routes.insert(id.clone(), route).is_some() {
                    return Err(InvalidModels::DuplicateModel(id));
                }
                models.push(Model {
                    id,
                    name: shown,
                    context_length,
                    is_default: false,
                });
            }
        }

        let chosen = match default {
            None => models.first_mut(),
            Some(default) => models.iter_mut().find(|model| model.id == default),
        };
        match chosen {
            Some(model) => model.is_default = true,
            None => {
                return Err(InvalidModels::UnknownDefault {
                    default: default.unwrap_or_default().to_owned(),
                    known: models
                        .iter()
                        .map(|model| format!("`{}`", model.id))
                        .collect(),
                });
            }
        }
        Ok(Self { models, routes })
    }
}

/// What people call a model: as its provider does, but for the echo model, which has a name of its own.
fn shown_name(name: &str) -> String {
    if name == EchoModel::ID {
        EchoModel::NAME.to_owned()
    } else {
        name.to_owned()
    }
}

impl From<EchoModel> for ProviderModels {
    fn from(echo: EchoModel) -> Self {
        Self {
            provider: EchoModel::ID.to_owned(),
            chat_model: Arc::new(echo),
            models: vec![EchoModel::ID.to_owned()],
            context_lengths: Vec::new(),
        }
    }
}

impl ModelCatalog for ModelRegistry {
    fn models(&self) -> Vec<Model> {
        self.models.clone()
    }
}

#[async_trait]
impl ChatModel for ModelRegistry {
    /// A model that is not configured (any more) is refused in the words in which a provider would refuse it.
    async fn answer(&self, request: ChatRequest) -> Result<AnswerStream, ModelError> {
        let Some(route) = self.routes.get(&request.model) else {
            return Err(ModelError::Refused {
                failure: AnswerFailure::NotConfigured,
                status: 404,
                code: Some("model_not_found".to_owned()),
            });
        };
        let mut request = ChatRequest {
            model: route.name.clone(),
            ..request
        };
        let turns = match route.context_length {
            Some(context_length) => fit(&mut request.messages, context_length),
            None => 0,
        };
        if turns == 0 {
            return route.chat_model.answer(request).await;
        }
        tracing::info!(
            model = %request.model,
            turns,
            "left out the oldest turns of a conversation that is too long for the model"
        );
        // A failure follows in the stream, so that the answer that failed says what was left out, too.
        let left_out = stream::once(future::ready(Ok(ModelEvent::LeftOut { turns })));
        Ok(match route.chat_model.answer(request).await {
            Ok(answer) => left_out.chain(answer).boxed(),
            Err(error) => left_out
                .chain(stream::once(future::ready(Err(error))))
                .boxed(),
        })
    }
}

#[cfg(test)]
mod tests;
