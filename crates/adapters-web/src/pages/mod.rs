//! The pages, each with its routes.

mod access;
mod audit;
mod conversation;
mod language;
mod list;
mod live;
mod settings;
mod share;
mod sign_in;

use axum::Router;

use crate::web::Web;

/// All pages.
pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .merge(sign_in::routes())
        .merge(language::routes())
        .merge(list::routes())
        .merge(live::routes())
        .merge(conversation::routes())
        .merge(share::routes())
        .merge(access::routes())
        .merge(audit::routes())
        .merge(settings::routes())
}
