//! Read the organization's settings.

use std::sync::Arc;

use parlor_domain::settings::Settings;

use crate::{
    caller::Caller,
    ports::{Directory, StoreError},
};

/// Reads the settings. Every user may.
pub struct ReadSettings {
    directory: Arc<dyn Directory>,
}

impl ReadSettings {
    /// The use case on this directory.
    pub const fn new(directory: Arc<dyn Directory>) -> Self {
        Self { directory }
    }

    /// The settings as they are now.
    pub async fn execute(&self, caller: &Caller) -> Result<Settings, StoreError> {
        self.directory.settings(caller.organization_id()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kit::*, ports::MockDirectory};

    /// Private conversations are disabled in one organization alone.
    fn directory(stage: &Stage) -> Arc<dyn Directory> {
        let mut directory = MockDirectory::new();
        let stage = stage.clone();
        directory
            .expect_settings()
            .returning(move |organization_id| {
                stage.call("read_settings", |_| match organization_id {
                    GLOBEX => PRIVATE_DISABLED,
                    _ => PRIVATE_ENABLED,
                })
            });
        Arc::new(directory)
    }

    async fn read(stage: &Stage, caller: &Caller) -> Result<Settings, StoreError> {
        ReadSettings::new(directory(stage)).execute(caller).await
    }

    #[tokio::test]
    async fn everybody_reads_those_of_its_own_organization() {
        for (caller, settings) in [
            (alice(), PRIVATE_ENABLED),
            (erin(), PRIVATE_ENABLED),
            (mallory(), PRIVATE_DISABLED),
        ] {
            let stage = Stage::empty();
            assert_eq!(read(&stage, &caller).await.unwrap(), settings);
        }
    }

    #[tokio::test]
    async fn a_failure_is_passed_on() {
        assert_every_failure_is_passed_on(Stage::empty, async |stage| read(stage, &alice()).await)
            .await;
    }
}
