//! A conversation as the list shows it.

use i18n_embed_fl::fl;
use parlor_application::{access_gate::ConversationView, caller::Caller};
use parlor_domain::{
    grants::{Grants, PrivacyKind},
    ids::ConversationId,
};

use crate::i18n::Texts;

/// One entry of the list.
pub(super) struct ListItem {
    pub id: ConversationId,
    pub title: String,
    /// When a message last came: microseconds since 1970, what the list is ordered by.
    pub order: i64,
    /// The same for `time`.
    pub machine_time: String,
    /// The same for people.
    pub time: String,
    pub privacy: ShownPrivacy,
    pub privacy_text: String,
    /// Whose it is, where it isn't the reader's own.
    pub owner: Option<String>,
    /// Whether privilege alone shows it.
    pub privileged: bool,
}

/// Which icon stands for a conversation's privacy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShownPrivacy {
    /// A lock.
    Private,
    /// The organization.
    Organization,
    /// Groups.
    Groups,
}

impl ShownPrivacy {
    /// What one reader can know of it: a grant to the organization concerns everybody, so a shared conversation without one is shared with groups.
    pub fn of(view: &ConversationView) -> Self {
        let summary = &view.summary;
        let grants = summary.concerning.grants();
        let organization = grants.and_then(Grants::organization);
        match (summary.privacy, organization) {
            (PrivacyKind::Private, _) => Self::Private,
            (PrivacyKind::Shared, Some(_)) => Self::Organization,
            (PrivacyKind::Shared, None) => Self::Groups,
        }
    }

    /// For who does not see the icon.
    pub fn text(self, t: Texts) -> String {
        match self {
            Self::Private => fl!(t, "common-private"),
            Self::Organization => fl!(t, "common-shared-organization"),
            Self::Groups => fl!(t, "common-shared-groups"),
        }
    }
}

impl ListItem {
    pub fn new(view: &ConversationView, caller: &Caller, t: Texts) -> Self {
        let summary = &view.summary;
        let is_own = summary.owner.id == caller.user_id();
        let privacy = ShownPrivacy::of(view);
        Self {
            id: summary.id,
            title: if summary.title.is_untitled() {
                fl!(t, "list-untitled")
            } else {
                summary.title.as_str().to_owned()
            },
            order: summary.last_activity_at.timestamp_micros(),
            machine_time: t.machine_time(summary.last_activity_at),
            time: t.date_time(summary.last_activity_at),
            privacy,
            privacy_text: privacy.text(t),
            owner: (!is_own).then(|| summary.owner.name.clone()),
            privileged: view.access.is_privileged(),
        }
    }
}
