//! The event stream that the pages of one browser share.

use std::time::Duration;

use axum::{body::BodyDataStream, http::StatusCode};
use futures::{FutureExt, StreamExt};
use parlor_domain::ids::ConversationId;
use serde_json::Value;
use tokio::time::timeout;

use super::Browser;

/// What a browser follows.
pub struct Live {
    stream: BodyDataStream,
    buffer: String,
    /// How much came.
    pub bytes: usize,
    /// Whether the service said when to come back.
    pub has_hint: bool,
}

impl Live {
    /// With these topics, as `list=all` or `conversation=<id>.<number>`.
    pub async fn open(browser: &Browser, topics: &[String]) -> Self {
        let response = browser.open(&address(browser, topics).await).await;
        assert_eq!(response.status(), StatusCode::OK);
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "text/event-stream");
        assert_eq!(header("x-accel-buffering"), "no");
        Self {
            stream: response.into_body().into_data_stream(),
            buffer: String::new(),
            bytes: 0,
            has_hint: false,
        }
    }

    /// One conversation, from what its page shows.
    pub async fn of_page(browser: &Browser, id: ConversationId) -> Self {
        Self::open(browser, &[topic(browser, id).await]).await
    }

    /// The list under this filter.
    pub async fn of_list(browser: &Browser, filter: &str) -> Self {
        Self::open(browser, &[format!("list={filter}")]).await
    }

    /// The next event; none at the end of the stream.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.buffer = rest;
                self.has_hint |= event.starts_with("retry:");
                let mut lines = event.lines();
                if let Some(data) = lines.find_map(|line| line.strip_prefix("data: ")) {
                    return Some(serde_json::from_str(data).unwrap());
                }
                continue;
            }
            let piece = timeout(Duration::from_secs(20), self.stream.next()).await;
            let piece = piece.expect("nothing comes any more")?.unwrap();
            self.bytes += piece.len();
            self.buffer.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    /// The next event, if it is there without any wait.
    pub fn ready(&mut self) -> Option<Value> {
        self.next().now_or_never().flatten()
    }

    /// The next event of this kind that says these words.
    pub async fn until(&mut self, kind: &str, words: &str) -> Value {
        loop {
            let event = self.next().await.expect("the stream goes on");
            if event["is"] == kind && text(&event).contains(words) {
                return event;
            }
        }
    }
}

/// Where the browser would ask for these topics.
pub async fn address(browser: &Browser, topics: &[String]) -> String {
    let page = browser.get("/settings").await;
    let (_, mark) = page.text.split_once("data-session=\"").unwrap();
    let mark = mark.split('"').next().unwrap();
    format!("/live?session={mark}&{}", topics.join("&"))
}

/// A conversation, from what its page shows.
pub async fn topic(browser: &Browser, id: ConversationId) -> String {
    let page = browser.get(&format!("/conversations/{id}")).await;
    let (_, after) = page.text.split_once("data-after=\"").unwrap();
    let after = after.split('"').next().unwrap();
    format!("conversation={id}.{after}")
}

/// What an event brings: markup, or a sentence.
pub fn text(event: &Value) -> &str {
    let html = event["html"].as_str();
    html.or_else(|| event["text"].as_str()).unwrap_or_default()
}
