//! The one decision: what a principal may do with a conversation, and why.
//!
//! Everything that shows or changes a conversation asks [`decide`]; every store's filter must give the same answer,
//! which the stores' conformance suite checks.

use crate::{
    conversation::Conversation,
    grants::{Level, Privacy},
    ids::{OrganizationId, UserId},
    principal::{Permission, Principal},
    worded::worded,
};

worded! {
    /// How much a principal may do with one conversation.
    AccessLevel {
        /// Nothing; it must look as if the conversation did not exist.
        None = "none",
        /// Read everything.
        View = "view",
        /// Read, and prompt.
        Collaborate = "collaborate",
        /// Everything.
        Manage = "manage",
    }
}

worded! {
    /// One row of the table "Access of a principal" that applies.
    Reason {
        /// The principal is the owner.
        Owner = "owner",
        /// The principal has `manage_responses`.
        ManageResponses = "manage_responses",
        /// Shared with the organization as collaborate.
        OrganizationCollaborate = "organization_collaborate",
        /// Shared with one of its groups as collaborate.
        GroupCollaborate = "group_collaborate",
        /// Shared with the organization as view.
        OrganizationView = "organization_view",
        /// Shared with one of its groups as view.
        GroupView = "group_view",
        /// The principal has `view_private_responses`, directly or through `manage_responses`.
        ViewPrivateResponses = "view_private_responses",
    }
}

impl Reason {
    /// The access that this reason alone gives.
    pub const fn level(self) -> AccessLevel {
        match self {
            Self::Owner | Self::ManageResponses => AccessLevel::Manage,
            Self::OrganizationCollaborate | Self::GroupCollaborate => AccessLevel::Collaborate,
            Self::OrganizationView | Self::GroupView | Self::ViewPrivateResponses => {
                AccessLevel::View
            }
        }
    }

    /// Whether it is a privilege of the reader rather than the will of the owner.
    pub const fn is_privilege(self) -> bool {
        matches!(self, Self::ManageResponses | Self::ViewPrivateResponses)
    }
}

/// The facts of a conversation that its access rests on.
///
/// `grants` may be all of the conversation's grants, or only those for the organization and for the principal's own
/// groups (what a reading statement brings along): the answer is the same.
#[derive(Debug, Clone, Copy)]
pub struct AccessFacts<'a> {
    /// The conversation's organization.
    pub organization_id: OrganizationId,
    /// Its owner.
    pub owner_id: UserId,
    /// Its grants.
    pub privacy: &'a Privacy,
}

impl<'a> From<&'a Conversation> for AccessFacts<'a> {
    fn from(conversation: &'a Conversation) -> Self {
        Self {
            organization_id: conversation.organization_id,
            owner_id: conversation.owner_id,
            privacy: &conversation.privacy,
        }
    }
}

/// What a principal may do with a conversation: the level, every reason for it, and whether it may prompt at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    level: AccessLevel,
    reasons: Vec<Reason>,
    run_ai: bool,
}

impl Access {
    /// The access of this principal to a conversation that it cannot see.
    pub fn none(principal: &Principal) -> Self {
        Self {
            level: AccessLevel::None,
            reasons: Vec::new(),
            run_ai: principal.may(Permission::RunAi),
        }
    }

    /// The highest level that a reason gives.
    pub const fn level(&self) -> AccessLevel {
        self.level
    }

    /// Every reason that applies, in the order of [`Reason::ALL`].
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// Whether the conversation may be seen. If not, it must look as if it did not exist.
    pub fn is_visible(&self) -> bool {
        self.level > AccessLevel::None
    }

    /// Whether seeing the conversation rests on privilege alone, so that a reading is audited and shown to the owner.
    pub fn is_privileged(&self) -> bool {
        self.is_privileged_for(Action::Read)
    }

    /// Whether the access that this action takes rests on privilege alone: what others may see by a grant, a manager may
    /// still change, or see the grants of, by privilege only.
    pub fn is_privileged_for(&self, action: Action) -> bool {
        let needed = action.needed_level();
        let mut enough = self
            .reasons
            .iter()
            .filter(|reason| reason.level() >= needed);
        self.level >= needed && enough.all(|reason| reason.is_privilege())
    }

    /// Whether the action is allowed (access rules, "What each access allows").
    pub fn allows(&self, action: Action) -> bool {
        self.level >= action.needed_level() && (self.run_ai || !action.needs_run_ai())
    }
}

worded! {
    /// Something that one does with an existing conversation.
    Action {
        /// List, find, read, follow and export it, and explain the caller's own access.
        Read = "read",
        /// Send a prompt, branch, regenerate.
        Prompt = "prompt",
        /// Stop an answer that is being written.
        Stop = "stop",
        /// Change the title.
        Rename = "rename",
        /// Toggle privacy.
        TogglePrivacy = "toggle_privacy",
        /// Read the grants.
        ReadSharing = "read_sharing",
        /// Replace the grants.
        ChangeSharing = "change_sharing",
        /// Ask for somebody else's access.
        ExplainAccess = "explain_access",
        /// See who read it with privileged access.
        ReadPrivilegedReadings = "read_privileged_readings",
        /// Make a private copy.
        Fork = "fork",
        /// Delete it with all messages.
        Delete = "delete",
        /// Give it to another owner.
        Transfer = "transfer",
    }
}

impl Action {
    /// The least access that it takes.
    pub const fn needed_level(self) -> AccessLevel {
        match self {
            Self::Read | Self::Fork => AccessLevel::View,
            Self::Prompt | Self::Stop => AccessLevel::Collaborate,
            Self::Rename
            | Self::TogglePrivacy
            | Self::ReadSharing
            | Self::ChangeSharing
            | Self::ExplainAccess
            | Self::ReadPrivilegedReadings
            | Self::Delete
            | Self::Transfer => AccessLevel::Manage,
        }
    }

    /// Whether it takes `run_ai` too.
    pub const fn needs_run_ai(self) -> bool {
        matches!(self, Self::Prompt | Self::Stop | Self::Fork)
    }
}

/// What this principal may do with this conversation, with every reason.
///
/// Of another organization it may do nothing, whatever its permissions.
pub fn decide(principal: &Principal, facts: AccessFacts<'_>) -> Access {
    let run_ai = principal.may(Permission::RunAi);
    let reasons = if principal.organization_id == facts.organization_id {
        reasons(principal, facts, run_ai)
    } else {
        Vec::new()
    };
    let level = reasons
        .iter()
        .map(|reason| reason.level())
        .max()
        .unwrap_or(AccessLevel::None);
    Access {
        level,
        reasons,
        run_ai,
    }
}

fn reasons(principal: &Principal, facts: AccessFacts<'_>, run_ai: bool) -> Vec<Reason> {
    // A grant counts only for those who may use the AI at all.
    let grants = facts.privacy.grants().filter(|_| run_ai);
    let by_organization = |level| grants.is_some_and(|grants| grants.organization() == Some(level));
    let by_group = |level| {
        grants.is_some_and(|grants| {
            grants
                .groups()
                .iter()
                .any(|(group, granted)| *granted == level && principal.groups.contains(group))
        })
    };
    Reason::ALL
        .into_iter()
        .filter(|reason| match reason {
            Reason::Owner => principal.user_id == facts.owner_id,
            Reason::ManageResponses => principal.may(Permission::ManageResponses),
            Reason::OrganizationCollaborate => by_organization(Level::Collaborate),
            Reason::GroupCollaborate => by_group(Level::Collaborate),
            Reason::OrganizationView => by_organization(Level::View),
            Reason::GroupView => by_group(Level::View),
            Reason::ViewPrivateResponses => principal.may(Permission::ViewPrivateResponses),
        })
        .collect()
}
