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
mod tests {
    use std::sync::Mutex;

    use parlor_application::ports::ChatMessage;
    use parlor_domain::{message::Role, text::Content};

    use super::*;

    /// Remembers which models it was asked for.
    #[derive(Default)]
    struct Asked(Mutex<Vec<String>>);

    #[async_trait]
    impl ChatModel for Asked {
        async fn answer(&self, request: ChatRequest) -> Result<AnswerStream, ModelError> {
            self.0.lock().unwrap().push(request.model);
            Ok(stream::empty().boxed())
        }
    }

    fn provider(name: &str, models: &[&str]) -> (ProviderModels, Arc<Asked>) {
        let asked = Arc::new(Asked::default());
        let models = models.iter().map(|&model| model.to_owned()).collect();
        (
            ProviderModels {
                provider: name.to_owned(),
                chat_model: asked.clone(),
                models,
                context_lengths: Vec::new(),
            },
            asked,
        )
    }

    fn registry(
        providers: &[(&str, &[&str])],
        default: Option<&str>,
    ) -> Result<ModelRegistry, InvalidModels> {
        ModelRegistry::new(
            providers
                .iter()
                .map(|(name, models)| provider(name, models).0)
                .collect(),
            default,
        )
    }

    fn ids(registry: &ModelRegistry) -> Vec<String> {
        registry
            .models()
            .into_iter()
            .map(|model| model.id)
            .collect()
    }

    fn defaults(registry: &ModelRegistry) -> Vec<String> {
        registry
            .models()
            .into_iter()
            .filter(|model| model.is_default)
            .map(|model| model.id)
            .collect()
    }

    fn request(model: &str) -> ChatRequest {
        ChatRequest {
            model: model.to_owned(),
            messages: vec![],
            prompt: Content::default(),
        }
    }

    #[test]
    fn models_are_listed_in_the_order_of_the_configuration_under_their_plain_names() {
        let registry = registry(&[("a", &["m/1", "m2"]), ("b", &["m3"])], Some("m2")).unwrap();
        assert_eq!(ids(&registry), ["m/1", "m2", "m3"]);
        assert_eq!(defaults(&registry), ["m2"]);
    }

    #[test]
    fn without_a_default_the_first_model_is_it() {
        let registry = registry(&[("a", &["m1", "m2"]), ("b", &["m3"])], None).unwrap();
        assert_eq!(defaults(&registry), ["m1"]);
    }

    #[test]
    fn a_name_at_two_providers_is_told_apart_by_the_provider() {
        let registry = registry(&[("a", &["m"]), ("b", &["m", "n"])], Some("b/m")).unwrap();
        assert_eq!(ids(&registry), ["a/m", "b/m", "n"]);
        assert_eq!(registry.models()[1].name, "m (b)");
        assert_eq!(defaults(&registry), ["b/m"]);
    }

    #[tokio::test]
    async fn a_request_goes_to_the_provider_of_its_model_under_that_providers_name() {
        let (a, asked_a) = provider("a", &["m"]);
        let (b, asked_b) = provider("b", &["m", "n"]);
        let registry = ModelRegistry::new(vec![a, b], None).unwrap();
        drop(registry.answer(request("b/m")).await.unwrap());
        drop(registry.answer(request("n")).await.unwrap());
        assert_eq!(*asked_a.0.lock().unwrap(), [""; 0]);
        assert_eq!(*asked_b.0.lock().unwrap(), ["m", "n"]);
    }

    #[tokio::test]
    async fn each_model_has_the_context_length_of_its_place() {
        let (mut a, _) = provider("a", &["m", "n", "o"]);
        let length = |number| NonZeroU32::new(number).unwrap();
        a.context_lengths = vec![length(100), length(200)];
        let registry = ModelRegistry::new(vec![a], None).unwrap();
        let lengths: Vec<_> = registry
            .models()
            .iter()
            .map(|model| model.context_length)
            .collect();
        assert_eq!(lengths, [Some(length(100)), Some(length(200)), None]);
    }

    /// Fails before anything comes.
    struct Away;

    #[async_trait]
    impl ChatModel for Away {
        async fn answer(&self, _: ChatRequest) -> Result<AnswerStream, ModelError> {
            Err(ModelError::TimedOut)
        }
    }

    #[tokio::test]
    async fn an_answer_tells_first_how_many_turns_were_left_out_even_if_it_fails() {
        let turn = |role| ChatMessage {
            role,
            author_name: None,
            content: Content::from_trusted("가".repeat(30)),
        };
        let long = ChatRequest {
            messages: vec![turn(Role::User), turn(Role::Assistant), turn(Role::User)],
            ..request("m")
        };
        let short = ChatRequest {
            messages: vec![turn(Role::User)],
            ..request("m")
        };
        let (mut a, _) = provider("a", &["m"]);
        a.context_lengths = vec![NonZeroU32::new(100).unwrap()];
        let mut away = provider("b", &["n"]).0;
        away.context_lengths.clone_from(&a.context_lengths);
        away.chat_model = Arc::new(Away);
        let registry = ModelRegistry::new(vec![a, away], None).unwrap();

        let told: Vec<_> = registry.answer(long.clone()).await.unwrap().collect().await;
        assert!(matches!(
            told.as_slice(),
            [Ok(ModelEvent::LeftOut { turns: 2 })]
        ));
        let told: Vec<_> = registry
            .answer(short.clone())
            .await
            .unwrap()
            .collect()
            .await;
        assert!(told.is_empty());

        let to_away = |request: ChatRequest| ChatRequest {
            model: "n".to_owned(),
            ..request
        };
        let told: Vec<_> = registry
            .answer(to_away(long))
            .await
            .unwrap()
            .collect()
            .await;
        assert!(matches!(
            told.as_slice(),
            [
                Ok(ModelEvent::LeftOut { turns: 2 }),
                Err(ModelError::TimedOut)
            ]
        ));
        assert!(registry.answer(to_away(short)).await.is_err());
    }

    #[tokio::test]
    async fn a_model_that_is_not_configured_is_refused() {
        let registry = registry(&[("a", &["m"])], None).unwrap();
        let refused = registry.answer(request("gone")).await.err().unwrap();
        assert!(
            matches!(refused, ModelError::Refused { status: 404, code: Some(code), .. } if code == "model_not_found")
        );
    }

    #[test]
    fn a_wrong_configuration_is_refused_with_what_to_do() {
        let refused =
            |providers: &[(&str, &[&str])], default| registry(providers, default).err().unwrap();
        assert_eq!(refused(&[], None), InvalidModels::NoModel);
        assert_eq!(
            refused(&[("a", &["m"]), ("b", &[])], None),
            InvalidModels::NoModel
        );
        assert_eq!(
            refused(&[("a", &["m"]), ("a", &["n"])], None),
            InvalidModels::DuplicateProvider("a".to_owned())
        );
        assert_eq!(
            refused(&[("a", &["m", "m"])], None),
            InvalidModels::DuplicateModel("a/m".to_owned())
        );
        assert_eq!(
            refused(&[("a", &["m"]), ("b", &["m"]), ("c", &["a/m"])], None),
            InvalidModels::DuplicateModel("a/m".to_owned())
        );
        assert_eq!(
            refused(&[("a", &[" "])], None),
            InvalidModels::Unnamed("a".to_owned())
        );
        assert_eq!(
            refused(&[("a", &["m", "n"])], Some("o")).to_string(),
            "`model.default` is `o`, which is not configured: make it one of `m`, `n`"
        );
    }

    #[test]
    fn the_echo_model_is_listed_under_its_own_name() {
        let registry = ModelRegistry::new(vec![EchoModel::default().into()], None).unwrap();
        assert_eq!(
            registry.models(),
            [Model {
                id: "echo".to_owned(),
                name: "Echo".to_owned(),
                context_length: None,
                is_default: true
            }]
        );
    }
}
