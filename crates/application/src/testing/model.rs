//! A model that says what a test tells it to say, when the test tells it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use futures::StreamExt as _;
use parlor_domain::message::{IncompleteReason, Usage};
use tokio::sync::{mpsc, oneshot};

use crate::ports::{
    AnswerStream, ChatModel, ChatRequest, Clock, MockChatModel, MockClock, MockModelCatalog, Model,
    ModelCatalog, ModelError, ModelEvent,
};

use super::now;

/// What the model was asked.
type Asked = oneshot::Receiver<ChatRequest>;
/// What the model says: first whether it answers at all.
type Started = oneshot::Receiver<Result<AnswerStream, ModelError>>;

/// A model that can be asked once; it is dropped, so stops to answer, when nobody listens any more.
pub struct ScriptedModel(Mutex<Option<(oneshot::Sender<ChatRequest>, Started)>>);

/// The test's end of a [`ScriptedModel`].
pub struct Script {
    asked: Asked,
    start: Option<oneshot::Sender<Result<AnswerStream, ModelError>>>,
    pieces: Option<mpsc::UnboundedSender<Result<ModelEvent, ModelError>>>,
}

impl ScriptedModel {
    pub fn new() -> (Arc<Self>, Script) {
        let (ask, asked) = oneshot::channel();
        let (start, started) = oneshot::channel();
        let script = Script {
            asked,
            start: Some(start),
            pieces: None,
        };
        (Arc::new(Self(Mutex::new(Some((ask, started))))), script)
    }
}

#[async_trait]
impl ChatModel for ScriptedModel {
    async fn answer(&self, request: ChatRequest) -> Result<AnswerStream, ModelError> {
        let (ask, started) = self.0.lock().unwrap().take().expect("asked twice");
        drop(ask.send(request));
        started.await.expect("the test has ended")
    }
}

impl Script {
    /// Waits until the model is asked; answers what.
    pub async fn asked(&mut self) -> ChatRequest {
        (&mut self.asked).await.expect("the model was not asked")
    }

    /// Fails before anything came.
    pub fn refuse(&mut self, error: ModelError) {
        let start = self.start.take().unwrap();
        drop(start.send(Err(error)));
    }

    /// Says that so many of the oldest turns were left out.
    pub fn leave_out(&mut self, turns: usize) {
        self.send(Ok(ModelEvent::LeftOut { turns }));
    }

    /// Says a piece.
    pub fn say(&mut self, text: &str) {
        self.send(Ok(ModelEvent::Text(text.to_owned())));
    }

    /// Thinks a piece.
    pub fn think(&mut self, thought: &str) {
        self.send(Ok(ModelEvent::Reasoning(thought.to_owned())));
    }

    /// Says that all it said so far was thought.
    pub fn thought_so_far(&mut self) {
        self.send(Ok(ModelEvent::TextWasReasoning));
    }

    /// Says that the answer is whole.
    pub fn finish(&mut self, usage: Option<Usage>) {
        self.send(Ok(ModelEvent::Finished { cut: None, usage }));
    }

    /// Says that the answer was cut.
    pub fn cut(&mut self, reason: IncompleteReason) {
        self.send(Ok(ModelEvent::Finished {
            cut: Some(reason),
            usage: None,
        }));
    }

    /// Fails in the middle.
    pub fn break_off(&mut self, error: ModelError) {
        self.send(Err(error));
    }

    /// Ends the stream without a word.
    pub fn hang_up(&mut self) {
        self.pieces();
        self.pieces = None;
    }

    /// Whether the writer has let go of the stream.
    pub fn is_dropped(&self) -> bool {
        self.pieces
            .as_ref()
            .is_some_and(mpsc::UnboundedSender::is_closed)
    }

    fn send(&mut self, piece: Result<ModelEvent, ModelError>) {
        // The writer may be gone already.
        drop(self.pieces().send(piece));
    }

    fn pieces(&mut self) -> &mpsc::UnboundedSender<Result<ModelEvent, ModelError>> {
        if let Some(start) = self.start.take() {
            let (sender, receiver) = mpsc::unbounded_channel();
            let stream = futures::stream::unfold(receiver, async |mut receiver| {
                receiver.recv().await.map(|piece| (piece, receiver))
            });
            drop(start.send(Ok(stream.boxed())));
            self.pieces = Some(sender);
        }
        self.pieces.as_ref().expect("the model has ended")
    }
}

/// A model that never answers.
pub fn silent_model() -> Arc<dyn ChatModel> {
    let mut model = MockChatModel::new();
    model
        .expect_answer()
        .returning(|_| Ok(futures::stream::pending().boxed()));
    Arc::new(model)
}

/// A clock that always shows [`now`].
pub fn clock() -> Arc<dyn Clock> {
    let mut clock = MockClock::new();
    clock.expect_now().returning(now);
    Arc::new(clock)
}

/// Waits until something holds, for at most five minutes (of paused time, that is: no time at all).
pub async fn until(what: &str, holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let deadline = Duration::from_mins(5);
    let happened = tokio::time::timeout(deadline, waiting).await;
    assert!(happened.is_ok(), "never happened: {what}");
}

/// Two models; `echo` is the default.
pub fn catalog() -> Arc<dyn ModelCatalog> {
    let mut catalog = MockModelCatalog::new();
    let model = |id: &str, is_default| Model {
        id: id.to_owned(),
        name: id.to_uppercase(),
        context_length: None,
        is_default,
    };
    catalog
        .expect_models()
        .returning(move || vec![model("large", false), model("echo", true)]);
    Arc::new(catalog)
}
