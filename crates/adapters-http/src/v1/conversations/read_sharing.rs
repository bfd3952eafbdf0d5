//! Open the share dialog.

use axum::extract::State;

use crate::{
    api::Api,
    dto::SharingDto,
    extract::{Authenticated, ConversationPath, NoQuery},
    openapi::problems,
    problem::Problem,
    respond::Versioned,
};

/// Read with whom a conversation is shared.
#[utoipa::path(
    get,
    path = "/conversations/{id}/sharing",
    operation_id = "read_sharing",
    tag = "conversations",
    params(ConversationPath),
    responses(
        (
            status = 200,
            description = "The grants",
            body = SharingDto,
            headers(("ETag" = String, description = "The conversation's version"))
        ),
        problems::Caller,
        problems::Conversation
    ),
    extensions(("x-permission" = json!("manage access")))
)]
pub(crate) async fn read_sharing(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    ConversationPath(id): ConversationPath,
    _: NoQuery,
) -> Result<Versioned<SharingDto>, Problem> {
    let sharing = api.application.read_sharing.execute(&caller, id).await?;
    Ok(Versioned(sharing.version, (&sharing.privacy).into()))
}
