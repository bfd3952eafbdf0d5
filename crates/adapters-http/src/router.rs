//! All routes, and what surrounds them.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    middleware,
    response::{IntoResponse, Response},
};
use parlor_application::application::Application;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    api::Api,
    consistency::tell_position,
    docs_page,
    extract::tell_origin,
    health,
    hosts::loopback_only,
    observe::{is_api, observe},
    openapi,
    options::HttpOptions,
    problem::{Code, Problem},
    v1,
};

/// Further routes, to stand beside the API under everything that surrounds it.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    /// The routes. None has a fallback.
    pub routes: Router,
    /// What answers an address that leads nowhere and is none of the API's; without it a problem document does.
    pub otherwise: Option<Router>,
}

/// The public routes: the API, its OpenAPI document and page, the health checks, and pages beside them.
///
/// `shutdown` is cancelled when a shutdown begins: from then on the service is not ready, and open streams end with a hint when
/// to come back, while answers that are being written go on.
///
/// Serve it with [`Router::into_make_service_with_connect_info`] of [`SocketAddr`](std::net::SocketAddr), so that audit entries
/// tell where a request came from. The same stands among the extensions of a request for one of the `pages`, as an
/// [`Origin`](parlor_domain::audit::Origin).
pub fn router(
    application: Arc<Application>,
    options: HttpOptions,
    shutdown: CancellationToken,
    pages: Pages,
) -> Router {
    let loopback_hosts_only = options.loopback_hosts_only;
    let body_bytes = options.limits.body_bytes;
    let api = Api::new(application, options, shutdown);
    let (routes, _) = registered().split_for_parts();
    let with_origin =
        |pages: Router| pages.layer(middleware::from_fn_with_state(api.clone(), tell_origin));
    let otherwise = pages.otherwise.map(with_origin);
    let mut routes = routes
        .merge(docs_page::routes())
        .fallback(async move |request| nowhere(request, otherwise).await)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(api.clone(), tell_position))
        .merge(with_origin(pages.routes).with_state(()))
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

/// An address that leads nowhere: among the pages, a page.
async fn nowhere(request: Request, pages: Option<Router>) -> Response {
    let path = request.uri().path();
    match pages {
        Some(pages) if !is_api(path) && !path.starts_with("/health") => {
            let answered: Result<Response, Infallible> = pages.oneshot(request).await;
            answered.unwrap_or_else(|never| match never {})
        }
        _ => Problem::new(Code::UnknownRoute, "There is no such route").into_response(),
    }
}

async fn method_not_allowed() -> Problem {
    Problem::new(
        Code::MethodNotAllowed,
        "The route does not have this method; `Allow` names those that it has",
    )
}
