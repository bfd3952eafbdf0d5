//! Click the lock.

use axum::extract::State;
use parlor_domain::grants::Privacy;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::Api,
    dto::{ConversationDto, PrivacyDto, SharingDto, WantedPrivacy},
    extract::{And, Bringing, ConversationPath, IfMatch, JsonBody, NoQuery},
    openapi::problems,
    problem::Problem,
    respond::Versioned,
    wire::Text,
};

/// Private or shared.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPrivacy)]
pub(crate) struct NewPrivacyDto {
    /// What it shall be.
    #[schema(value_type = PrivacyDto)]
    privacy: Text<WantedPrivacy>,
}

/// The conversation, and what was taken away.
#[derive(Serialize, ToSchema)]
#[schema(as = Toggled)]
pub(crate) struct ToggledDto {
    /// The conversation as it is now.
    #[serde(flatten)]
    conversation: ConversationDto,
    /// The grants that were removed, so that a client can offer to undo; null if there were none.
    #[schema(required = true)]
    removed_grants: Option<SharingDto>,
}

/// Toggle a conversation between private and shared. To shared means: with the organization, as view.
#[utoipa::path(
    put,
    path = "/conversations/{id}/privacy",
    operation_id = "toggle_privacy",
    tag = "conversations",
    params(ConversationPath, IfMatch),
    request_body = NewPrivacyDto,
    responses(
        (
            status = 200,
            description = "The conversation as it is now, and the grants that were removed",
            body = ToggledDto,
            headers(("ETag" = String, description = "Its version"))
        ),
        problems::Caller,
        problems::Conversation,
        problems::Body,
        problems::Conflict,
        problems::Version
    ),
    extensions(("x-permission" = json!("manage access")))
)]
pub(crate) async fn toggle_privacy(
    State(api): State<Api>,
    Bringing(visitor, ConversationPath(id), And(NoQuery, IfMatch(condition)), body): Bringing<
        ConversationPath,
        And<NoQuery, IfMatch>,
        JsonBody<NewPrivacyDto>,
    >,
) -> Result<Versioned<ToggledDto>, Problem> {
    let Text(WantedPrivacy(to)) = body.value.privacy;
    let toggled = api
        .application
        .toggle_privacy
        .execute_as(visitor, id, &condition, to)
        .await?;
    let removed = toggled.removed_grants.map(Privacy::Shared);
    let version = toggled.conversation.summary.version;
    let toggled = ToggledDto {
        conversation: toggled.conversation.into(),
        removed_grants: removed.as_ref().map(Into::into),
    };
    Ok(Versioned(version, toggled))
}
