//! Let the organization decide otherwise.

use axum::{Json, extract::State};

use super::SettingsDto;
use crate::{
    api::Api,
    extract::{Authenticated, JsonBody, NoQuery},
    openapi::problems,
    problem::Problem,
};

/// Replace the organization's settings. No existing conversation changes with them.
#[utoipa::path(
    put,
    path = "/settings",
    operation_id = "change_settings",
    tag = "organization",
    request_body = SettingsDto,
    responses(
        (status = 200, description = "The settings as they are now", body = SettingsDto),
        problems::Caller,
        problems::Permission,
        problems::Body,
        problems::Conflict
    ),
    extensions(("x-permission" = json!("manage_settings")))
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    _: NoQuery,
    body: JsonBody<SettingsDto>,
) -> Result<Json<SettingsDto>, Problem> {
    let settings = body.value.into();
    let settings = api
        .application
        .change_settings
        .execute(&caller, settings)
        .await?;
    Ok(Json(settings.into()))
}
