//! The answer as Server-Sent Events.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    http::{HeaderName, HeaderValue},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::stream;
use parlor_application::user_limit::Permit;
use parlor_application::{
    answering::{AnswerUpdate, AnswerUpdates},
    messages::Prompted,
    ports::{MessageView, Model, StoreError},
};
use tokio_util::sync::CancellationToken;
use tracing::Span;
use uuid::Uuid;

use super::{event::AnswerEvent, failure};
use crate::{
    api::Api,
    dto::MessageDeltaDto,
    follow::NoDataDto,
    problem::{Language, Problem},
};

/// Begins to tell of the answer.
pub(super) fn respond(api: &Api, prompted: Prompted, permit: Permit) -> Response {
    let mut telling = Telling {
        answer_id: prompted.answer.message.id.as_uuid(),
        updates: prompted.updates,
        shutdown: api.shutdown.clone(),
        retry_hint: api.options.retry_hint,
        ready: VecDeque::new(),
        last_id: 0,
        ended: false,
        language: Language::current(),
        span: Span::current(),
        prompt: prompted.prompt.clone(),
        models: api.application.list_models.execute(),
        _permit: permit,
    };
    telling.push(&AnswerEvent::MessageCreated(prompted.prompt.into()));
    telling.push(&AnswerEvent::MessageCreated(prompted.answer.into()));
    let events = stream::unfold(telling, async |mut telling| {
        let event = telling.next().await?;
        Some((Ok::<_, Infallible>(event), telling))
    });
    let heartbeat = KeepAlive::new().interval(api.options.heartbeat);
    let mut response = Sse::new(events).keep_alive(heartbeat).into_response();
    // Proxies that know this header do not hold events back.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}

/// One stream, for as long as the client listens, its access lasts, and no shutdown begins.
struct Telling {
    prompt: MessageView,
    models: Vec<Model>,
    answer_id: Uuid,
    updates: AnswerUpdates,
    shutdown: CancellationToken,
    retry_hint: Duration,
    ready: VecDeque<Event>,
    last_id: u64,
    ended: bool,
    language: Language,
    span: Span,
    _permit: Permit,
}

impl Telling {
    fn push(&mut self, event: &AnswerEvent<'_>) {
        self.last_id += 1;
        let id = self.last_id;
        let event = self.span.in_scope(|| event.to_sse(id));
        self.ready.push_back(event);
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.ended {
                return None;
            }
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => {
                    self.ended = true;
                    let hint = Event::default().retry(self.retry_hint);
                    self.ready.push_back(hint.comment("the service is stopping"));
                }
                update = self.updates.next() => self.tell(update),
            }
        }
    }

    fn tell(&mut self, update: Result<Option<AnswerUpdate>, StoreError>) {
        match update {
            Ok(Some(AnswerUpdate::Delta(piece))) => {
                let delta = MessageDeltaDto::new(self.answer_id, piece);
                self.push(&AnswerEvent::MessageDelta(delta));
            }
            // It takes the place of what was told of it before.
            Ok(Some(AnswerUpdate::Rewritten(answer))) => {
                self.push(&AnswerEvent::MessageCreated(answer.into()));
            }
            Ok(Some(AnswerUpdate::Completed(answer))) => {
                self.push(&AnswerEvent::MessageCompleted(answer.into()));
            }
            Ok(Some(AnswerUpdate::Failed(answer))) => {
                let problem = failure(self.prompt.clone(), answer.clone(), &self.models);
                self.push(&AnswerEvent::MessageFailed(answer.into()));
                self.push(&AnswerEvent::Error(problem.document(self.language)));
            }
            Ok(Some(AnswerUpdate::AccessRevoked)) => {
                self.push(&AnswerEvent::AccessRevoked(NoDataDto {}));
                self.ended = true;
            }
            Ok(None) => self.ended = true,
            Err(error) => {
                let problem = self.span.in_scope(|| Problem::from(error));
                self.push(&AnswerEvent::Error(problem.document(self.language)));
                self.ended = true;
            }
        }
    }
}
