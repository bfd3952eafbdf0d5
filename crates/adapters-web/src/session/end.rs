//! The end of a session under which somebody still looks.

use std::{pin::Pin, time::Duration};

use axum::{extract::FromRequestParts, http::request::Parts};
use parlor_application::organization::AuthenticateError;
use tokio::time::sleep;

use super::{nobody, origin_of, secret_of};
use crate::{errors::PageError, web::Web};

/// How often it is asked whether a session still holds: an open page is to close within a second.
const PERIOD: Duration = Duration::from_millis(800);

/// Resolves once the request's session holds no more: its user signed out, here or elsewhere, or was stopped, or its time is over.
/// While the store is away nothing is known, and it goes on.
pub(crate) struct SessionEnd(Pin<Box<dyn Future<Output = ()> + Send>>);

impl SessionEnd {
    /// Waits for it; may be dropped and called again.
    pub async fn came(&mut self) {
        self.0.as_mut().await;
    }
}

impl FromRequestParts<Web> for SessionEnd {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, PageError> {
        let secret = secret_of(&parts.headers, web.options.is_secure());
        let secret = secret.ok_or_else(|| nobody(parts))?;
        let origin = origin_of(parts);
        let sessions = web.use_cases.authenticate_session.clone();
        Ok(Self(Box::pin(async move {
            loop {
                sleep(PERIOD).await;
                let held = sessions.execute(&secret, origin.clone()).await;
                if matches!(held, Err(AuthenticateError::InvalidToken)) {
                    return;
                }
            }
        })))
    }
}
