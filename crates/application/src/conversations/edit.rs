//! What renaming, toggling, sharing and transferring have in common.

use chrono::{DateTime, Utc};
use parlor_domain::{
    access::{Access, Action},
    audit::{ActionName, Fact},
    conversation::{Change, Conversation, PrivateConversationsDisabled},
    settings::Settings,
};

use crate::{
    access_gate::{
        AccessError, AccessGate, ConversationView, OpenConversation, Part, Shown, StepError,
        Viewpoint,
    },
    caller::Caller,
    ports::{StoreError, UnitOfWork},
    version_condition::VersionMismatch,
};

/// Why a conversation was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// Not allowed.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The caller meant another version.
    #[error(transparent)]
    VersionMismatch(#[from] VersionMismatch),
    /// It cannot be private in this organization.
    #[error(transparent)]
    PrivateConversationsDisabled(#[from] PrivateConversationsDisabled),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StepError for EditError {
    fn is_store_failure(&self) -> bool {
        match self {
            Self::Access(error) => error.is_store_failure(),
            Self::Store(_) => true,
            Self::VersionMismatch(_) | Self::PrivateConversationsDisabled(_) => false,
        }
    }
}

/// Which edit an entry tells of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Edit {
    Rename,
    Privacy,
    Sharing,
    Owner,
}

impl Edit {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Rename => "rename",
            Self::Privacy => "privacy",
            Self::Sharing => "sharing",
            Self::Owner => "owner",
        }
    }

    /// What the caller is shown after it, and what that takes.
    const fn shows(self) -> (Part, Action) {
        match self {
            Self::Sharing => (Part::Sharing, Action::ReadSharing),
            Self::Rename | Self::Privacy | Self::Owner => (Part::Conversation, Action::Read),
        }
    }
}

/// A change that is decided but not saved yet.
pub(super) struct PendingEdit {
    pub uow: Box<dyn UnitOfWork>,
    pub viewpoint: Viewpoint,
    access: Access,
    edit: Edit,
}

/// What came of an edit.
pub(super) struct Edited {
    /// The conversation as it was, if anything changed.
    pub before: Option<Conversation>,
    /// As it is now.
    pub now: Conversation,
    viewpoint: Viewpoint,
}

impl Edited {
    /// The conversation as the caller sees it now.
    pub fn view(self) -> ConversationView {
        self.viewpoint.view(self.now)
    }
}

impl PendingEdit {
    /// Takes an open conversation apart into the transaction and what is decided on.
    pub fn of(open: OpenConversation, edit: Edit) -> (Self, Conversation, Settings) {
        let pending = Self {
            uow: open.uow,
            viewpoint: open.viewpoint,
            access: open.access,
            edit,
        };
        (pending, open.conversation, open.settings)
    }

    /// Saves the change and commits it with its entry; what changes nothing is neither saved nor audited as a change. But the
    /// conversation is shown all the same, which for a caller with nothing but privilege is a reading, and audited as one.
    pub async fn commit(
        mut self,
        gate: &AccessGate,
        caller: &Caller,
        now: DateTime<Utc>,
        change: Change,
    ) -> Result<Edited, StoreError> {
        let (before, after) = match change {
            Change::Changed { before, after } => (before, after),
            Change::Unchanged(as_it_is) => {
                drop(self.uow);
                let (part, action) = self.edit.shows();
                let shown = Shown {
                    id: as_it_is.id,
                    version: as_it_is.version,
                    action,
                    part,
                };
                gate.record_reading(caller, &self.access, shown).await?;
                return Ok(Edited {
                    before: None,
                    now: as_it_is,
                    viewpoint: self.viewpoint,
                });
            }
        };
        self.uow.conversations().update(&after).await?;
        let entry = gate
            .entry(caller, ActionName::ConversationEdit, now)
            .about(after.id)
            .with("change", Fact::Word(self.edit.as_str()))
            .under(&self.access)
            .at_version(after.version);
        let entry = match self.edit {
            // A title is never told, neither the old nor the new one.
            Edit::Rename => entry,
            Edit::Privacy | Edit::Sharing => entry
                .with("privacy", Fact::Word(after.privacy.kind().as_str()))
                .with(
                    "previousPrivacy",
                    Fact::Word(before.privacy.kind().as_str()),
                )
                .with("grants", (&after.privacy).into())
                .with("previousGrants", (&before.privacy).into()),
            Edit::Owner => entry
                .with("ownerId", Fact::Id(after.owner_id.as_uuid()))
                .with("previousOwnerId", Fact::Id(before.owner_id.as_uuid())),
        };
        self.uow.commit(entry.into()).await?;
        Ok(Edited {
            before: Some(before),
            now: after,
            viewpoint: self.viewpoint,
        })
    }
}
