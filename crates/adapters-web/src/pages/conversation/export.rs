//! Take a conversation away.

use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures::stream;
use parlor_application::conversations::{Export, ExportBrokeOff, ExportFormat};
use parlor_domain::ids::ConversationId;
use serde::Deserialize;
use tracing::{Instrument as _, Span};

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
    let (format, kind, ending) = match query.format {
        Format::Json => (ExportFormat::Json, "application/json", "json"),
        Format::Markdown => (ExportFormat::Markdown, "text/markdown; charset=utf-8", "md"),
    };
    let export = &web.application.export_conversation;
    let export = export.execute(&caller, id, format).await?;
    // The name is made from the id: a title may hold anything.
    let name = format!("attachment; filename=\"conversation-{id}.{ending}\"");
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, body(export)).into_response())
}

/// The pieces as they are read. Where the export breaks off, so does the body, without its end: no browser takes it for whole.
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
