//! Reading messages, always inside their conversation.

use async_trait::async_trait;
use futures::{StreamExt as _, TryStreamExt as _};
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
    SqliteStore,
    convert::hex,
    convert::{SqliteColumns, time},
    error::store_error,
    search_index::json,
};

rows_of_messages! {
    SqliteColumns;
    MessageWithAuthorRow {}
    /// With the siblings as JSON.
    MessageViewRow { siblings: String }
    /// With what it is to the path: its leaf, in the part that was asked for, or both.
    MessageOnPathRow { siblings: String, is_leaf: bool, is_in_part: bool }
}

pub(crate) fn view(
    (message, author): (Message, Option<UserRef>),
    siblings: &str,
) -> Result<MessageView, StoreError> {
    let cell = Cell::new("messages", "id", message.id.as_uuid());
    let columns: SiblingColumns = cell.json(siblings)?;
    let near = columns.ids.iter();
    let near = near.map(|id| cell.uuid(id).map(MessageId::from_uuid));
    let near: Vec<_> = near.collect::<Result<_, _>>()?;
    let siblings = Siblings::among(message.id, &near, columns.index, columns.count);
    Ok(MessageView {
        message,
        author,
        siblings: siblings.ok_or_else(|| cell.corrupt())?,
    })
}

/// A message's siblings as the statements tell them.
#[derive(serde::Deserialize)]
struct SiblingColumns {
    ids: Vec<String>,
    count: u32,
    index: u32,
}

struct OutlineRow {
    id: Uuid,
    parent_id: Option<Uuid>,
    position: i64,
    bytes: i64,
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
    created_at: i64,
    preview: String,
    position: i64,
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
            created_at: time(cell("created_at"), row.created_at)?,
            preview: row.preview,
            position: cell("position").number(row.position)?,
        })
    }
}

#[async_trait]
impl MessageReader for SqliteStore {
    async fn find(
        &self,
        key: ConversationKey,
        id: MessageId,
    ) -> Result<Option<MessageView>, StoreError> {
        let row = query_file_as!(
            MessageViewRow,
            "queries/message_reader/find.sql",
            key.organization_id.as_uuid(),
            key.conversation_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.readers()?)
        .await
        .map_err(store_error)?;
        row.map(|mut row| {
            let siblings = std::mem::take(&mut row.siblings);
            view(row.into_message(key.conversation_id)?, &siblings)
        })
        .transpose()
    }

    async fn path(
        &self,
        key: ConversationKey,
        leaf: Option<MessageId>,
        part: PathPart,
        _at_least: StorePosition,
    ) -> Result<Option<MessagePath>, StoreError> {
        let rows = query_file_as!(
            MessageOnPathRow,
            "queries/message_reader/path.sql",
            key.organization_id.as_uuid(),
            key.conversation_id.as_uuid(),
            leaf.map(MessageId::as_uuid),
            part.from_depth,
            part.limit,
            part.max_bytes,
            part.keep == Keep::Newest
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)?;
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
                let siblings = std::mem::take(&mut row.siblings);
                path.messages
                    .push(view(row.into_message(key.conversation_id)?, &siblings)?);
            }
        }
        Ok(Some(path))
    }

    async fn newest_below(
        &self,
        key: ConversationKey,
        id: MessageId,
        _at_least: StorePosition,
    ) -> Result<Option<MessageId>, StoreError> {
        let newest = query_file_scalar!(
            "queries/message_reader/newest_below.sql",
            key.organization_id.as_uuid(),
            key.conversation_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.readers()?)
        .await
        .map_err(store_error)?;
        Ok(newest.map(MessageId::from_uuid))
    }

    async fn tree(
        &self,
        key: ConversationKey,
        after: u32,
        limit: u32,
        _at_least: StorePosition,
    ) -> Result<Vec<MessageNode>, StoreError> {
        let rows = query_file_as!(
            NodeRow,
            "queries/message_reader/tree.sql",
            key.organization_id.as_uuid(),
            key.conversation_id.as_uuid(),
            after,
            limit,
            MessageNode::PREVIEW_CHARACTERS
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)?;
        rows.into_iter().map(MessageNode::try_from).collect()
    }

    async fn search_texts(
        &self,
        organization_id: OrganizationId,
        query: &SearchTextQuery,
    ) -> Result<Vec<SearchText>, StoreError> {
        let places = query.places.iter();
        let places: Vec<_> = places
            .map(|(id, position)| (hex(id.as_uuid()), position))
            .collect();
        let places = json(&places)?;
        let characters = i64::try_from(SearchTextQuery::CHARACTERS).unwrap_or(i64::MAX);
        let rows = query_file!(
            "queries/message_reader/search_texts.sql",
            organization_id.as_uuid(),
            places,
            query.texts,
            characters
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)?;
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
        _at_least: StorePosition,
    ) -> Result<Vec<MessageOutline>, StoreError> {
        // Row by row: a list of all rows beside that of all messages would take as much again.
        query_file_as!(
            OutlineRow,
            "queries/message_reader/outline.sql",
            key.organization_id.as_uuid(),
            key.conversation_id.as_uuid()
        )
        .fetch(self.readers()?)
        .map(|row| MessageOutline::try_from(row.map_err(store_error)?))
        .try_collect()
        .await
    }

    async fn span(
        &self,
        key: ConversationKey,
        first: u32,
        last: u32,
        _at_least: StorePosition,
    ) -> Result<Vec<AuthoredMessage>, StoreError> {
        let rows = query_file_as!(
            MessageWithAuthorRow,
            "queries/message_reader/span.sql",
            key.organization_id.as_uuid(),
            key.conversation_id.as_uuid(),
            first,
            last
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)?;
        rows.into_iter()
            .map(|row| {
                let (message, author) = row.into_message(key.conversation_id)?;
                Ok(AuthoredMessage { message, author })
            })
            .collect()
    }
}
