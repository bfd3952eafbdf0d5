//! A model that says what a test lets it say.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use futures::{StreamExt, stream};
use parlor_application::ports::{MockChatModel, MockModelCatalog, Model, ModelError, ModelEvent};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What the model says to one prompt.
pub enum Said {
    /// Whatever comes, until the sender is dropped, which ends it well.
    Live(UnboundedReceiver<String>),
    /// The same, of any kind.
    LiveEvents(UnboundedReceiver<ModelEvent>),
    /// `Hel`, and then it fails.
    Fails,
    /// These events.
    Events(Vec<Result<ModelEvent, ModelError>>),
}

/// What it says to the next prompts; without anything, `Hello there`.
#[derive(Clone, Default)]
pub struct Says(Arc<Mutex<VecDeque<Said>>>);

impl Says {
    /// Lets the answer to the next prompt come as it is sent.
    pub fn live(&self) -> UnboundedSender<String> {
        let (sender, receiver) = unbounded_channel();
        self.0.lock().unwrap().push_back(Said::Live(receiver));
        sender
    }

    /// Lets the answer to the next prompt come as it is sent, as events of any kind.
    pub fn live_events(&self) -> UnboundedSender<ModelEvent> {
        let (sender, receiver) = unbounded_channel();
        self.0.lock().unwrap().push_back(Said::LiveEvents(receiver));
        sender
    }

    /// Lets the answer to the next prompt be these events.
    pub fn events(&self, events: Vec<Result<ModelEvent, ModelError>>) {
        self.0.lock().unwrap().push_back(Said::Events(events));
    }

    /// Lets the answer to the next prompt fail.
    pub fn fails(&self) {
        self.0.lock().unwrap().push_back(Said::Fails);
    }
}

pub fn chat_model(says: &Says) -> MockChatModel {
    let mut mock = MockChatModel::new();
    let says = says.clone();
    mock.expect_answer().returning(move |_| {
        let text = |text: &str| Ok(ModelEvent::Text(text.to_owned()));
        let finished = || {
            Ok(ModelEvent::Finished {
                cut: None,
                usage: None,
            })
        };
        let said = says.0.lock().unwrap().pop_front();
        Ok(match said {
            None => stream::iter([text("Hello"), text(" there"), finished()]).boxed(),
            Some(Said::Fails) => stream::iter([text("Hel"), Err(ModelError::Incomplete)]).boxed(),
            Some(Said::Events(events)) => stream::iter(events).boxed(),
            Some(Said::LiveEvents(receiver)) => stream::unfold(receiver, |mut receiver| async {
                let event = receiver.recv().await?;
                Some((Ok(event), receiver))
            })
            .chain(stream::once(async move { finished() }))
            .boxed(),
            Some(Said::Live(receiver)) => stream::unfold(receiver, |mut receiver| async {
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
