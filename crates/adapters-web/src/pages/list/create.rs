//! A new conversation with its first prompt. Without one nothing is stored.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use parlor_application::messages::{StartRequest, WriteError};
use parlor_domain::text::{Content, InvalidPrompt};
use serde::Deserialize;

use crate::{
    errors::{PageError, Unsent},
    extract::{Form, FormKey, NoQuery, Text, non_empty, typed_lines},
    i18n::Texts,
    pages::conversation::Trouble,
    session::SignedIn,
    web::Web,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewConversationForm {
    /// What to ask. Where it is absent or empty, the user is led to the field for it.
    #[serde(default)]
    content: String,
    /// The same key twice starts one conversation.
    #[serde(default, deserialize_with = "non_empty")]
    key: Option<Text<FormKey>>,
    /// There where the page has said that the conversation will be private.
    private: Option<Yes>,
}

/// A field that is there or not.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Yes {
    Yes,
}

async fn create(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    _: NoQuery,
    Form(form): Form<NewConversationForm>,
) -> Result<Response, PageError> {
    let start = &web.application.start_conversation;
    let typed = typed_lines(&form.content);
    let content = match Content::parse_prompt(typed, web.options.message_characters) {
        Ok(content) => content,
        Err(InvalidPrompt::Empty) => {
            start.require(&caller).await?;
            return Ok(Redirect::to("/conversations#start-content").into_response());
        }
        Err(error) => return Err(Trouble::prompt(frame.t, error).into()),
    };
    let key = form.key.map(|Text(key)| key);
    let request = StartRequest {
        idempotency_key: key.map(|key| key.with("first prompt", &[content.as_str()])),
        content,
        must_be_private: matches!(form.private, Some(Yes::Yes)),
    };
    let started = start.execute(caller, request).await;
    let id = started.map_err(|error| refused(frame.t, error))?;
    Ok(Redirect::to(&format!("/conversations/{id}")).into_response())
}

/// Nothing was stored.
fn refused(t: Texts, error: WriteError) -> PageError {
    Trouble::write(t, error).map_or_else(|error| error, PageError::from)
}

/// Starts a conversation with its first prompt. The page of a refusal shows the prompt.
pub(super) async fn begin(
    web: State<Web>,
    signed_in: SignedIn,
    query: NoQuery,
    Form(form): Form<NewConversationForm>,
) -> Response {
    let typed = form.content.clone();
    let created = create(web, signed_in, query, Form(form)).await;
    created.unwrap_or_else(|error| {
        let mut refusal = error.into_response();
        if !typed.is_empty() {
            refusal.extensions_mut().insert(Unsent(typed));
        }
        refusal
    })
}
