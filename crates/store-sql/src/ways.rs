//! The ways through which conversations are visible, as the statements ask for them.

use parlor_application::ports::ConversationFilter;
use parlor_domain::principal::{Permission, Principal};
use uuid::Uuid;

/// The ways into a list: which of the statements' scans run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Ways {
    /// One's own.
    pub mine: bool,
    /// What a grant shows.
    pub granted: Granted,
    /// The whole organization's, by privilege.
    pub everything: bool,
    /// Others' private ones, by privilege.
    pub others_private: bool,
}

/// Which conversations a grant lets into a list.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// None.
    #[default]
    None,
    /// Others' alone.
    Others,
    /// One's own too: they are in the list anyway, and to tell them apart would cost more.
    All,
}

impl Ways {
    /// The ways of a principal into a list. Grants count for those alone who may use the AI.
    pub fn new(filter: ConversationFilter, principal: &Principal) -> Self {
        let none = Self::default();
        let sees_everything = principal.may(Permission::ViewPrivateResponses);
        let if_granted = |granted| {
            if principal.may(Permission::RunAi) {
                granted
            } else {
                Granted::None
            }
        };
        match filter {
            // Who sees everything need not be told by which grant.
            ConversationFilter::All if sees_everything => Self {
                everything: true,
                ..none
            },
            ConversationFilter::All => Self {
                mine: true,
                granted: if_granted(Granted::All),
                ..none
            },
            ConversationFilter::Mine => Self { mine: true, ..none },
            ConversationFilter::Shared => Self {
                granted: if_granted(Granted::Others),
                ..none
            },
            ConversationFilter::Private => Self {
                others_private: sees_everything,
                ..none
            },
        }
    }
}

/// The audiences of a principal through which these ways lead: oneself, the organization, and each of one's groups.
pub fn audiences(principal: &Principal, ways: Ways) -> Vec<Uuid> {
    let mut audiences = Vec::new();
    if ways.mine {
        audiences.push(principal.user_id.as_uuid());
    }
    if ways.granted != Granted::None {
        audiences.push(principal.organization_id.as_uuid());
        audiences.extend(principal.groups.iter().map(|id| id.as_uuid()));
    }
    audiences
}
