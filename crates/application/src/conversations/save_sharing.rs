//! Save the share dialog.

use std::{collections::BTreeMap, sync::Arc};

use parlor_domain::{
    access::Action,
    conversation::Version,
    grants::{Level, Privacy},
    ids::{ConversationId, GroupId},
};

use super::edit::{Edit, EditError, PendingEdit};
use crate::{
    access_gate::{AccessError, AccessGate, OpenConversation, StepError},
    caller::Caller,
    ports::StoreError,
    version_condition::VersionCondition,
};

/// Replaces all grants of a conversation at once, under the version that the dialog was opened with. Needs manage access.
pub struct SaveSharing {
    gate: Arc<AccessGate>,
}

/// The grants as somebody wants them; none at all makes the conversation private.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WantedGrants {
    /// Everybody's level.
    pub organization: Option<Level>,
    /// Groups' levels.
    pub groups: BTreeMap<GroupId, Level>,
}

/// The grants as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedGrants {
    /// The grants.
    pub privacy: Privacy,
    /// The conversation's version.
    pub version: Version,
}

/// Why the grants were not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveSharingError {
    /// As for every other change.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The caller did not say which version it has seen.
    #[error("saving grants needs the version that they were read under")]
    VersionRequired,
    /// These groups are not of the organization.
    #[error("unknown groups")]
    UnknownGroups(Vec<GroupId>),
}

impl From<AccessError> for SaveSharingError {
    fn from(error: AccessError) -> Self {
        Self::Edit(error.into())
    }
}

impl From<StoreError> for SaveSharingError {
    fn from(error: StoreError) -> Self {
        Self::Edit(error.into())
    }
}

impl StepError for SaveSharingError {
    fn is_store_failure(&self) -> bool {
        match self {
            Self::Edit(error) => error.is_store_failure(),
            Self::VersionRequired | Self::UnknownGroups(_) => false,
        }
    }
}

impl SaveSharing {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>) -> Self {
        Self { gate }
    }

    /// Saves the grants; the same grants again change nothing. Answers what is granted now.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        condition: &VersionCondition,
        wanted: WantedGrants,
    ) -> Result<SavedGrants, SaveSharingError> {
        let save = |open| self.save(caller, open, condition, wanted);
        let action = Action::ChangeSharing;
        self.gate.step(caller, id, action, save).await
    }

    async fn save(
        &self,
        caller: &Caller,
        open: OpenConversation,
        condition: &VersionCondition,
        wanted: WantedGrants,
    ) -> Result<SavedGrants, SaveSharingError> {
        let now = self.gate.clock.now();
        let (mut pending, conversation, settings) = PendingEdit::of(open, Edit::Sharing);
        if *condition == VersionCondition::Unstated {
            return Err(SaveSharingError::VersionRequired);
        }
        condition
            .check(conversation.version)
            .map_err(EditError::from)?;
        let groups: Vec<_> = wanted.groups.keys().copied().collect();
        if !groups.is_empty() {
            let unknown = pending.uow.directory().unknown_groups(&groups).await?;
            if !unknown.is_empty() {
                return Err(SaveSharingError::UnknownGroups(unknown));
            }
        }
        let privacy = Privacy::from_grants(wanted.organization, wanted.groups);
        let change = conversation
            .share(privacy, settings)
            .map_err(EditError::from)?;
        let edited = pending.commit(&self.gate, caller, now, change).await?;
        Ok(SavedGrants {
            privacy: edited.now.privacy,
            version: edited.now.version,
        })
    }
}
