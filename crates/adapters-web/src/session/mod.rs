//! Who is signed in: a cookie with a session's secret, which no script can read.

pub(crate) mod cookies;
mod end;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
};
use parlor_application::{
    caller::Caller,
    organization::{AuthenticateError, SESSION_LIFETIME, SessionSecret, SignedInSession},
};
use parlor_domain::audit::Origin;

use crate::{
    errors::PageError,
    extract::{LocalPath, is_fragment},
    frame::{Frame, Surroundings},
    web::Web,
};
use cookies::Lifetime;
pub(crate) use end::{NotKnown, SessionEnd, SessionWatch};

/// The name of the session's cookie.
fn cookie_name(secure: bool) -> String {
    cookies::name(secure, "parlor_session")
}

/// The secret that a request brings, if it brings one.
pub(crate) fn secret_of(headers: &HeaderMap, secure: bool) -> Option<SessionSecret> {
    cookies::find(headers, &cookie_name(secure))?.parse().ok()
}

/// What lets a browser keep a session.
pub(crate) fn keep(session: &SignedInSession, secure: bool) -> HeaderValue {
    let secret = session.secret.expose();
    let lifetime = Lifetime::Seconds(SESSION_LIFETIME.num_seconds());
    cookies::set(&cookie_name(secure), &secret, lifetime, secure)
}

/// What lets a browser forget its session.
pub(crate) fn forget(secure: bool) -> HeaderValue {
    cookies::set(&cookie_name(secure), "", Lifetime::Gone, secure)
}

/// Where a request came from, as the layer around the pages found out.
pub(crate) fn origin_of(parts: &Parts) -> Origin {
    let origin = parts.extensions.get::<Origin>();
    origin.cloned().unwrap_or_default()
}

/// The active user behind the request's session, as the directory knows it now, and the frame of a page for it.
///
/// Who is not signed in is sent to the sign-in page and comes back from there; scripts are answered 401.
pub(crate) struct SignedIn {
    pub caller: Caller,
    pub frame: Frame,
}

impl SignedIn {
    async fn find(parts: &mut Parts, web: &Web) -> Result<Option<Self>, PageError> {
        let Some(secret) = secret_of(&parts.headers, web.options.is_secure()) else {
            return Ok(None);
        };
        let origin = origin_of(parts);
        let session = &web.application.authenticate_session;
        match session.execute(&secret, origin).await {
            Ok(caller) => {
                let surroundings = Surroundings::of(parts)?;
                let frame = Frame::for_caller(&surroundings, &caller);
                surroundings.remember(&frame);
                Ok(Some(Self { caller, frame }))
            }
            Err(AuthenticateError::InvalidToken) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl FromRequestParts<Web> for SignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, PageError> {
        let found = Self::find(parts, web).await?;
        found.ok_or_else(|| nobody(parts))
    }
}

impl OptionalFromRequestParts<Web> for SignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Option<Self>, PageError> {
        Self::find(parts, web).await
    }
}

fn nobody(parts: &Parts) -> PageError {
    let accepts = parts.headers.get(header::ACCEPT);
    let is_stream = accepts.is_some_and(|accept| accept.as_bytes() == b"text/event-stream");
    if is_stream || is_fragment(&parts.headers) {
        return PageError::Unauthenticated;
    }
    // A form is not sent twice: only a page is come back to.
    let here = (parts.method == Method::GET).then(|| parts.uri.path_and_query());
    let next = here
        .flatten()
        .and_then(|here| LocalPath::parse(here.as_str()));
    PageError::SignIn { next }
}
