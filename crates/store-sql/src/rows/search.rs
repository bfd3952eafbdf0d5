//! What a search finds.

use parlor_application::ports::{ActivityCursor, SearchHit, SearchedSlice, StoreError};
use parlor_domain::{ids::ConversationId, principal::Principal};
use uuid::Uuid;

use super::SummaryRow;
use crate::{Cell, Columns};

/// A hit, or the last conversation of the slice.
pub struct SearchRow<C: Columns> {
    pub id: Uuid,
    pub owner_id: Uuid,
    pub owner_name: String,
    pub title: String,
    pub title_is_given: Option<bool>,
    pub privacy: String,
    pub organization_level: Option<String>,
    pub my_group_grants: Option<C::Grants>,
    pub created_at: C::Time,
    pub last_activity_at: C::Time,
    pub version: i64,
    pub forked_from: Option<Uuid>,
    pub is_hit: bool,
    pub position: Option<C::Small>,
    pub conversations: i64,
}

impl<C: Columns> SearchRow<C> {
    fn end(&self) -> Result<ActivityCursor, StoreError> {
        let cell = Cell::new("conversations", "last_activity_at", self.id);
        Ok(ActivityCursor {
            last_activity_at: C::time(cell, self.last_activity_at)?,
            id: ConversationId::from_uuid(self.id),
        })
    }

    pub fn into_hit(self, principal: &Principal) -> Result<SearchHit, StoreError> {
        let cell = Cell::new("search_terms", "position", self.id);
        let position = self.position.map(|position| cell.number(position));
        let row = SummaryRow::<C> {
            id: self.id,
            owner_id: self.owner_id,
            owner_name: self.owner_name,
            title: self.title,
            title_is_given: self.title_is_given,
            privacy: self.privacy,
            organization_level: self.organization_level,
            my_group_grants: self.my_group_grants,
            created_at: self.created_at,
            last_activity_at: self.last_activity_at,
            version: self.version,
            forked_from: self.forked_from,
        };
        Ok(SearchHit {
            position: position.transpose()?,
            summary: row.into_summary(principal.organization_id)?,
        })
    }
}

/// What was found in a slice, and where it ends.
pub fn searched<C: Columns>(
    principal: &Principal,
    rows: Vec<SearchRow<C>>,
) -> Result<SearchedSlice, StoreError> {
    let mut slice = SearchedSlice {
        hits: Vec::new(),
        conversations: 0,
        end: None,
    };
    for row in rows {
        let conversations = Cell::new("conversations", "id", row.id);
        slice.conversations = conversations.number(row.conversations)?;
        if row.is_hit {
            slice.hits.push(row.into_hit(principal)?);
        } else {
            slice.end = Some(row.end()?);
        }
    }
    Ok(slice)
}
