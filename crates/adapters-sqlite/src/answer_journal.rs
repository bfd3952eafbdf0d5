//! Answers that grow.

use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{
    AnswerEnding, AnswerJournal, AnswerText, ConversationKey, JournalOutcome, StoreError,
};
use parlor_domain::{
    ids::{ConversationId, MessageId, OrganizationId},
    text::Content,
};
use parlor_store_sql::microseconds;
use parlor_store_sql::rows::StatusColumns;
use sqlx::{SqliteConnection, query_file, query_file_as, query_file_scalar};
use uuid::Uuid;

use crate::{
    SqliteStore, conversation_changes::Changed, error::store_error, search_index::put_message,
};

struct InterruptedRow {
    organization_id: Uuid,
    conversation_id: Uuid,
    position: i64,
    content: String,
}

#[async_trait]
impl AnswerJournal for SqliteStore {
    async fn grow(
        &self,
        key: ConversationKey,
        id: MessageId,
        text: &AnswerText,
    ) -> Result<JournalOutcome, StoreError> {
        // One statement is a transaction of its own, and durable when it returns.
        let grown = query_file!(
            "queries/answer_journal/grow.sql",
            key.organization_id.as_uuid(),
            key.conversation_id.as_uuid(),
            id.as_uuid(),
            text.content.as_str(),
            text.reasoning.as_ref().map(Content::as_str),
            text.left_out.map(NonZeroU32::get)
        )
        .execute(self.writer()?)
        .await
        .map_err(store_error)?;
        Ok(outcome(grown.rows_affected()))
    }

    async fn finish(
        &self,
        key: ConversationKey,
        id: MessageId,
        ending: &AnswerEnding,
    ) -> Result<JournalOutcome, StoreError> {
        let ConversationKey {
            organization_id,
            conversation_id,
        } = key;
        let columns = StatusColumns::from(ending.status);
        let AnswerText {
            content,
            reasoning,
            left_out,
        } = &ending.text;
        let mut transaction = self.begin_writing().await?;
        let finished = query_file_scalar!(
            "queries/answer_journal/finish.sql",
            organization_id.as_uuid(),
            conversation_id.as_uuid(),
            id.as_uuid(),
            content.as_str(),
            columns.status,
            columns.failure,
            ending.usage.map(|usage| usage.prompt_tokens),
            ending.usage.map(|usage| usage.completion_tokens),
            columns.reason,
            reasoning.as_ref().map(Content::as_str),
            left_out.map(NonZeroU32::get)
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        let Some(position) = finished else {
            return Ok(JournalOutcome::NoLongerWriting);
        };
        note_activity(&mut transaction, key, ending.at).await?;
        let text = content.as_str();
        put_message(
            &mut transaction,
            organization_id,
            conversation_id,
            position,
            text,
        )
        .await?;
        let mut changed = Changed::on(self.board());
        changed.note(organization_id, conversation_id);
        let _told = changed.told_when_dropped();
        transaction.commit().await.map_err(store_error)?;
        Ok(JournalOutcome::Written)
    }

    async fn keep_writing(
        &self,
        key: ConversationKey,
        id: MessageId,
    ) -> Result<JournalOutcome, StoreError> {
        let kept = query_file!(
            "queries/answer_journal/keep_writing.sql",
            key.organization_id.as_uuid(),
            key.conversation_id.as_uuid(),
            id.as_uuid()
        )
        .execute(self.writer()?)
        .await
        .map_err(store_error)?;
        Ok(outcome(kept.rows_affected()))
    }

    /// An interruption is no activity: a restart does not put old conversations on top of everybody's list.
    async fn interrupt_abandoned(&self, silence: Duration) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let interrupted = self.interrupt_some(silence).await?;
            all += interrupted;
            if interrupted < INTERRUPTED_AT_ONCE.unsigned_abs() {
                return Ok(all);
            }
        }
    }
}

/// How many answers one transaction marks as interrupted, so that others write soon.
const INTERRUPTED_AT_ONCE: i64 = 16;

impl SqliteStore {
    async fn interrupt_some(&self, silence: Duration) -> Result<u64, StoreError> {
        let mut transaction = self.begin_writing().await?;
        let interrupted = query_file_as!(
            InterruptedRow,
            "queries/answer_journal/interrupt_abandoned.sql",
            microseconds(silence),
            INTERRUPTED_AT_ONCE
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        let mut changed = Changed::on(self.board());
        for row in &interrupted {
            let organization_id = OrganizationId::from_uuid(row.organization_id);
            let conversation_id = ConversationId::from_uuid(row.conversation_id);
            changed.note(organization_id, conversation_id);
            put_message(
                &mut transaction,
                organization_id,
                conversation_id,
                row.position,
                &row.content,
            )
            .await?;
        }
        let _told = changed.told_when_dropped();
        transaction.commit().await.map_err(store_error)?;
        Ok(interrupted.len().try_into().unwrap_or(u64::MAX))
    }
}

const fn outcome(rows: u64) -> JournalOutcome {
    if rows == 0 {
        JournalOutcome::NoLongerWriting
    } else {
        JournalOutcome::Written
    }
}

async fn note_activity(
    connection: &mut SqliteConnection,
    key: ConversationKey,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (organization_id, conversation_id) =
        (key.organization_id.as_uuid(), key.conversation_id.as_uuid());
    let at = at.timestamp_micros();
    query_file!(
        "queries/answer_journal/note_activity.sql",
        organization_id,
        conversation_id,
        at
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    query_file!(
        "queries/answer_journal/note_activity_in_grants.sql",
        organization_id,
        conversation_id,
        at
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}
