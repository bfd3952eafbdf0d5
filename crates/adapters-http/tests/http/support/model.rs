//! A model that says what a test lets it say.

use std::sync::{Arc, Mutex};

use futures::{StreamExt, stream};
use parlor_application::ports::{MockChatModel, MockModelCatalog, Model, ModelError, ModelEvent};
use tokio::sync::mpsc::UnboundedReceiver;

/// What the model says to the next prompt.
#[derive(Default)]
pub enum Said {
    /// `Hello` and ` there`.
    #[default]
    Hello,
    /// `Hel`, and then it fails.
    Fails(fn() -> ModelError),
    /// Whatever comes, until the sender is dropped, which ends it well.
    Live(UnboundedReceiver<String>),
}

pub fn chat_model(says: &Arc<Mutex<Said>>) -> MockChatModel {
    let mut mock = MockChatModel::new();
    let says = Arc::clone(says);
    mock.expect_answer().returning(move |_| {
        let finished = || {
            Ok(ModelEvent::Finished {
                cut: None,
                usage: Some(parlor_domain::message::Usage {
                    prompt_tokens: 3,
                    completion_tokens: 2,
                }),
            })
        };
        let text = |text: &str| Ok(ModelEvent::Text(text.to_owned()));
        let said = std::mem::take(&mut *says.lock().unwrap());
        Ok(match said {
            Said::Hello => stream::iter([text("Hello"), text(" there"), finished()]).boxed(),
            Said::Fails(error) => stream::iter([text("Hel"), Err(error())]).boxed(),
            Said::Live(receiver) => stream::unfold(receiver, |mut receiver| async {
                let text = receiver.recv().await?;
                Some((Ok(ModelEvent::Text(text)), receiver))
            })
            .chain(stream::once(async move { finished() }))
            .boxed(),
        })
    });
    mock
}

pub fn catalog() -> MockModelCatalog {
    let mut mock = MockModelCatalog::new();
    mock.expect_models().returning(|| {
        ["echo", "parrot"]
            .map(|id| Model {
                id: id.to_owned(),
                name: format!("The {id}"),
                context_length: None,
                is_default: id == "echo",
            })
            .to_vec()
    });
    mock
}
