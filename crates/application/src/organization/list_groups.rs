//! List the organization's groups, for a share dialog.

use std::sync::Arc;

use parlor_domain::{audit::ActionName, principal::Permission};

use crate::{
    access_gate::{AccessError, AccessGate},
    caller::Caller,
    paging::{Page, PageSize},
    ports::{Directory, GroupRef, NameSearch},
};

/// Lists groups by name, all of them or those whose name contains a text. Needs `run_ai` or `manage_responses`.
pub struct ListGroups {
    gate: Arc<AccessGate>,
    directory: Arc<dyn Directory>,
}

impl ListGroups {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, directory: Arc<dyn Directory>) -> Self {
        Self { gate, directory }
    }

    /// One page.
    pub async fn execute(
        &self,
        caller: &Caller,
        search: Option<NameSearch>,
        after: Option<GroupRef>,
        size: PageSize,
    ) -> Result<Page<GroupRef, GroupRef>, AccessError> {
        const NEEDED: &[Permission] = &[Permission::RunAi, Permission::ManageResponses];
        self.gate
            .require(caller, caller.principal(), NEEDED, ActionName::ListGroups)
            .await?;
        let groups = self
            .directory
            .list_groups(caller.organization_id(), search, after, size.and_one())
            .await?;
        Ok(Page::cut(groups, size, Clone::clone))
    }
}
