//! All routes, and what surrounds them.

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, middleware, response::Redirect, routing::get};
use parlor_application::application::Application;
use tokio_util::sync::CancellationToken;

use crate::{
    assets, csrf::from_here_only, errors, errors::PageError, frame::surround, options::WebOptions,
    pages, security_headers::secure, session::SignedIn, web::Web,
};

/// The pages, to be put beside other routes.
#[derive(Debug, Clone)]
pub struct Pages {
    /// Every page. None has a fallback.
    pub routes: Router,
    /// Answers every address that leads to no page.
    pub otherwise: Router,
}

/// The pages. `shutdown` is cancelled when a shutdown begins: from then on open streams end with a hint when to come back.
///
/// Where a request came from, for the audit log, stands among the request's extensions as an [`Origin`](parlor_domain::audit::Origin).
pub fn router(
    application: Arc<Application>,
    options: WebOptions,
    shutdown: CancellationToken,
) -> Pages {
    let web = Web::new(application, options, shutdown);
    let routes = Router::new()
        .route("/", get(home))
        .merge(pages::routes())
        .merge(assets::routes())
        .method_not_allowed_fallback(async || PageError::MethodNotAllowed);
    Pages {
        routes: surrounded(routes, web.clone()),
        otherwise: surrounded(Router::new().fallback(nowhere), web),
    }
}

/// A character of four bytes, as a form has it: each byte as `%F0`.
const BYTES_OF_CHARACTER: usize = 12;
/// For all that is in a form beside its longest text.
const BYTES_BESIDE: usize = 64 * 1024;

fn surrounded(routes: Router<Web>, web: Web) -> Router {
    let longest = web
        .options
        .message_characters
        .saturating_mul(BYTES_OF_CHARACTER);
    routes
        // Whatever the limit of the API is: the longest prompt has room.
        .layer(DefaultBodyLimit::max(longest.saturating_add(BYTES_BESIDE)))
        .layer(middleware::from_fn_with_state(web.clone(), from_here_only))
        .layer(middleware::from_fn(errors::render))
        .layer(middleware::from_fn_with_state(web.clone(), surround))
        .layer(middleware::from_fn(secure))
        .with_state(web)
}

async fn home(signed_in: Option<SignedIn>) -> Redirect {
    Redirect::to(match signed_in {
        Some(_) => "/conversations",
        None => "/sign-in",
    })
}

/// Whoever is signed in stays so on the page that says that there is none.
async fn nowhere(_: Option<SignedIn>) -> PageError {
    PageError::NotFound
}
