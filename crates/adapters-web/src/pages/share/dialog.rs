//! What the dialog shows.

use askama::Template;
use i18n_embed_fl::fl;
use parlor_application::conversations::SharingPreview;
use parlor_domain::{
    conversation::Version,
    grants::{Level, Privacy},
    ids::ConversationId,
};

use super::{
    choice::{ChosenGroup, FoundGroup, KeptGrants},
    words::{self, Compared, Names},
};
use crate::{frame::Frame, i18n::Texts};

/// The dialog as a page.
#[derive(Template)]
#[template(path = "share_page.html")]
pub(super) struct SharePage {
    pub frame: Frame,
    pub dialog: ShareDialog,
}

/// The dialog alone, for a script.
#[derive(Template)]
#[template(path = "share_fragment.html")]
pub(super) struct ShareFragment {
    pub frame: Frame,
    pub dialog: ShareDialog,
}

/// The groups that were found alone, for a script.
#[derive(Template)]
#[template(path = "share_found_fragment.html")]
pub(super) struct FoundFragment {
    pub frame: Frame,
    pub id: ConversationId,
    pub found: Found,
}

pub(super) struct ShareDialog {
    pub id: ConversationId,
    /// Whether it is a page of its own.
    pub is_page: bool,
    /// What the conversation is called; a script has it on its page already.
    pub title: Option<String>,
    pub organization_name: String,
    /// Whether the conversation is shared at present, whatever is chosen.
    pub shared_now: bool,
    pub version: u64,
    pub opened: String,
    pub organization: Option<Level>,
    pub groups: Vec<ChosenGroup>,
    pub found: Found,
    pub summary: Summary,
    /// Why the choice could not be saved as it was.
    pub problem: Option<String>,
    pub conflict: Option<Conflict>,
}

impl ShareDialog {
    /// Whether the organization's collaboration is ticked.
    pub fn collaborates(&self) -> bool {
        self.organization == Some(Level::Collaborate)
    }
}

/// The groups that can be added.
pub(super) struct Found {
    pub q: String,
    pub groups: Vec<FoundGroup>,
    /// How many there are, or that there is none.
    pub status: String,
    /// Whether the caller may look for groups at all.
    pub refused: bool,
}

impl Found {
    pub fn new(q: &str, groups: Vec<FoundGroup>, more: bool, t: Texts) -> Self {
        let count = groups.len();
        let status = match (count, more) {
            (0, _) if q.is_empty() => fl!(t, "share-found-none-at-all"),
            (0, _) => fl!(t, "share-found-none"),
            (_, true) => fl!(t, "share-found-more"),
            (_, false) => {
                let number = t.number(count as u64);
                fl!(t, "share-found-count", count = count, number = number)
            }
        };
        Self {
            q: q.to_owned(),
            groups,
            status,
            refused: false,
        }
    }

    pub fn refused() -> Self {
        Self {
            q: String::new(),
            groups: Vec::new(),
            status: String::new(),
            refused: true,
        }
    }
}

/// What saving would change.
pub(super) enum Summary {
    /// That is not known yet.
    Pending,
    /// Nothing.
    Nothing,
    Changes(Changes),
}

/// Something would change, and all of it is said.
pub(super) struct Changes {
    pub lines: Vec<String>,
    /// The grants of which these lines speak, for the form to say that they were shown.
    pub reviewed: String,
    /// The version that saving replaces, where it is not the form's own.
    pub newer: Option<u64>,
    pub becomes_private: bool,
}

impl Summary {
    /// `newer` is the present version where the form has an older one.
    pub fn of(preview: &SharingPreview, names: &Names, newer: Option<Version>, t: Texts) -> Self {
        if !preview.changes_grants() {
            return Self::Nothing;
        }
        Self::Changes(Changes {
            lines: words::consequences(preview, names, t),
            reviewed: KeptGrants(preview.wanted.clone()).to_string(),
            newer: newer.map(Version::as_number),
            becomes_private: preview.wanted == Privacy::Private,
        })
    }
}

/// Somebody else was faster.
pub(super) struct Conflict {
    /// Whether grants were changed, and not only something else of the conversation.
    pub of_grants: bool,
    pub rows: Vec<Compared>,
}

impl Conflict {
    pub fn new(opened: &Privacy, now: &Privacy, yours: &Privacy, names: &Names, t: Texts) -> Self {
        Self {
            of_grants: opened != now,
            rows: words::compare(opened, now, yours, names, t),
        }
    }
}
