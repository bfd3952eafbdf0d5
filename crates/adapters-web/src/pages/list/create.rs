//! A new conversation with its first prompt. Without one nothing is stored.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use parlor_application::{
    access_gate::AccessError,
    conversations::NewConversationRequest,
    messages::{PromptRequest, WriteError},
};
use parlor_domain::{message_tree::Place, principal::Permission, text::Content};
use serde::Deserialize;

use crate::{
    errors::{PageError, Unsent},
    extract::{Form, FormKey, NoQuery, Text, non_empty},
    session::SignedIn,
    web::Web,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewConversationForm {
    /// What to ask. Where it is absent or empty, the user is led to the field for it.
    content: Option<String>,
    /// The same key twice creates one conversation.
    #[serde(default, deserialize_with = "non_empty")]
    key: Option<Text<FormKey>>,
}

async fn create(
    State(web): State<Web>,
    SignedIn { caller, .. }: SignedIn,
    _: NoQuery,
    Form(form): Form<NewConversationForm>,
) -> Result<Response, PageError> {
    // Before anything is stored.
    let key = form.key.map(|Text(key)| key);
    let typed = form.content.filter(|typed| !typed.trim().is_empty());
    let content = typed.map(|typed| Content::parse_prompt(typed, web.options.message_characters));
    let content = content.transpose().map_err(|_| PageError::TooLarge)?;
    // Callers without `run_ai` are refused below.
    if content.is_none() && caller.principal().permissions.allow(Permission::RunAi) {
        return Ok(Redirect::to("/conversations#start-content").into_response());
    }

    let asked = content.as_ref().map_or("", Content::as_str);
    let request = NewConversationRequest {
        idempotency_key: key.as_ref().map(|key| key.with("create", &[asked])),
        ..NewConversationRequest::default()
    };
    let application = &web.application;
    let view = application
        .create_conversation
        .execute(&caller, request)
        .await?;
    let id = view.summary.id;
    let Some(content) = content else {
        return Ok(Redirect::to(&format!("/conversations/{id}")).into_response());
    };
    let request = PromptRequest {
        conversation_id: id,
        idempotency_key: key.map(|key| key.with("first prompt", &[content.as_str()])),
        content,
        place: Place::First,
        model: None,
    };
    match application
        .prompt_conversation
        .execute(caller, request)
        .await
    {
        Ok(_) | Err(WriteError::StillRunning(_)) => {}
        Err(error) => return Err(refused(error)),
    }
    Ok(Redirect::to(&format!("/conversations/{id}")).into_response())
}

/// The conversation is there, empty.
fn refused(error: WriteError) -> PageError {
    match error {
        WriteError::Access(error) => error.into(),
        WriteError::TooManyPrompts { retry_after, .. } => PageError::TooMany { retry_after },
        WriteError::ShuttingDown => PageError::away(&error),
        WriteError::Store(error) => error.into(),
        WriteError::Idempotency(error) => error.into(),
        WriteError::UnknownMessage => AccessError::NotFound.into(),
        WriteError::CannotAppend(_)
        | WriteError::NotAnAnswer
        | WriteError::StillRunning(_)
        | WriteError::UnknownModel => PageError::Conflict,
    }
}

/// Starts a conversation with its first prompt. The page of a refusal shows the prompt.
pub(super) async fn begin(
    web: State<Web>,
    signed_in: SignedIn,
    query: NoQuery,
    Form(form): Form<NewConversationForm>,
) -> Response {
    let typed = form.content.clone().filter(|typed| !typed.is_empty());
    let created = create(web, signed_in, query, Form(form)).await;
    created.unwrap_or_else(|error| {
        let mut refusal = error.into_response();
        if let Some(typed) = typed {
            refusal.extensions_mut().insert(Unsent(typed));
        }
        refusal
    })
}
