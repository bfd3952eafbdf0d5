//! The shapes that several answers share.

mod answer;

use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use parlor_application::{
    access_gate::ConversationView,
    paging::Page,
    ports::{GroupRef, MessageView, UserRef},
};
use parlor_domain::{
    access::{AccessLevel, Reason},
    grants::{Level, Privacy, PrivacyKind},
    message::{AnswerStatus, MessageKind, Role},
    principal::Permission,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) use answer::{AnswerReasonDto, MessageDeltaDto};

use crate::cursor::{CursorScope, Place};

/// A word of the wire for each value of a domain type: the schema's enumeration, kept equal to `as_str` by a test.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident as $schema:ident of $domain:ident { $($variant:ident $(($($any:tt)*))?),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[schema(as = $schema)]
        pub(crate) enum $name {
            $($variant,)*
        }

        impl From<$domain> for $name {
            fn from(value: $domain) -> Self {
                match value {
                    $($domain::$variant $(($($any)*))? => Self::$variant,)*
                }
            }
        }
    )*};
}

words! {
    /// What a role gives.
    PermissionDto as Permission of Permission {
        RunAi, ViewPrivateResponses, ManageResponses, ManageDirectory, ManageSettings, ReadAuditLog,
    }
    /// Private (no grants) or shared (at least one).
    PrivacyDto as Privacy of PrivacyKind { Private, Shared }
    /// How far a grant goes.
    LevelDto as Level of Level { View, Collaborate }
    /// How much a user may do with a conversation.
    AccessDto as Access of AccessLevel { None, View, Collaborate, Manage }
    /// Why a user has its access.
    ReasonDto as Reason of Reason {
        Owner, ManageResponses, OrganizationCollaborate, GroupCollaborate, OrganizationView, GroupView,
        ViewPrivateResponses,
    }
    /// Who speaks.
    RoleDto as Role of Role { User, Assistant }
    /// How far a message has come.
    StatusDto as MessageStatus of AnswerStatus { Writing, Complete, Incomplete(_), Stopped, Failed(_) }
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
#[schema(as = Page)]
pub(crate) struct PageDto<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; null on the last one.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

impl<T> PageDto<T> {
    /// The page with its cursor sealed for the list that it is of.
    pub fn of<I: Into<T>, C: Place>(page: Page<I, C>, scope: &CursorScope) -> Self {
        Self {
            items: page.items.into_iter().map(Into::into).collect(),
            next_cursor: page.next.map(|next| scope.seal(&next)),
        }
    }
}

/// A user.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserDto {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
}

impl From<UserRef> for UserDto {
    fn from(user: UserRef) -> Self {
        Self {
            id: user.id.as_uuid(),
            name: user.name,
        }
    }
}

/// A group.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Group)]
pub(crate) struct GroupDto {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
}

impl From<GroupRef> for GroupDto {
    fn from(group: GroupRef) -> Self {
        Self {
            id: group.id.as_uuid(),
            name: group.name,
        }
    }
}

/// A conversation, as the caller may see it.
#[derive(Serialize, ToSchema)]
#[schema(as = Conversation)]
pub(crate) struct ConversationDto {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub title: String,
    /// Whose it is.
    pub owner: UserDto,
    /// Private or shared.
    pub privacy: PrivacyDto,
    /// What the caller may do with it.
    pub access: AccessDto,
    /// Why: every reason that applies.
    pub reasons: Vec<ReasonDto>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When a message last came.
    pub last_activity_at: DateTime<Utc>,
    /// Counts changes of title, privacy, grants and owner; the same number as in the `ETag`.
    pub version: u64,
    /// What it is a copy of, while the caller can see that one.
    #[schema(required = true)]
    pub forked_from: Option<Uuid>,
}

impl From<ConversationView> for ConversationDto {
    fn from(ConversationView { summary, access }: ConversationView) -> Self {
        Self {
            id: summary.id.as_uuid(),
            title: summary.title.as_str().to_owned(),
            owner: summary.owner.into(),
            privacy: summary.privacy.into(),
            access: access.level().into(),
            reasons: reasons(access.reasons()),
            created_at: summary.created_at,
            last_activity_at: summary.last_activity_at,
            version: summary.version.as_number(),
            forked_from: summary
                .forked_from
                .map(parlor_domain::ids::ConversationId::as_uuid),
        }
    }
}

/// Every reason as a word.
pub(crate) fn reasons(reasons: &[Reason]) -> Vec<ReasonDto> {
    reasons.iter().map(|&reason| reason.into()).collect()
}

/// A message of a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Message)]
pub(crate) struct MessageDto {
    /// Its id.
    pub id: Uuid,
    /// What it follows; null for a first message.
    #[schema(required = true)]
    pub parent_id: Option<Uuid>,
    /// Who speaks.
    pub role: RoleDto,
    /// Who wrote it; null for a model's answer.
    #[schema(required = true)]
    pub author: Option<UserDto>,
    /// Which model answered; null for a prompt.
    #[schema(required = true)]
    pub model: Option<String>,
    /// What it says, as far as it is written.
    pub content: String,
    /// What the model thought, where the provider tells that apart; null for a prompt.
    #[schema(required = true)]
    pub reasoning: Option<String>,
    /// How many of the oldest messages before it the model was not sent, because the conversation is longer than it can read; null
    /// where it was sent all of them, and for a prompt.
    #[schema(required = true, minimum = 1)]
    pub left_out_messages: Option<u32>,
    /// How far it has come; a prompt is always complete.
    pub status: StatusDto,
    /// Why an answer is incomplete or failed; else null.
    #[schema(required = true)]
    pub reason: Option<AnswerReasonDto>,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// The messages that follow the same message, itself among them, in the order in which they came. Of more than 50 they are the
    /// 50 around this one.
    #[schema(max_items = 50)]
    pub siblings: Vec<Uuid>,
    /// How many messages follow the same message.
    pub sibling_count: u32,
    /// How many of them came before this one.
    pub sibling_index: u32,
    /// What it cost, where the model told.
    #[schema(required = true)]
    pub usage: Option<UsageDto>,
}

/// What an answer cost, in the model's tokens.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Usage)]
pub(crate) struct UsageDto {
    /// Tokens read.
    pub prompt_tokens: u32,
    /// Tokens written.
    pub completion_tokens: u32,
}

impl From<MessageView> for MessageDto {
    fn from(view: MessageView) -> Self {
        let message = view.message;
        let (role, status) = (message.role().into(), message.status());
        let left_out = message.left_out();
        let (model, usage, reasoning) = match message.kind {
            MessageKind::Prompt { .. } => (None, None, None),
            MessageKind::Answer {
                model,
                usage,
                reasoning,
                ..
            } => (Some(model), usage, reasoning),
        };
        Self {
            id: message.id.as_uuid(),
            parent_id: message
                .parent_id
                .map(parlor_domain::ids::MessageId::as_uuid),
            role,
            author: view.author.map(Into::into),
            model,
            content: message.content.into_string(),
            reasoning: reasoning.map(parlor_domain::text::Content::into_string),
            left_out_messages: left_out.map(NonZeroU32::get),
            status: status.into(),
            reason: AnswerReasonDto::of(status),
            created_at: message.created_at,
            siblings: view.siblings.ids.iter().map(|id| id.as_uuid()).collect(),
            sibling_count: view.siblings.count,
            sibling_index: view.siblings.index,
            usage: usage.map(|usage| UsageDto {
                prompt_tokens: usage.prompt_tokens,
                completion_tokens: usage.completion_tokens,
            }),
        }
    }
}

/// A prompt and the answer to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Prompted)]
pub(crate) struct PromptedDto {
    /// The prompt that is answered.
    pub user_message: MessageDto,
    /// The answer.
    pub assistant_message: MessageDto,
}

impl PromptedDto {
    /// The prompt with the answer as it is now.
    pub fn new(prompt: MessageView, answer: MessageView) -> Self {
        Self {
            user_message: prompt.into(),
            assistant_message: answer.into(),
        }
    }
}

/// With whom a conversation is shared.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sharing)]
pub(crate) struct SharingDto {
    /// Everybody's level; null if only groups have a grant, or nobody.
    #[schema(required = true)]
    pub organization: Option<LevelDto>,
    /// Groups' levels.
    pub groups: Vec<GroupGrantDto>,
}

/// A grant for one group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GroupGrant)]
pub(crate) struct GroupGrantDto {
    /// The group.
    pub group_id: Uuid,
    /// How far its grant goes.
    pub level: LevelDto,
}

impl From<&Privacy> for SharingDto {
    fn from(privacy: &Privacy) -> Self {
        let grants = privacy.grants();
        let groups = grants
            .into_iter()
            .flat_map(parlor_domain::grants::Grants::groups);
        Self {
            organization: grants
                .and_then(parlor_domain::grants::Grants::organization)
                .map(Into::into),
            groups: groups
                .map(|(id, &level)| GroupGrantDto {
                    group_id: id.as_uuid(),
                    level: level.into(),
                })
                .collect(),
        }
    }
}

/// What a client wishes a new or toggled conversation to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WantedPrivacy(pub PrivacyKind);

impl std::str::FromStr for WantedPrivacy {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [PrivacyKind::Private, PrivacyKind::Shared]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .map(Self)
            .ok_or("not a privacy: `private` or `shared`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(dto: impl Serialize) -> String {
        serde_json::to_value(dto)
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    }

    #[test]
    fn every_word_of_the_wire_is_the_domains_word() {
        for permission in Permission::ALL {
            assert_eq!(word(PermissionDto::from(permission)), permission.as_str());
        }
        for kind in [PrivacyKind::Private, PrivacyKind::Shared] {
            assert_eq!(word(PrivacyDto::from(kind)), kind.as_str());
            assert_eq!(kind.as_str().parse(), Ok(WantedPrivacy(kind)));
        }
        for level in Level::ALL {
            assert_eq!(word(LevelDto::from(level)), level.as_str());
        }
        for level in AccessLevel::ALL {
            assert_eq!(word(AccessDto::from(level)), level.as_str());
        }
        for reason in Reason::ALL {
            assert_eq!(word(ReasonDto::from(reason)), reason.as_str());
        }
        for role in [Role::User, Role::Assistant] {
            assert_eq!(word(RoleDto::from(role)), role.as_str());
        }
        for status in AnswerStatus::all() {
            assert_eq!(word(StatusDto::from(status)), status.as_str());
            let reason = AnswerReasonDto::of(status).map(word);
            assert_eq!(reason.as_deref(), status.reason());
        }
    }
}
