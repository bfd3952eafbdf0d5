//! Follow the list of conversations.

use axum::{extract::State, response::Response};

use crate::{
    answer::open_stream,
    api::Api,
    extract::{Authenticated, NoQuery},
    follow::{ListEventDto, tell_list},
    openapi::problems,
    problem::Problem,
};

/// Follow what changes in the list of the conversations that the caller may see.
///
/// A comment comes every 15 seconds while there is nothing to tell.
#[utoipa::path(
    get,
    path = "/conversations/events",
    operation_id = "follow_list",
    tag = "conversations",
    responses(
        (
            status = 200,
            description = "What changes, as it changes",
            content((ListEventDto = "text/event-stream"))
        ),
        problems::Caller,
        problems::Stream
    ),
    extensions(("x-permission" = json!("any user")))
)]
pub(crate) async fn follow_list(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    _: NoQuery,
) -> Result<Response, Problem> {
    let permit = open_stream(&api, &caller)?;
    let events = api.application.follow_list.execute(&caller).await?;
    Ok(tell_list(&api, events, permit))
}
