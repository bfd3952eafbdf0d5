//! How far an answer has come, as far as it is stored: what may be shown.

use std::hash::{DefaultHasher, Hasher as _};

use parlor_domain::text::Content;
use tokio::sync::watch;

use crate::ports::{AnswerText, MessageView};

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerPiece {
    /// What the model says.
    Text(String),
    /// What it thinks.
    Reasoning(String),
}

/// What is stored so far, and whether that is all. How it ended stands in the store: an answer may be ended elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Progress {
    pub text: String,
    pub reasoning: String,
    pub ended: bool,
}

impl Progress {
    /// Takes what is stored now.
    pub fn show(&mut self, text: &AnswerText) {
        text.content.as_str().clone_into(&mut self.text);
        let reasoning = text.reasoning.as_ref().map_or("", Content::as_str);
        reasoning.clone_into(&mut self.reasoning);
    }

    /// How far a message has come.
    pub fn of(view: &MessageView) -> Self {
        let message = &view.message;
        let reasoning = message
            .reasoning()
            .map(|reasoning| reasoning.as_str().to_owned());
        Self {
            text: message.content.as_str().to_owned(),
            reasoning: reasoning.unwrap_or_default(),
            ended: !message.status().is_writing(),
        }
    }
}

/// How much of an answer a follower has, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    text: usize,
    /// Of that text.
    hash: u64,
    reasoning: usize,
}

impl Seen {
    /// All that a message has.
    pub fn all_of(view: &MessageView) -> Self {
        let message = &view.message;
        let text = message.content.as_str();
        Self {
            text: text.len(),
            hash: hash(text),
            reasoning: message
                .reasoning()
                .map_or(0, |reasoning| reasoning.as_str().len()),
        }
    }

    /// Whether what the follower has as text is not the beginning of the text any more: it turned out to be reasoning. Then the
    /// message has to be told anew.
    pub(super) fn is_rewritten(&self, progress: &Progress) -> bool {
        // What has come less far than the follower is told nothing by.
        let has_more_reasoning = progress.reasoning.len() > self.reasoning;
        let begins_so = |text: &str| hash(text) == self.hash;
        self.text > 0
            && has_more_reasoning
            && !progress.text.get(..self.text).is_some_and(begins_so)
    }

    /// What comes next of an answer that has come so far; none if it has all of it. (Nothing where that is not what was
    /// followed.)
    pub(super) fn next(&mut self, progress: &Progress) -> Option<AnswerPiece> {
        if let Some(more) = more(&progress.reasoning, &mut self.reasoning) {
            return Some(AnswerPiece::Reasoning(more));
        }
        if progress.reasoning.len() < self.reasoning {
            // It is from before its text turned out to be reasoning.
            return None;
        }
        let more = more(&progress.text, &mut self.text)?;
        self.hash = hash(&progress.text);
        Some(AnswerPiece::Text(more))
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

fn more(whole: &str, seen: &mut usize) -> Option<String> {
    let more = whole.get(*seen..).filter(|more| !more.is_empty())?;
    *seen = whole.len();
    Some(more.to_owned())
}

/// The writer's side.
pub(super) type ProgressSender = watch::Sender<Progress>;
/// A follower's side. It cannot lag: it always sees the newest text.
pub(super) type ProgressReceiver = watch::Receiver<Progress>;
