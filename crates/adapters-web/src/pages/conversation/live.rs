//! What happens in a conversation, as pieces of its page.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use i18n_embed_fl::fl;
use parlor_application::{
    access_gate::ConversationView,
    answering::AnswerPiece,
    conversations::{ConversationEvent, ConversationEventKind, ConversationEvents, EventNumber},
    ports::{MessageView, StoreError},
};
use parlor_domain::{
    ids::{MessageId, UserId},
    message::MessageKind,
    text::Content,
};
use tokio::time::{Instant, sleep_until};
use tracing::{Instrument as _, Span};

use super::{
    growth::SentHtml,
    header::{HeaderFragment, HeaderView},
    message::{Articles, MessageFragment},
};
use crate::{
    errors::PageError,
    frame::Frame,
    pages::live::{LiveEvent, Part},
    web::Web,
};

/// Between two renderings of an answer that grows.
const RENDERING: Duration = Duration::from_millis(100);
/// A rendering is followed by a pause of so many times the time that it took.
const PAUSE: u32 = 10;

/// An answer that is being written.
struct Growing {
    view: MessageView,
    /// What the browser has of it.
    sent: SentHtml,
    /// Whether more came since it was rendered.
    has_grown: bool,
    /// What the model thought since then, where the browser has what it thought before.
    thought: String,
}

impl Growing {
    fn add(&mut self, piece: AnswerPiece) {
        let message = &mut self.view.message;
        let longer = |content: &mut Content, more: &str| {
            let content = std::mem::take(content).into_string() + more;
            Content::from_trusted(content)
        };
        match (piece, &mut message.kind) {
            (AnswerPiece::Text(text), _) => message.content = longer(&mut message.content, &text),
            (AnswerPiece::Reasoning(thought), MessageKind::Answer { reasoning, .. }) => {
                self.thought.push_str(&thought);
                let mut thoughts = reasoning.take().unwrap_or_default();
                *reasoning = Some(longer(&mut thoughts, &thought));
            }
            (AnswerPiece::Reasoning(_), MessageKind::Prompt { .. }) => return,
        }
        self.has_grown = true;
    }

    /// Whether all that the model thought is new to the browser.
    fn begins_to_think(&self) -> bool {
        let thoughts = self.view.message.reasoning().map(Content::as_str);
        !self.thought.is_empty() && thoughts == Some(&self.thought)
    }
}

/// The events of one conversation, for as long as its access lasts.
pub(in crate::pages) struct ConversationFeed {
    web: Web,
    frame: Frame,
    reader: UserId,
    /// The conversation as it was told last.
    view: ConversationView,
    events: ConversationEvents,
    growing: HashMap<MessageId, Growing>,
    /// When what grows is rendered again.
    due: Instant,
    number: Option<EventNumber>,
    ready: VecDeque<LiveEvent>,
    ended: bool,
    span: Span,
}

impl ConversationFeed {
    pub fn new(web: &Web, events: ConversationEvents, reader: UserId, frame: Frame) -> Self {
        Self {
            view: events.conversation().clone(),
            reader,
            frame,
            web: web.clone(),
            events,
            growing: HashMap::new(),
            due: Instant::now(),
            number: None,
            ready: VecDeque::new(),
            ended: false,
            span: Span::current(),
        }
    }

    pub fn into_stream(self) -> BoxStream<'static, LiveEvent> {
        stream::unfold(self, async |mut feed| {
            let event = feed.next().await?;
            Some((event, feed))
        })
        .boxed()
    }

    async fn next(&mut self) -> Option<LiveEvent> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.ended {
                return None;
            }
            let grown = self.growing.values().any(|growing| growing.has_grown);
            tokio::select! {
                biased;
                () = sleep_until(self.due), if grown => self.render_growth().await,
                event = self.events.next() => self.tell(event).await,
            }
        }
    }

    async fn tell(&mut self, event: Result<Option<ConversationEvent>, StoreError>) {
        let event = match event {
            Ok(Some(event)) => event,
            Ok(None) => {
                self.ended = true;
                return;
            }
            // The browser comes back and is told what it missed.
            Err(error) => {
                self.span.in_scope(|| PageError::from(error));
                self.fail();
                return;
            }
        };
        self.number = Some(event.number);
        match event.kind {
            ConversationEventKind::MessageDelta { message_id, piece } => {
                if let Some(growing) = self.growing.get_mut(&message_id) {
                    growing.add(piece);
                }
            }
            ConversationEventKind::MessageCreated(view)
            | ConversationEventKind::MessageCompleted(view)
            | ConversationEventKind::MessageFailed(view) => {
                self.send_article(&view).await;
                if view.message.status().is_writing() {
                    let growing = Growing {
                        has_grown: false,
                        thought: String::new(),
                        sent: SentHtml::default(),
                        view,
                    };
                    self.growing.insert(growing.view.message.id, growing);
                } else {
                    self.growing.remove(&view.message.id);
                }
            }
            ConversationEventKind::ConversationChanged(view) => {
                self.view = *view;
                let is_own = self.view.summary.owner.id == self.reader;
                let header = HeaderView::new(self.frame.t, &self.view, is_own, None);
                let header = HeaderFragment {
                    frame: &self.frame,
                    header: &header,
                };
                let html = header.html();
                self.push(html.map(|html| Part::Conversation { html }));
            }
            ConversationEventKind::AccessRevoked => {
                self.end(fl!(self.frame.t, "conversation-gone-revoked"));
            }
            ConversationEventKind::ConversationDeleted => {
                self.end(fl!(self.frame.t, "conversation-gone-deleted"));
            }
        }
    }

    async fn render_growth(&mut self) {
        let (mut grown, mut thinking) = (Vec::new(), Vec::new());
        for (&message, growing) in &mut self.growing {
            if !std::mem::take(&mut growing.has_grown) {
                continue;
            }
            if growing.begins_to_think() {
                growing.thought.clear();
                growing.sent = SentHtml::default();
                thinking.push(growing.view.clone());
                continue;
            }
            grown.push(message);
        }
        let began = Instant::now();
        for view in thinking {
            self.send_article(&view).await;
        }
        for message in grown {
            self.grow(message).await;
        }
        self.due = began + RENDERING.max(began.elapsed() * PAUSE);
    }

    /// Sends what is new of an answer, or some other time, if others are being rendered.
    async fn grow(&mut self, message: MessageId) {
        let turn = self.web.rendering.piece_turn(self.reader).await;
        let Some(mut growing) = self.growing.remove(&message) else {
            return;
        };
        let Some(turn) = turn else {
            growing.has_grown = true;
            self.growing.insert(message, growing);
            return;
        };
        if !growing.thought.is_empty() {
            let text = std::mem::take(&mut growing.thought);
            let message = message.to_string();
            self.push(Ok(Part::Thought { message, text }));
        }
        let (articles, frame) = (self.articles(), self.frame.clone());
        let rendering = turn.make(move || {
            let html = articles.one(&frame, &growing.view).html;
            let growth = growing.sent.grow(html.into_string());
            (growing, growth)
        });
        let (growing, growth) = rendering.await;
        self.growing.insert(message, growing);
        if let Some(growth) = growth {
            self.push(Ok(growth.into_part(message)));
        }
    }

    fn articles(&self) -> Articles {
        let models = self.web.application.list_models.execute();
        Articles::new(self.frame.t, &self.view, models)
    }

    async fn send_article(&mut self, view: &MessageView) {
        let Some(turn) = self.web.rendering.piece_turn(self.reader).await else {
            // The browser comes back and is told what it missed.
            return self.fail();
        };
        let articles = self.articles();
        let (frame, view) = (self.frame.clone(), view.clone());
        let rendering = turn.make(move || {
            let message = articles.one(&frame, &view);
            let fragment = MessageFragment {
                frame: &frame,
                message: &message,
            };
            fragment.html()
        });
        let html = rendering.instrument(self.span.clone()).await;
        self.push(html.map(|html| Part::Message { html }));
    }

    /// Nothing of the conversation goes out any more.
    fn end(&mut self, text: String) {
        self.growing.clear();
        self.ready.clear();
        self.push(Ok(Part::Gone { text }));
        self.ended = true;
    }

    fn fail(&mut self) {
        self.ended = true;
        self.ready.push_back(LiveEvent::broken());
    }

    fn push(&mut self, part: Result<Part, PageError>) {
        let Ok(part) = part else {
            return self.fail();
        };
        let id = self.view.summary.id;
        self.ready.push_back(LiveEvent::new(id, self.number, part));
    }
}
