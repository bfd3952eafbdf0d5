//! Whose token it is.

use std::fmt;

use async_trait::async_trait;
use parlor_domain::ids::{OrganizationId, UserId};

use super::Cause;

/// Tells whose a bearer token is. What that user may do, the [`Directory`](super::Directory) says, for each request anew.
///
/// An implementor MUST
/// - answer `None` for every token that is unknown, expired, revoked or malformed, without telling which;
/// - compare secrets in constant time, or by a digest;
/// - put no token, nor a part of one, into errors or logs.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// The user whose token it is.
    async fn authenticate(
        &self,
        token: &BearerToken,
    ) -> Result<Option<Identity>, AuthenticationUnavailable>;
}

/// A user, as a token tells: not yet looked up in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The user.
    pub user_id: UserId,
}

/// A secret that a client sent. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct BearerToken(String);

impl BearerToken {
    /// The token as it came.
    pub const fn new(token: String) -> Self {
        Self(token)
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(…)")
    }
}

/// Whose token it is cannot be found out now.
#[derive(Debug, thiserror::Error)]
#[error("tokens cannot be checked now")]
pub struct AuthenticationUnavailable(#[source] pub Cause);
