//! Answers that grow.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{
    AnswerEnding, AnswerJournal, AnswerText, ConversationKey, JournalOutcome, StoreError,
};
use parlor_domain::{
    ids::{ConversationId, MessageId, OrganizationId},
    search::index_terms,
    text::Content,
};
use parlor_store_sql::microseconds;
use parlor_store_sql::rows::StatusColumns;
use sqlx::{query_file, query_file_as, query_file_scalar};
use uuid::Uuid;

use crate::{PostgresStore, conversation_changes::Changed, convert::small_integer};

/// How many abandoned answers are looked at together.
const BATCH: i64 = 100;

struct AbandonedRow {
    organization_id: Uuid,
    conversation_id: Uuid,
    id: Uuid,
    content: String,
    sign_of_life_at: Option<DateTime<Utc>>,
}

#[async_trait]
impl AnswerJournal for PostgresStore {
    async fn grow(
        &self,
        key: ConversationKey,
        id: MessageId,
        text: &AnswerText,
    ) -> Result<JournalOutcome, StoreError> {
        // One statement is a transaction of its own, and durable when it returns.
        let mut session = self.session(key.organization_id).await?;
        let grown = query_file!(
            "queries/answer_journal/grow.sql",
            key.organization_id.as_uuid(),
            key.conversation_id.as_uuid(),
            id.as_uuid(),
            text.content.as_str(),
            text.reasoning.as_ref().map(Content::as_str),
            text.left_out.map(|left_out| small_integer(left_out.get()))
        )
        .execute(&mut *session)
        .await;
        Ok(outcome(session.done(grown)?.rows_affected() > 0))
    }

    async fn finish(
        &self,
        key: ConversationKey,
        id: MessageId,
        ending: &AnswerEnding,
    ) -> Result<JournalOutcome, StoreError> {
        let columns = StatusColumns::from(ending.status);
        let AnswerText {
            content,
            reasoning,
            left_out,
        } = &ending.text;
        let terms = index_terms(content.as_str());
        loop {
            let mut session = self.session(key.organization_id).await?;
            let finished = query_file!(
                "queries/answer_journal/finish.sql",
                key.organization_id.as_uuid(),
                key.conversation_id.as_uuid(),
                id.as_uuid(),
                content.as_str(),
                columns.status,
                columns.failure,
                ending.usage.map(|usage| i64::from(usage.prompt_tokens)),
                ending.usage.map(|usage| i64::from(usage.completion_tokens)),
                ending.at,
                &terms,
                columns.reason,
                reasoning.as_ref().map(Content::as_str),
                left_out.map(|left_out| small_integer(left_out.get()))
            )
            .fetch_one(&mut *session)
            .await;
            let finished = session.done(finished)?;
            // Each time, somebody else's change of the conversation was committed meanwhile.
            if !finished.is_outdated {
                let mut changed = Changed::on(self.news());
                changed.note(key.organization_id, key.conversation_id);
                drop(changed.told_when_dropped());
                return Ok(outcome(finished.is_finished));
            }
        }
    }

    async fn keep_writing(
        &self,
        key: ConversationKey,
        id: MessageId,
    ) -> Result<JournalOutcome, StoreError> {
        let mut session = self.session(key.organization_id).await?;
        let kept = query_file!(
            "queries/answer_journal/keep_writing.sql",
            key.organization_id.as_uuid(),
            key.conversation_id.as_uuid(),
            id.as_uuid()
        )
        .execute(&mut *session)
        .await;
        Ok(outcome(session.done(kept)?.rows_affected() > 0))
    }

    /// An interruption is no activity: a restart does not put old conversations on top of everybody's list.
    ///
    /// Several instances may do it at once: they leave alone what another one is at.
    async fn interrupt_abandoned(&self, silence: Duration) -> Result<u64, StoreError> {
        let silence = microseconds(silence);
        let mut interrupted = 0;
        loop {
            let abandoned = self.find_abandoned(silence).await?;
            if abandoned.is_empty() {
                return Ok(interrupted);
            }
            let mut marked = 0;
            for of_one in
                abandoned.chunk_by(|one, other| one.organization_id == other.organization_id)
            {
                marked += self.interrupt(of_one).await?;
            }
            interrupted += marked;
            // Those that are left belong to somebody else, or live.
            if marked == 0 {
                return Ok(interrupted);
            }
        }
    }
}

impl PostgresStore {
    /// In the order of organizations.
    async fn find_abandoned(&self, silence: i64) -> Result<Vec<AbandonedRow>, StoreError> {
        let mut session = self.upkeep().await?;
        let found = query_file_as!(
            AbandonedRow,
            "queries/answer_journal/find_abandoned.sql",
            silence,
            BATCH
        )
        .fetch_all(&mut *session)
        .await;
        let mut found = session.done(found)?;
        found.sort_by_key(|row| row.organization_id);
        Ok(found)
    }

    /// Marks those of one organization that are as they were found; answers how many.
    async fn interrupt(&self, abandoned: &[AbandonedRow]) -> Result<u64, StoreError> {
        let Some(first) = abandoned.first() else {
            return Ok(0);
        };
        let organization_id = OrganizationId::from_uuid(first.organization_id);
        let conversations: Vec<Uuid> = abandoned.iter().map(|row| row.conversation_id).collect();
        let ids: Vec<Uuid> = abandoned.iter().map(|row| row.id).collect();
        let signs: Vec<_> = abandoned.iter().map(|row| row.sign_of_life_at).collect();
        // No term has a space in it.
        let words: Vec<String> = abandoned
            .iter()
            .map(|row| index_terms(&row.content).join(" "))
            .collect();
        let mut session = self.session(organization_id).await?;
        let interrupted = query_file_scalar!(
            "queries/answer_journal/interrupt_abandoned.sql",
            organization_id.as_uuid(),
            &conversations,
            &ids,
            &signs as &[Option<DateTime<Utc>>],
            &words
        )
        .fetch_one(&mut *session)
        .await;
        let marked = u64::try_from(session.done(interrupted)?).unwrap_or_default();
        let mut changed = Changed::on(self.news());
        for row in abandoned {
            changed.note(
                organization_id,
                ConversationId::from_uuid(row.conversation_id),
            );
        }
        drop(changed.told_when_dropped());
        Ok(marked)
    }
}

const fn outcome(is_written: bool) -> JournalOutcome {
    if is_written {
        JournalOutcome::Written
    } else {
        JournalOutcome::NoLongerWriting
    }
}
