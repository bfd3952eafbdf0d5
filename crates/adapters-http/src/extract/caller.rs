//! Who calls.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};
use parlor_application::{
    caller::{Caller, Visitor},
    ports::{BearerToken, StorePosition},
};

use super::origin::origin;
use crate::{api::Api, consistency, problem::Problem};

/// The active user behind the request's bearer token, as the directory knows it now, with what its client has seen.
pub(crate) struct Authenticated(pub Caller);

impl FromRequestParts<Api> for Authenticated {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let visitor = visitor(parts, api).await?;
        let mut caller = api.application.authenticate.meet(visitor).await?;
        caller.seen = consistency::seen(&parts.headers)?;
        Ok(Self(caller))
    }
}

/// Whose token the request brings, with two more parts of the request, for a use case that looks the user up in the statement that
/// reads what it asks for.
pub(crate) struct Visiting<A, B>(pub Visitor, pub A, pub B);

impl<A, B> FromRequestParts<Api> for Visiting<A, B>
where
    A: FromRequestParts<Api, Rejection = Problem> + Send,
    B: FromRequestParts<Api, Rejection = Problem> + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let mut visitor = visitor(parts, api).await?;
        match understood(parts, api).await {
            Ok((seen, first, second)) => {
                visitor.seen = seen;
                Ok(Self(visitor, first, second))
            }
            Err(problem) => Err(refused(api, visitor, problem).await),
        }
    }
}

/// The same with the request's body, for a use case that looks the user up in the transaction of its change.
pub(crate) struct Bringing<A, B, Body>(pub Visitor, pub A, pub B, pub Body);

impl<A, B, Body> FromRequest<Api> for Bringing<A, B, Body>
where
    A: FromRequestParts<Api, Rejection = Problem> + Send,
    B: FromRequestParts<Api, Rejection = Problem> + Send,
    Body: FromRequest<Api, Rejection = Problem> + Send,
{
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let visiting = Visiting::from_request_parts(&mut parts, api).await?;
        let Visiting(visitor, first, second) = visiting;
        let request = Request::from_parts(parts, body);
        match Body::from_request(request, api).await {
            Ok(body) => Ok(Self(visitor, first, second, body)),
            Err(problem) => Err(refused(api, visitor, problem).await),
        }
    }
}

/// Two parts of a request in the place of one, the first one understood first.
pub(crate) struct And<A, B>(pub A, pub B);

impl<A, B> FromRequestParts<Api> for And<A, B>
where
    A: FromRequestParts<Api, Rejection = Problem> + Send,
    B: FromRequestParts<Api, Rejection = Problem> + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let first = A::from_request_parts(parts, api).await?;
        let second = B::from_request_parts(parts, api).await?;
        Ok(Self(first, second))
    }
}

/// Why a visitor's request is not understood. A stopped user learns nothing else, whatever it asks.
pub(crate) async fn refused(api: &Api, visitor: Visitor, problem: Problem) -> Problem {
    match api.application.authenticate.meet(visitor).await {
        Ok(_) => problem,
        Err(unknown) => unknown.into(),
    }
}

async fn understood<A, B>(
    parts: &mut Parts,
    api: &Api,
) -> Result<(Option<StorePosition>, A, B), Problem>
where
    A: FromRequestParts<Api, Rejection = Problem>,
    B: FromRequestParts<Api, Rejection = Problem>,
{
    let seen = consistency::seen(&parts.headers)?;
    let first = A::from_request_parts(parts, api).await?;
    let second = B::from_request_parts(parts, api).await?;
    Ok((seen, first, second))
}

async fn visitor(parts: &Parts, api: &Api) -> Result<Visitor, Problem> {
    let token = bearer_token(&parts.headers).ok_or_else(Problem::unauthenticated)?;
    let origin = origin(parts, &api.options.trusted_proxies);
    Ok(api
        .application
        .authenticate
        .identify(&token, origin)
        .await?)
}

/// The one bearer token of a request (RFC 6750, section 2.1).
fn bearer_token(headers: &HeaderMap) -> Option<BearerToken> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim_matches(' ');
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    (scheme.eq_ignore_ascii_case("bearer") && is_token).then(|| BearerToken::new(token.to_owned()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn token(values: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_static(value));
        }
        bearer_token(&headers).map(|token| token.expose().to_owned())
    }

    #[test]
    fn one_bearer_token_is_taken_and_the_scheme_may_be_written_as_one_likes() {
        assert_eq!(token(&["Bearer demo-alice"]).unwrap(), "demo-alice");
        assert_eq!(token(&["bearer demo-alice"]).unwrap(), "demo-alice");
    }

    #[test]
    fn no_token_two_tokens_and_other_schemes_are_nobody() {
        for values in [
            &[][..],
            &["Bearer"],
            &["Bearer "],
            &["Basic YTpi"],
            &["Bearer a b"],
            &["demo-alice"],
            &["Bearer demo-alice", "Bearer demo-bob"],
        ] {
            assert_eq!(token(values), None, "{values:?}");
        }
    }
}
