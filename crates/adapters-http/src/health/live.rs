//! Whether the process runs.

use axum::Json;

use super::HealthDto;
use crate::{extract::NoQuery, openapi::problems, problem::Problem};

/// Tell whether the process runs.
#[utoipa::path(
    get,
    path = "/health/live",
    operation_id = "live",
    tag = "operations",
    security(()),
    responses((status = 200, description = "It runs", body = HealthDto), problems::Anybody),
    extensions(("x-permission" = json!("none")))
)]
pub(crate) async fn live(_: NoQuery) -> Result<Json<HealthDto>, Problem> {
    Ok(Json(HealthDto { status: "live" }))
}
