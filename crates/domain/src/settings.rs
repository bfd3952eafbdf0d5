//! What an organization decides for all its people.

/// The settings of one organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whether conversations may be private. Disabling it never widens an existing conversation.
    pub private_conversations: bool,
}
