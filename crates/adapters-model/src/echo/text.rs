//! What the echo model says.

use std::fmt::Write as _;

use parlor_application::ports::ChatMessage;
use parlor_domain::message::Role;

use super::{ECHO_WORDS, EchoModel, EchoWord};

const LONG_PARAGRAPHS: usize = 200;
/// A piece ends with the first white space after so many bytes.
const PIECE_BYTES: usize = 16;
/// So much of the prompt is quoted, in Unicode scalar values.
const QUOTED_CHARACTERS: usize = 600;

/// The whole answer: a greeting, the prompt as a quotation, and what the model has seen of the conversation.
pub(super) fn compose(messages: &[ChatMessage], prompt: &str, long: bool) -> String {
    let mut text = String::new();
    let last = messages.last();
    match last.and_then(|message| message.author_name.as_deref()) {
        Some(name) => push(
            &mut text,
            format_args!("Hello **{}**, you wrote:\n\n", plain(name)),
        ),
        None => text.push_str("Hello, you wrote:\n\n"),
    }
    quote(&mut text, prompt);

    push(
        &mut text,
        format_args!(
            "\nOn the path to this answer I have seen {}:\n\n",
            counted(messages.len(), "message")
        ),
    );
    for (author, count) in authors(messages) {
        push(&mut text, format_args!("- **{author}**: {count}\n"));
    }
    let words: usize = messages
        .iter()
        .map(|message| count_words(message.content.as_str()))
        .sum();
    push(
        &mut text,
        format_args!(
            "\n```text\nmessages  {}\nwords     {words}\n```\n",
            messages.len()
        ),
    );

    if messages.len() <= 1 {
        text.push_str(
            "\nI am the built-in echo model. These words in a prompt change what I do:\n\n",
        );
        for EchoWord { word, effect } in ECHO_WORDS {
            push(&mut text, format_args!("- `{word}` {effect}\n"));
        }
    }
    if long {
        for number in 1..=LONG_PARAGRAPHS {
            push(
                &mut text,
                format_args!(
                    "\nParagraph {number} of {LONG_PARAGRAPHS}. It is here to be scrolled past, searched and stopped, \
                     and it says nothing that the one before it did not say.\n"
                ),
            );
        }
    }
    text
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = text.write_fmt(arguments);
}

/// The beginning of a prompt as a Markdown quotation.
fn quote(text: &mut String, prompt: &str) {
    let quoted: String = prompt.chars().take(QUOTED_CHARACTERS).collect();
    let shortened = quoted.len() < prompt.len();
    for line in quoted.trim_end().lines() {
        push(text, format_args!("> {line}\n"));
    }
    if shortened {
        text.push_str("> …\n");
    }
}

/// Who wrote how many messages, in the order of their first one.
fn authors(messages: &[ChatMessage]) -> Vec<(String, String)> {
    let mut authors: Vec<(String, usize)> = Vec::new();
    for message in messages {
        let author = match (message.role, message.author_name.as_deref()) {
            (Role::Assistant, _) => EchoModel::NAME.to_owned(),
            (Role::User, Some(name)) => plain(name),
            (Role::User, None) => "somebody".to_owned(),
        };
        match authors.iter_mut().find(|(known, _)| *known == author) {
            Some((_, count)) => *count += 1,
            None => authors.push((author, 1)),
        }
    }
    authors
        .into_iter()
        .map(|(author, count)| (author, counted(count, "message")))
        .collect()
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// A name on one line, with what Markdown would read as its own made harmless.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for character in name
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
    {
        if character.is_ascii_punctuation() && !matches!(character, '.' | ',' | '-' | '\'') {
            plain.push('\\');
        }
        plain.push(character);
    }
    plain
}

/// A text cut after white space; joined again, the pieces are the text.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for part in text.split_inclusive(char::is_whitespace) {
        piece.push_str(part);
        if piece.len() >= PIECE_BYTES {
            pieces.push(std::mem::take(&mut piece));
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

pub(super) fn count_words(text: &str) -> usize {
    text.split_whitespace().count()
}

pub(super) fn tokens(words: usize) -> u32 {
    u32::try_from(words).unwrap_or(u32::MAX)
}
