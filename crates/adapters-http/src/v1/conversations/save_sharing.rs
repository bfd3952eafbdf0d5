//! Save the share dialog.

use std::collections::BTreeMap;

use axum::extract::State;
use parlor_application::conversations::{SaveSharingError, WantedGrants};
use parlor_domain::{grants::Level, ids::GroupId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::Api,
    dto::{LevelDto, SharingDto},
    extract::{Authenticated, ConversationPath, IfMatch, JsonBody, NoQuery},
    openapi::problems,
    problem::{FieldError, Problem},
    respond::Versioned,
    wire::{Object, Text},
};

/// All grants, as they shall be. None at all makes the conversation private.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSharing)]
pub(crate) struct NewSharingDto {
    /// Everybody's level; null or absent for no grant.
    #[schema(value_type = Option<LevelDto>)]
    organization: Option<Text<Level>>,
    /// Groups' levels, each group once.
    #[serde(default)]
    #[schema(value_type = Vec<NewGroupGrantDto>)]
    groups: Vec<Object<NewGroupGrantDto>>,
}

/// A grant for one group.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewGroupGrant)]
pub(crate) struct NewGroupGrantDto {
    /// The group.
    #[schema(value_type = Uuid)]
    group_id: Text<GroupId>,
    /// How far its grant goes.
    #[schema(value_type = LevelDto)]
    level: Text<Level>,
}

/// Replace all grants of a conversation at once, under the version that they were read under.
#[utoipa::path(
    put,
    path = "/conversations/{id}/sharing",
    operation_id = "save_sharing",
    tag = "conversations",
    params(
        ConversationPath,
        // Not `IfMatch`, which may be absent.
        (
            "If-Match" = String, Header,
            description = "The `ETag` of the version that the grants were read under; 412 if there is another one, 428 without"
        )
    ),
    request_body = NewSharingDto,
    responses(
        (
            status = 200,
            description = "The grants as they are now",
            body = SharingDto,
            headers(("ETag" = String, description = "The conversation's version"))
        ),
        problems::Caller,
        problems::Conversation,
        problems::Body,
        problems::Conflict,
        problems::Version,
        problems::VersionRequired
    ),
    extensions(("x-permission" = json!("manage access")))
)]
pub(crate) async fn save_sharing(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    ConversationPath(id): ConversationPath,
    _: NoQuery,
    IfMatch(condition): IfMatch,
    body: JsonBody<NewSharingDto>,
) -> Result<Versioned<SharingDto>, Problem> {
    let groups: Vec<_> = body.value.groups.into_iter().map(|Object(it)| it).collect();
    let ids: Vec<GroupId> = groups.iter().map(|grant| grant.group_id.0).collect();
    let wanted = WantedGrants {
        organization: body.value.organization.map(|Text(level)| level),
        groups: each_once(groups)?,
    };
    let saved = api
        .application
        .save_sharing
        .execute(&caller, id, &condition, wanted)
        .await;
    let sharing = saved.map_err(|error| match error {
        SaveSharingError::UnknownGroups(unknown) => unknown_groups(&ids, &unknown),
        error => error.into(),
    })?;
    Ok(Versioned(sharing.version, (&sharing.privacy).into()))
}

fn each_once(groups: Vec<NewGroupGrantDto>) -> Result<BTreeMap<GroupId, Level>, Problem> {
    let mut levels = BTreeMap::new();
    let mut repeated = Vec::new();
    for (index, grant) in groups.into_iter().enumerate() {
        if levels.insert(grant.group_id.0, grant.level.0).is_some() {
            repeated.push(at(index, "this group stands there twice"));
        }
    }
    if repeated.is_empty() {
        Ok(levels)
    } else {
        Err(Problem::fields(repeated))
    }
}

fn unknown_groups(ids: &[GroupId], unknown: &[GroupId]) -> Problem {
    let places = ids.iter().enumerate();
    let errors = places
        .filter(|(_, id)| unknown.contains(id))
        .map(|(index, _)| at(index, "there is no such group"));
    Problem::fields(errors.collect())
}

fn at(index: usize, detail: &str) -> FieldError {
    FieldError {
        pointer: format!("/groups/{index}/group_id"),
        detail: detail.to_owned(),
    }
}
