//! What a browser is sent: one JSON object an event.

use std::fmt::Display;

use axum::response::sse::Event;
use parlor_application::conversations::EventNumber;
use parlor_domain::ids::ConversationId;
use serde::Serialize;

use crate::errors::PageError;

/// One event of a stream.
#[derive(Debug, Serialize)]
pub(in crate::pages) struct LiveEvent {
    /// The conversation, or `list:<filter>`; empty for what concerns every page.
    #[serde(rename = "for")]
    topic: String,
    /// Where the conversation continues after this event.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    #[serde(flatten)]
    part: Part,
}

/// The part of a page that changes.
#[derive(Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(in crate::pages) enum Part {
    /// A message is new or ended: its article.
    Message { html: String },
    /// An answer grew: what follows the first `keep` characters (UTF-16) of its HTML. The first `blocks` elements did not change; the
    /// next one begins at `base`.
    Growth {
        message: String,
        keep: usize,
        blocks: usize,
        base: usize,
        html: String,
    },
    /// What the model thought next, before it answers.
    Thought { message: String, text: String },
    /// The conversation's header.
    Conversation { html: String },
    /// The conversation can no longer be seen: why. Nothing of it follows.
    Gone { text: String },
    /// An entry of the list is new or changed.
    Changed { html: String },
    /// The entry of this conversation goes.
    Removed { id: String },
    /// Something could not be read or written: the browser comes back and is told what it missed. It is not sent.
    #[serde(skip)]
    Broken,
    /// Nobody is signed in any more. Nothing follows.
    Ended { text: String },
}

impl LiveEvent {
    pub fn new(topic: impl Display, number: Option<EventNumber>, part: Part) -> Self {
        Self {
            topic: topic.to_string(),
            number: number.map(|number| number.to_string()),
            part,
        }
    }

    pub fn gone(id: ConversationId, text: String) -> Self {
        Self::new(id, None, Part::Gone { text })
    }

    pub fn session_ended(text: String) -> Self {
        Self::new("", None, Part::Ended { text })
    }

    pub fn broken() -> Self {
        Self::new("", None, Part::Broken)
    }

    pub const fn is_broken(&self) -> bool {
        matches!(self.part, Part::Broken)
    }

    pub const fn is_session_end(&self) -> bool {
        matches!(self.part, Part::Ended { .. })
    }

    /// The event on the wire.
    pub(super) fn into_sse(self) -> Option<Event> {
        match Event::default().json_data(self) {
            Ok(event) => Some(event),
            Err(error) => {
                PageError::failed(&error);
                None
            }
        }
    }
}
