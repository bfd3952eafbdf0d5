//! What happened?

use std::str::FromStr;

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use parlor_application::{ports::AuditQuery, storable::storable_time};
use parlor_domain::{
    audit::ActionName,
    ids::{ConversationId, UserId},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::entry::AuditEventDto;
use crate::{
    api::Api,
    cursor::CursorScope,
    extract::{Authenticated, Limit, StrictQuery},
    openapi::problems,
    problem::Problem,
    wire::Text,
};

/// Which entries; every condition must hold.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditEventsQuery {
    /// Of this action.
    #[param(value_type = Option<String>, example = "AI_INFERENCE_STREAM_EDIT")]
    action: Option<Text<Action>>,
    /// By this actor.
    #[param(value_type = Option<Uuid>)]
    actor_id: Option<Text<UserId>>,
    /// About this conversation.
    #[param(value_type = Option<Uuid>)]
    conversation_id: Option<Text<ConversationId>>,
    /// At or after this time.
    #[param(value_type = Option<DateTime<Utc>>)]
    from: Option<Text<Time>>,
    /// Before this time.
    #[param(value_type = Option<DateTime<Utc>>)]
    to: Option<Text<Time>>,
    /// How many items: 1 to 100.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 50)]
    limit: Option<Text<Limit>>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The name of an action.
#[derive(Clone, Copy)]
struct Action(ActionName);

impl FromStr for Action {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = ActionName::ALL.iter().find(|name| name.as_str() == text);
        found.copied().map(Self).ok_or("not the name of an action")
    }
}

/// A point in time (RFC 3339), from 1970 to 9999.
#[derive(Clone, Copy)]
struct Time(DateTime<Utc>);

impl FromStr for Time {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = DateTime::parse_from_rfc3339(text);
        let time =
            time.map_err(|_| "not a time as RFC 3339 writes it, such as `2026-01-31T12:00:00Z`")?;
        let time = storable_time(time.to_utc());
        time.map(Self).ok_or("not a time from 1970 to 9999")
    }
}

/// A page of the audit log.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEvents)]
pub(crate) struct AuditEventsDto {
    /// The entries, the newest first: the same documents as in the sinks.
    #[schema(value_type = Vec<AuditEventDto>)]
    items: Vec<Box<RawValue>>,
    /// Where the next page begins; null on the last one.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List entries of the organization's audit log, the newest first.
#[utoipa::path(
    get,
    path = "/audit-events",
    operation_id = "list_audit_events",
    tag = "organization",
    params(AuditEventsQuery),
    responses(
        (status = 200, description = "A page of entries", body = AuditEventsDto),
        problems::Caller,
        problems::Permission
    ),
    extensions(("x-permission" = json!("read_audit_log")))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    StrictQuery(query): StrictQuery<AuditEventsQuery>,
) -> Result<Json<AuditEventsDto>, Problem> {
    let (from, to) = (query.from.map(time), query.to.map(time));
    let micros = |time: Option<DateTime<Utc>>| time.map(|t| t.timestamp_micros().to_be_bytes());
    let action = query.action.map(|Text(Action(name))| name);
    let scope = CursorScope::new("audit-events", caller.identity())
        .with_option(action.map(ActionName::as_str))
        .with_option(query.actor_id.map(|Text(id)| id.as_uuid()))
        .with_option(query.conversation_id.map(|Text(id)| id.as_uuid()))
        .with_option(micros(from))
        .with_option(micros(to));
    let size = Limit::size(query.limit);
    let wanted = AuditQuery {
        at_least: caller.member.read_at,
        action,
        actor_id: query.actor_id.map(|Text(id)| id),
        conversation_id: query.conversation_id.map(|Text(id)| id),
        from,
        to,
        before: scope.open(query.cursor.as_deref())?,
        limit: size.get(),
    };
    let page = api
        .application
        .list_audit_entries
        .execute(&caller, wanted, size)
        .await?;
    let items: Result<Vec<_>, _> = page
        .items
        .into_iter()
        .map(|record| RawValue::from_string(record.document))
        .collect();
    Ok(Json(AuditEventsDto {
        items: items.map_err(|error| Problem::internal(&error))?,
        next_cursor: page.next.map(|next| scope.seal(&next)),
    }))
}

fn time(Text(Time(time)): Text<Time>) -> DateTime<Utc> {
    time
}
