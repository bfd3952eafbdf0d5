//! Delete a conversation, after a question.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use i18n_embed_fl::fl;
use parlor_application::{messages::ShownPath, version_condition::VersionCondition};
use parlor_domain::{access::Action, conversation::Version, ids::ConversationId};
use serde::Deserialize;

use super::{
    show::{self, Troubled},
    trouble::Trouble,
};
use crate::{
    errors::{PageError, page},
    extract::{Form, Fragment, NoQuery, PathId},
    frame::{Frame, Section},
    session::SignedIn,
    web::Web,
};

struct Question {
    base: String,
    title: String,
    /// Whose it is, where it isn't one's own.
    owner: Option<String>,
    version: u64,
}

#[derive(Template)]
#[template(path = "conversation_delete.html")]
struct QuestionPage {
    frame: Frame,
    question: Question,
}

#[derive(Template)]
#[template(path = "conversation_delete_question.html")]
struct QuestionFragment {
    frame: Frame,
    question: Question,
}

pub(crate) async fn ask(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathId(id): PathId<ConversationId>,
    Fragment(fragment): Fragment,
    _: NoQuery,
) -> Result<Response, PageError> {
    let get = &web.application.get_conversation;
    let view = get.execute_before(&caller, id, Action::Delete).await?;
    let summary = view.summary;
    let is_own = summary.owner.id == caller.user_id();
    let question = Question {
        base: format!("/conversations/{id}"),
        title: frame.t.title(&summary.title),
        owner: (!is_own).then_some(summary.owner.name),
        version: summary.version.as_number(),
    };
    Ok(if fragment.is_some() {
        page(&QuestionFragment { frame, question })?
    } else {
        let frame = frame.within(Section::Conversations);
        page(&QuestionPage { frame, question })?
    }
    .into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteForm {
    /// The version that the question showed.
    version: u64,
}

pub(crate) async fn delete(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathId(id): PathId<ConversationId>,
    Fragment(fragment): Fragment,
    _: NoQuery,
    Form(form): Form<DeleteForm>,
) -> Result<Response, PageError> {
    let condition = VersionCondition::OneOf(vec![Version::from_number(form.version)]);
    let delete = &web.application.delete_conversation;
    match delete.execute(&caller, id, &condition).await {
        Ok(()) => Ok(Redirect::to("/conversations?deleted=1").into_response()),
        Err(error) => {
            let trouble = Troubled::Elsewhere(Trouble::edit(frame.t, error)?);
            let path = ShownPath::Newest;
            show::troubled(&web, &caller, frame, id, fragment.is_some(), path, trouble).await
        }
    }
}
