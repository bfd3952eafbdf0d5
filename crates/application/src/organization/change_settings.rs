//! Change the organization's settings.

use std::sync::Arc;

use parlor_domain::{
    audit::{ActionName, Fact},
    principal::Permission,
    settings::Settings,
};

use crate::{
    access_gate::{AccessError, AccessGate},
    caller::Caller,
};

/// Replaces the settings. Needs `manage_settings`. No existing conversation changes with them.
pub struct ChangeSettings {
    gate: Arc<AccessGate>,
}

impl ChangeSettings {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>) -> Self {
        Self { gate }
    }

    /// Saves them; the same settings again change nothing.
    pub async fn execute(
        &self,
        caller: &Caller,
        settings: Settings,
    ) -> Result<Settings, AccessError> {
        const NEEDED: &[Permission] = &[Permission::ManageSettings];
        let now = self.gate.clock.now();
        let mut uow = self.gate.units.begin(caller.organization_id()).await?;
        let principal = self.gate.principal(uow.as_mut(), caller).await?;
        if !principal.may(Permission::ManageSettings) {
            drop(uow);
            return Err(self
                .gate
                .refuse_permission(caller, NEEDED, ActionName::UpdateGeneralSettings)
                .await);
        }
        let before = uow.directory().settings().await?;
        if before == settings {
            return Ok(settings);
        }
        uow.directory().save_settings(settings).await?;
        let entry = self
            .gate
            .entry(caller, ActionName::UpdateGeneralSettings, now)
            .with(
                "privateConversations",
                Fact::Flag(settings.private_conversations),
            )
            .with(
                "previousPrivateConversations",
                Fact::Flag(before.private_conversations),
            );
        uow.commit(entry.into()).await?;
        Ok(settings)
    }
}
