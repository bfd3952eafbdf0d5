//! Answers that grow.

use std::time::Duration;

use async_trait::async_trait;
use parlor_application::ports::{
    AnswerEnding, AnswerJournal, AnswerText, ConversationKey, JournalOutcome, StoreError,
};
use parlor_domain::{
    ids::MessageId,
    message::{AnswerFailure, AnswerStatus, Message, MessageKind},
};
use tokio::time::Instant;

use super::{MemoryStore, State, Tenant};

#[async_trait]
impl AnswerJournal for MemoryStore {
    async fn grow(
        &self,
        key: ConversationKey,
        id: MessageId,
        text: &AnswerText,
    ) -> Result<JournalOutcome, StoreError> {
        self.write(|state| change_writing(state, key, id, |answer| set_text(answer, text)))
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
                set_text(answer, &ending.text);
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

    async fn keep_writing(
        &self,
        key: ConversationKey,
        id: MessageId,
    ) -> Result<JournalOutcome, StoreError> {
        self.write(|state| change_writing(state, key, id, |_| ()))
            .await
    }

    async fn interrupt_abandoned(&self, silence: Duration) -> Result<u64, StoreError> {
        let interrupt = |state: &mut State| {
            let interrupted = state
                .tenants
                .values_mut()
                .map(|tenant| interrupt_abandoned(tenant, silence));
            interrupted.sum()
        };
        self.write(interrupt).await
    }
}

fn set_text(answer: &mut Message, text: &AnswerText) {
    answer.content = text.content.clone();
    if let MessageKind::Answer {
        reasoning,
        left_out,
        ..
    } = &mut answer.kind
    {
        reasoning.clone_from(&text.reasoning);
        *left_out = text.left_out;
    }
}

fn interrupt_abandoned(tenant: &mut Tenant, silence: Duration) -> u64 {
    let signs = &tenant.signs_of_life;
    let is_abandoned = |message: &Message| {
        let sign = signs.get(&(message.conversation_id, message.id));
        silence.is_zero() || sign.is_none_or(|sign| sign.elapsed() > silence)
    };
    let messages = tenant.organization.messages.values_mut().flatten();
    let mut interrupted = 0;
    for message in messages.filter(|message| is_abandoned(message)) {
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
}

fn change_writing(
    state: &mut State,
    key: ConversationKey,
    id: MessageId,
    change: impl FnOnce(&mut Message),
) -> JournalOutcome {
    let Some(tenant) = state.tenants.get_mut(&key.organization_id) else {
        return JournalOutcome::NoLongerWriting;
    };
    let messages = tenant.organization.messages.get_mut(&key.conversation_id);
    let message =
        messages.and_then(|messages| messages.iter_mut().find(|message| message.id == id));
    match message {
        Some(message) if message.status().is_writing() => {
            change(message);
            tenant
                .signs_of_life
                .insert((key.conversation_id, id), Instant::now());
            JournalOutcome::Written
        }
        _ => JournalOutcome::NoLongerWriting,
    }
}
