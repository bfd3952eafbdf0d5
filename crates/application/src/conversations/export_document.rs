//! A conversation that somebody takes away, as a document in pieces: the same whichever edge sends it.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use parlor_domain::{
    access::Reason,
    ids::{ConversationId, MessageId},
    message::{AnswerStatus, MessageKind},
    text::Content,
};
use serde_json::{Value, json};

use super::{ExportFormat, export_outline::ExportOutline};
use crate::{
    access_gate::ConversationView,
    ports::{AuthoredMessage, Siblings, UserRef},
};

/// Writes the pieces of a document.
pub(super) struct Document {
    format: ExportFormat,
}

impl Document {
    pub const fn new(format: ExportFormat) -> Self {
        Self { format }
    }

    /// Everything before the first message.
    pub fn begin(&self, text: &mut String, conversation: &ConversationView) {
        match self.format {
            // One JSON object, `{conversation, messages}`, in the shapes of the HTTP API.
            ExportFormat::Json => {
                let conversation = conversation_json(conversation);
                // Writing to a string cannot fail.
                let _ = write!(text, "{{\"conversation\":{conversation},\"messages\":[");
            }
            ExportFormat::Markdown => heading(text, conversation),
        }
    }

    /// The message in this place of the outline.
    pub fn message(
        &self,
        text: &mut String,
        message: &AuthoredMessage,
        place: usize,
        outline: &ExportOutline,
    ) {
        let siblings = outline.siblings(place);
        match self.format {
            ExportFormat::Json => {
                let comma = if place == 0 { "" } else { "," };
                let _ = write!(text, "{comma}{}", message_json(message, &siblings));
            }
            ExportFormat::Markdown => message_markdown(text, message, &siblings, outline),
        }
    }

    /// Everything after the last message.
    pub fn end(&self, text: &mut String) {
        match self.format {
            ExportFormat::Json => text.push_str("]}"),
            ExportFormat::Markdown => {}
        }
    }
}

fn conversation_json(view: &ConversationView) -> Value {
    let summary = &view.summary;
    let access = &view.access;
    json!({
        "id": summary.id.as_uuid(),
        "title": summary.title.as_str(),
        "owner": user_json(&summary.owner),
        "privacy": summary.privacy.as_str(),
        "access": access.level().as_str(),
        "reasons": access.reasons().iter().copied().map(Reason::as_str).collect::<Vec<_>>(),
        "created_at": summary.created_at,
        "last_activity_at": summary.last_activity_at,
        "version": summary.version.as_number(),
        "forked_from": summary.forked_from.map(ConversationId::as_uuid),
    })
}

fn user_json(user: &UserRef) -> Value {
    json!({"id": user.id.as_uuid(), "name": user.name})
}

fn message_json(view: &AuthoredMessage, siblings: &Siblings) -> Value {
    let message = &view.message;
    let (model, usage) = match &message.kind {
        MessageKind::Prompt { .. } => (None, None),
        MessageKind::Answer { model, usage, .. } => (Some(model), usage.as_ref()),
    };
    json!({
        "id": message.id.as_uuid(),
        "parent_id": message.parent_id.map(MessageId::as_uuid),
        "role": message.role().as_str(),
        "author": view.author.as_ref().map(user_json),
        "model": model,
        "content": message.content.as_str(),
        "reasoning": message.reasoning().map(Content::as_str),
        "left_out_messages": message.left_out(),
        "status": message.status().as_str(),
        "reason": message.status().reason(),
        "created_at": message.created_at,
        "siblings": siblings.ids.iter().map(|id| id.as_uuid()).collect::<Vec<_>>(),
        "sibling_count": siblings.count,
        "sibling_index": siblings.index,
        "usage": usage.map(|usage| json!({
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
        })),
    })
}

/// What comes before the messages, for people.
fn heading(text: &mut String, view: &ConversationView) {
    let summary = &view.summary;
    // Writing to a string cannot fail.
    let _ = writeln!(text, "# {}\n", escaped(summary.title.as_str()));
    let _ = writeln!(text, "- Conversation: {}", summary.id);
    let _ = writeln!(text, "- Owner: {}", escaped(&summary.owner.name));
    let _ = writeln!(text, "- Privacy: {}", summary.privacy);
    let _ = writeln!(text, "- Created: {}", time(summary.created_at));
}

/// A message, for people. Messages are numbered in the order in which they came, and each says which one it follows. What a
/// message says is in a block quote: whatever fence or list it leaves open ends with the quote.
fn message_markdown(
    text: &mut String,
    view: &AuthoredMessage,
    siblings: &Siblings,
    outline: &ExportOutline,
) {
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
    let mut place = match message.parent_id.and_then(|id| outline.position(id)) {
        Some(parent) => format!("Follows {parent}"),
        None => "Begins the conversation".to_owned(),
    };
    let beside: Vec<_> = siblings
        .ids
        .iter()
        .filter(|&&id| id != message.id)
        .filter_map(|&id| outline.position(id))
        .map(|position| position.to_string())
        .collect();
    if !beside.is_empty() {
        let _ = write!(place, ", beside {}", beside.join(", "));
        let more = siblings.count.saturating_sub(Siblings::MAX);
        if more > 0 {
            let _ = write!(place, " and {more} more");
        }
    }
    if message.status() != AnswerStatus::Complete {
        let status = message.status().as_str();
        let _ = match message.status().reason() {
            Some(reason) => write!(place, " ({status}: {reason})"),
            None => write!(place, " ({status})"),
        };
    }
    let _ = writeln!(text, "*{place}*\n");
    if let Some(left_out) = message.left_out() {
        let _ = writeln!(
            text,
            "*The model was not sent the oldest {left_out} messages: the conversation is longer than it can read.*\n"
        );
    }
    if let Some(reasoning) = message.reasoning() {
        let _ = writeln!(text, "*Reasoning:*\n");
        quote(text, reasoning.as_str());
        let _ = writeln!(text, "\n*Answer:*\n");
    }
    quote(text, message.content.as_str());
}

fn quote(text: &mut String, quoted: &str) {
    for line in lines(quoted) {
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
