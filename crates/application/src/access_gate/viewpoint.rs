//! What a change has made of a conversation, as the caller sees it.

use parlor_domain::{
    conversation::Conversation,
    grants::{Grants, Privacy},
    ids::ConversationId,
    principal::Principal,
};

use super::ConversationView;
use crate::ports::{ConversationSummary, UserRef};

/// From where a change of a conversation is seen: for whom, and what one shows beside the conversation itself.
///
/// What a change answers is made from what was committed and never read again: what others do after the commit, even a deletion,
/// is not what this change did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewpoint {
    /// The caller's rights, as they were inside the transaction.
    pub principal: Principal,
    /// Whose the conversation is.
    pub owner: UserRef,
    /// What it is a copy of, only if the caller can see that one.
    pub forked_from: Option<ConversationId>,
}

impl Viewpoint {
    /// The conversation from here, under the access that the caller has to it as it is now; that may be none.
    pub fn view(self, conversation: Conversation) -> ConversationView {
        let summary = ConversationSummary {
            id: conversation.id,
            organization_id: conversation.organization_id,
            owner: self.owner,
            title: conversation.title,
            privacy: conversation.privacy.kind(),
            concerning: concerning(&self.principal, &conversation.privacy),
            created_at: conversation.created_at,
            last_activity_at: conversation.last_activity_at,
            version: conversation.version,
            forked_from: self.forked_from,
        };
        let access = summary.access_of(&self.principal);
        ConversationView { summary, access }
    }
}

/// The grants that concern this principal: the organization's and its own groups'.
fn concerning(principal: &Principal, privacy: &Privacy) -> Privacy {
    let grants = privacy.grants();
    let groups = grants
        .into_iter()
        .flat_map(Grants::groups)
        .filter(|(group, _)| principal.groups.contains(group))
        .map(|(&group, &level)| (group, level));
    Privacy::from_grants(grants.and_then(Grants::organization), groups.collect())
}
