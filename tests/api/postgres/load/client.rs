//! A client that keeps what it was told, and asks again as long as it was told nothing.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::Load;
use crate::harness::{As, ids, text};

/// How many conversations one client works with.
const CONVERSATIONS: usize = 25;

/// How long a client asks again before it gives up, and the test with it.
const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody who works with conversations of its own. Whatever it asks for may be asked for again: it carries an idempotency key,
/// or tells the whole new state.
pub struct Client {
    pub somebody: As,
    pub conversations: Vec<Conversation>,
    number: usize,
    keys: usize,
    random: StdRng,
    load: Arc<Load>,
}

/// What was acknowledged of one conversation: it must be so, exactly.
pub struct Conversation {
    pub id: String,
    pub title: String,
    pub privacy: &'static str,
    pub version: u64,
    /// The ids of its messages.
    pub messages: Vec<String>,
    /// What was done to it, in this order, as its audit entries tell it.
    pub history: Vec<String>,
    /// A prompt, with its key, whose answer was being written when somebody was killed.
    unsettled: Option<(String, Value)>,
}

impl Client {
    pub fn new(number: usize, somebody: As, seed: u64, load: Arc<Load>) -> Self {
        Self {
            somebody,
            conversations: Vec::new(),
            number,
            keys: 0,
            random: StdRng::seed_from_u64(seed.wrapping_add(number as u64)),
            load,
        }
    }

    /// Creates, prompts and edits until it is over.
    pub async fn work(mut self) -> Self {
        while !self.load.over.load(Ordering::SeqCst) {
            self.act().await;
            self.load.acknowledged.fetch_add(1, Ordering::SeqCst);
        }
        self
    }

    async fn act(&mut self) {
        let free: Vec<usize> = (0..self.conversations.len())
            .filter(|at| self.conversations[*at].unsettled.is_none())
            .collect();
        if free.is_empty() || (free.len() < CONVERSATIONS && self.random.random_ratio(1, 6)) {
            return self.create().await;
        }
        let at = free[self.random.random_range(0..free.len())];
        match self.random.random_range(0..10) {
            0..5 => self.prompt(at).await,
            5..9 => self.toggle(at).await,
            _ => self.rename(at).await,
        }
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("\"{}-{}\"", self.number, self.keys)
    }

    async fn create(&mut self) {
        let key = self.key();
        let title = format!("Conversation {key}");
        let body = json!({ "title": title });
        let created = self
            .acknowledged(Method::POST, "/conversations", Some(&key), &body)
            .await;
        assert_eq!(created.0, StatusCode::CREATED, "{}", created.1);
        self.conversations.push(Conversation {
            id: text(&created.1, "id").to_owned(),
            title,
            privacy: "private",
            version: 1,
            messages: Vec::new(),
            history: vec!["CREATE".to_owned()],
            unsettled: None,
        });
    }

    async fn prompt(&mut self, at: usize) {
        let key = self.key();
        let body = json!({ "content": format!("Prompt {key}") });
        let path = format!("/conversations/{}/messages", self.conversations[at].id);
        let (status, prompted) = self
            .acknowledged(Method::POST, &path, Some(&key), &body)
            .await;
        if status == StatusCode::CREATED {
            let both = ["user_message", "assistant_message"].map(|name| prompted[name].clone());
            self.conversations[at].prompted(&both);
        } else {
            // Its answer has failed, or will have once it is noticed that nobody writes it any more.
            self.conversations[at].unsettled = Some((key, body));
        }
    }

    async fn toggle(&mut self, at: usize) {
        let conversation = &self.conversations[at];
        let to = match conversation.privacy {
            "private" => "shared",
            _ => "private",
        };
        let path = format!("/conversations/{}/privacy", conversation.id);
        self.change(at, Method::PUT, &path, json!({ "privacy": to }))
            .await;
        self.conversations[at].privacy = to;
    }

    async fn rename(&mut self, at: usize) {
        let title = format!("Title {}", self.random.random::<u32>());
        let path = format!("/conversations/{}", self.conversations[at].id);
        self.change(at, Method::PATCH, &path, json!({ "title": title }))
            .await;
        self.conversations[at].title = title;
    }

    /// A change that makes one new version, however often it is asked for.
    async fn change(&mut self, at: usize, method: Method, path: &str, body: Value) {
        let (status, changed) = self.acknowledged(method, path, None, &body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {changed}");
        let conversation = &mut self.conversations[at];
        conversation.version += 1;
        assert_eq!(changed["version"], conversation.version, "{changed}");
        let told = format!("EDIT {}", conversation.version);
        conversation.history.push(told);
    }

    /// Asks until an answer comes, from whichever instance. That the store is away is none.
    async fn acknowledged(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> (StatusCode, Value) {
        let since = Instant::now();
        loop {
            let mut request = self.somebody.request(method.clone(), path).json(body);
            if let Some(key) = key {
                request = request.header("idempotency-key", key);
            }
            match answer(request.timeout(Duration::from_secs(20))).await {
                Ok((_, problem)) if problem["code"] == "unavailable" => {
                    self.load.unavailable.fetch_add(1, Ordering::SeqCst);
                }
                Ok((_, problem)) if problem["code"] == "shutting-down" => {
                    self.load.stopping.fetch_add(1, Ordering::SeqCst);
                }
                Ok(answer) => return answer,
                Err(error) => {
                    assert!(!error.is_timeout(), "{method} {path}: no answer at all");
                    self.load.unanswered.fetch_add(1, Ordering::SeqCst);
                }
            }
            assert!(since.elapsed() < PATIENCE, "{method} {path}: no store");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until every prompt is whole or has failed, and takes down what became of it.
    pub async fn settle(&mut self) {
        for at in 0..self.conversations.len() {
            let Some((key, body)) = self.conversations[at].unsettled.take() else {
                continue;
            };
            let path = format!("/conversations/{}/messages", self.conversations[at].id);
            let since = Instant::now();
            let (status, answer) = loop {
                let answer = self
                    .acknowledged(Method::POST, &path, Some(&key), &body)
                    .await;
                if answer.0 != StatusCode::CONFLICT {
                    break answer;
                }
                assert_eq!(answer.1["code"], "idempotency-key-in-use", "{}", answer.1);
                assert!(since.elapsed() < PATIENCE, "{path}: {}", answer.1);
                tokio::time::sleep(Duration::from_millis(200)).await;
            };
            println!("settled: {status} {}", answer["code"]);
            let messages = self.somebody.path(&self.conversations[at].id).await;
            let conversation = &mut self.conversations[at];
            let (known, new) = messages.split_at(conversation.messages.len());
            assert_eq!(ids(known), conversation.messages);
            let both: &[Value; 2] = new.try_into().expect("a prompt and its answer, once");
            assert_eq!(both[0]["content"], body["content"]);
            conversation.prompted(both);
        }
    }

    /// Every answer is whole.
    pub async fn nothing_failed(&self) {
        for conversation in &self.conversations {
            for message in self.somebody.path(&conversation.id).await {
                assert_eq!(message["status"], "complete", "{message}");
            }
        }
    }
}

impl Conversation {
    fn prompted(&mut self, both: &[Value; 2]) {
        self.history
            .push(format!("PROMPT {}", text(&both[0], "id")));
        self.messages
            .extend(both.iter().map(|message| text(message, "id").to_owned()));
    }
}

async fn answer(request: reqwest::RequestBuilder) -> reqwest::Result<(StatusCode, Value)> {
    let answer = request.send().await?;
    let status = answer.status();
    let body = answer.text().await?;
    Ok((status, serde_json::from_str(&body).unwrap_or_default()))
}
