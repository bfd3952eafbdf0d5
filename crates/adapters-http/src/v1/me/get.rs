//! Who am I?

use axum::Json;
use parlor_application::ports::Member;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    dto::{GroupDto, PermissionDto},
    extract::{Authenticated, NoQuery},
    openapi::problems,
    problem::Problem,
};

/// The caller.
#[derive(Serialize, ToSchema)]
#[schema(as = Me)]
pub(crate) struct MeDto {
    /// The user.
    user: MyselfDto,
    /// Its organization.
    organization: OrganizationDto,
    /// What its roles give.
    permissions: Vec<PermissionDto>,
    /// The groups that it is a member of.
    groups: Vec<GroupDto>,
}

/// A user with its address.
#[derive(Serialize, ToSchema)]
#[schema(as = Myself)]
pub(crate) struct MyselfDto {
    /// Its id.
    id: Uuid,
    /// What it is called.
    name: String,
    /// Its address.
    email: String,
}

/// An organization.
#[derive(Serialize, ToSchema)]
#[schema(as = Organization)]
pub(crate) struct OrganizationDto {
    /// Its id.
    id: Uuid,
    /// What it is called.
    name: String,
}

impl From<Member> for MeDto {
    fn from(member: Member) -> Self {
        let principal = member.principal;
        Self {
            user: MyselfDto {
                id: principal.user_id.as_uuid(),
                name: member.name,
                email: member.email,
            },
            organization: OrganizationDto {
                id: principal.organization_id.as_uuid(),
                name: member.organization_name,
            },
            permissions: principal.permissions.assigned().map(Into::into).collect(),
            groups: member.groups.into_iter().map(Into::into).collect(),
        }
    }
}

/// Tell who the caller is.
#[utoipa::path(
    get,
    path = "/me",
    operation_id = "get_me",
    tag = "organization",
    responses((status = 200, description = "The caller", body = MeDto), problems::Caller),
    extensions(("x-permission" = json!("any user")))
)]
pub(crate) async fn get(
    Authenticated(caller): Authenticated,
    _: NoQuery,
) -> Result<Json<MeDto>, Problem> {
    Ok(Json(caller.member.into()))
}
