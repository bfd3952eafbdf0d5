//! `Last-Event-ID` (HTML, section 9.2.4).

use axum::{extract::FromRequestParts, http::request::Parts};
use parlor_application::conversations::EventNumber;
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterIn},
};

use super::idempotency_key::header_parameter;
use crate::{api::Api, problem::Problem};

/// The last event that a client got before it comes back.
pub(crate) struct LastEventId(pub Option<EventNumber>);

impl FromRequestParts<Api> for LastEventId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all("last-event-id").iter();
        let value = match (values.next(), values.next()) {
            (None, _) => return Ok(Self(None)),
            (Some(value), None) => value.to_str().ok(),
            (Some(_), Some(_)) => None,
        };
        let number = match value {
            Some("") => return Ok(Self(None)),
            value => value.and_then(|value| value.parse().ok()),
        };
        let refusal = || Problem::header("`Last-Event-ID` is not the `id` of an event");
        number.map(Some).map(Self).ok_or_else(refusal)
    }
}

impl IntoParams for LastEventId {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![header_parameter(
            "Last-Event-ID",
            "The `id` of the last event that was got: everything that is stored after it is told. Without it, what happens from now on",
        )]
    }
}
