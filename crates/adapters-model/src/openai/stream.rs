//! An answer, from a response that has begun.

use std::{collections::VecDeque, time::Duration};

use bytes::{Bytes, BytesMut};
use futures::stream;
use parlor_application::ports::{AnswerStream, ModelError, ModelEvent};
use parlor_domain::message::{AnswerFailure, Usage};
use reqwest::Response;
use tokio::time::{Instant, timeout_at};

use super::{
    events::{Event, Events},
    reason::ErrorTold,
    response::{self, Data, End, Malformed, Told, WITHIN_STREAM},
    thinking::{Split, Thinking},
};

/// The most text that one answer may have, in bytes of UTF-8.
pub(super) const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// The most thoughts that are kept of one answer, in bytes of UTF-8; more are dropped.
const MAX_REASONING_BYTES: usize = 1024 * 1024;
/// The most bytes of one line or event of a stream.
const MAX_EVENT_BYTES: usize = 1024 * 1024;
/// The most bytes of an answer that is not streamed: its text, and what JSON makes of it.
const MAX_COMPLETION_BYTES: usize = 4 * MAX_ANSWER_BYTES;
/// The most bytes of a whole response: enough for the longest answer in pieces of three bytes, each in 300 bytes of JSON.
const MAX_BODY_BYTES: usize = 128 * MAX_ANSWER_BYTES;
/// How long to wait for the usage and `[DONE]` once the model said that it is done: the answer is whole without them.
const AFTER_FINISH: Duration = Duration::from_secs(3);

/// The answer in a response, whatever type its head says: servers stream under the type of JSON, and the reverse.
///
/// `since` is when its connection was made. Dropping what it returns closes the connection.
pub(super) async fn read(
    response: Response,
    since: Instant,
    idle_timeout: Duration,
) -> Result<AnswerStream, ModelError> {
    let mut body = Body::new(response, since, idle_timeout);
    let mut begun = BytesMut::new();
    let first = loop {
        let text = begun.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&begun);
        if let Some(first) = text.iter().find(|byte| !byte.is_ascii_whitespace()) {
            break Some(*first);
        }
        if begun.len() > MAX_EVENT_BYTES {
            return Err(malformed(Malformed::TooLong));
        }
        match body.next().await? {
            Some(bytes) => begun.extend_from_slice(&bytes),
            None => break None,
        }
    };
    let mut answer = Answer::new(body);
    match first {
        Some(b'{' | b'[') => answer.read_json(begun).await?,
        // A page for people: this is not the address of an API.
        Some(b'<') => {
            return Err(ModelError::Refused {
                failure: AnswerFailure::NotConfigured,
                status: WITHIN_STREAM,
                code: Some("html".to_owned()),
            });
        }
        _ => answer.events.push(&begun.freeze()),
    }
    Ok(Box::pin(stream::unfold(
        Some(answer),
        |answer| async move {
            let mut answer = answer?;
            let event = answer.next().await;
            let goes_on = !matches!(event, Ok(ModelEvent::Finished { .. }) | Err(_));
            Some((event, goes_on.then_some(answer)))
        },
    )))
}

pub(super) fn malformed(malformed: Malformed) -> ModelError {
    ModelError::Malformed(Some(Box::new(malformed)))
}

fn refused(error: ErrorTold) -> ModelError {
    ModelError::Refused {
        failure: error.failure,
        status: WITHIN_STREAM,
        code: error.code,
    }
}

/// The bytes of a response within their bounds.
struct Body {
    response: Response,
    idle_timeout: Duration,
    /// When text or thoughts came last, or the connection was made. Comments and empty events do not count.
    content_at: Instant,
    /// When the model said that it is done; usage may still come.
    finished_at: Option<Instant>,
    bytes: usize,
}

impl Body {
    const fn new(response: Response, since: Instant, idle_timeout: Duration) -> Self {
        Self {
            response,
            idle_timeout,
            content_at: since,
            finished_at: None,
            bytes: 0,
        }
    }

    /// The next bytes; none at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, ModelError> {
        if let Some(finished_at) = self.finished_at {
            // What goes wrong with the connection now takes nothing from the answer.
            let until = finished_at + self.idle_timeout.min(AFTER_FINISH);
            let next = timeout_at(until, self.response.chunk()).await;
            return Ok(next.ok().and_then(Result::ok).flatten());
        }
        let bytes =
            match timeout_at(self.content_at + self.idle_timeout, self.response.chunk()).await {
                Err(_) => return Err(ModelError::TimedOut),
                Ok(Err(_)) => return Err(ModelError::Incomplete),
                Ok(Ok(bytes)) => bytes,
            };
        self.bytes += bytes.as_ref().map_or(0, Bytes::len);
        if self.bytes > MAX_BODY_BYTES {
            return Err(malformed(Malformed::TooLong));
        }
        // A connection that always has something to read would not let the time-out be noticed.
        if bytes.is_some() && self.content_at.elapsed() > self.idle_timeout {
            return Err(ModelError::TimedOut);
        }
        Ok(bytes)
    }
}

/// An answer as far as it has been read.
struct Answer {
    body: Body,
    events: Events,
    thinking: Thinking,
    has_closed: bool,
    end: Option<End>,
    text_bytes: usize,
    reasoning_bytes: usize,
    usage: Option<Usage>,
    /// What was read and not given yet.
    ready: VecDeque<Result<ModelEvent, ModelError>>,
}

impl Answer {
    fn new(body: Body) -> Self {
        Self {
            body,
            events: Events::new(MAX_EVENT_BYTES),
            thinking: Thinking::default(),
            has_closed: false,
            end: None,
            text_bytes: 0,
            reasoning_bytes: 0,
            usage: None,
            ready: VecDeque::new(),
        }
    }

    /// Reads the whole body of a server that does not stream, though it was asked to.
    async fn read_json(&mut self, mut json: BytesMut) -> Result<(), ModelError> {
        loop {
            if json.len() > MAX_COMPLETION_BYTES {
                return Err(malformed(Malformed::TooLong));
            }
            match self.body.next().await? {
                Some(bytes) => json.extend_from_slice(&bytes),
                None => break,
            }
        }
        self.has_closed = true;
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&json);
        let told = response::read_values(json).map_err(malformed)?;
        if !told
            .iter()
            .any(|told| told.is_completion || told.error.is_some())
        {
            return Err(malformed(Malformed::NotACompletion));
        }
        for told in told {
            self.take(told);
        }
        // An answer that failed as a whole fails before anything comes.
        match self.ready.pop_front() {
            Some(Err(error)) => Err(error),
            Some(event) => {
                self.ready.push_front(event);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The next text or thought, or what the answer ends with.
    async fn next(&mut self) -> Result<ModelEvent, ModelError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return event;
            }
            match self.next_event() {
                Ok(Some(event)) => self.take_event(event),
                Ok(None) if self.has_closed => self.finish(),
                Ok(None) => match self.body.next().await {
                    Ok(Some(bytes)) => self.events.push(&bytes),
                    Ok(None) => self.has_closed = true,
                    Err(error) => self.fail(error),
                },
                Err(error) => self.fail(malformed(error)),
            }
        }
    }

    fn next_event(&mut self) -> Result<Option<Event>, Malformed> {
        match self.events.next()? {
            None if self.has_closed => self.events.finish(),
            event => Ok(event),
        }
    }

    fn take_event(&mut self, event: Event) {
        match event {
            Event::Data(data) => self.take_data(&data),
            Event::Error(error) => {
                if let Some(error) = response::read_error(&error) {
                    self.fail(refused(error));
                }
            }
            // What is broken here is no event, so nothing of an answer is lost with it.
            Event::Bare(json) => {
                for told in response::read_values(json.as_bytes()).unwrap_or_default() {
                    self.take(told);
                }
            }
        }
    }

    fn take_data(&mut self, data: &str) {
        match response::read_data(data) {
            Ok(Data::Chunks(chunks)) => chunks.into_iter().for_each(|told| self.take(told)),
            Ok(Data::Done) => {
                self.end = self.end.or(Some(End::Done));
                self.finish();
            }
            Ok(Data::Nothing) => {}
            // Servers that leave out the empty line between two events.
            Err(_) if data.contains('\n') => data.split('\n').for_each(|line| self.take_data(line)),
            // The connection closed in the middle of it.
            Err(_) if self.has_closed => self.fail(ModelError::Incomplete),
            Err(error) => self.fail(malformed(error)),
        }
    }

    fn take(&mut self, told: Told) {
        let Told {
            reasoning,
            text,
            end,
            usage,
            error,
            ..
        } = told;
        self.usage = usage.or(self.usage);
        if let Some(reasoning) = reasoning {
            self.thinking.note_reasoning();
            self.give_reasoning(reasoning);
        }
        if let Some(text) = text {
            let split = self.thinking.push(&text);
            self.body.content_at = Instant::now();
            self.give_split(split);
        }
        if let Some(error) = error {
            self.fail(refused(error));
        }
        if let Some(end) = end {
            // Of several ends, the one that says more counts.
            if !matches!((self.end, end), (Some(_), End::Done)) {
                self.end = Some(end);
            }
            self.body.finished_at.get_or_insert_with(Instant::now);
        }
    }

    fn give_split(&mut self, split: Split) {
        if let Some(text) = split.was_reasoning {
            self.give_text(text);
            self.reasoning_bytes += std::mem::take(&mut self.text_bytes);
            self.ready.push_back(Ok(ModelEvent::TextWasReasoning));
        }
        self.give_reasoning(split.reasoning);
        self.give_text(split.text);
    }

    fn give_reasoning(&mut self, reasoning: String) {
        if reasoning.is_empty() {
            return;
        }
        self.body.content_at = Instant::now();
        self.reasoning_bytes += reasoning.len();
        if self.reasoning_bytes <= MAX_REASONING_BYTES {
            self.ready.push_back(Ok(ModelEvent::Reasoning(reasoning)));
        }
    }

    fn give_text(&mut self, text: String) {
        if text.is_empty() {
            return;
        }
        self.text_bytes += text.len();
        if self.text_bytes > MAX_ANSWER_BYTES {
            self.end = None;
            return self.fail(malformed(Malformed::TooLong));
        }
        if self.end.is_some() {
            // A server that says that it is done with every piece.
            self.body.finished_at = Some(Instant::now());
        }
        self.ready.push_back(Ok(ModelEvent::Text(text)));
    }

    /// The answer ends with an error, unless the model had said that it is done: what goes wrong after that takes nothing
    /// from the answer.
    fn fail(&mut self, error: ModelError) {
        if self.end.is_some() {
            self.finish();
        } else {
            self.give_rest();
            self.ready.push_back(Err(error));
        }
    }

    fn give_rest(&mut self) {
        let rest = self.thinking.finish();
        self.give_split(rest);
    }

    /// No more comes: the answer is whole if the model had said so.
    fn finish(&mut self) {
        self.give_rest();
        let usage = self.usage;
        let finished = |cut| Ok(ModelEvent::Finished { cut, usage });
        self.ready.push_back(match self.end {
            Some(End::Done) => finished(None),
            Some(End::Cut(reason)) => finished(Some(reason)),
            Some(End::Failed(failure)) => Err(ModelError::Refused {
                failure,
                status: WITHIN_STREAM,
                code: Some("finish_reason".to_owned()),
            }),
            None => Err(ModelError::Incomplete),
        });
    }
}
