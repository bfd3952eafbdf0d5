//! The pages, each with its routes.

mod language;
mod list;
mod sign_in;

use axum::Router;

use crate::web::Web;

/// All pages.
pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .merge(sign_in::routes())
        .merge(language::routes())
        .merge(list::routes())
}
