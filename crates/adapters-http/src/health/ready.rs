//! Whether the process can serve.

use axum::{Json, extract::State};

use super::HealthDto;
use crate::{
    api::Api,
    extract::NoQuery,
    openapi::problems,
    problem::{Code, Problem},
};

/// Tell whether the process can serve: not while the store cannot be read and written or its schema is not there, and not from the
/// moment a shutdown begins.
#[utoipa::path(
    get,
    path = "/health/ready",
    operation_id = "ready",
    tag = "operations",
    security(()),
    responses((status = 200, description = "It can serve", body = HealthDto), problems::NotReady),
    extensions(("x-permission" = json!("none")))
)]
pub(crate) async fn ready(State(api): State<Api>, _: NoQuery) -> Result<Json<HealthDto>, Problem> {
    if api.shutdown.is_cancelled() {
        return Err(Problem::new(Code::ShuttingDown, "The service is stopping"));
    }
    match api.application.readiness.check().await {
        Ok(()) => Ok(Json(HealthDto { status: "ready" })),
        Err(error) => Err(Problem::new(Code::NotReady, error.to_string())),
    }
}
