//! "Why can I see this?" and "what may she do with it?"

use axum::{Json, extract::State};
use parlor_application::conversations::ExplainedAccess;
use parlor_domain::ids::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::Api,
    dto::{AccessDto, ReasonDto, UserDto, reasons},
    extract::{Authenticated, ConversationPath, StrictQuery},
    openapi::problems,
    problem::Problem,
    wire::Text,
};

/// Whose access.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccessQuery {
    /// Another user, for those who manage the conversation; without it the caller itself.
    #[param(value_type = Option<Uuid>)]
    user_id: Option<Text<UserId>>,
}

/// What a user may do with a conversation, and why.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedAccess)]
pub(crate) struct ExplainedAccessDto {
    /// Whose access it is.
    user: UserDto,
    /// What it may do.
    access: AccessDto,
    /// Why: every reason that applies.
    reasons: Vec<ReasonDto>,
}

impl From<ExplainedAccess> for ExplainedAccessDto {
    fn from(explained: ExplainedAccess) -> Self {
        Self {
            user: explained.user.into(),
            access: explained.access.level().into(),
            reasons: reasons(explained.access.reasons()),
        }
    }
}

/// Explain somebody's access to a conversation.
#[utoipa::path(
    get,
    path = "/conversations/{id}/access",
    operation_id = "explain_access",
    tag = "conversations",
    params(ConversationPath, AccessQuery),
    responses(
        (status = 200, description = "The access with every reason", body = ExplainedAccessDto),
        problems::Caller,
        problems::Conversation
    ),
    extensions(("x-permission" = json!("view access; manage access with user_id")))
)]
pub(crate) async fn explain_access(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    ConversationPath(id): ConversationPath,
    StrictQuery(query): StrictQuery<AccessQuery>,
) -> Result<Json<ExplainedAccessDto>, Problem> {
    let user_id = query.user_id.map(|Text(id)| id);
    let explained = api
        .application
        .explain_access
        .execute(&caller, id, user_id)
        .await?;
    Ok(Json(explained.into()))
}
