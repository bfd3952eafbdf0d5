//! Who viewed a conversation with privileged access.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use parlor_application::ports::PrivilegedReadingRecord;
use parlor_domain::audit::PrivilegedReading;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    api::Api,
    cursor::CursorScope,
    dto::{PageDto, UserDto},
    extract::{Authenticated, ConversationPath, PageQuery, StrictQuery},
    openapi::problems,
    problem::Problem,
};

/// A visit with privileged access, or an export or a fork, which have a line of their own.
#[derive(Serialize, ToSchema)]
#[schema(as = PrivilegedReading)]
pub(crate) struct PrivilegedReadingDto {
    /// The id of the audit entry that records it; of a visit, the one that began it.
    id: Uuid,
    /// Who read.
    user: UserDto,
    /// How.
    reading: ReadingDto,
    /// When; of a visit, when it began.
    read_at: DateTime<Utc>,
    /// When for the last time. A visit ends after 15 minutes without another opening; until then this can still change.
    last_read_at: DateTime<Utc>,
}

/// How somebody read a conversation with privileged access.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Reading)]
pub(crate) enum ReadingDto {
    /// Opened it, or parts of it: one visit.
    Open,
    /// Exported it.
    Export,
    /// Made a copy.
    Fork,
}

impl From<PrivilegedReadingRecord> for PrivilegedReadingDto {
    fn from(record: PrivilegedReadingRecord) -> Self {
        Self {
            id: record.id.as_uuid(),
            user: record.reader.into(),
            reading: match record.reading {
                PrivilegedReading::Open => ReadingDto::Open,
                PrivilegedReading::Export => ReadingDto::Export,
                PrivilegedReading::Fork => ReadingDto::Fork,
            },
            read_at: record.read_at,
            last_read_at: record.last_read_at,
        }
    }
}

/// List who read a conversation with privileged access, one line a visit, the visit that began last first.
#[utoipa::path(
    get,
    path = "/conversations/{id}/privileged-readings",
    operation_id = "list_privileged_readings",
    tag = "conversations",
    params(ConversationPath, PageQuery),
    responses(
        (status = 200, description = "A page of readings", body = PageDto<PrivilegedReadingDto>),
        problems::Caller,
        problems::Conversation
    ),
    extensions(("x-permission" = json!("manage access")))
)]
pub(crate) async fn list_privileged_readings(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    ConversationPath(id): ConversationPath,
    StrictQuery(query): StrictQuery<PageQuery>,
) -> Result<Json<PageDto<PrivilegedReadingDto>>, Problem> {
    let scope = CursorScope::new("privileged-readings", caller.identity()).with(id.as_uuid());
    let before = scope.open(query.cursor.as_deref())?;
    let page = api
        .application
        .list_privileged_readings
        .execute(&caller, id, before, query.size())
        .await?;
    Ok(Json(PageDto::of(page, &scope)))
}
