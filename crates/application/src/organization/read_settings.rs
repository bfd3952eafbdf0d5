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
