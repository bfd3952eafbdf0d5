//! A conversation: its messages as they come, the composer, and what one does with the whole.

mod delete;
mod export;
mod fork;
mod growth;
mod header;
mod live;
mod message;
mod notice;
mod privacy;
mod prompt;
mod rename;
mod show;
mod tree;
mod trouble;

use axum::{
    Router,
    routing::{get, post},
};

use crate::web::Web;
pub(super) use live::ConversationFeed;
pub(super) use notice::sharing_saved;
pub(super) use trouble::Trouble;

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/conversations/{id}", get(show::show))
        .route("/conversations/{id}/messages", post(prompt::prompt))
        .route("/conversations/{id}/messages/{mid}/edit", get(prompt::edit))
        .route(
            "/conversations/{id}/messages/{mid}/regenerate",
            post(prompt::regenerate),
        )
        .route(
            "/conversations/{id}/messages/{mid}/stop",
            post(prompt::stop),
        )
        .route("/conversations/{id}/privacy", post(privacy::toggle))
        .route("/conversations/{id}/privacy/undo", post(privacy::undo))
        .route("/conversations/{id}/title", post(rename::rename))
        .route(
            "/conversations/{id}/delete",
            get(delete::ask).post(delete::delete),
        )
        .route("/conversations/{id}/fork", post(fork::fork))
        .route("/conversations/{id}/export", get(export::export))
        .route("/conversations/{id}/tree", get(tree::tree))
}
