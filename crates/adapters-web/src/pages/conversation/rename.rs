//! Rename a conversation in place.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use parlor_application::version_condition::VersionCondition;
use parlor_domain::{
    conversation::Version,
    ids::{ConversationId, MessageId},
    text::Title,
};
use serde::Deserialize;

use super::{
    privacy::{address, path},
    show::{self, Troubled},
    trouble::Trouble,
};
use crate::{
    errors::PageError,
    extract::{Form, Fragment, NoQuery, PathId, Text, non_empty},
    session::SignedIn,
    web::Web,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TitleForm {
    title: String,
    /// The version that the page showed.
    version: u64,
    #[serde(default, deserialize_with = "non_empty")]
    leaf: Option<Text<MessageId>>,
}

pub(crate) async fn rename(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathId(id): PathId<ConversationId>,
    Fragment(fragment): Fragment,
    _: NoQuery,
    Form(form): Form<TitleForm>,
) -> Result<Response, PageError> {
    let leaf = form.leaf.map(|Text(leaf)| leaf);
    let condition = VersionCondition::OneOf(vec![Version::from_number(form.version)]);
    let renamed = match Title::parse(&form.title) {
        Ok(title) => {
            let rename = &web.application.rename_conversation;
            let renamed = rename.execute(&caller, id, &condition, title).await;
            renamed.map_err(|error| Trouble::edit(frame.t, error))
        }
        Err(error) => Err(Ok(Trouble::title(frame.t, error))),
    };
    match renamed {
        Ok(_) => Ok(Redirect::to(&address(id, leaf)).into_response()),
        Err(trouble) => {
            let trouble = Troubled::Elsewhere(trouble?);
            let path = path(leaf);
            show::troubled(&web, &caller, frame, id, fragment.is_some(), path, trouble).await
        }
    }
}
