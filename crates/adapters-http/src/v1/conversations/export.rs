//! Take a conversation away.

use std::str::FromStr;

use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures::stream;
use parlor_application::conversations::{Export, ExportBrokeOff, ExportFormat};
use serde::{Deserialize, Serialize};
use tracing::{Instrument as _, Span};
use utoipa::ToSchema;

use crate::{
    api::Api,
    dto::{ConversationDto, MessageDto},
    extract::{Authenticated, ConversationPath, StrictQuery},
    openapi::problems,
    problem::Problem,
    wire::Text,
};

/// In which form.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// One JSON document (default), or Markdown for people.
    #[param(value_type = Option<FormatDto>, inline)]
    format: Option<Text<Format>>,
}

/// The form of an export.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExportFormat)]
#[expect(dead_code, reason = "only the schema is used")]
enum FormatDto {
    Json,
    Markdown,
}

#[derive(Clone, Copy)]
struct Format(ExportFormat);

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [ExportFormat::Json, ExportFormat::Markdown]
            .into_iter()
            .find(|format| format.as_str() == text)
            .map(Self)
            .ok_or("not a format: `json` or `markdown`")
    }
}

/// A whole conversation.
#[derive(Serialize, ToSchema)]
#[schema(as = Export)]
pub(crate) struct ExportDto {
    /// The conversation.
    conversation: ConversationDto,
    /// All messages of all branches, in the order in which they came.
    messages: Vec<MessageDto>,
}

/// Export a whole conversation, its branches too.
#[utoipa::path(
    get,
    path = "/conversations/{id}/export",
    operation_id = "export_conversation",
    tag = "conversations",
    params(ConversationPath, ExportQuery),
    responses(
        (
            status = 200,
            description = "The conversation with all its messages, streamed; an answer without its end broke off",
            content((ExportDto = "application/json"), (String = "text/markdown")),
            headers(("Content-Disposition" = String, description = "A name for the file"))
        ),
        problems::Caller,
        problems::Conversation,
        problems::TooMany
    ),
    extensions(("x-permission" = json!("view access")))
)]
pub(crate) async fn export(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    ConversationPath(id): ConversationPath,
    StrictQuery(query): StrictQuery<ExportQuery>,
) -> Result<Response, Problem> {
    let format = query.format.map_or(ExportFormat::Json, |Text(it)| it.0);
    let export = api
        .application
        .export_conversation
        .execute(&caller, id, format)
        .await?;
    let (kind, ending) = match format {
        ExportFormat::Json => ("application/json", "json"),
        ExportFormat::Markdown => ("text/markdown; charset=utf-8", "md"),
    };
    // The name is made from the id: a title may hold anything.
    let name = format!("attachment; filename=\"conversation-{id}.{ending}\"");
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, body(export)).into_response())
}

/// The pieces as they are read. Where the export breaks off, so does the body, without its end: no client takes it for whole.
fn body(export: Export) -> Body {
    let span = Span::current();
    let pieces = stream::try_unfold((export, span), async |(mut export, span)| {
        let piece = export.next().instrument(span.clone()).await;
        let piece = piece.inspect_err(|error| {
            let error: &(dyn std::error::Error + 'static) = error;
            span.in_scope(|| tracing::warn!(error, "an export broke off"));
        })?;
        Ok::<_, ExportBrokeOff>(piece.map(|piece| (piece, (export, span))))
    });
    Body::from_stream(pieces)
}
