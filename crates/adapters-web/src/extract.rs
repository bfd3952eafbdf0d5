//! How requests become values: strictly, so that no flag gets in by its name, and an id has one spelling.

mod form;
mod form_key;
mod local_path;
mod text;

use std::{fmt, str::FromStr};

use axum::{
    extract::{FromRequestParts, Path, Query},
    http::{HeaderMap, HeaderName, request::Parts},
};
use serde::{Deserialize, de::DeserializeOwned};

pub(crate) use form::{Form, NoFields, non_empty, typed_lines};
pub(crate) use form_key::FormKey;
pub(crate) use local_path::LocalPath;
pub(crate) use text::Text;

use crate::errors::PageError;

/// With what a script asks for a part of a page.
const FRAGMENT: HeaderName = HeaderName::from_static("parlor-fragment");

/// Whether a script asks for a part of a page.
pub(crate) fn is_fragment(headers: &HeaderMap) -> bool {
    headers.contains_key(FRAGMENT)
}

/// The part of the page that a script asks for, if one does.
pub(crate) struct Fragment(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for Fragment {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        let name = parts.headers.get(FRAGMENT).map(|name| name.to_str());
        let name = name.transpose().map_err(|_| PageError::InvalidQuery)?;
        Ok(Self(name.map(str::to_owned)))
    }
}

/// The query string as a struct, which must deny unknown fields.
pub(crate) struct StrictQuery<T>(pub T);

impl<T: DeserializeOwned, S: Sync + Send> FromRequestParts<S> for StrictQuery<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let query = Query::from_request_parts(parts, state).await;
        let Query(query) = query.map_err(|_| PageError::InvalidQuery)?;
        Ok(Self(query))
    }
}

/// No query parameters at all.
pub(crate) struct NoQuery;

impl<S: Sync + Send> FromRequestParts<S> for NoQuery {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}

        let StrictQuery(Nothing {}) = StrictQuery::from_request_parts(parts, state).await?;
        Ok(Self)
    }
}

/// The id in a path. What is none leads nowhere, like an id that was never given.
pub(crate) struct PathId<T>(pub T);

impl<T, S> FromRequestParts<S> for PathId<T>
where
    T: FromStr<Err: fmt::Display> + Send,
    S: Sync + Send,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let path = Path::<Text<T>>::from_request_parts(parts, state).await;
        let Path(Text(id)) = path.map_err(|_| PageError::NotFound)?;
        Ok(Self(id))
    }
}

/// The two ids in a path: of a conversation, and of something in it.
pub(crate) struct PathIds<T, U>(pub T, pub U);

impl<T, U, S> FromRequestParts<S> for PathIds<T, U>
where
    T: FromStr<Err: fmt::Display> + Send,
    U: FromStr<Err: fmt::Display> + Send,
    S: Sync + Send,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let path = Path::<(Text<T>, Text<U>)>::from_request_parts(parts, state).await;
        let Path((Text(outer), Text(inner))) = path.map_err(|_| PageError::NotFound)?;
        Ok(Self(outer, inner))
    }
}
