//! The terms of conversations by audience: keeping them up to date in the background.

use parlor_application::ports::{ConversationKey, IndexingProgress, StoreError};
use sqlx::{SqliteConnection, SqliteExecutor, query_file, query_file_as};
use uuid::Uuid;

use crate::{SqliteStore, error::store_error, search_index::json};

/// How many terms one transaction reads, and writes at most, so that others write soon.
const TERMS: i64 = 1_000;
/// After every position: of the messages nothing is new.
pub(crate) const NO_MESSAGE: i64 = i64::MAX;

/// An audience of a conversation, or a former one, whose terms are not right.
struct PendingRow {
    organization_id: Uuid,
    conversation_id: Uuid,
    audience_id: Uuid,
    from_position: i64,
    done_up_to: String,
    is_audience: bool,
}

struct TermRow {
    term: String,
    is_new: bool,
}

/// Notes that a conversation has new terms: of its title, and of messages from a position on.
pub(crate) async fn note_terms(
    connection: &mut SqliteConnection,
    key: ConversationKey,
    from_position: i64,
) -> Result<(), StoreError> {
    query_file!(
        "queries/search_audiences/note.sql",
        key.organization_id.as_uuid(),
        key.conversation_id.as_uuid(),
        from_position
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Removes the terms that only the title has, before the title loses them.
pub(crate) async fn remove_title(
    connection: &mut SqliteConnection,
    key: ConversationKey,
) -> Result<(), StoreError> {
    query_file!(
        "queries/search_audiences/remove_title.sql",
        key.organization_id.as_uuid(),
        key.conversation_id.as_uuid()
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Works on one part of what a deleted conversation left; returns how many terms it went through, `None` where nothing is left.
pub(crate) async fn update_of_deleted(
    connection: &mut SqliteConnection,
    key: ConversationKey,
) -> Result<Option<usize>, sqlx::Error> {
    let (organization_id, conversation_id) =
        (key.organization_id.as_uuid(), key.conversation_id.as_uuid());
    let pending = next(&mut *connection, organization_id, conversation_id).await?;
    match pending.filter(|pending| pending.conversation_id == conversation_id) {
        Some(pending) => update(connection, &pending, TERMS).await.map(Some),
        None => Ok(None),
    }
}

impl SqliteStore {
    pub(crate) async fn update_audiences(&self) -> Result<IndexingProgress, StoreError> {
        let nothing = Uuid::nil();
        let pending = next(self.readers()?, nothing, nothing).await;
        if pending.map_err(store_error)?.is_none() {
            return Ok(IndexingProgress::Complete);
        }
        let mut transaction = self.begin_writing().await?;
        let mut left = TERMS;
        while left > 0 {
            let pending = next(&mut *transaction, nothing, nothing).await;
            let Some(pending) = pending.map_err(store_error)? else {
                break;
            };
            let done = update(&mut transaction, &pending, left).await;
            let done = i64::try_from(done.map_err(store_error)?).unwrap_or(left);
            // Each costs something, even without a term.
            left -= done.max(10);
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(IndexingProgress::Continues)
    }
}

/// The first audience from a conversation on.
async fn next(
    connection: impl SqliteExecutor<'_>,
    organization_id: Uuid,
    conversation_id: Uuid,
) -> Result<Option<PendingRow>, sqlx::Error> {
    query_file_as!(
        PendingRow,
        "queries/search_audiences/next.sql",
        organization_id,
        conversation_id
    )
    .fetch_optional(connection)
    .await
}

/// Reads at most so many terms, and writes those that an audience does not have; returns how many it read.
async fn update(
    connection: &mut SqliteConnection,
    pending: &PendingRow,
    terms: i64,
) -> Result<usize, sqlx::Error> {
    let PendingRow {
        organization_id,
        conversation_id,
        audience_id,
        ..
    } = *pending;
    // Who is no audience any more may have every term.
    let from_position = if pending.is_audience {
        pending.from_position
    } else {
        0
    };
    let read = query_file_as!(
        TermRow,
        "queries/search_audiences/terms.sql",
        organization_id,
        conversation_id,
        pending.done_up_to,
        from_position,
        terms
    )
    .fetch_all(&mut *connection)
    .await?;
    let written = read.iter().filter(|row| row.is_new);
    let written: Vec<_> = written.map(|row| &row.term).collect();
    let written = json(&written).map_err(|error| sqlx::Error::Encode(error.into()))?;
    macro_rules! execute {
        ($file:literal $(, $argument:expr)*) => {
            query_file!($file, organization_id $(, $argument)*)
                .execute(&mut *connection)
                .await?
        };
    }
    if pending.is_audience {
        execute!(
            "queries/search_audiences/put.sql",
            audience_id,
            conversation_id,
            written
        );
    } else {
        execute!(
            "queries/search_audiences/remove.sql",
            audience_id,
            conversation_id,
            written
        );
    }
    let is_whole = read.len() < usize::try_from(terms).unwrap_or_default();
    match read.last() {
        Some(TermRow { term: last, .. }) if !is_whole => {
            execute!(
                "queries/search_audiences/continue.sql",
                conversation_id,
                audience_id,
                last
            );
        }
        _ => {
            let begun_again = execute!(
                "queries/search_audiences/begin_again.sql",
                conversation_id,
                audience_id
            );
            if begun_again.rows_affected() == 0 {
                execute!(
                    "queries/search_audiences/finish.sql",
                    conversation_id,
                    audience_id
                );
            }
        }
    }
    Ok(read.len())
}
