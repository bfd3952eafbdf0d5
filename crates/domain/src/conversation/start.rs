//! A conversation that begins with a prompt.

use chrono::{DateTime, Utc};

use super::{Conversation, Version};
use crate::{
    grants::{Grants, Level, Privacy},
    ids::{ConversationId, OrganizationId, UserId},
    settings::Settings,
    text::{Content, Title},
};

/// What a conversation is started with.
#[derive(Debug, Clone, Copy)]
pub struct FirstPrompt<'a> {
    /// The id of the conversation.
    pub id: ConversationId,
    /// The tenant.
    pub organization_id: OrganizationId,
    /// Who prompts, and owns the conversation.
    pub owner_id: UserId,
    /// What is asked.
    pub content: &'a Content,
    /// Now.
    pub created_at: DateTime<Utc>,
}

impl Conversation {
    /// A conversation with its first prompt, which names it. It is private or shared as the organization's setting says.
    pub fn start(first: FirstPrompt<'_>, settings: Settings) -> Self {
        Self {
            id: first.id,
            organization_id: first.organization_id,
            owner_id: first.owner_id,
            title: Title::derived_from(first.content.as_str()),
            privacy: Privacy::of_new_conversations(settings),
            created_at: first.created_at,
            last_activity_at: first.created_at,
            version: Version::FIRST,
            forked_from: None,
        }
    }
}

impl Privacy {
    /// What a new conversation has where nobody wishes anything else: private where the organization has private conversations,
    /// else shared with the organization as view (access rules, "Toggling").
    pub fn of_new_conversations(settings: Settings) -> Self {
        if settings.private_conversations {
            Self::Private
        } else {
            Self::Shared(Grants::to_organization(Level::View))
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::NewConversation;
    use super::*;

    /// Started, it is what it would be if it was created and then prompted.
    #[test]
    fn a_started_conversation_is_a_created_one_that_was_prompted() {
        let content = Content::parse_prompt("Which hosts\nbeacon?".to_owned(), 100).unwrap();
        for private_conversations in [true, false] {
            let settings = Settings {
                private_conversations,
            };
            let first = FirstPrompt {
                id: ConversationId::from_uuid(Uuid::from_u128(1)),
                organization_id: OrganizationId::from_uuid(Uuid::from_u128(2)),
                owner_id: UserId::from_uuid(Uuid::from_u128(3)),
                content: &content,
                created_at: DateTime::UNIX_EPOCH,
            };
            let new = NewConversation {
                id: first.id,
                organization_id: first.organization_id,
                owner_id: first.owner_id,
                title: None,
                privacy: None,
                created_at: first.created_at,
            };
            let mut created = Conversation::create(new, settings).unwrap();
            created.note_prompt(content.as_str(), first.created_at);
            assert_eq!(Conversation::start(first, settings), created);
            assert_eq!(created.title.as_str(), "Which hosts");
        }
    }
}
