//! The organization's settings.

pub(crate) mod change;
pub(crate) mod read;

use parlor_domain::settings::Settings;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the organization decides for all its people.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Settings)]
pub(crate) struct SettingsDto {
    /// Whether conversations may be private. New ones start private if so, else shared with the organization as view.
    private_conversations: bool,
}

impl From<Settings> for SettingsDto {
    fn from(settings: Settings) -> Self {
        Self {
            private_conversations: settings.private_conversations,
        }
    }
}

impl From<SettingsDto> for Settings {
    fn from(settings: SettingsDto) -> Self {
        Self {
            private_conversations: settings.private_conversations,
        }
    }
}
