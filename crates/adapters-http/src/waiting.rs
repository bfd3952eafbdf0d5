//! What is answered while somebody else brings the store's schema up to date.

use std::sync::Arc;

use axum::{Json, Router, extract::State, middleware, routing::get};
use parlor_application::readiness::Readiness;
use serde_json::json;

use crate::{
    observe::observe,
    problem::{Code, Problem},
};

/// The routes of a service that cannot serve yet: everything but `/health/live` is answered as `/health/ready` is when the service
/// is not ready, with the reason.
pub fn waiting_router(readiness: Arc<Readiness>) -> Router {
    Router::new()
        .route(
            "/health/live",
            get(async || Json(json!({ "status": "live" }))),
        )
        .fallback(not_ready)
        .layer(middleware::from_fn(observe))
        .with_state(readiness)
}

async fn not_ready(State(readiness): State<Arc<Readiness>>) -> Problem {
    let detail = match readiness.check().await {
        Ok(()) => "The service is starting".to_owned(),
        Err(error) => error.to_string(),
    };
    Problem::new(Code::NotReady, detail)
}
