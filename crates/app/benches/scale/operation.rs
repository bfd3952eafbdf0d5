//! What is measured.

use std::fmt;

/// What is measured. What writes stands at the end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Operation {
    /// The first page of 50 conversations.
    List,
    /// One conversation.
    Get,
    /// The messages of one conversation: a prompt and an answer.
    Messages,
    /// A search for a word that stands in 40 conversations.
    Search,
    /// The page of a conversation of 200 messages, as HTML.
    Page,
    /// A new private conversation with a title.
    Create,
    /// From private to shared and back.
    Toggle,
    /// A prompt, and its answer by the echo model, which takes no time to think.
    Prompt,
}

impl Operation {
    pub const ALL: [Self; 8] = [
        Self::List,
        Self::Get,
        Self::Messages,
        Self::Search,
        Self::Page,
        Self::Create,
        Self::Toggle,
        Self::Prompt,
    ];

    /// Whether the bare handler does it too.
    pub const fn has_bare_handler(self) -> bool {
        matches!(self, Self::List | Self::Get | Self::Create | Self::Toggle)
    }

    /// The part of the bare handler's throughput that the service is to reach with 16 clients.
    pub const fn target(self) -> Option<f64> {
        match self {
            Self::List => Some(0.8),
            Self::Get | Self::Create | Self::Toggle => Some(0.7),
            Self::Messages | Self::Search | Self::Page | Self::Prompt => None,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::List => "list",
            Self::Get => "get",
            Self::Messages => "messages",
            Self::Search => "search",
            Self::Page => "page",
            Self::Create => "create",
            Self::Toggle => "toggle",
            Self::Prompt => "prompt",
        })
    }
}
