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

#[cfg(test)]
mod tests {
    use parlor_domain::grants::Level::View;
    use serde_json::json;

    use super::*;
    use crate::kit::*;

    async fn change(stage: &Stage, caller: &Caller, to: Settings) -> Result<Settings, AccessError> {
        ChangeSettings::new(stage.gate()).execute(caller, to).await
    }

    #[tokio::test]
    async fn who_manages_settings_changes_them_and_no_conversation() {
        for (before, after) in [
            (PRIVATE_ENABLED, PRIVATE_DISABLED),
            (PRIVATE_DISABLED, PRIVATE_ENABLED),
        ] {
            for conversation in [private(), shared(View)] {
                let stage = Stage::with(conversation.clone()).under(before);
                assert_eq!(change(&stage, &admin(), after).await.unwrap(), after);
                assert_eq!(stage.stored().settings, after);
                assert_eq!(stage.conversation(CONVERSATION), conversation);
                assert_eq!(
                    stage.committed(),
                    [json!({
                        "action": "UPDATE_GENERAL_SETTINGS",
                        "result": "SUCCEEDED",
                        "actor": "admin",
                        "input": {
                            "privateConversations": after.private_conversations,
                            "previousPrivateConversations": before.private_conversations,
                        },
                        "access": null,
                        "reasons": [],
                        "privileged": false,
                        "version": null,
                        "errors": null,
                    })]
                );
                assert_eq!(
                    stage.trace(),
                    "begin find_member settings save_settings commit"
                );
            }
        }
    }

    #[tokio::test]
    async fn the_settings_that_are_there_change_nothing() {
        let stage = Stage::empty();
        let settings = change(&stage, &admin(), PRIVATE_ENABLED).await.unwrap();
        assert_eq!(settings, PRIVATE_ENABLED);
        stage.assert_untouched();
        assert_eq!(stage.trace(), "begin find_member settings roll_back");
    }

    #[tokio::test]
    async fn nobody_else_changes_them_whatever_else_it_may() {
        for caller in [alice(), vera(), max(), erin()] {
            let stage = Stage::empty();
            let refused = change(&stage, &caller, PRIVATE_DISABLED).await;
            let needed = &[Permission::ManageSettings];
            assert_lacks(&stage, &caller, needed, "UPDATE_GENERAL_SETTINGS", refused);
            assert_eq!(stage.stored().settings, PRIVATE_ENABLED);
            assert_eq!(stage.trace(), "begin find_member roll_back record");
        }
    }

    #[tokio::test]
    async fn a_permission_that_was_taken_away_since_the_request_began_does_not_count() {
        let stage = Stage::empty();
        stage.change(|stored| {
            let demoted = stored.members.get_mut(&admin().user_id()).unwrap();
            demoted.principal.permissions = alice().member.principal.permissions;
        });
        let refused = change(&stage, &admin(), PRIVATE_DISABLED).await;
        let needed = &[Permission::ManageSettings];
        let action = "UPDATE_GENERAL_SETTINGS";
        assert_lacks(&stage, &admin(), needed, action, refused);
    }

    #[tokio::test]
    async fn who_was_stopped_is_not_known_any_more() {
        assert_stopped_is_unauthenticated(Stage::empty, &admin(), async |stage| {
            change(stage, &admin(), PRIVATE_DISABLED).await
        })
        .await;
    }

    #[tokio::test]
    async fn every_failure_is_passed_on_and_nothing_is_stored() {
        for caller in [admin(), alice()] {
            assert_every_failure_is_passed_on(Stage::empty, async |stage| {
                change(stage, &caller, PRIVATE_DISABLED).await
            })
            .await;
        }
    }
}
