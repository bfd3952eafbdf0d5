//! The vocabulary of the audit log: what is told of a change, a refusal or a privileged reading.
//!
//! An entry holds ids and facts only. [`Fact`] has no variant for free text, so a title, a message, a search term or a
//! token cannot get in by mistake.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    access::{Access, AccessLevel, Action, Reason},
    conversation::Version,
    grants::{Level, Privacy},
    ids::{AuditEntryId, ConversationId, GroupId, OrganizationId, UserId},
    worded::worded,
};

macro_rules! action_names {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $description:literal;)*) => {
        /// What was done or tried. The names of the published schema where it has them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ActionName {
            $($(#[$doc])* $variant,)*
        }

        impl ActionName {
            /// Every action name.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in the entry, `UPPER_SNAKE`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The fixed sentence in the entry.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)* }
            }
        }
    };
}

action_names! {
    /// Privacy toggled, grants saved, renamed, owner changed; the input `change` says which.
    ConversationEdit = "AI_INFERENCE_STREAM_EDIT", "A conversation's privacy, grants, title or owner was changed";
    /// Created.
    ConversationCreate = "AI_INFERENCE_STREAM_CREATE", "A conversation was created";
    /// Deleted with all messages.
    ConversationDelete = "AI_INFERENCE_STREAM_DELETE", "A conversation was deleted";
    /// Copied.
    ConversationFork = "AI_INFERENCE_STREAM_FORK", "A conversation was copied into a private one";
    /// Exported.
    ConversationExport = "AI_INFERENCE_STREAM_EXPORT", "A conversation was exported";
    /// A prompt, a regeneration, a stop; the input `act` says which.
    ConversationPrompt = "AI_INFERENCE_STREAM_PROMPT", "A model was prompted, asked again or stopped in a conversation";
    /// A privileged reading, or a refused action on a visible conversation.
    ConversationGet = "AI_INFERENCE_STREAM_GET", "A conversation was read by privilege, or an action on it was refused";
    /// A page of the list or of a search that shows conversations by privilege alone.
    ConversationList = "AI_INFERENCE_STREAM_LIST", "A page of conversations was listed by privilege";
    /// Somebody asked for a conversation id that it cannot see, whether or not it exists.
    ConversationAccessDenied = "AI_INFERENCE_STREAM_ACCESS_DENIED", "A conversation that is not visible to the actor was asked for";
    /// The list of groups was refused. Ours: the published schema has no name for it.
    ListGroups = "LIST_GROUPS", "The organization's groups were asked for";
    /// The audit log was refused. Ours.
    ListAuditLogs = "LIST_AUDIT_LOGS", "The audit log was asked for";
    /// Somebody signed in with a browser.
    SignIn = "SIGN_IN", "A user signed in";
    /// Signing in was refused to somebody whose token is good: the user is stopped, or was removed.
    SignInFailed = "SIGN_IN_FAILED", "A user tried to sign in";
    /// Somebody ended all its sessions. Ours: the published schema has no name for it.
    SignOut = "SIGN_OUT", "A user signed out everywhere";
    /// The settings were changed, or changing them was refused.
    UpdateGeneralSettings = "UPDATE_GENERAL_SETTINGS", "The organization's settings were changed";
    /// The directory was filled for the first time.
    CreateUser = "CREATE_USER", "A user was created";
    /// A role came with the directory.
    CreateUserRole = "CREATE_USER_ROLE", "A role was created";
    /// A group came with the directory.
    CreateGroup = "CREATE_GROUP", "A group was created";
}

worded! {
    /// How it ended.
    ActionResult {
        /// It was done.
        Succeeded = "SUCCEEDED",
        /// It was refused.
        Failed = "FAILED",
        /// Some of it was done.
        PartiallyFailed = "PARTIALLY_FAILED",
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A user, as the directory knew it then.
    User {
        /// Its id.
        id: UserId,
        /// Its name.
        name: String,
        /// Its address.
        email: String,
        /// The names of its roles.
        role_names: Vec<String>,
    },
    /// The service itself.
    System,
}

impl Actor {
    /// The id under which the service itself acts.
    pub const SYSTEM_ID: UserId =
        UserId::from_uuid(Uuid::from_u128(0x0000_0000_0000_4000_8000_0000_0000_0000));

    /// The actor's id.
    pub const fn id(&self) -> UserId {
        match self {
            Self::User { id, .. } => *id,
            Self::System => Self::SYSTEM_ID,
        }
    }
}

/// One thing that an entry says of what was asked or done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The id of something.
    Id(Uuid),
    /// Ids of several things.
    Ids(Vec<Uuid>),
    /// A word of this program's own vocabulary.
    Word(&'static str),
    /// Several such words.
    Words(Vec<&'static str>),
    /// Yes or no.
    Flag(bool),
    /// A number of things.
    Count(u64),
    /// A set of grants; private is none.
    Grants {
        /// The organization's level.
        organization: Option<Level>,
        /// The groups' levels.
        groups: BTreeMap<GroupId, Level>,
    },
}

impl From<&Privacy> for Fact {
    fn from(privacy: &Privacy) -> Self {
        Self::Grants {
            organization: privacy
                .grants()
                .and_then(crate::grants::Grants::organization),
            groups: privacy
                .grants()
                .map(|grants| grants.groups().clone())
                .unwrap_or_default(),
        }
    }
}

/// The access under which something was done, as an entry keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAccess {
    /// The level.
    pub level: AccessLevel,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Whether it rested on privilege alone.
    pub privileged: bool,
}

impl From<&Access> for RecordedAccess {
    fn from(access: &Access) -> Self {
        Self {
            level: access.level(),
            reasons: access.reasons().to_vec(),
            privileged: access.is_privileged(),
        }
    }
}

/// Where a request came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The request's id, as answered and logged; empty for what no request asked for.
    pub request_id: String,
    /// The caller's address; empty where unknown.
    pub source_ip: String,
    /// Forwarded addresses, from trusted proxies only.
    pub forwarded_for: Vec<String>,
    /// The caller's program as it names itself; empty where unknown.
    pub user_agent: String,
}

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id, UUIDv7: what deduplicates it downstream.
    pub id: AuditEntryId,
    /// The tenant whose log it stands in.
    pub organization_id: OrganizationId,
    /// What was done or tried.
    pub action: ActionName,
    /// How it ended.
    pub result: ActionResult,
    /// The conversation that it is about.
    pub conversation_id: Option<ConversationId>,
    /// What was asked, by name (`camelCase`), without the conversation's id.
    pub input: BTreeMap<&'static str, Fact>,
    /// The access under which it was done, where a conversation was asked for.
    pub access: Option<RecordedAccess>,
    /// The conversation's version after it.
    pub version: Option<Version>,
    /// Why it failed: fixed sentences.
    pub errors: Vec<&'static str>,
    /// Who.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

impl AuditEntry {
    /// A success that says nothing further yet.
    pub const fn new(
        id: AuditEntryId,
        organization_id: OrganizationId,
        action: ActionName,
        actor: Actor,
        origin: Origin,
        occurred_at: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            organization_id,
            action,
            result: ActionResult::Succeeded,
            conversation_id: None,
            input: BTreeMap::new(),
            access: None,
            version: None,
            errors: Vec::new(),
            actor,
            origin,
            occurred_at,
        }
    }

    /// It is about this conversation.
    #[must_use]
    pub const fn about(mut self, id: ConversationId) -> Self {
        self.conversation_id = Some(id);
        self
    }

    /// This was asked, under a name in `camelCase`.
    #[must_use]
    pub fn with(mut self, name: &'static str, fact: Fact) -> Self {
        self.input.insert(name, fact);
        self
    }

    /// It was done, or tried, under this access.
    #[must_use]
    pub fn under(mut self, access: &Access) -> Self {
        self.access = Some(access.into());
        self
    }

    /// It was a reading that takes what this action takes, under this access.
    #[must_use]
    pub fn reading_under(mut self, access: &Access, action: Action) -> Self {
        self.access = Some(RecordedAccess {
            privileged: access.is_privileged_for(action),
            ..access.into()
        });
        self
    }

    /// The conversation has this version now.
    #[must_use]
    pub const fn at_version(mut self, version: Version) -> Self {
        self.version = Some(version);
        self
    }

    /// It was refused, for the reason that this fixed sentence gives.
    #[must_use]
    pub fn refused(mut self, sentence: &'static str) -> Self {
        self.result = ActionResult::Failed;
        self.errors.push(sentence);
        self
    }

    /// What this entry tells the owner as a reading by privilege: an opening, an export or a fork.
    pub fn privileged_reading(&self) -> Option<PrivilegedReading> {
        let privileged = self.access.as_ref().is_some_and(|access| access.privileged);
        if !privileged || self.result != ActionResult::Succeeded {
            return None;
        }
        match self.action {
            ActionName::ConversationGet => Some(PrivilegedReading::Open),
            ActionName::ConversationExport => Some(PrivilegedReading::Export),
            ActionName::ConversationFork => Some(PrivilegedReading::Fork),
            _ => None,
        }
    }
}

worded! {
    /// How somebody read a conversation with privileged access.
    PrivilegedReading {
        /// Opened it, or a part of it.
        Open = "open",
        /// Exported it.
        Export = "export",
        /// Made a copy.
        Fork = "fork",
    }
}

/// At least one entry: what a unit of work commits with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntries {
    first: AuditEntry,
    rest: Vec<AuditEntry>,
}

impl AuditEntries {
    /// One entry and more.
    pub const fn new(first: AuditEntry, rest: Vec<AuditEntry>) -> Self {
        Self { first, rest }
    }

    /// The entries, in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = &AuditEntry> {
        std::iter::once(&self.first).chain(&self.rest)
    }
}

impl From<AuditEntry> for AuditEntries {
    fn from(entry: AuditEntry) -> Self {
        Self::new(entry, Vec::new())
    }
}
