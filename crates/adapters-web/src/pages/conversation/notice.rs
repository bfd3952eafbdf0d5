//! What a page tells once: what was just done, and how to undo it.
//!
//! It travels from the answer to a form to the page after it in a cookie, which no link can set, and which bears a seal that only the
//! service can make, for one session: what *Undo* would do is what was undone, and nothing that somebody else made up.

use std::{collections::BTreeMap, fmt, str::FromStr};

use axum::http::{HeaderMap, HeaderValue};
use i18n_embed_fl::fl;
use parlor_application::{access_gate::ConversationView, conversations::WantedGrants};
use parlor_domain::{
    access::Action,
    conversation::Version,
    grants::{Grants, Level, PrivacyKind},
    ids::{ConversationId, GroupId},
};

use super::trouble::Trouble;
use crate::{
    csrf::CsrfToken,
    i18n::Texts,
    session::cookies::{self, Lifetime},
};

const COOKIE: &str = "parlor_notice";
/// Long enough for a page to load.
const KEPT_FOR: Lifetime = Lifetime::Seconds(30);
/// What a browser keeps in one cookie for sure; grants to more groups than fit cannot be undone by a click.
const LONGEST: usize = 3_500;

/// A notice on a page.
pub(super) struct Notice {
    pub danger: bool,
    pub title: String,
    pub text: String,
    pub undo: Option<Undo>,
}

/// What takes back what was done.
pub(super) enum Undo {
    /// Making it private again.
    MakePrivate,
    /// Giving the removed grants back.
    GiveBack(RemovedGrants),
}

impl Notice {
    /// What went wrong.
    pub fn of(trouble: Trouble) -> Self {
        Self {
            danger: true,
            title: trouble.title,
            text: trouble.text,
            undo: None,
        }
    }
}

/// What was done to which version of which conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub conversation_id: ConversationId,
    /// The version that came of it: what was done since then is not undone.
    pub version: u64,
    pub deed: Deed,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deed {
    /// Shared with the organization, as view.
    Shared,
    /// Made private; these grants went.
    MadePrivate(Option<RemovedGrants>),
    /// What was done was undone.
    Undone,
    /// Shared as somebody chose in the dialog for that.
    SharingSaved,
    /// Copied: this is the copy.
    Forked,
}

impl Told {
    /// The notice, if the conversation is still as it was told.
    pub fn notice(self, t: Texts, view: &ConversationView) -> Option<Notice> {
        let summary = &view.summary;
        if summary.id != self.conversation_id || summary.version.as_number() != self.version {
            return None;
        }
        let may_toggle = view.access.allows(Action::TogglePrivacy);
        let (title, text, undo) = match self.deed {
            Deed::Shared => (
                fl!(t, "conversation-shared-title"),
                fl!(t, "conversation-shared-text"),
                Some(Undo::MakePrivate),
            ),
            Deed::MadePrivate(removed) => (
                fl!(t, "conversation-made-private-title"),
                fl!(t, "conversation-made-private-text"),
                removed.map(Undo::GiveBack),
            ),
            Deed::Undone => (
                fl!(t, "conversation-undone-title"),
                fl!(t, "conversation-undone-text"),
                None,
            ),
            Deed::SharingSaved => (
                fl!(t, "conversation-sharing-saved-title"),
                if summary.privacy == PrivacyKind::Private {
                    fl!(t, "conversation-sharing-saved-private")
                } else {
                    fl!(t, "conversation-sharing-saved-text")
                },
                None,
            ),
            Deed::Forked => (
                fl!(t, "conversation-forked-title"),
                fl!(t, "conversation-forked-text"),
                None,
            ),
        };
        Some(Notice {
            danger: false,
            title,
            text,
            undo: undo.filter(|_| may_toggle),
        })
    }

    /// What lets the next page tell it.
    pub fn cookie(mut self, secure: bool, csrf: &CsrfToken) -> HeaderValue {
        let mut value = self.to_string();
        if value.len() > LONGEST {
            self.deed = Deed::MadePrivate(None);
            value = self.to_string();
        }
        let sealed = format!("{}_{value}", csrf.seal(&value));
        cookies::set(&cookies::name(secure, COOKIE), &sealed, KEPT_FOR, secure)
    }
}

/// What lets the next page tell that this version was shared as somebody chose.
pub(in crate::pages) fn sharing_saved(
    conversation_id: ConversationId,
    version: Version,
    secure: bool,
    csrf: &CsrfToken,
) -> HeaderValue {
    let told = Told {
        conversation_id,
        version: version.as_number(),
        deed: Deed::SharingSaved,
    };
    told.cookie(secure, csrf)
}

/// What the page before wants told, if it was a page of this session.
pub(super) fn told(headers: &HeaderMap, secure: bool, csrf: &CsrfToken) -> Option<Told> {
    let sealed = cookies::find(headers, &cookies::name(secure, COOKIE))?;
    let (seal, value) = sealed.split_once('_')?;
    (seal == csrf.seal(value)).then(|| value.parse().ok())?
}

/// Whether there is anything to be told, or to be forgotten.
pub(super) fn is_told(headers: &HeaderMap, secure: bool) -> bool {
    cookies::find(headers, &cookies::name(secure, COOKIE)).is_some()
}

/// What lets a browser tell it only once.
pub(super) fn forget(secure: bool) -> HeaderValue {
    cookies::set(&cookies::name(secure, COOKIE), "", Lifetime::Gone, secure)
}

/// The text is no notice, or no grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not what a page tells")]
pub(super) struct Malformed;

/// `<conversation>_<version>_<deed>`.
impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_", self.conversation_id, self.version)?;
        match &self.deed {
            Deed::Shared => f.write_str("shared"),
            Deed::MadePrivate(None) => f.write_str("private"),
            Deed::MadePrivate(Some(removed)) => write!(f, "private_{removed}"),
            Deed::Undone => f.write_str("undone"),
            Deed::SharingSaved => f.write_str("saved"),
            Deed::Forked => f.write_str("forked"),
        }
    }
}

impl FromStr for Told {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut parts = text.splitn(4, '_');
        let mut next = || parts.next().ok_or(Malformed);
        let conversation_id = next()?.parse().map_err(|_| Malformed)?;
        let version = next()?.parse().map_err(|_| Malformed)?;
        let deed = next()?;
        let deed = match (deed, parts.next()) {
            ("shared", None) => Deed::Shared,
            ("private", None) => Deed::MadePrivate(None),
            ("private", Some(removed)) => Deed::MadePrivate(Some(removed.parse()?)),
            ("undone", None) => Deed::Undone,
            ("saved", None) => Deed::SharingSaved,
            ("forked", None) => Deed::Forked,
            _ => return Err(Malformed),
        };
        Ok(Self {
            conversation_id,
            version,
            deed,
        })
    }
}

/// Grants that went, as they stand in the cookie and in the form that gives them back: `o` for the organization or a group's id,
/// then `v` or `c` for the level, one after the other with `.` between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RemovedGrants(Grants);

impl RemovedGrants {
    pub const fn new(grants: Grants) -> Self {
        Self(grants)
    }

    /// What *Undo* saves.
    pub fn wanted(&self) -> WantedGrants {
        WantedGrants {
            organization: self.0.organization(),
            groups: self.0.groups().clone(),
        }
    }
}

const fn letter(level: Level) -> char {
    match level {
        Level::View => 'v',
        Level::Collaborate => 'c',
    }
}

impl fmt::Display for RemovedGrants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if let Some(level) = self.0.organization() {
            write!(f, "o{}", letter(level))?;
            separator = ".";
        }
        for (group, &level) in self.0.groups() {
            write!(f, "{separator}{group}{}", letter(level))?;
            separator = ".";
        }
        Ok(())
    }
}

impl FromStr for RemovedGrants {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (mut organization, mut groups) = (None, BTreeMap::new());
        for grant in text.split('.') {
            let whose = grant.strip_suffix(['v', 'c']).ok_or(Malformed)?;
            let level = if grant.ends_with('v') {
                Level::View
            } else {
                Level::Collaborate
            };
            let is_new = if whose == "o" {
                organization.replace(level).is_none()
            } else {
                let group: GroupId = whose.parse().map_err(|_| Malformed)?;
                groups.insert(group, level).is_none()
            };
            if !is_new {
                return Err(Malformed);
            }
        }
        let grants = Grants::new(organization, groups).ok_or(Malformed)?;
        let removed = Self(grants);
        // One spelling only.
        (removed.to_string() == text)
            .then_some(removed)
            .ok_or(Malformed)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ID: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";
    const GROUP: &str = "0190a2b4-1111-7cc0-98c4-dc0c0c07398f";

    #[test]
    fn what_is_told_is_read_as_it_is_written() {
        for deed in [
            "shared".to_owned(),
            "private".to_owned(),
            "undone".to_owned(),
            "forked".to_owned(),
            "saved".to_owned(),
            "private_ov".to_owned(),
            format!("private_{GROUP}c"),
            format!("private_oc.{GROUP}v"),
        ] {
            let text = format!("{ID}_7_{deed}");
            assert_eq!(text.parse::<Told>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_nobody_told_is_refused() {
        for text in [
            "",
            ID,
            &format!("{ID}_7"),
            &format!("{ID}_7_"),
            &format!("{ID}_-7_shared"),
            &format!("{ID}_7_shared_ov"),
            &format!("{ID}_7_private_"),
            &format!("{ID}_7_private_o"),
            &format!("{ID}_7_private_ov.oc"),
            &format!("{ID}_7_private_{GROUP}v.ov"),
            &format!("{ID}_7_private_{GROUP}v.{GROUP}c"),
            &format!("{ID}_7_private_{}v", GROUP.to_uppercase()),
        ] {
            assert_eq!(text.parse::<Told>(), Err(Malformed), "{text}");
        }
    }

    #[test]
    fn grants_to_more_groups_than_a_cookie_holds_are_told_without_an_undo() {
        let groups = (0..200_u128).map(|id| (GroupId::from_uuid(Uuid::from_u128(id)), Level::View));
        let removed = RemovedGrants(Grants::new(None, groups.collect()).unwrap());
        let told = Told {
            conversation_id: ID.parse().unwrap(),
            version: 7,
            deed: Deed::MadePrivate(Some(removed)),
        };
        let cookie = told.cookie(false, &CsrfToken::of("secret"));
        let cookie = cookie.to_str().unwrap();
        let value = format!("_{ID}_7_private;");
        assert!(cookie.contains(&value), "{cookie}");
    }

    #[test]
    fn only_what_this_session_was_told_is_taken() {
        let csrf = CsrfToken::of("secret");
        for secure in [false, true] {
            let told = format!("{ID}_7_private_ov").parse::<Told>().unwrap();
            let cookie = told.clone().cookie(secure, &csrf);
            let cookie = cookie.to_str().unwrap();
            assert_eq!(cookie.starts_with("__Host-"), secure);
            let (pair, _) = cookie.split_once(';').unwrap();
            let reads = |cookie: &str, csrf: &CsrfToken| {
                let mut headers = HeaderMap::new();
                headers.insert("cookie", cookie.parse().unwrap());
                super::told(&headers, secure, csrf)
            };
            assert_eq!(reads(pair, &csrf), Some(told));
            assert_eq!(reads(pair, &CsrfToken::of("another")), None);
            assert_eq!(reads(&pair.replace("_ov", "_oc"), &csrf), None);
            let name = cookies::name(secure, COOKIE);
            for made_up in [
                format!("{ID}_7_private_oc"),
                format!("_{ID}_7_private_oc"),
                format!("{}_{ID}_7_private_oc", "0".repeat(32)),
            ] {
                assert_eq!(reads(&format!("{name}={made_up}"), &csrf), None);
            }
        }
    }
}
