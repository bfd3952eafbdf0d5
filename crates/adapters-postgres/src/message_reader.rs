//! Reading messages, always inside their conversation.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::{TryStreamExt as _, future::ready};
use parlor_application::ports::{
    AuthoredMessage, ConversationKey, Keep, MessageNode, MessageOutline, MessagePath,
    MessageReader, MessageView, PathPart, SearchText, SearchTextQuery, Siblings, StoreError,
    StorePosition, UserRef,
};
use parlor_domain::{
    ids::{ConversationId, MessageId, OrganizationId, UserId},
    message::Message,
};
use parlor_store_sql::{Cell, rows::role, rows_of_messages};
use sqlx::{query_file, query_file_as, query_file_scalar};
use uuid::Uuid;

use crate::{
    PostgresStore, convert::PostgresColumns, convert::small_integer, store_position::read,
};

rows_of_messages! {
    PostgresColumns;
    MessageWithAuthorRow {}
    MessageViewRow { siblings: Vec<Uuid>, sibling_count: i32, sibling_index: i32 }
    /// With what it is to the path: its leaf, in the part that was asked for, or both.
    MessageOnPathRow { siblings: Vec<Uuid>, sibling_count: i32, sibling_index: i32, is_leaf: bool, is_in_part: bool }
}

pub(crate) fn view(
    (message, author): (Message, Option<UserRef>),
    siblings: SiblingColumns,
) -> Result<MessageView, StoreError> {
    let cell = Cell::new("messages", "parent_id", message.id.as_uuid());
    let near: Vec<_> = siblings.ids.into_iter().map(MessageId::from_uuid).collect();
    let (count, index) = (cell.number(siblings.count)?, cell.number(siblings.index)?);
    let siblings = Siblings::among(message.id, &near, index, count);
    Ok(MessageView {
        message,
        author,
        siblings: siblings.ok_or_else(|| cell.corrupt())?,
    })
}

/// The columns of a message's siblings.
pub(crate) struct SiblingColumns {
    pub(crate) ids: Vec<Uuid>,
    pub(crate) count: i32,
    pub(crate) index: i32,
}

/// Takes these columns out of a row.
macro_rules! siblings_of {
    ($row:ident) => {
        $crate::message_reader::SiblingColumns {
            ids: std::mem::take(&mut $row.siblings),
            count: $row.sibling_count,
            index: $row.sibling_index,
        }
    };
}
pub(crate) use siblings_of;

struct OutlineRow {
    id: Uuid,
    parent_id: Option<Uuid>,
    position: i32,
    bytes: i32,
}

impl TryFrom<OutlineRow> for MessageOutline {
    type Error = StoreError;

    fn try_from(row: OutlineRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("messages", column, row.id);
        Ok(Self {
            id: MessageId::from_uuid(row.id),
            parent_id: row.parent_id.map(MessageId::from_uuid),
            position: cell("position").number(row.position)?,
            bytes: cell("content").number(row.bytes)?,
        })
    }
}

struct NodeRow {
    id: Uuid,
    parent_id: Option<Uuid>,
    role: String,
    author_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    preview: String,
    position: i32,
}

impl TryFrom<NodeRow> for MessageNode {
    type Error = StoreError;

    fn try_from(row: NodeRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("messages", column, row.id);
        Ok(Self {
            id: MessageId::from_uuid(row.id),
            parent_id: row.parent_id.map(MessageId::from_uuid),
            role: role(cell("role"), &row.role)?,
            author_id: row.author_id.map(UserId::from_uuid),
            created_at: row.created_at,
            preview: row.preview,
            position: cell("position").number(row.position)?,
        })
    }
}

#[async_trait]
impl MessageReader for PostgresStore {
    async fn find(
        &self,
        key: ConversationKey,
        id: MessageId,
    ) -> Result<Option<MessageView>, StoreError> {
        read!(self.reading(key.organization_id), connection => {
            query_file_as!(
                MessageViewRow,
                "queries/message_reader/find.sql",
                key.organization_id.as_uuid(),
                key.conversation_id.as_uuid(),
                id.as_uuid()
            )
            .fetch_optional(connection)
        })
        .map(|mut row| {
            let siblings = siblings_of!(row);
            view(row.into_message(key.conversation_id)?, siblings)
        })
        .transpose()
    }

    async fn path(
        &self,
        key: ConversationKey,
        leaf: Option<MessageId>,
        part: PathPart,
        at_least: StorePosition,
    ) -> Result<Option<MessagePath>, StoreError> {
        let rows = read!(self.reading_at(key.organization_id, at_least), connection => {
            query_file_as!(
                MessageOnPathRow,
                "queries/message_reader/path.sql",
                key.organization_id.as_uuid(),
                key.conversation_id.as_uuid(),
                leaf.map(MessageId::as_uuid),
                i64::from(part.from_depth),
                i64::from(part.limit),
                i64::from(part.max_bytes),
                part.keep == Keep::Newest
            )
            .fetch_all(connection)
        });
        if rows.is_empty() {
            // A leaf that was named is not there; the newest one is missing only where there are no messages.
            return Ok(leaf.is_none().then(MessagePath::default));
        }
        let mut path = MessagePath::default();
        for mut row in rows {
            if row.is_leaf {
                path.leaf = Some(MessageId::from_uuid(row.id));
                path.leaf_depth = Cell::new("messages", "depth", row.id).number(row.depth)?;
            }
            if row.is_in_part {
                let siblings = siblings_of!(row);
                path.messages
                    .push(view(row.into_message(key.conversation_id)?, siblings)?);
            }
        }
        Ok(Some(path))
    }

    async fn newest_below(
        &self,
        key: ConversationKey,
        id: MessageId,
        at_least: StorePosition,
    ) -> Result<Option<MessageId>, StoreError> {
        let newest = read!(self.reading_at(key.organization_id, at_least), connection => {
            query_file_scalar!(
                "queries/message_reader/newest_below.sql",
                key.organization_id.as_uuid(),
                key.conversation_id.as_uuid(),
                id.as_uuid()
            )
            .fetch_optional(connection)
        });
        Ok(newest.map(MessageId::from_uuid))
    }

    async fn tree(
        &self,
        key: ConversationKey,
        after: u32,
        limit: u32,
        at_least: StorePosition,
    ) -> Result<Vec<MessageNode>, StoreError> {
        let rows = read!(self.reading_at(key.organization_id, at_least), connection => {
            query_file_as!(
                NodeRow,
                "queries/message_reader/tree.sql",
                key.organization_id.as_uuid(),
                key.conversation_id.as_uuid(),
                small_integer(after),
                i64::from(limit),
                small_integer(MessageNode::PREVIEW_CHARACTERS)
            )
            .fetch_all(connection)
        });
        rows.into_iter().map(MessageNode::try_from).collect()
    }

    async fn search_texts(
        &self,
        organization_id: OrganizationId,
        query: &SearchTextQuery,
    ) -> Result<Vec<SearchText>, StoreError> {
        let places = query.places.iter();
        let (ids, positions): (Vec<Uuid>, Vec<i32>) = places
            .map(|(id, position)| (id.as_uuid(), small_integer(*position)))
            .unzip();
        let rows = read!(self.reading_at(organization_id, query.at_least), connection => {
            query_file!(
                "queries/message_reader/search_texts.sql",
                organization_id.as_uuid(),
                &ids,
                &positions,
                i64::from(query.texts),
                i32::try_from(SearchTextQuery::CHARACTERS).unwrap_or(i32::MAX)
            )
            .fetch_all(connection)
        });
        let texts = rows.into_iter().map(|row| SearchText {
            conversation_id: ConversationId::from_uuid(row.conversation_id),
            message_id: MessageId::from_uuid(row.id),
            content: row.content,
            is_cut: row.is_cut,
        });
        Ok(texts.collect())
    }

    async fn outline(
        &self,
        key: ConversationKey,
        at_least: StorePosition,
    ) -> Result<Vec<MessageOutline>, StoreError> {
        // Row by row: a list of all rows beside that of all messages would take as much again.
        read!(self.reading_at(key.organization_id, at_least), connection => {
            query_file_as!(
                OutlineRow,
                "queries/message_reader/outline.sql",
                key.organization_id.as_uuid(),
                key.conversation_id.as_uuid()
            )
            .fetch(connection)
            .try_fold(Ok(Vec::new()), |outline: Result<Vec<_>, StoreError>, row| {
                let added = outline.and_then(|mut outline| {
                    outline.push(MessageOutline::try_from(row)?);
                    Ok(outline)
                });
                ready(Ok(added))
            })
        })
    }

    async fn span(
        &self,
        key: ConversationKey,
        first: u32,
        last: u32,
        at_least: StorePosition,
    ) -> Result<Vec<AuthoredMessage>, StoreError> {
        let rows = read!(self.reading_at(key.organization_id, at_least), connection => {
            query_file_as!(
                MessageWithAuthorRow,
                "queries/message_reader/span.sql",
                key.organization_id.as_uuid(),
                key.conversation_id.as_uuid(),
                small_integer(first),
                small_integer(last)
            )
            .fetch_all(connection)
        });
        rows.into_iter()
            .map(|row| {
                let (message, author) = row.into_message(key.conversation_id)?;
                Ok(AuthoredMessage { message, author })
            })
            .collect()
    }
}
