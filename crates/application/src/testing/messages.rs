//! Messages to try things with.

use parlor_domain::{
    ids::MessageId,
    message::{AnswerStatus, Message, MessageKind, Usage},
    text::Content,
};
use uuid::Uuid;

use super::{
    people::alice,
    samples::{CONVERSATION, before},
};
use crate::ports::AnswerText;

/// The id of the message at this position of the samples.
pub const fn message_id(position: u32) -> MessageId {
    MessageId::from_uuid(Uuid::from_u128(0x3E55_0000 + position as u128))
}

/// Alice's prompt at this position, after the message at that one.
pub fn prompt(position: u32, parent: Option<&Message>) -> Message {
    let kind = MessageKind::Prompt {
        author_id: alice().user_id(),
    };
    message(position, parent, kind, "who logged in?")
}

/// A model's answer at this position, after the message at that one.
pub fn answer(position: u32, parent: &Message, status: AnswerStatus) -> Message {
    let kind = MessageKind::Answer {
        model: "echo".to_owned(),
        status,
        usage: None,
        reasoning: None,
        left_out: None,
    };
    message(position, Some(parent), kind, "nobody did")
}

/// A prompt and its answer.
pub fn talk(status: AnswerStatus) -> Vec<Message> {
    let prompt = prompt(1, None);
    let answer = answer(2, &prompt, status);
    vec![prompt, answer]
}

pub fn content(text: &str) -> Content {
    Content::parse_prompt(text.to_owned(), 1_000).unwrap()
}

/// Changes the status of a stored answer.
pub fn set_status(message: &mut Message, to: AnswerStatus) {
    if let MessageKind::Answer { status, .. } = &mut message.kind {
        *status = to;
    }
}

/// Changes what a stored answer says and thinks.
pub fn set_text(message: &mut Message, to: &AnswerText) {
    message.content = to.content.clone();
    if let MessageKind::Answer {
        reasoning,
        left_out,
        ..
    } = &mut message.kind
    {
        reasoning.clone_from(&to.reasoning);
        *left_out = to.left_out;
    }
}

/// Changes the model of a stored answer.
pub fn set_model(message: &mut Message, to: &str) {
    if let MessageKind::Answer { model, .. } = &mut message.kind {
        to.clone_into(model);
    }
}

/// Changes the cost of a stored answer.
pub fn set_usage(message: &mut Message, to: Option<Usage>) {
    if let MessageKind::Answer { usage, .. } = &mut message.kind {
        *usage = to;
    }
}

fn message(position: u32, parent: Option<&Message>, kind: MessageKind, text: &str) -> Message {
    Message {
        id: message_id(position),
        conversation_id: CONVERSATION,
        parent_id: parent.map(|parent| parent.id),
        position,
        depth: parent.map_or(0, |parent| parent.depth + 1),
        content: content(text),
        created_at: before(),
        kind,
    }
}
