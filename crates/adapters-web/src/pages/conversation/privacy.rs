//! Click the lock, and take it back.

use askama::Template;
use axum::{
    extract::State,
    http::header::SET_COOKIE,
    response::{IntoResponse, Redirect, Response},
};
use i18n_embed_fl::fl;
use parlor_application::{
    conversations::Toggled, messages::ShownPath, version_condition::VersionCondition,
};
use parlor_domain::{
    access::Action,
    conversation::Version,
    grants::PrivacyKind,
    ids::{ConversationId, MessageId},
};
use serde::Deserialize;

use super::{
    notice::{Deed, RemovedGrants, Told},
    show::{self, Troubled},
    trouble::Trouble,
};
use crate::{
    errors::{PageError, page},
    extract::{Form, Fragment, NoQuery, PathId, Text, non_empty},
    frame::{Frame, Section},
    session::SignedIn,
    web::Web,
};

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum To {
    Private,
    Shared,
}

impl From<To> for PrivacyKind {
    fn from(to: To) -> Self {
        match to {
            To::Private => Self::Private,
            To::Shared => Self::Shared,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrivacyForm {
    privacy: To,
    /// The version that the page showed.
    version: u64,
    /// The path that the page showed.
    #[serde(default, deserialize_with = "non_empty")]
    leaf: Option<Text<MessageId>>,
    /// `yes` once the question was answered.
    confirmed: Option<String>,
    /// `yes` where this takes back what was just done.
    undo: Option<String>,
}

/// Asks before grants to groups go, which took somebody work to choose.
#[derive(Template)]
#[template(path = "conversation_privacy.html")]
struct QuestionPage {
    frame: Frame,
    question: Question,
}

#[derive(Template)]
#[template(path = "conversation_privacy_question.html")]
struct QuestionFragment {
    frame: Frame,
    question: Question,
}

struct Question {
    base: String,
    version: u64,
    leaf: Option<MessageId>,
    /// The names of the groups that lose it.
    groups: Vec<String>,
}

pub(crate) async fn toggle(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathId(id): PathId<ConversationId>,
    Fragment(fragment): Fragment,
    _: NoQuery,
    Form(form): Form<PrivacyForm>,
) -> Result<Response, PageError> {
    let leaf = form.leaf.map(|Text(leaf)| leaf);
    let is_confirmed = answered(form.confirmed.as_deref())?;
    let is_undo = answered(form.undo.as_deref())?;
    if matches!(form.privacy, To::Private) && !is_confirmed && !is_undo {
        let read = &web.application.read_sharing;
        let sharing = read.execute_before(&caller, id, Action::TogglePrivacy);
        let sharing = match sharing.await {
            Ok(sharing) => sharing,
            Err(error) => {
                let trouble = Troubled::Elsewhere(Trouble::edit(frame.t, error.into())?);
                let path = path(leaf);
                return show::troubled(&web, &caller, frame, id, fragment.is_some(), path, trouble)
                    .await;
            }
        };
        if !sharing.groups.is_empty() && sharing.version.as_number() == form.version {
            let question = Question {
                base: format!("/conversations/{id}"),
                version: form.version,
                leaf,
                groups: sharing.groups.into_iter().map(|group| group.name).collect(),
            };
            return ask(frame, question, fragment.is_some());
        }
    }
    let condition = VersionCondition::OneOf(vec![Version::from_number(form.version)]);
    let toggle = &web.application.toggle_privacy;
    match toggle
        .execute(&caller, id, &condition, form.privacy.into())
        .await
    {
        Ok(toggled) => {
            let deed = if is_undo {
                Deed::Undone
            } else {
                deed(&toggled, form.privacy)
            };
            Ok(told(&web, &frame, &toggled_version(&toggled, deed), leaf))
        }
        Err(error) => {
            let trouble = Troubled::Elsewhere(Trouble::edit(frame.t, error)?);
            let path = path(leaf);
            show::troubled(&web, &caller, frame, id, fragment.is_some(), path, trouble).await
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UndoForm {
    /// The version that making it private left.
    version: u64,
    #[serde(default, deserialize_with = "non_empty")]
    leaf: Option<Text<MessageId>>,
    grants: Text<RemovedGrants>,
}

/// Gives the removed grants back, if nobody changed anything since.
pub(crate) async fn undo(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathId(id): PathId<ConversationId>,
    Fragment(fragment): Fragment,
    _: NoQuery,
    Form(form): Form<UndoForm>,
) -> Result<Response, PageError> {
    let leaf = form.leaf.map(|Text(leaf)| leaf);
    let condition = VersionCondition::OneOf(vec![Version::from_number(form.version)]);
    let Text(removed) = form.grants;
    let save = &web.application.save_sharing;
    match save
        .execute(&caller, id, &condition, removed.wanted())
        .await
    {
        Ok(saved) => {
            let undone = Told {
                conversation_id: id,
                version: saved.version.as_number(),
                deed: Deed::Undone,
            };
            Ok(told(&web, &frame, &undone, leaf))
        }
        Err(error) => {
            let trouble = Troubled::Elsewhere(Trouble::sharing(frame.t, error)?);
            let path = path(leaf);
            show::troubled(&web, &caller, frame, id, fragment.is_some(), path, trouble).await
        }
    }
}

fn ask(frame: Frame, question: Question, fragment: bool) -> Result<Response, PageError> {
    let html = if fragment {
        page(&QuestionFragment { frame, question })?
    } else {
        let frame = frame.within(Section::Conversations);
        page(&QuestionPage { frame, question })?
    };
    Ok(html.into_response())
}

/// A field that is `yes` where it is there at all.
fn answered(field: Option<&str>) -> Result<bool, PageError> {
    match field {
        None => Ok(false),
        Some("yes") => Ok(true),
        Some(_) => Err(PageError::InvalidForm),
    }
}

fn deed(toggled: &Toggled, to: To) -> Deed {
    match to {
        To::Shared => Deed::Shared,
        To::Private => {
            let removed = toggled.removed_grants.clone();
            Deed::MadePrivate(removed.map(RemovedGrants::new))
        }
    }
}

fn toggled_version(toggled: &Toggled, deed: Deed) -> Told {
    let summary = &toggled.conversation.summary;
    Told {
        conversation_id: summary.id,
        version: summary.version.as_number(),
        deed,
    }
}

/// Back to the page, which tells it.
fn told(web: &Web, frame: &Frame, told: &Told, leaf: Option<MessageId>) -> Response {
    let target = address(told.conversation_id, leaf);
    let cookie = told.clone().cookie(web.options.is_secure(), &frame.csrf);
    ([(SET_COOKIE, cookie)], Redirect::to(&target)).into_response()
}

/// The page of a conversation: the newest path, or the one through a message that the user chose, with what is newest below it.
pub(super) fn address(id: ConversationId, leaf: Option<MessageId>) -> String {
    match leaf {
        Some(leaf) => format!("/conversations/{id}?at={leaf}"),
        None => format!("/conversations/{id}"),
    }
}

/// The path that one was at.
pub(super) fn path(leaf: Option<MessageId>) -> ShownPath {
    leaf.map_or(ShownPath::Newest, ShownPath::To)
}
