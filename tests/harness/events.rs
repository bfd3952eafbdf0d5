//! Server-Sent Events as a client reads them.

use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

/// One event.
#[derive(Debug, Clone)]
pub struct Event {
    /// The `event:` line.
    pub name: String,
    /// The `id:` line.
    pub id: String,
    /// The `data:` lines, as JSON.
    pub data: Value,
}

/// The events of one answer, as they come.
pub struct EventStream {
    response: reqwest::Response,
    /// Bytes, for a chunk of the connection may end inside a character.
    buffer: Vec<u8>,
    retry_hint: Option<String>,
}

impl EventStream {
    /// The events in the body of this response.
    pub fn of(response: reqwest::Response) -> Self {
        assert_eq!(response.status(), 200);
        let kind = response.headers()["content-type"].to_str().unwrap();
        assert!(kind.starts_with("text/event-stream"), "{kind}");
        Self {
            response,
            buffer: Vec::new(),
            retry_hint: None,
        }
    }

    /// The next event; `None` at the end of the stream.
    ///
    /// One has to come in time, whatever comments come before it: a test that waits for ever says nothing.
    pub async fn next(&mut self) -> Option<Event> {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                let block = std::str::from_utf8(&block).expect("events are UTF-8");
                self.retry_hint = field(block, "retry").or(self.retry_hint.take());
                let event = parse(block);
                if event.is_some() {
                    return event;
                }
                continue;
            }
            let chunk = timeout_at(deadline, self.response.chunk()).await;
            let chunk = chunk
                .expect("an event or the end comes within 30 s")
                .ok()??;
            self.buffer.extend_from_slice(&chunk);
        }
    }

    /// After how many milliseconds the client was asked to come back, if it was.
    pub fn retry_hint(&self) -> Option<&str> {
        self.retry_hint.as_deref()
    }

    /// The next event of this name; those before it are passed over.
    pub async fn next_named(&mut self, name: &str) -> Event {
        while let Some(event) = self.next().await {
            if event.name == name {
                return event;
            }
        }
        panic!("the stream ended without {name}");
    }

    /// All events up to the end.
    pub async fn rest(self) -> Vec<Event> {
        let stream = futures::stream::unfold(self, |mut stream| async move {
            stream.next().await.map(|event| (event, stream))
        });
        stream.collect().await
    }
}

/// The values of a field, joined.
fn field(block: &str, name: &str) -> Option<String> {
    let lines = block
        .lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let values: Vec<_> = lines
        .map(|value| value.strip_prefix(' ').unwrap_or(value))
        .collect();
    (!values.is_empty()).then(|| values.join("\n"))
}

/// An event; comments and hints are none.
fn parse(block: &str) -> Option<Event> {
    Some(Event {
        name: field(block, "event").unwrap_or_default(),
        id: field(block, "id").unwrap_or_default(),
        data: serde_json::from_str(&field(block, "data")?).unwrap(),
    })
}
