//! A visitor and the conversation that it asks for, as one statement answers them.

use chrono::{DateTime, Utc};
use parlor_application::ports::{ConversationSummary, Identity, Member, StoreError};
use parlor_domain::ids::ConversationId;
use uuid::Uuid;

use crate::{conversation_reader::SummaryRow, directory::member_row};

/// A member and, where it is there, a conversation: none of its columns is there where it is not.
pub(crate) struct VisitRow {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) organization_name: String,
    pub(crate) role_names: Vec<String>,
    pub(crate) permissions: Vec<String>,
    pub(crate) group_ids: Vec<Uuid>,
    pub(crate) group_names: Vec<String>,
    pub(crate) read_at: i64,
    pub(crate) owner_id: Option<Uuid>,
    pub(crate) owner_name: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) title_is_given: Option<bool>,
    pub(crate) privacy: Option<String>,
    pub(crate) organization_level: Option<String>,
    pub(crate) my_group_grants: Option<Vec<String>>,
    pub(crate) created_at: Option<DateTime<Utc>>,
    pub(crate) last_activity_at: Option<DateTime<Utc>>,
    pub(crate) version: Option<i64>,
    pub(crate) forked_from: Option<Uuid>,
}

impl VisitRow {
    pub(crate) fn into_both(
        self,
        identity: Identity,
        id: ConversationId,
    ) -> Result<(Member, Option<ConversationSummary>), StoreError> {
        let member = member_row!(self);
        let conversation = (|| {
            Some(SummaryRow {
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
