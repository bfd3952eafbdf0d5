//! Answers that grow.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{
    AnswerEnding, AnswerJournal, ConversationKey, JournalOutcome, StoreError,
};
use parlor_domain::{
    ids::MessageId,
    message::{AnswerFailure, AnswerStatus, Message, MessageKind},
    text::Content,
};

use super::{MemoryStore, State};

#[async_trait]
impl AnswerJournal for MemoryStore {
    async fn grow(
        &self,
        key: ConversationKey,
        id: MessageId,
        content: &Content,
    ) -> Result<JournalOutcome, StoreError> {
        self.write(|state| {
            change_writing(state, key, id, |answer| answer.content = content.clone())
        })
        .await
    }

    async fn finish(
        &self,
        key: ConversationKey,
        id: MessageId,
        ending: &AnswerEnding,
    ) -> Result<JournalOutcome, StoreError> {
        let finish = |state: &mut State| {
            let outcome = change_writing(state, key, id, |answer| {
                answer.content = ending.content.clone();
                if let MessageKind::Answer { status, usage, .. } = &mut answer.kind {
                    (*status, *usage) = (ending.status, ending.usage);
                }
            });
            if outcome == JournalOutcome::Written {
                let tenant = state.tenants.get_mut(&key.organization_id).unwrap();
                let conversation = tenant
                    .organization
                    .conversations
                    .get_mut(&key.conversation_id)
                    .unwrap();
                conversation.last_activity_at = conversation.last_activity_at.max(ending.at);
            }
            outcome
        };
        self.write(finish).await
    }

    async fn interrupt_all(&self, _now: DateTime<Utc>) -> Result<u64, StoreError> {
        let interrupt = |state: &mut State| {
            let tenants = state.tenants.values_mut();
            let messages =
                tenants.flat_map(|tenant| tenant.organization.messages.values_mut().flatten());
            let mut interrupted = 0;
            for message in messages {
                if let MessageKind::Answer {
                    status: status @ AnswerStatus::Writing,
                    ..
                } = &mut message.kind
                {
                    *status = AnswerStatus::Failed(AnswerFailure::Interrupted);
                    interrupted += 1;
                }
            }
            interrupted
        };
        self.write(interrupt).await
    }
}

fn change_writing(
    state: &mut State,
    key: ConversationKey,
    id: MessageId,
    change: impl FnOnce(&mut Message),
) -> JournalOutcome {
    let messages = state
        .tenants
        .get_mut(&key.organization_id)
        .and_then(|tenant| tenant.organization.messages.get_mut(&key.conversation_id));
    let message =
        messages.and_then(|messages| messages.iter_mut().find(|message| message.id == id));
    match message {
        Some(message) if message.status().is_writing() => {
            change(message);
            JournalOutcome::Written
        }
        _ => JournalOutcome::NoLongerWriting,
    }
}
