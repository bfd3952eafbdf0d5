//! A conversation as the list shows it.

use i18n_embed_fl::fl;
use parlor_application::{
    access_gate::ConversationView,
    caller::Caller,
    conversations::{FoundConversation, FoundExcerpt},
};
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
    /// Where it leads.
    pub href: String,
    /// Where a search found something in a message.
    pub excerpt: Option<Vec<ExcerptPiece>>,
}

/// A part of an excerpt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ExcerptPiece {
    pub text: String,
    /// Whether it is what was found.
    pub found: bool,
}

/// An excerpt, cut where its ranges begin and end.
fn pieces(found: &FoundExcerpt) -> Vec<ExcerptPiece> {
    let mut pieces: Vec<ExcerptPiece> = Vec::new();
    for (place, character) in found.excerpt.text.chars().enumerate() {
        let mut ranges = found.excerpt.ranges.iter();
        let is_found = ranges.any(|range| range.contains(&place));
        match pieces.last_mut() {
            Some(piece) if piece.found == is_found => piece.text.push(character),
            _ => pieces.push(ExcerptPiece {
                text: character.to_string(),
                found: is_found,
            }),
        }
    }
    pieces
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
    /// One that a search found: it leads to the message.
    pub fn found(found: &FoundConversation, caller: &Caller, t: Texts) -> Self {
        let item = Self::new(&found.view, caller, t);
        let in_message = found.excerpt.as_ref();
        let Some((excerpt, id)) =
            in_message.and_then(|excerpt| Some((excerpt, excerpt.message_id?)))
        else {
            return item;
        };
        Self {
            href: format!("{}?at={id}#m-{id}", item.href),
            excerpt: Some(pieces(excerpt)),
            ..item
        }
    }

    pub fn new(view: &ConversationView, caller: &Caller, t: Texts) -> Self {
        let summary = &view.summary;
        let is_own = summary.owner.id == caller.user_id();
        let privacy = ShownPrivacy::of(view);
        Self {
            id: summary.id,
            title: t.title(&summary.title),
            order: summary.last_activity_at.timestamp_micros(),
            machine_time: t.machine_time(summary.last_activity_at),
            time: t.date_time(summary.last_activity_at),
            privacy,
            privacy_text: privacy.text(t),
            owner: (!is_own).then(|| summary.owner.name.clone()),
            privileged: view.access.is_privileged(),
            href: format!("/conversations/{}", summary.id),
            excerpt: None,
        }
    }
}
