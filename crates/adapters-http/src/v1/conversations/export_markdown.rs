//! A conversation as Markdown for people.
//!
//! Messages are numbered in the order in which they came, and each says which one it follows. What a message says stands in a
//! block quote: whatever fence or list it leaves open ends with the quote.

use std::{collections::HashMap, fmt::Write};

use chrono::{DateTime, SecondsFormat, Utc};
use parlor_application::{conversations::ExportedConversation, ports::MessageView};
use parlor_domain::{
    ids::MessageId,
    message::{AnswerStatus, MessageKind},
};

/// The whole conversation.
pub(super) fn markdown(exported: &ExportedConversation) -> String {
    let summary = &exported.conversation.summary;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "# {}\n", escaped(summary.title.as_str()));
    let _ = writeln!(text, "- Conversation: {}", summary.id);
    let _ = writeln!(text, "- Owner: {}", escaped(&summary.owner.name));
    let _ = writeln!(text, "- Privacy: {}", summary.privacy);
    let _ = writeln!(text, "- Created: {}", time(summary.created_at));
    let numbers: HashMap<MessageId, u32> = exported
        .messages
        .iter()
        .map(|view| (view.message.id, view.message.position))
        .collect();
    for view in &exported.messages {
        message(&mut text, view, &numbers);
    }
    text
}

fn message(text: &mut String, view: &MessageView, numbers: &HashMap<MessageId, u32>) {
    let message = &view.message;
    let author = match (&message.kind, &view.author) {
        (MessageKind::Answer { model, .. }, _) => model,
        (MessageKind::Prompt { .. }, Some(author)) => &author.name,
        (MessageKind::Prompt { .. }, None) => "unknown",
    };
    let _ = writeln!(
        text,
        "\n## {}. {}, {}\n",
        message.position,
        escaped(author),
        time(message.created_at)
    );
    let mut place = match message.parent_id.and_then(|id| numbers.get(&id)) {
        Some(parent) => format!("Follows {parent}"),
        None => "Begins the conversation".to_owned(),
    };
    let beside: Vec<_> = view
        .siblings
        .iter()
        .filter(|&&id| id != message.id)
        .filter_map(|id| numbers.get(id))
        .map(u32::to_string)
        .collect();
    if !beside.is_empty() {
        let _ = write!(place, ", beside {}", beside.join(", "));
    }
    if message.status() != AnswerStatus::Complete {
        let _ = write!(place, " ({})", message.status().as_str());
    }
    let _ = writeln!(text, "*{place}*\n");
    for line in lines(message.content.as_str()) {
        let _ = writeln!(text, "{}", format!("> {line}").trim_end());
    }
}

/// Lines as Markdown sees them (`CommonMark`, section 2.1).
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n')
        .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// One line that means only itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, ',' | '.' | '-' | ':' | '/' | '?' | '\'') {
            escaped.push('\\');
        }
        escaped.push(if c.is_control() { ' ' } else { c });
    }
    escaped
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
