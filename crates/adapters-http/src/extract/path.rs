//! Ids in paths. One that is not in its canonical spelling is answered like one that does not exist.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use parlor_domain::ids::{ConversationId, MessageId};
use utoipa::{
    IntoParams,
    openapi::{
        KnownFormat, ObjectBuilder, Required, SchemaFormat, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use crate::{api::Api, problem::Problem};

/// The conversation that a path names.
pub(crate) struct ConversationPath(pub ConversationId);

/// The message of a conversation that a path names.
pub(crate) struct MessagePath(pub ConversationId, pub MessageId);

impl FromRequestParts<Api> for ConversationPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let params = params(parts, api).await?;
        Ok(Self(id(&params, "id")?))
    }
}

impl FromRequestParts<Api> for MessagePath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let params = params(parts, api).await?;
        Ok(Self(id(&params, "id")?, id(&params, "mid")?))
    }
}

async fn params(parts: &mut Parts, api: &Api) -> Result<RawPathParams, Problem> {
    RawPathParams::from_request_parts(parts, api)
        .await
        .map_err(|_| Problem::not_found())
}

fn id<T: FromStr>(params: &RawPathParams, name: &str) -> Result<T, Problem> {
    params
        .iter()
        .find(|(found, _)| *found == name)
        .and_then(|(_, value)| value.parse().ok())
        .ok_or_else(Problem::not_found)
}

impl IntoParams for ConversationPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter("id", "The conversation")]
    }
}

impl IntoParams for MessagePath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            parameter("id", "The conversation"),
            parameter("mid", "The message"),
        ]
    }
}

fn parameter(name: &str, description: &str) -> Parameter {
    let id = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(id))
        .build()
}
