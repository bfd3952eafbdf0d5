//! Query strings: a parameter that the route does not have, one that is given twice, and one that is malformed are refused.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use parlor_application::paging::PageSize;
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::IntoParams;

use crate::{api::Api, problem::Problem, wire::Text};

/// The query string as a struct, which must deny unknown fields.
pub(crate) struct StrictQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Api> for StrictQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        match Query::from_request_parts(parts, api).await {
            Ok(Query(query)) => Ok(Self(query)),
            Err(rejection) => {
                let text = rejection.body_text();
                let detail = text
                    .strip_prefix("Failed to deserialize query string: ")
                    .unwrap_or(&text);
                Err(Problem::query(detail.to_owned()))
            }
        }
    }
}

/// No parameters at all.
pub(crate) struct NoQuery;

impl FromRequestParts<Api> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}

        let StrictQuery(Nothing {}) = StrictQuery::from_request_parts(parts, api).await?;
        Ok(Self)
    }
}

/// Which page, for lists that have no other parameters.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// How many items: 1 to 100.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 50)]
    limit: Option<Text<Limit>>,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    pub cursor: Option<String>,
}

impl PageQuery {
    /// How many items.
    pub fn size(&self) -> PageSize {
        Limit::size(self.limit)
    }
}

/// The number of items that a client asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit(PageSize);

impl Limit {
    /// How many items, also where the client does not say.
    pub fn size(limit: Option<Text<Self>>) -> PageSize {
        limit.map_or(PageSize::DEFAULT, |Text(Self(size))| size)
    }
}

impl FromStr for Limit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const INVALID: &str = "not a number from 1 to 100";
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(INVALID);
        }
        let items = text.parse().map_err(|_| INVALID)?;
        PageSize::new(items).map(Self).map_err(|_| INVALID)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_plain_number_from_1_to_100() {
        for text in ["1", "50", "100"] {
            assert!(text.parse::<Limit>().is_ok(), "{text}");
        }
        for text in ["", "0", "101", "+5", "-1", "1e1", " 5", "99999999999"] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
    }
}
