//! Directories that were changed, by whomever.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parlor_domain::ids::OrganizationId;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::ports::ConversationChanges;

/// Between two looks at the versions of the directories: a lost membership ends streams within one second.
pub const DIRECTORY_POLL: Duration = Duration::from_millis(400);

/// Tells everybody of an organization to look again when its directory was changed, until `stop`. Asks the store nothing while
/// nobody follows anything.
pub async fn watch_directories(
    changes: Arc<dyn ConversationChanges>,
    every: Duration,
    stop: CancellationToken,
) {
    let board = changes.board();
    let mut known: HashMap<OrganizationId, u64> = HashMap::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(every) => {}
        }
        let followed = board.organizations();
        known.retain(|id, _| followed.contains(id));
        if followed.is_empty() {
            continue;
        }
        match changes.directory_versions(&followed).await {
            Ok(versions) => {
                for (id, version) in versions {
                    // What was changed before the first look is not known, so that one counts as a change too.
                    if known.insert(id, version) != Some(version) {
                        board.tell_organization(id);
                    }
                }
            }
            Err(error) => tracing::warn!(
                error = &error as &(dyn std::error::Error + 'static),
                "the store was not asked for changed directories; it is asked again"
            ),
        }
    }
}
