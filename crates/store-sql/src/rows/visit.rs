//! A visitor and the conversation that it asks for, as one statement answers them.

use parlor_application::ports::{ConversationSummary, Identity, Member, StoreError};
use parlor_domain::ids::ConversationId;
use uuid::Uuid;

use super::{MemberRow, SummaryRow};
use crate::{Columns, member_row};

/// A member and, where it is there, a conversation: none of its columns is there where it is not.
pub struct VisitRow<C: Columns> {
    pub name: String,
    pub email: String,
    pub organization_name: String,
    pub role_names: C::Words,
    pub permissions: C::Words,
    pub group_ids: C::Ids,
    pub group_names: C::Words,
    pub read_at: i64,
    pub owner_id: Option<Uuid>,
    pub owner_name: Option<String>,
    pub title: Option<String>,
    pub title_is_given: Option<bool>,
    pub privacy: Option<String>,
    pub organization_level: Option<String>,
    pub my_group_grants: Option<C::Grants>,
    pub created_at: Option<C::Time>,
    pub last_activity_at: Option<C::Time>,
    pub version: Option<i64>,
    pub forked_from: Option<Uuid>,
}

impl<C: Columns> VisitRow<C> {
    pub fn into_both(
        self,
        identity: Identity,
        id: ConversationId,
    ) -> Result<(Member, Option<ConversationSummary>), StoreError> {
        let member: MemberRow<C> = member_row!(self);
        let conversation = (|| {
            Some(SummaryRow::<C> {
                id: id.as_uuid(),
                owner_id: self.owner_id?,
                owner_name: self.owner_name?,
                title: self.title?,
                title_is_given: self.title_is_given,
                privacy: self.privacy?,
                organization_level: self.organization_level,
                my_group_grants: self.my_group_grants,
                created_at: self.created_at?,
                last_activity_at: self.last_activity_at?,
                version: self.version?,
                forked_from: self.forked_from,
            })
        })();
        let summary = conversation
            .map(|row| row.into_summary(identity.organization_id))
            .transpose()?;
        Ok((member.into_member(identity)?, summary))
    }
}
