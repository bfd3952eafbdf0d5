//! Version 1 of the API: `<resource>/<verb>.rs`.

mod audit_events;
mod conversations;
mod groups;
mod me;
mod messages;
mod models;
mod settings;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::Api;

/// The routes under `/api/v1`.
pub(crate) fn registered() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(me::get::get))
        .routes(routes!(groups::list::list))
        .routes(routes!(models::list::list))
        .routes(routes!(settings::read::read, settings::change::change))
        .routes(routes!(audit_events::list::list))
        .routes(routes!(
            conversations::create::create,
            conversations::list::list
        ))
        .routes(routes!(
            conversations::get::get,
            conversations::rename::rename,
            conversations::delete::delete
        ))
        .routes(routes!(conversations::toggle_privacy::toggle_privacy))
        .routes(routes!(
            conversations::read_sharing::read_sharing,
            conversations::save_sharing::save_sharing
        ))
        .routes(routes!(conversations::transfer::transfer))
        .routes(routes!(conversations::explain_access::explain_access))
        .routes(routes!(
            conversations::list_privileged_readings::list_privileged_readings
        ))
        .routes(routes!(conversations::follow_list::follow_list))
        .routes(routes!(conversations::follow::follow))
        .routes(routes!(conversations::fork::fork))
        .routes(routes!(conversations::export::export))
        .routes(routes!(
            messages::list_path::list_path,
            messages::prompt::prompt
        ))
        .routes(routes!(messages::read_tree::read_tree))
        .routes(routes!(messages::regenerate::regenerate))
        .routes(routes!(messages::stop::stop))
}
