//! What saving the share dialog would change, before it is saved.

use std::sync::Arc;

use parlor_domain::{
    access::Action,
    conversation::{PrivateConversationsDisabled, Version},
    grants::{Privacy, PrivacyKind},
    ids::{ConversationId, GroupId},
};

use super::WantedGrants;
use crate::{
    access_gate::{AccessError, AccessGate, Part},
    caller::Caller,
    ports::{AccessReader, StoreError},
};

/// Tells for how many people other grants of a conversation would change what. Needs manage access; changes nothing.
pub struct PreviewSharing {
    gate: Arc<AccessGate>,
    people: Arc<dyn AccessReader>,
}

/// What saving the wanted grants would change. People are counted who are active, whether or not they were ever here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharingPreview {
    /// The conversation's version: what is saved under another one may change something else.
    pub version: Version,
    /// The grants as they are now.
    pub now: Privacy,
    /// The grants as they are wanted.
    pub wanted: Privacy,
    /// Can see it now.
    pub before: u64,
    /// Could see it then.
    pub after: u64,
    /// Cannot see it now; could read it then, and no more.
    pub gain_view: u64,
    /// Can read it at most now; could prompt then.
    pub gain_collaborate: u64,
    /// Can prompt now; could read it then, and no more.
    pub lose_collaborate: u64,
    /// Can see it now; could not then.
    pub lose: u64,
}

impl SharingPreview {
    /// Whether saving would change any grant.
    pub fn changes_grants(&self) -> bool {
        self.now != self.wanted
    }
}

/// Why there is nothing to foresee: what saving would answer too.
#[derive(Debug, thiserror::Error)]
pub enum PreviewSharingError {
    /// As for every other reading.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// These groups are not of the organization.
    #[error("unknown groups")]
    UnknownGroups(Vec<GroupId>),
    /// Saving would make it private, and the organization does not have private conversations.
    #[error(transparent)]
    PrivateConversationsDisabled(#[from] PrivateConversationsDisabled),
}

impl From<StoreError> for PreviewSharingError {
    fn from(error: StoreError) -> Self {
        Self::Access(error.into())
    }
}

impl PreviewSharing {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, people: Arc<dyn AccessReader>) -> Self {
        Self { gate, people }
    }

    /// What these grants would change.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        wanted: WantedGrants,
    ) -> Result<SharingPreview, PreviewSharingError> {
        self.gate
            .read(caller, id, Action::ChangeSharing, Part::Sharing)
            .await?;
        let wanted = Privacy::from_grants(wanted.organization, wanted.groups);
        let foreseen = self
            .people
            .foresee(caller.key_of(id), &wanted)
            .await?
            .ok_or(AccessError::NotFound)?;
        if !foreseen.unknown_groups.is_empty() {
            return Err(PreviewSharingError::UnknownGroups(foreseen.unknown_groups));
        }
        let becomes_private = wanted.kind() == PrivacyKind::Private
            && foreseen.privacy.kind() != PrivacyKind::Private;
        if becomes_private && !foreseen.settings.private_conversations {
            return Err(PrivateConversationsDisabled.into());
        }
        let people = foreseen.people;
        Ok(SharingPreview {
            version: foreseen.version,
            now: foreseen.privacy,
            wanted,
            before: people.before,
            after: people.after,
            gain_view: people.gain_view,
            gain_collaborate: people.gain_collaborate,
            lose_collaborate: people.lose_collaborate,
            lose: people.lose,
        })
    }
}
