//! Take a conversation away.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use parlor_application::conversations::ExportFormat;
use parlor_domain::ids::ConversationId;
use serde::Deserialize;

use crate::{
    errors::PageError,
    extract::{PathId, StrictQuery},
    session::SignedIn,
    web::Web,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportQuery {
    format: Format,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    Json,
    Markdown,
}

pub(crate) async fn export(
    State(web): State<Web>,
    SignedIn { caller, .. }: SignedIn,
    PathId(id): PathId<ConversationId>,
    StrictQuery(query): StrictQuery<ExportQuery>,
) -> Result<Response, PageError> {
    let (format, ending) = match query.format {
        Format::Json => (ExportFormat::Json, "json"),
        Format::Markdown => (ExportFormat::Markdown, "md"),
    };
    let export = &web.use_cases.export_conversation;
    let exported = export.execute(&caller, id, format).await?;
    // The name is made from the id: a title may hold anything.
    let name = format!("attachment; filename=\"conversation-{id}.{ending}\"");
    let attachment = [(header::CONTENT_DISPOSITION, name)];
    Ok(match query.format {
        Format::Json => (attachment, Json(exported.to_json())).into_response(),
        Format::Markdown => {
            let kind = [(header::CONTENT_TYPE, "text/markdown; charset=utf-8")];
            (kind, attachment, exported.to_markdown()).into_response()
        }
    })
}
