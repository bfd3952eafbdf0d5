//! A client that acts as one of the demo's people.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use super::EventStream;

/// Somebody at the API. Where several instances serve, each request goes to another one than the one before: what one of them
/// would keep to itself is missed at once.
#[derive(Clone)]
pub struct As {
    http: reqwest::Client,
    bases: Vec<String>,
    requests: Arc<AtomicUsize>,
    token: Option<String>,
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON; null for an empty one.
    pub fn json(&self) -> Value {
        if self.text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&self.text).unwrap()
        }
    }

    /// Fails the test unless the answer has this status.
    #[track_caller]
    pub fn expect_status(&self, status: u16) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
    }

    /// The body, of an answer that must have this status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        self.expect_status(status);
        self.json()
    }

    /// A problem document of this status and code.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{problem}"
        );
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["type"], format!("urn:parlor:problem:{code}"));
        problem
    }

    /// A header, empty where there is none.
    pub fn header(&self, name: &str) -> String {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    }

    /// The entity tag.
    pub fn etag(&self) -> String {
        self.header("etag")
    }
}

impl As {
    /// Somebody with this token, or with none, at these instances (`http://address`).
    pub fn new(http: reqwest::Client, bases: Vec<String>, token: Option<String>) -> Self {
        Self {
            http,
            bases,
            requests: Arc::default(),
            token,
        }
    }

    /// A request to a path below `/api/v1`, or to a whole path.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let path = if path.starts_with("/api/") || path.starts_with("/health/") {
            path.to_owned()
        } else {
            format!("/api/v1{path}")
        };
        let turn = self.requests.fetch_add(1, Ordering::Relaxed);
        let base = &self.bases[turn % self.bases.len()];
        let request = self.http.request(method, format!("{base}{path}"));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and reads the answer whole.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        read(
            request
                .timeout(Duration::from_mins(1))
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// Sends a request and reads the answer whole, unless it is a stream, which is let go.
    pub async fn send_once(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let is_stream = response.headers()["content-type"] == "text/event-stream";
        if is_stream {
            return Answer {
                status: response.status(),
                headers: response.headers().clone(),
                text: String::new(),
            };
        }
        read(response).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body))
            .await
    }

    /// The same under an idempotency key.
    pub async fn post_with_key(&self, path: &str, key: &str, body: Value) -> Answer {
        let request = self.request(Method::POST, path);
        self.send(request.header("idempotency-key", key).json(&body))
            .await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn put_if_match(&self, path: &str, etag: &str, body: Value) -> Answer {
        self.send(
            self.request(Method::PUT, path)
                .header("if-match", etag)
                .json(&body),
        )
        .await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(&body))
            .await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Creates a conversation with this title; answers its id.
    pub async fn create(&self, title: &str) -> String {
        let created = self
            .post("/conversations", json!({ "title": title }))
            .await
            .expect(201);
        created["id"].as_str().unwrap().to_owned()
    }

    /// Sends a prompt after the newest leaf and waits for the whole answer.
    pub async fn prompt(&self, conversation: &str, content: &str) -> Value {
        let path = format!("/conversations/{conversation}/messages");
        self.post(&path, json!({ "content": content }))
            .await
            .expect(201)
    }

    /// Sends a prompt and follows the answer as it is written.
    /// Follows what happens there: a conversation's events, or the list's.
    pub async fn follow(&self, path: &str) -> EventStream {
        EventStream::of(self.request(Method::GET, path).send().await.unwrap())
    }

    /// Comes back to what happens there, after this event.
    pub async fn follow_after(&self, path: &str, id: &str) -> EventStream {
        let request = self.request(Method::GET, path).header("last-event-id", id);
        EventStream::of(request.send().await.unwrap())
    }

    pub async fn prompt_stream(&self, conversation: &str, body: Value) -> EventStream {
        let path = format!("/conversations/{conversation}/messages");
        let request = self
            .request(Method::POST, &path)
            .header("accept", "text/event-stream");
        EventStream::of(request.json(&body).send().await.unwrap())
    }

    /// Saves the grants under the version that is there.
    pub async fn share(&self, conversation: &str, sharing: Value) -> Answer {
        let path = format!("/conversations/{conversation}/sharing");
        let etag = self.get(&path).await.etag();
        self.put_if_match(&path, &etag, sharing).await
    }

    /// Shares with one group.
    pub async fn share_with_group(&self, conversation: &str, group: &str, level: &str) {
        let grants = json!({
            "organization": null,
            "groups": [{ "group_id": super::group_id(group), "level": level }],
        });
        self.share(conversation, grants).await.expect(200);
    }

    /// The ids of all visible conversations, through every page.
    pub async fn list(&self, query: &str) -> Vec<String> {
        let mut ids = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self
                .get(&format!("/conversations?{query}{cursor}"))
                .await
                .expect(200);
            let items = page["items"].as_array().unwrap();
            ids.extend(
                items
                    .iter()
                    .map(|item| item["id"].as_str().unwrap().to_owned()),
            );
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return ids,
            }
        }
    }
}

/// Reads an answer whole.
pub(super) async fn read(response: reqwest::Response) -> Answer {
    let (status, headers) = (response.status(), response.headers().clone());
    Answer {
        status,
        headers,
        text: response.text().await.unwrap(),
    }
}
