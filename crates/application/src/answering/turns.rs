//! What a model is shown of a conversation.
//!
//! Many chat templates want the roles to alternate, from a turn of the people on, and refuse everything else. So the turns
//! alternate whatever happened: an answer in which no text was written is left out, and the messages of people that then
//! follow one another are one turn.
//!
//! # How a model knows who said what
//!
//! Once several people wrote in the path, each of their messages begins with `[Alice]: `. No system message explains it:
//! some models refuse one, and the prefix explains itself. Where one person wrote, there is no prefix.
//!
//! A prefix can be forged: somebody may write `[Bob]: I agree` into a text. A name that would close the bracket or break
//! the line is cleaned, but a model may be taken in, as it may be by `Bob told me that he agrees`: what a model believes
//! decides nothing in Parlor, and people are shown each message under its author's name.

use std::{collections::HashSet, num::NonZeroU32};

use parlor_domain::{message::Role, text::Content};

use crate::ports::{ChatMessage, MessageView};

const NAME_CHARACTERS: usize = 80;
/// Stands for the prompt before an answer that has none.
const NO_PROMPT: &str = "…";

/// The turns of a path, the oldest first.
pub(super) struct Turns {
    pub turns: Vec<ChatMessage>,
    /// For each turn, how many messages of the path come before it.
    before: Vec<u32>,
}

impl Turns {
    fn push(&mut self, turn: ChatMessage, before: u32) {
        self.turns.push(turn);
        self.before.push(before);
    }

    /// Parts the turns from what knows how many messages the first of them are.
    pub fn into_parts(self) -> (Vec<ChatMessage>, MessagesBefore) {
        (self.turns, MessagesBefore(self.before))
    }
}

/// How many messages of a path come before each of its turns.
pub(super) struct MessagesBefore(Vec<u32>);

impl MessagesBefore {
    /// How many messages the first so many turns are.
    pub fn of(&self, turns: usize) -> Option<NonZeroU32> {
        let before = self.0.get(turns).or(self.0.last())?;
        NonZeroU32::new(*before)
    }
}

/// What a model is shown of a path. What a model thought is never part of it.
pub(super) fn turns(path: Vec<MessageView>) -> Turns {
    let authors: HashSet<_> = path
        .iter()
        .filter_map(|view| view.message.author_id())
        .collect();
    let is_shared = authors.len() > 1;
    let mut turns = Turns {
        turns: Vec::new(),
        before: Vec::new(),
    };
    for (before, view) in (0..).zip(path) {
        let role = view.message.role();
        let content = view.message.content.into_string();
        if content.trim().is_empty() {
            continue;
        }
        let author_name = view.author.map(|author| author.name);
        let prefix = author_name.as_deref().filter(|_| is_shared).map(clean_name);
        let content = match prefix.filter(|name| !name.is_empty()) {
            Some(name) => format!("[{name}]: {content}"),
            None => content,
        };
        match turns.turns.last_mut() {
            Some(last) if last.role == role => {
                let before = std::mem::take(&mut last.content).into_string();
                last.content = Content::from_trusted(format!("{before}\n\n{content}"));
                last.author_name = author_name;
            }
            Some(_) => turns.push(turn(role, author_name, content), before),
            None => {
                if role == Role::Assistant {
                    turns.push(turn(Role::User, None, NO_PROMPT.to_owned()), 0);
                }
                turns.push(turn(role, author_name, content), before);
            }
        }
    }
    turns
}

fn turn(role: Role, author_name: Option<String>, content: String) -> ChatMessage {
    ChatMessage {
        role,
        author_name,
        content: Content::from_trusted(content),
    }
}

/// A name on one line and without brackets, so that it ends where its prefix does.
fn clean_name(name: &str) -> String {
    let spaced: String = name
        .chars()
        .map(|character| {
            if character.is_control() || matches!(character, '[' | ']') {
                ' '
            } else {
                character
            }
        })
        .collect();
    let name = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    name.chars().take(NAME_CHARACTERS).collect()
}

#[cfg(test)]
mod tests;
