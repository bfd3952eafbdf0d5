//! What stands above a conversation: what it is called, whose it is, who sees it, and what one can do with the whole.

use askama::Template;
use i18n_embed_fl::fl;
use parlor_application::access_gate::ConversationView;
use parlor_domain::{
    access::{Action, Reason},
    grants::PrivacyKind,
    ids::{ConversationId, MessageId},
};

use crate::{errors::PageError, frame::Frame, i18n::Texts, pages::list::ShownPrivacy};

/// The header, for one reader.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether there is one button"
)]
pub(super) struct HeaderView {
    pub id: ConversationId,
    /// The conversation's address.
    pub base: String,
    pub title: String,
    /// Whose it is, where it isn't the reader's own.
    pub owner: Option<String>,
    pub version: u64,
    /// The reader's level, for scripts to notice another one.
    pub access: &'static str,
    pub privacy: ShownPrivacy,
    pub privacy_text: String,
    /// To what a click on the icon toggles.
    pub toggles_to: PrivacyKind,
    /// The same in words.
    pub toggle_hint: String,
    /// Whether privilege alone shows it.
    pub privileged: bool,
    /// Why the reader sees it.
    pub reasons: Vec<String>,
    /// What it is a copy of.
    pub forked_from: Option<ConversationId>,
    /// The end of the path that the reader has come to.
    pub leaf: Option<MessageId>,
    /// The same where the reader chose that path: forms come back to it, and to the newest one otherwise.
    pub chosen: Option<MessageId>,
    pub may_rename: bool,
    pub may_toggle: bool,
    pub may_share: bool,
    pub may_fork: bool,
    pub may_delete: bool,
    /// Whether the reader may see who sees it, and who looked at it by privilege.
    pub may_see_access: bool,
}

impl HeaderView {
    pub fn new(t: Texts, view: &ConversationView, is_own: bool, leaf: Option<MessageId>) -> Self {
        let (summary, access) = (&view.summary, &view.access);
        let privacy = ShownPrivacy::of(view);
        let toggles_to = match summary.privacy {
            PrivacyKind::Private => PrivacyKind::Shared,
            PrivacyKind::Shared => PrivacyKind::Private,
        };
        Self {
            id: summary.id,
            base: format!("/conversations/{}", summary.id),
            title: t.title(&summary.title),
            owner: (!is_own).then(|| summary.owner.name.clone()),
            version: summary.version.as_number(),
            access: access.level().as_str(),
            privacy,
            privacy_text: privacy.text(t),
            toggles_to,
            toggle_hint: match toggles_to {
                PrivacyKind::Private => fl!(t, "conversation-toggle-to-private"),
                PrivacyKind::Shared => fl!(t, "conversation-toggle-to-shared"),
            },
            privileged: access.is_privileged(),
            reasons: access.reasons().iter().map(|&why| reason(t, why)).collect(),
            forked_from: summary.forked_from,
            leaf,
            chosen: None,
            may_rename: access.allows(Action::Rename),
            may_toggle: access.allows(Action::TogglePrivacy),
            may_share: access.allows(Action::ChangeSharing),
            may_fork: access.allows(Action::Fork),
            may_delete: access.allows(Action::Delete),
            may_see_access: access.allows(Action::ExplainAccess)
                && access.allows(Action::ReadPrivilegedReadings),
        }
    }
}

impl HeaderView {
    /// The class of the icon.
    pub const fn privacy_class(&self) -> &'static str {
        match self.privacy {
            ShownPrivacy::Private => "is-private",
            ShownPrivacy::Organization | ShownPrivacy::Groups => "is-shared",
        }
    }
}

/// A reason in words.
fn reason(t: Texts, reason: Reason) -> String {
    match reason {
        Reason::Owner => fl!(t, "conversation-why-owner"),
        Reason::ManageResponses => fl!(t, "conversation-why-manage-responses"),
        Reason::OrganizationCollaborate => fl!(t, "conversation-why-organization-collaborate"),
        Reason::GroupCollaborate => fl!(t, "conversation-why-group-collaborate"),
        Reason::OrganizationView => fl!(t, "conversation-why-organization-view"),
        Reason::GroupView => fl!(t, "conversation-why-group-view"),
        Reason::ViewPrivateResponses => fl!(t, "conversation-why-view-private-responses"),
    }
}

/// The header alone, for a stream.
#[derive(Template)]
#[template(path = "conversation_header.html")]
pub(super) struct HeaderFragment<'a> {
    pub frame: &'a Frame,
    pub header: &'a HeaderView,
}

impl HeaderFragment<'_> {
    pub fn html(&self) -> Result<String, PageError> {
        self.render().map_err(|error| PageError::failed(&error))
    }
}
