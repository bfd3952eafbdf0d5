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
