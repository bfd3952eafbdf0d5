//! What has the organization decided?

use axum::{Json, extract::State};

use super::SettingsDto;
use crate::{
    api::Api,
    extract::{Authenticated, NoQuery},
    openapi::problems,
    problem::Problem,
};

/// Read the organization's settings.
#[utoipa::path(
    get,
    path = "/settings",
    operation_id = "read_settings",
    tag = "organization",
    responses((status = 200, description = "The settings", body = SettingsDto), problems::Caller),
    extensions(("x-permission" = json!("any user")))
)]
pub(crate) async fn read(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    _: NoQuery,
) -> Result<Json<SettingsDto>, Problem> {
    let settings = api.application.read_settings.execute(&caller).await?;
    Ok(Json(settings.into()))
}
