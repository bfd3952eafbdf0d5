//! News of changes, from whichever instance makes them.

use std::sync::Arc;

use async_trait::async_trait;
use parlor_domain::ids::OrganizationId;
use tokio_util::sync::CancellationToken;

use super::StoreError;
use crate::changes::ChangeBoard;

/// Tells this process what was changed, here or by another process on the same store.
///
/// What it tells are hints: that something was changed, never what. A hint may come twice or for nothing, and one that another
/// process owes may be lost with that process; so whoever follows something looks by itself now and then
/// ([`ChangeBoard::patience`]).
///
/// An implementor MUST
/// - put a change of a conversation (itself, its grants, its messages, the end of an answer) on its board after the commit, before
///   whoever made it is answered;
/// - pass it on to the boards of all other processes that work on the store, soon;
/// - tell everybody to look again where hints of others may have been lost;
/// - count a directory's version up with every change of the organization's users, roles or groups, whoever makes it.
#[async_trait]
pub trait ConversationChanges: Send + Sync {
    /// Where the hints are told.
    fn board(&self) -> Arc<ChangeBoard>;

    /// The versions of these organizations' directories; those that are not there are left out. In one statement.
    async fn directory_versions(
        &self,
        organizations: &[OrganizationId],
    ) -> Result<Vec<(OrganizationId, u64)>, StoreError>;

    /// Passes hints on to other processes and takes theirs, until `stop`. Returns at once where there are no others.
    async fn pass_on(&self, stop: CancellationToken);
}
