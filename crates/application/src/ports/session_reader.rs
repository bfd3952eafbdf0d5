//! Who is signed in.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_domain::ids::{OrganizationId, UserId};

use super::{Member, StoreError};

/// Reads whose a session is. Nothing of it is kept past the request that asked.
///
/// An implementor MUST
/// - answer `None` for a session that does not exist, was ended, is of another organization, or ends at or before `now`, and for
///   one whose user is stopped, or was stopped after it began, whoever did that in the store;
/// - see every change that was committed before the call;
/// - answer in one statement, however many sessions are asked for.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait SessionReader: Send + Sync {
    /// The active user whose session it is, with everything that [`Directory::find_member`](super::Directory::find_member)
    /// answers of it.
    async fn find_member(
        &self,
        organization_id: OrganizationId,
        digest: SessionDigest,
        now: DateTime<Utc>,
    ) -> Result<Option<Member>, StoreError>;

    /// Those of these sessions for which [`find_member`](Self::find_member) answers a member, in any order.
    async fn find_active(
        &self,
        organization_id: OrganizationId,
        digests: &[SessionDigest],
        now: DateTime<Utc>,
    ) -> Result<Vec<SessionDigest>, StoreError>;
}

/// What a store keeps of a session's secret: its SHA-256. Who reads the store cannot act as anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionDigest([u8; 32]);

impl SessionDigest {
    /// The digest with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// By what it is found.
    pub digest: SessionDigest,
    /// Whose it is.
    pub user_id: UserId,
    /// When the user signed in.
    pub created_at: DateTime<Utc>,
    /// From when on it is good for nothing.
    pub expires_at: DateTime<Utc>,
}
