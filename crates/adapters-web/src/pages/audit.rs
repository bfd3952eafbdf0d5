//! The audit log, for those who may read it: entries by filters, and one entry with all its fields. It has no title and no text in it.

mod entry;
mod filters;

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use i18n_embed_fl::fl;
use parlor_application::{
    paging::PageSize,
    ports::{AuditQuery, AuditRecord},
};
use parlor_domain::ids::AuditEntryId;

use crate::{
    errors::{PageError, page},
    extract::{NoQuery, PathId, StrictQuery},
    frame::{Frame, Section},
    i18n::Texts,
    session::SignedIn,
    web::Web,
};
use entry::{Field, Shape, Shown};
use filters::{ActionOption, FilterErrors, Typed};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/audit", get(list))
        .route("/audit/{id}", get(read))
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    typed: Typed,
    errors: FilterErrors,
    actions: Vec<ActionOption>,
    entries: Vec<Row>,
    older: Option<String>,
    newest: Option<String>,
}

/// An entry in the list.
struct Row {
    id: AuditEntryId,
    /// `None` where the entry cannot be taken apart.
    shown: Option<Shown>,
}

#[derive(Template)]
#[template(path = "audit_entry.html")]
struct AuditEntryPage {
    frame: Frame,
    shown: Option<Shown>,
    fields: Vec<Field>,
    only_actor: String,
    only_conversation: Option<String>,
    /// The entry as it is stored, on lines that one can read.
    raw: String,
}

async fn list(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    StrictQuery(typed): StrictQuery<Typed>,
) -> Result<Response, PageError> {
    let t = frame.t;
    let (query, errors) = typed.parse(t);
    let is_wrong = errors.any();
    let page_size = PageSize::DEFAULT;
    // What cannot be understood finds nothing, but who may not read the log is refused all the same.
    let query = if is_wrong {
        AuditQuery::default()
    } else {
        query
    };
    let found = web
        .application
        .list_audit_entries
        .execute(&caller, query, page_size)
        .await?;
    let (items, next) = if is_wrong {
        (Vec::new(), None)
    } else {
        (found.items, found.next)
    };
    let entries = items.iter().map(|record| row(record, t)).collect();
    let html = page(&AuditPage {
        frame: frame.within(Section::Audit),
        actions: typed.actions(t),
        entries,
        older: next.map(|cursor| typed.url(Some(cursor))),
        newest: typed.is_later_page().then(|| typed.url(None)),
        typed,
        errors,
    })?;
    let status = if is_wrong {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    Ok((status, html).into_response())
}

fn row(record: &AuditRecord, t: Texts) -> Row {
    Row {
        id: record.id,
        shown: entry::parse(record).map(|document| Shown::of(&document, t)),
    }
}

async fn read(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathId(id): PathId<AuditEntryId>,
    _: NoQuery,
) -> Result<Html<String>, PageError> {
    let t = frame.t;
    let record = web
        .application
        .read_audit_entry
        .execute(&caller, id)
        .await?;
    let document = entry::parse(&record);
    let fields = document
        .as_ref()
        .map(|document| entry::fields(&record, document, t));
    page(&AuditEntryPage {
        frame: frame.within(Section::Audit),
        shown: document.as_ref().map(|document| Shown::of(document, t)),
        fields: fields.unwrap_or_default(),
        only_actor: format!("/audit?actor={}", record.actor_id),
        only_conversation: record
            .conversation_id
            .map(|id| format!("/audit?conversation={id}")),
        raw: entry::readable(&record.document),
    })
}
