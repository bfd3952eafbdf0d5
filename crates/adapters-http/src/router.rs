//! All routes, and what surrounds them.

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, middleware};
use parlor_application::ports::{StoreAdmin, StorePositions};
use tokio_util::sync::CancellationToken;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    api::Api,
    consistency::tell_position,
    docs_page, health,
    hosts::loopback_only,
    observe::observe,
    openapi,
    options::HttpOptions,
    problem::{Code, Problem},
    use_cases::UseCases,
    v1,
};

/// The public routes: the API, its OpenAPI document and page, and the health checks.
///
/// `store` tells whether the service is ready, `positions` where it is after a write. `shutdown` is cancelled when a shutdown begins: from then on the service is not
/// ready, and open streams end with a hint when to come back, while answers that are being written go on.
///
/// Serve it with [`Router::into_make_service_with_connect_info`] of [`SocketAddr`](std::net::SocketAddr), so that audit entries
/// tell where a request came from.
pub fn router(
    use_cases: UseCases,
    options: HttpOptions,
    store: Arc<dyn StoreAdmin>,
    positions: Arc<dyn StorePositions>,
    shutdown: CancellationToken,
) -> Router {
    let loopback_hosts_only = options.loopback_hosts_only;
    let body_bytes = options.limits.body_bytes;
    let api = Api::new(use_cases, options, store, positions, shutdown);
    let (routes, _) = registered().split_for_parts();
    let mut routes = routes
        .merge(docs_page::routes())
        .fallback(unknown_route)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(api.clone(), tell_position))
        .layer(DefaultBodyLimit::max(body_bytes));
    if loopback_hosts_only {
        routes = routes.layer(middleware::from_fn(loopback_only));
    }
    routes.layer(middleware::from_fn(observe)).with_state(api)
}

/// Every route that stands in the OpenAPI document.
pub(crate) fn registered() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(health::live::live))
        .routes(routes!(health::ready::ready))
        .routes(routes!(openapi::serve))
        .nest("/api/v1", v1::registered())
}

async fn unknown_route() -> Problem {
    Problem::new(Code::UnknownRoute, "There is no such route")
}

async fn method_not_allowed() -> Problem {
    Problem::new(
        Code::MethodNotAllowed,
        "The route does not have this method; `Allow` names those that it has",
    )
}
