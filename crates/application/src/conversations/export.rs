//! Export a conversation.

use std::sync::Arc;

use parlor_domain::{
    access::Action,
    audit::{ActionName, Fact},
    ids::ConversationId,
};

use crate::{
    access_gate::{AccessError, AccessGate, ConversationView},
    caller::Caller,
    ports::{MessageReader, MessageView},
};

/// Reads a whole conversation, its branches too, for taking it away. Every export is audited.
pub struct ExportConversation {
    gate: Arc<AccessGate>,
    messages: Arc<dyn MessageReader>,
}

/// The form that the caller takes it away in; told to the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// One JSON document.
    Json,
    /// Markdown for people.
    Markdown,
}

impl ExportFormat {
    /// The stable word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Markdown => "markdown",
        }
    }
}

/// Everything that one may take away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedConversation {
    /// The conversation.
    pub conversation: ConversationView,
    /// All messages, in the order in which they came.
    pub messages: Vec<MessageView>,
}

impl ExportConversation {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, messages: Arc<dyn MessageReader>) -> Self {
        Self { gate, messages }
    }

    /// Reads everything, then records that it was exported, then answers.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        format: ExportFormat,
    ) -> Result<ExportedConversation, AccessError> {
        let conversation = self.gate.authorize(caller, id, Action::Read).await?;
        let key = caller.key_of(id);
        let messages = self.messages.all(key, caller.newest_seen()).await?;
        let entry = self
            .gate
            .entry(
                caller,
                ActionName::ConversationExport,
                self.gate.clock.now(),
            )
            .about(id)
            .with("format", Fact::Word(format.as_str()))
            .with("messages", Fact::Count(messages.len() as u64))
            .under(&conversation.access)
            .at_version(conversation.summary.version);
        self.gate.recorder.record(&entry).await?;
        Ok(ExportedConversation {
            conversation,
            messages,
        })
    }
}

#[cfg(test)]
mod tests {
    use parlor_domain::{grants::Level::View, message::AnswerStatus};
    use serde_json::json;

    use super::*;
    use crate::kit::*;

    const EXPORT: &str = "AI_INFERENCE_STREAM_EXPORT";

    async fn export(
        stage: &Stage,
        caller: &Caller,
        id: ConversationId,
        format: ExportFormat,
    ) -> Result<ExportedConversation, AccessError> {
        ExportConversation::new(stage.gate(), stage.messages())
            .execute(caller, id, format)
            .await
    }

    #[tokio::test]
    async fn who_may_read_it_takes_everything_away_which_is_always_recorded() {
        for (caller, conversation, under) in [
            (alice(), private(), AS_OWNER),
            (carol(), shared(View), AS_VIEWER),
            (vera(), private(), AS_PRIVILEGED_READER),
            (max(), private(), AS_MANAGER),
        ] {
            for format in [ExportFormat::Json, ExportFormat::Markdown] {
                let messages = talk(AnswerStatus::Complete);
                let stage = Stage::with(conversation.clone()).saying(messages.clone());
                let exported = export(&stage, &caller, CONVERSATION, format).await.unwrap();
                assert_eq!(exported.conversation.summary.id, CONVERSATION);
                let views = exported.messages.into_iter();
                assert_eq!(views.map(|view| view.message).collect::<Vec<_>>(), messages);
                let input = json!({"format": format.as_str(), "messages": 2});
                assert_eq!(stage.recorded(), [done(&caller, EXPORT, &under, 4, input)]);
                assert_eq!(stage.trace(), "read read_all record");
            }
        }
    }

    #[tokio::test]
    async fn what_is_taken_away_is_as_new_as_the_client_s_last_write_or_as_the_request() {
        for (caller, at_least) in [(alice(), READ_AT), (having_seen(alice()), SEEN)] {
            let stage = Stage::with(private()).saying(talk(AnswerStatus::Complete));
            let json = ExportFormat::Json;
            export(&stage, &caller, CONVERSATION, json).await.unwrap();
            assert_eq!(stage.positions(), [at_least]);
        }
    }

    #[tokio::test]
    async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
        let stage = || Stage::with(private()).saying(talk(AnswerStatus::Complete));
        for caller in [bob(), mallory()] {
            assert_invisible_like_absent(stage, &caller, async |stage, id| {
                export(stage, &caller, id, ExportFormat::Json).await
            })
            .await;
        }
    }

    #[tokio::test]
    async fn an_export_that_cannot_be_recorded_is_not_answered() {
        for caller in [alice(), vera(), mallory()] {
            let stage = || Stage::with(private()).saying(talk(AnswerStatus::Complete));
            assert_every_failure_is_passed_on(stage, async |stage| {
                export(stage, &caller, CONVERSATION, ExportFormat::Json).await
            })
            .await;
        }
    }
}
