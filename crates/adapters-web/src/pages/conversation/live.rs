//! What happens in a conversation, as pieces of its page.
//!
//! `message` is an article that comes or takes the place of the one that is there, `conversation` the header, and `gone` says that
//! there is nothing to be seen any more; then the stream ends.

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    time::Duration,
};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::stream;
use i18n_embed_fl::fl;
use parlor_application::{
    access_gate::ConversationView,
    answering::AnswerPiece,
    caller::Caller,
    conversations::{ConversationEvent, ConversationEventKind, ConversationEvents, EventNumber},
    ports::{MessageView, StoreError},
};
use parlor_domain::{
    ids::{ConversationId, MessageId, UserId},
    message::{Message, MessageKind},
    text::Content,
};
use serde::Deserialize;
use tokio::time::{Instant, sleep_until};
use tracing::Span;

use super::{
    header::{HeaderFragment, HeaderView},
    message::{Articles, MessageFragment},
};
use crate::{
    errors::PageError,
    extract::{PathId, StrictQuery, Text},
    frame::Frame,
    session::{SessionEnd, SignedIn},
    streams::StreamPermit,
    web::Web,
};

/// Between two renderings of an answer that grows.
const RENDERING: Duration = Duration::from_millis(100);
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LiveQuery {
    /// The last event that is in the page.
    after: Option<Text<EventNumber>>,
}

pub(crate) async fn live(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    session_end: SessionEnd,
    PathId(id): PathId<ConversationId>,
    StrictQuery(query): StrictQuery<LiveQuery>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    // A browser that comes back says what it saw last.
    let seen = match headers.get(LAST_EVENT_ID) {
        Some(seen) => {
            let seen = seen.to_str().ok().and_then(|seen| seen.parse().ok());
            Some(seen.ok_or(PageError::InvalidQuery)?)
        }
        None => query.after.map(|Text(after)| after),
    };
    let permit = web.streams.open(caller.user_id())?;
    let get = &web.use_cases.follow_conversation;
    let events = get.execute(&caller, id, seen).await?;
    Ok(respond(&web, &caller, frame, session_end, events, permit))
}

fn respond(
    web: &Web,
    caller: &Caller,
    frame: Frame,
    session_end: SessionEnd,
    events: ConversationEvents,
    permit: StreamPermit,
) -> Response {
    let telling = Telling {
        view: events.conversation().clone(),
        reader: caller.user_id(),
        frame,
        session_end,
        web: web.clone(),
        events,
        growing: HashMap::new(),
        rendered: None,
        number: None,
        ready: VecDeque::new(),
        ended: false,
        span: Span::current(),
        _permit: permit,
    };
    let events = stream::unfold(telling, async |mut telling| {
        let event = telling.next().await?;
        Some((Ok::<_, Infallible>(event), telling))
    });
    let heartbeat = KeepAlive::new().interval(web.options.heartbeat);
    let mut response = Sse::new(events).keep_alive(heartbeat).into_response();
    // Proxies that know this header do not hold events back.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}

/// An answer that is being written.
struct Growing {
    view: MessageView,
    /// Whether more came since it was rendered.
    has_grown: bool,
}

fn grow(message: &mut Message, piece: &AnswerPiece) {
    let longer = |content: &mut Content, more: &str| {
        let content = std::mem::take(content).into_string() + more;
        Content::from_trusted(content)
    };
    match (piece, &mut message.kind) {
        (AnswerPiece::Text(text), _) => message.content = longer(&mut message.content, text),
        (AnswerPiece::Reasoning(thought), MessageKind::Answer { reasoning, .. }) => {
            let mut thoughts = reasoning.take().unwrap_or_default();
            *reasoning = Some(longer(&mut thoughts, thought));
        }
        (AnswerPiece::Reasoning(_), MessageKind::Prompt { .. }) => {}
    }
}

/// One stream, for as long as the browser listens, its access lasts, and no shutdown begins.
struct Telling {
    web: Web,
    frame: Frame,
    session_end: SessionEnd,
    reader: UserId,
    /// The conversation as it was told last.
    view: ConversationView,
    events: ConversationEvents,
    growing: HashMap<MessageId, Growing>,
    /// When what grows was rendered last.
    rendered: Option<Instant>,
    number: Option<EventNumber>,
    ready: VecDeque<Event>,
    ended: bool,
    span: Span,
    _permit: StreamPermit,
}

impl Telling {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.ended {
                return None;
            }
            let grown = self.growing.values().any(|growing| growing.has_grown);
            let due = self.rendered.map_or_else(Instant::now, |at| at + RENDERING);
            tokio::select! {
                biased;
                () = self.web.shutdown.cancelled() => {
                    self.ended = true;
                    let hint = Event::default().retry(self.web.options.retry_hint);
                    self.ready.push_back(hint.comment("the service is stopping"));
                }
                () = self.session_end.came() => {
                    self.end(fl!(self.frame.t, "conversation-gone-signed-out"));
                }
                () = sleep_until(due), if grown => self.render_growth(),
                event = self.events.next() => self.tell(event),
            }
        }
    }

    fn tell(&mut self, event: Result<Option<ConversationEvent>, StoreError>) {
        let event = match event {
            Ok(Some(event)) => event,
            Ok(None) => {
                self.ended = true;
                return;
            }
            // The browser comes back and is told what it missed.
            Err(error) => {
                self.span.in_scope(|| PageError::from(error));
                self.ended = true;
                return;
            }
        };
        self.number = Some(event.number);
        match event.kind {
            ConversationEventKind::MessageDelta { message_id, piece } => {
                if let Some(growing) = self.growing.get_mut(&message_id) {
                    grow(&mut growing.view.message, &piece);
                    growing.has_grown = true;
                }
            }
            ConversationEventKind::MessageCreated(view)
            | ConversationEventKind::MessageCompleted(view)
            | ConversationEventKind::MessageFailed(view) => {
                let article = self.article(&view);
                self.push("message", article);
                if view.message.status().is_writing() {
                    let growing = Growing {
                        has_grown: false,
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
                self.push("conversation", html);
            }
            ConversationEventKind::AccessRevoked => {
                self.end(fl!(self.frame.t, "conversation-gone-revoked"));
            }
            ConversationEventKind::ConversationDeleted => {
                self.end(fl!(self.frame.t, "conversation-gone-deleted"));
            }
        }
    }

    fn render_growth(&mut self) {
        self.rendered = Some(Instant::now());
        let mut articles = Vec::new();
        for growing in self
            .growing
            .values_mut()
            .filter(|growing| growing.has_grown)
        {
            growing.has_grown = false;
            articles.push(growing.view.clone());
        }
        for view in articles {
            let article = self.article(&view);
            self.push("message", article);
        }
    }

    fn article(&self, view: &MessageView) -> Result<String, PageError> {
        let models = self.web.use_cases.list_models.execute();
        let articles = Articles::new(self.frame.t, &self.view, models);
        let message = articles.one(view);
        let fragment = MessageFragment {
            frame: &self.frame,
            message: &message,
        };
        self.span.in_scope(|| fragment.html())
    }

    /// Nothing of the conversation goes out any more.
    fn end(&mut self, text: String) {
        self.growing.clear();
        self.ready.clear();
        self.push("gone", Ok(text));
        self.ended = true;
    }

    fn push(&mut self, name: &str, html: Result<String, PageError>) {
        let Ok(html) = html else {
            self.ended = true;
            return;
        };
        let event = Event::default().event(name);
        let event = match self.number {
            Some(number) => event.id(number.to_string()),
            None => event,
        };
        // Lines of a stream do not end with a carriage return.
        self.ready.push_back(event.data(html.replace('\r', "")));
    }
}
