//! A message as the page shows it.

mod fitting;

use askama::Template;
use i18n_embed_fl::fl;
use parlor_application::{
    access_gate::ConversationView,
    ports::{MessageView, Model},
};
use parlor_domain::{
    access::Action,
    ids::MessageId,
    message::{AnswerFailure, AnswerStatus, IncompleteReason, MessageKind, Role},
};

use crate::{
    errors::PageError,
    frame::Frame,
    i18n::Texts,
    markdown::{Labels, Options, RenderedMarkdown, Scope},
    text_content::TextContent,
};

/// One article.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether something stands in it"
)]
pub(super) struct MessageItem {
    pub id: MessageId,
    pub parent: Option<MessageId>,
    /// How many messages stand before it.
    pub depth: u32,
    pub is_prompt: bool,
    /// A person's name, or a model's.
    pub author: String,
    pub machine_time: String,
    pub time: String,
    pub html: RenderedMarkdown,
    /// The Markdown, to be copied.
    pub source: TextContent,
    /// Whether the message is so long that it cannot be copied from the page.
    pub is_long: bool,
    /// Whether only its beginning is shown.
    pub is_cut: bool,
    /// What the model thought, as plain text.
    pub reasoning: Option<TextContent>,
    /// How many of the oldest messages the model was not sent, in words.
    pub left_out: Option<String>,
    pub writing: bool,
    /// How it ended, where that wants a word.
    pub ending: Option<Ending>,
    /// What is said aloud when it comes, or when it has ended.
    pub announcement: String,
    pub navigator: Option<Navigator>,
    /// Whether the reader may go on from it, ask again, or edit it.
    pub may_prompt: bool,
    /// Whether the reader may stop it.
    pub may_stop: bool,
    /// The conversation's address.
    pub base: String,
}

/// How an answer ended.
pub(super) struct Ending {
    pub failed: bool,
    pub text: String,
}

/// Which of several messages that follow the same one this is, and where its neighbours are.
pub(super) struct Navigator {
    pub place: u32,
    pub count: u32,
    pub previous: Option<MessageId>,
    pub next: Option<MessageId>,
}

impl Navigator {
    fn of(view: &MessageView) -> Option<Self> {
        let siblings = &view.siblings;
        let near = &siblings.ids;
        let at = near.iter().position(|&id| id == view.message.id)?;
        (siblings.count > 1).then(|| Self {
            place: siblings.index + 1,
            count: siblings.count,
            previous: at.checked_sub(1).and_then(|at| near.get(at)).copied(),
            next: near.get(at + 1).copied(),
        })
    }
}

/// Makes the articles of one page, or of one piece of a stream.
pub(super) struct Articles {
    t: Texts,
    base: String,
    may_prompt: bool,
    may_stop: bool,
    models: Vec<Model>,
    options: Options,
}

impl Articles {
    pub fn new(t: Texts, conversation: &ConversationView, models: Vec<Model>) -> Self {
        let summary = &conversation.summary;
        let labels = Labels {
            copy: fl!(t, "conversation-copy-code").into(),
        };
        let scope = Scope {
            organization: summary.organization_id,
            conversation: summary.id,
        };
        Self {
            t,
            base: format!("/conversations/{}", summary.id),
            may_prompt: conversation.access.allows(Action::Prompt),
            may_stop: conversation.access.allows(Action::Stop),
            models,
            options: Options::new(labels, scope),
        }
    }

    fn item(&self, view: &MessageView, html: RenderedMarkdown) -> MessageItem {
        let (message, t) = (&view.message, self.t);
        let status = message.status();
        let author = self.author(view);
        let name = author.as_str();
        let its = Circumstances {
            kept: !message.content.as_str().is_empty(),
            others: self
                .models
                .iter()
                .any(|model| Some(model.id.as_str()) != message.model()),
        };
        let ending = ending(t, status, its);
        let left_out = message.left_out().map(|count| {
            let number = t.number(count.get());
            fl!(
                t,
                "conversation-left-out",
                count = count.get(),
                number = number
            )
        });
        let mut announcement = match (&ending, message.role()) {
            (Some(ending), _) => ending.text.clone(),
            (None, Role::User) => fl!(t, "conversation-announce-prompt", name = name),
            (None, Role::Assistant) if status.is_writing() => {
                fl!(t, "conversation-announce-writing", name = name)
            }
            (None, Role::Assistant) => fl!(t, "conversation-announce-finished", name = name),
        };
        if let Some(left_out) = left_out.as_ref().filter(|_| !status.is_writing()) {
            announcement = format!("{announcement} {left_out}");
        }
        MessageItem {
            id: message.id,
            parent: message.parent_id,
            depth: message.depth,
            is_prompt: message.role() == Role::User,
            author,
            announcement,
            machine_time: t.machine_time(message.created_at),
            time: t.date_time(message.created_at),
            html,
            source: TextContent::new(message.content.as_str().to_owned()),
            is_long: false,
            is_cut: false,
            reasoning: message
                .reasoning()
                .map(|reasoning| TextContent::new(reasoning.as_str().to_owned())),
            left_out,
            writing: status.is_writing(),
            ending,
            navigator: Navigator::of(view),
            may_prompt: self.may_prompt,
            may_stop: self.may_stop,
            base: self.base.clone(),
        }
    }

    fn author(&self, view: &MessageView) -> String {
        match &view.message.kind {
            MessageKind::Prompt { .. } => match &view.author {
                Some(author) => author.name.clone(),
                None => fl!(self.t, "conversation-author-unknown"),
            },
            MessageKind::Answer { model, .. } => {
                let known = self.models.iter().find(|known| known.id == *model);
                known.map_or_else(|| model.clone(), |known| known.name.clone())
            }
        }
    }
}

/// What of the conversation decides what helps.
#[derive(Debug, Clone, Copy)]
struct Circumstances {
    /// Whether anything of the answer is there.
    kept: bool,
    /// Whether there is another model than the one that gave it.
    others: bool,
}

impl Circumstances {
    const fn kept(self) -> &'static str {
        yes_or_no(self.kept)
    }

    const fn others(self) -> &'static str {
        yes_or_no(self.others)
    }
}

const fn yes_or_no(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn ending(t: Texts, status: AnswerStatus, its: Circumstances) -> Option<Ending> {
    let (failed, text) = match status {
        AnswerStatus::Writing | AnswerStatus::Complete => return None,
        AnswerStatus::Stopped if its.kept => (false, fl!(t, "conversation-stopped")),
        AnswerStatus::Stopped => (false, fl!(t, "conversation-stopped-empty")),
        AnswerStatus::Incomplete(reason) => (true, cut(t, reason, its)),
        AnswerStatus::Failed(failure) => (true, failed(t, failure, its)),
    };
    Some(Ending { failed, text })
}

/// Why an answer was cut, and what helps.
fn cut(t: Texts, reason: IncompleteReason, its: Circumstances) -> String {
    match reason {
        IncompleteReason::Length => fl!(t, "conversation-cut-length"),
        IncompleteReason::ContentFilter => {
            fl!(t, "conversation-cut-content-filter", others = its.others())
        }
    }
}

/// Why an answer failed, and what helps.
fn failed(t: Texts, failure: AnswerFailure, its: Circumstances) -> String {
    let (kept, others) = (its.kept(), its.others());
    match failure {
        AnswerFailure::NotConfigured => {
            fl!(t, "conversation-failed-not-configured", others = others)
        }
        AnswerFailure::RateLimited => fl!(t, "conversation-failed-rate-limited", others = others),
        AnswerFailure::ContextTooLong => {
            fl!(t, "conversation-failed-context-too-long", others = others)
        }
        AnswerFailure::ContentFilter => {
            fl!(t, "conversation-failed-content-filter", others = others)
        }
        AnswerFailure::Unavailable => fl!(t, "conversation-failed-unavailable", others = others),
        AnswerFailure::Timeout => {
            fl!(
                t,
                "conversation-failed-timeout",
                kept = kept,
                others = others
            )
        }
        AnswerFailure::Interrupted => fl!(t, "conversation-failed-interrupted", kept = kept),
        AnswerFailure::EmptyAnswer => fl!(t, "conversation-failed-empty-answer", others = others),
        AnswerFailure::ModelError => {
            fl!(
                t,
                "conversation-failed-model-error",
                kept = kept,
                others = others
            )
        }
    }
}

/// One article alone, for a stream.
#[derive(Template)]
#[template(path = "conversation_message.html")]
pub(super) struct MessageFragment<'a> {
    pub frame: &'a Frame,
    pub message: &'a MessageItem,
}

impl MessageFragment<'_> {
    pub fn html(&self) -> Result<String, PageError> {
        self.render().map_err(|error| PageError::failed(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Language;

    #[test]
    fn an_ending_speaks_of_what_was_written_and_of_other_models_only_where_there_are_any() {
        for (language, kept_words, other_words) in [
            (Language::English, ["kept", "stays"], "another model"),
            (
                Language::Korean,
                ["남아 있습니다", "남아 있습니다"],
                "다른 모델",
            ),
        ] {
            let t = language.texts();
            let mut speak_of = (0, 0);
            for status in AnswerStatus::all() {
                for (kept, others) in [(false, false), (false, true), (true, false), (true, true)] {
                    let Some(Ending { text, .. }) =
                        ending(t, status, Circumstances { kept, others })
                    else {
                        continue;
                    };
                    let says_kept = kept_words.iter().any(|words| text.contains(words));
                    assert!(kept || !says_kept, "{text}");
                    assert!(others || !text.contains(other_words), "{text}");
                    assert!(!text.contains("  "), "{text}");
                    speak_of.0 += usize::from(says_kept);
                    speak_of.1 += usize::from(text.contains(other_words));
                }
            }
            assert!(speak_of.0 >= 8 && speak_of.1 >= 14, "{speak_of:?}");
        }
    }
}
