//! "Why can I see this?" and "what may she do with it?"

use std::sync::Arc;

use parlor_domain::{
    access::{Access, Action},
    ids::{ConversationId, UserId},
};

use crate::{
    access_gate::{AccessError, AccessGate, Part},
    caller::Caller,
    ports::{Directory, Identity, UserRef},
};

/// Explains somebody's access to a conversation: one's own for any viewer, another's for those who manage it.
pub struct ExplainAccess {
    gate: Arc<AccessGate>,
    directory: Arc<dyn Directory>,
}

/// Whose access it is, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedAccess {
    /// Whose.
    pub user: UserRef,
    /// The level with every reason.
    pub access: Access,
}

impl ExplainAccess {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, directory: Arc<dyn Directory>) -> Self {
        Self { gate, directory }
    }

    /// The access of `user_id`, or the caller's own without one. A user that is not active in the organization is not
    /// found.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        user_id: Option<UserId>,
    ) -> Result<ExplainedAccess, AccessError> {
        let Some(user_id) = user_id else {
            let view = self
                .gate
                .read(caller, id, Action::Read, Part::Access)
                .await?;
            let user = UserRef {
                id: caller.user_id(),
                name: caller.member.name.clone(),
            };
            return Ok(ExplainedAccess {
                user,
                access: view.access,
            });
        };
        self.gate
            .read(caller, id, Action::ExplainAccess, Part::Access)
            .await?;
        let identity = Identity {
            organization_id: caller.organization_id(),
            user_id,
        };
        let member = self
            .directory
            .find_member(identity)
            .await?
            .ok_or(AccessError::NotFound)?;
        let principal = &member.principal;
        let found = self.gate.reader.find(principal, id).await?;
        let access = found.map_or_else(
            || Access::none(principal),
            |summary| summary.access_of(principal),
        );
        Ok(ExplainedAccess {
            user: UserRef {
                id: user_id,
                name: member.name,
            },
            access,
        })
    }
}
