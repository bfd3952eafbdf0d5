//! With which groups can one share?

use axum::{Json, extract::State};

use crate::{
    api::Api,
    cursor::CursorScope,
    dto::{GroupDto, PageDto},
    extract::{Authenticated, PageQuery, StrictQuery},
    openapi::problems,
    problem::Problem,
};

/// List the organization's groups, by name.
#[utoipa::path(
    get,
    path = "/groups",
    operation_id = "list_groups",
    tag = "organization",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of groups", body = PageDto<GroupDto>),
        problems::Caller,
        problems::Permission
    ),
    extensions(("x-permission" = json!("run_ai or manage_responses")))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    StrictQuery(query): StrictQuery<PageQuery>,
) -> Result<Json<PageDto<GroupDto>>, Problem> {
    let scope = CursorScope::new("groups", caller.identity());
    let after = scope.open(query.cursor.as_deref())?;
    let page = api
        .application
        .list_groups
        .execute(&caller, None, after, query.size())
        .await?;
    Ok(Json(PageDto::of(page, &scope)))
}
