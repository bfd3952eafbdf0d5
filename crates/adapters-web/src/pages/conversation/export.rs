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
    session::{NotKnown, SessionEnd, SignedIn},
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
    session_end: SessionEnd,
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
    Ok((headers, body(export, session_end)).into_response())
}

/// Why the body of an export ends early.
#[derive(Debug, thiserror::Error)]
enum BodyBrokeOff {
    #[error(transparent)]
    Export(#[from] ExportBrokeOff),
    #[error(transparent)]
    Session(#[from] NotKnown),
    #[error("the session ended")]
    SignedOut,
}

/// The pieces as they are read, while the session holds. Where the export breaks off, so does the body, without its end: no browser
/// takes it for whole.
fn body(export: Export, session_end: SessionEnd) -> Body {
    let span = Span::current();
    let begun = (export, session_end, span);
    let pieces = stream::try_unfold(begun, async |(mut export, session_end, span)| {
        let piece = next(&mut export, &session_end);
        let piece = piece.instrument(span.clone()).await;
        let piece = piece.inspect_err(|error| {
            let error: &(dyn std::error::Error + 'static) = error;
            span.in_scope(|| tracing::warn!(error, "an export broke off"));
        })?;
        Ok::<_, BodyBrokeOff>(piece.map(|piece| (piece, (export, session_end, span))))
    });
    Body::from_stream(pieces)
}

/// The next piece, if the session still holds once the piece is read.
async fn next(
    export: &mut Export,
    session_end: &SessionEnd,
) -> Result<Option<String>, BodyBrokeOff> {
    let piece = export.next().await?;
    if piece.is_some() && !session_end.holds().await? {
        return Err(BodyBrokeOff::SignedOut);
    }
    Ok(piece)
}
