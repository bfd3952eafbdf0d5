//! Fork: a private copy of what one may read.

use axum::{
    extract::State,
    http::header::SET_COOKIE,
    response::{IntoResponse, Redirect, Response},
};
use parlor_application::conversations::ForkRequest;
use parlor_domain::ids::{ConversationId, MessageId};
use serde::Deserialize;

use super::{
    notice::{Deed, Told},
    privacy::path,
    show::{self, Troubled},
    trouble::Trouble,
};
use crate::{
    errors::PageError,
    extract::{Form, FormKey, Fragment, NoQuery, PathId, Text, non_empty},
    session::SignedIn,
    web::Web,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForkForm {
    /// Only the path to this message; without it everything.
    #[serde(default, deserialize_with = "non_empty")]
    leaf: Option<Text<MessageId>>,
    /// The same key twice makes one copy.
    #[serde(default, deserialize_with = "non_empty")]
    key: Option<Text<FormKey>>,
}

pub(crate) async fn fork(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathId(id): PathId<ConversationId>,
    Fragment(fragment): Fragment,
    _: NoQuery,
    Form(form): Form<ForkForm>,
) -> Result<Response, PageError> {
    let leaf = form.leaf.map(|Text(leaf)| leaf);
    let request = ForkRequest {
        conversation_id: id,
        leaf,
        idempotency_key: form.key.map(|Text(key)| {
            let leaf = leaf.map(|leaf| leaf.to_string()).unwrap_or_default();
            key.with("fork", &[&id.to_string(), &leaf])
        }),
    };
    match web
        .application
        .fork_conversation
        .execute(&caller, request)
        .await
    {
        Ok(copy) => {
            let told = Told {
                conversation_id: copy.summary.id,
                version: copy.summary.version.as_number(),
                deed: Deed::Forked,
            };
            let cookie = told.cookie(web.options.is_secure(), &frame.csrf);
            let target = Redirect::to(&format!("/conversations/{}", copy.summary.id));
            Ok(([(SET_COOKIE, cookie)], target).into_response())
        }
        Err(error) => {
            let trouble = Troubled::Elsewhere(Trouble::fork(frame.t, error)?);
            let path = path(leaf);
            show::troubled(&web, &caller, frame, id, fragment.is_some(), path, trouble).await
        }
    }
}
