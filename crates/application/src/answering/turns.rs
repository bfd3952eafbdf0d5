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

use std::collections::HashSet;

use parlor_domain::{message::Role, text::Content};

use crate::ports::{ChatMessage, MessageView};

const NAME_CHARACTERS: usize = 80;
/// Stands for the prompt before an answer that has none.
const NO_PROMPT: &str = "…";

/// The turns of a path, the oldest first. What a model thought is never part of them.
pub(super) fn turns(path: Vec<MessageView>) -> Vec<ChatMessage> {
    let authors: HashSet<_> = path
        .iter()
        .filter_map(|view| view.message.author_id())
        .collect();
    let is_shared = authors.len() > 1;
    let mut turns: Vec<ChatMessage> = Vec::new();
    for view in path {
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
        match turns.last_mut() {
            Some(last) if last.role == role => {
                let before = std::mem::take(&mut last.content).into_string();
                last.content = Content::from_trusted(format!("{before}\n\n{content}"));
                last.author_name = author_name;
            }
            Some(_) => turns.push(turn(role, author_name, content)),
            None => {
                if role == Role::Assistant {
                    turns.push(turn(Role::User, None, NO_PROMPT.to_owned()));
                }
                turns.push(turn(role, author_name, content));
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
