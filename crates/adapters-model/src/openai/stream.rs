//! An answer, from a response that has begun.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::{StreamExt as _, stream};
use parlor_application::ports::{AnswerStream, ModelError, ModelEvent};
use parlor_domain::message::Usage;
use reqwest::Response;
use tokio::time::{Instant, timeout};

use super::{
    events::{Event, Events},
    response::{self, ErrorTold, Malformed, Told},
};

/// The most text that one answer may have, in bytes of UTF-8.
pub(super) const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// The most bytes of one line or event of a stream.
const MAX_EVENT_BYTES: usize = 1024 * 1024;
/// The most bytes of an answer that is not streamed: its text, and what JSON makes of it.
const MAX_COMPLETION_BYTES: usize = 4 * MAX_ANSWER_BYTES;
/// How long to wait for the usage and `[DONE]` once the model said that it is done: the answer is whole without them.
const AFTER_FINISH: Duration = Duration::from_secs(3);

/// The status with which an error is told that came within a stream.
const WITHIN_STREAM: u16 = 200;

/// The pieces of a response that is an event stream. Dropping them closes the connection.
pub(super) fn read_events(response: Response, idle_timeout: Duration) -> AnswerStream {
    let answer = Answer {
        response,
        events: Events::new(MAX_EVENT_BYTES),
        idle_timeout,
        has_closed: false,
        finished_at: None,
        text_bytes: 0,
        usage: None,
    };
    stream::unfold(Some(answer), |answer| async move {
        let mut answer = answer?;
        let event = answer.next().await;
        let goes_on = matches!(event, Ok(ModelEvent::Text(_)));
        Some((event, goes_on.then_some(answer)))
    })
    .boxed()
}

/// The answer of a server that does not stream although it was asked to: one piece.
pub(super) async fn read_completion(
    mut response: Response,
    idle_timeout: Duration,
) -> Result<AnswerStream, ModelError> {
    let mut body = BytesMut::new();
    while let Some(bytes) = next_bytes(&mut response, idle_timeout).await? {
        if body.len() + bytes.len() > MAX_COMPLETION_BYTES {
            return Err(malformed(Malformed::TooLong));
        }
        body.extend_from_slice(&bytes);
    }
    let told = response::read_completion(&body)
        .map_err(malformed)?
        .map_err(refused)?;
    if told
        .text
        .as_ref()
        .is_some_and(|text| text.len() > MAX_ANSWER_BYTES)
    {
        return Err(malformed(Malformed::TooLong));
    }
    let text = told.text.map(ModelEvent::Text);
    let events = text
        .into_iter()
        .chain([ModelEvent::Finished { usage: told.usage }])
        .map(Ok);
    Ok(stream::iter(events.collect::<Vec<_>>()).boxed())
}

/// The next bytes of a body; none at its end.
pub(super) async fn next_bytes(
    response: &mut Response,
    wait: Duration,
) -> Result<Option<Bytes>, ModelError> {
    match timeout(wait, response.chunk()).await {
        Err(_) => Err(ModelError::TimedOut),
        Ok(Err(_)) => Err(ModelError::Incomplete),
        Ok(Ok(bytes)) => Ok(bytes),
    }
}

pub(super) fn malformed(malformed: Malformed) -> ModelError {
    ModelError::Malformed(Some(Box::new(malformed)))
}

fn refused(error: ErrorTold) -> ModelError {
    ModelError::Refused {
        status: WITHIN_STREAM,
        code: error.code,
    }
}

/// An answer as far as it has been read.
struct Answer {
    response: Response,
    events: Events,
    idle_timeout: Duration,
    has_closed: bool,
    /// When the model said that it is done; usage may still come.
    finished_at: Option<Instant>,
    text_bytes: usize,
    usage: Option<Usage>,
}

impl Answer {
    /// The next text, or what the answer ends with.
    async fn next(&mut self) -> Result<ModelEvent, ModelError> {
        loop {
            if let Some(event) = self.next_event().map_err(malformed)? {
                if let Some(event) = self.take(event)? {
                    return Ok(event);
                }
            } else if self.has_closed {
                return if self.finished_at.is_some() {
                    Ok(self.finished())
                } else {
                    Err(ModelError::Incomplete)
                };
            } else if let Some(bytes) = self.next_bytes().await? {
                self.events.push(&bytes);
            } else {
                self.has_closed = true;
            }
        }
    }

    fn next_event(&mut self) -> Result<Option<Event>, Malformed> {
        match self.events.next()? {
            None if self.has_closed => self.events.finish(),
            event => Ok(event),
        }
    }

    async fn next_bytes(&mut self) -> Result<Option<Bytes>, ModelError> {
        if let Some(finished_at) = self.finished_at {
            // What goes wrong with the connection now takes nothing from the answer.
            let wait = self
                .idle_timeout
                .min(AFTER_FINISH)
                .saturating_sub(finished_at.elapsed());
            return Ok(next_bytes(&mut self.response, wait)
                .await
                .unwrap_or_default());
        }
        next_bytes(&mut self.response, self.idle_timeout).await
    }

    fn take(&mut self, event: Event) -> Result<Option<ModelEvent>, ModelError> {
        let data = match event {
            Event::Data(data) => data,
            Event::Error(error) => {
                return Err(refused(ErrorTold {
                    code: response::read_error_code(error.as_bytes()),
                }));
            }
        };
        match data.trim() {
            "" => return Ok(None),
            "[DONE]" => return Ok(Some(self.finished())),
            _ => {}
        }
        let Told {
            text,
            is_finished,
            usage,
        } = response::read_chunk(&data)
            .map_err(malformed)?
            .map_err(refused)?;
        if is_finished {
            self.finished_at.get_or_insert_with(Instant::now);
        }
        self.usage = usage.or(self.usage);
        let Some(text) = text else { return Ok(None) };
        self.text_bytes += text.len();
        if self.text_bytes > MAX_ANSWER_BYTES {
            return Err(malformed(Malformed::TooLong));
        }
        Ok(Some(ModelEvent::Text(text)))
    }

    fn finished(&self) -> ModelEvent {
        ModelEvent::Finished { usage: self.usage }
    }
}
