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
    let mut is_away = false;
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
                is_away = false;
                for (id, version) in versions {
                    // What was changed before the first look is not known, so that one counts as a change too.
                    if known.insert(id, version) != Some(version) {
                        board.tell_organization(id);
                    }
                }
            }
            // Once for each time that it is away.
            Err(error) => {
                if !std::mem::replace(&mut is_away, true) {
                    tracing::warn!(
                        error = &error as &(dyn std::error::Error + 'static),
                        "the store was not asked for changed directories; it is asked again"
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    };

    use async_trait::async_trait;
    use parlor_domain::ids::ConversationId;
    use uuid::Uuid;

    use super::*;
    use crate::{
        changes::{ChangeBoard, ConversationHints},
        ports::{ConversationKey, StoreError},
    };

    const ACME: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(1));
    const GLOBEX: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(2));

    /// Two directories, which a test changes.
    struct Directories {
        board: Arc<ChangeBoard>,
        versions: Mutex<HashMap<OrganizationId, u64>>,
        /// Whether the store answers.
        is_away: Mutex<bool>,
        asked: AtomicUsize,
    }

    #[async_trait]
    impl ConversationChanges for Directories {
        fn board(&self) -> Arc<ChangeBoard> {
            Arc::clone(&self.board)
        }

        async fn directory_versions(
            &self,
            organizations: &[OrganizationId],
        ) -> Result<Vec<(OrganizationId, u64)>, StoreError> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            if *self.is_away.lock().unwrap() {
                return Err(StoreError::Unavailable(None));
            }
            let versions = self.versions.lock().unwrap();
            let asked = organizations
                .iter()
                .filter_map(|id| Some((*id, *versions.get(id)?)));
            Ok(asked.collect())
        }

        async fn pass_on(&self, _stop: CancellationToken) {}
    }

    impl Directories {
        fn watched() -> (Arc<Self>, CancellationToken) {
            let directories = Arc::new(Self {
                board: ChangeBoard::new(),
                versions: Mutex::new([(ACME, 1), (GLOBEX, 1)].into()),
                is_away: Mutex::new(false),
                asked: AtomicUsize::new(0),
            });
            let stop = CancellationToken::new();
            let (changes, stopped) = (Arc::clone(&directories), stop.clone());
            tokio::spawn(watch_directories(changes, DIRECTORY_POLL, stopped));
            (directories, stop)
        }

        fn change(&self, id: OrganizationId) {
            *self.versions.lock().unwrap().get_mut(&id).unwrap() += 1;
        }
    }

    fn in_organization(organization_id: OrganizationId) -> ConversationKey {
        ConversationKey {
            organization_id,
            conversation_id: ConversationId::from_uuid(Uuid::nil()),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_changed_directory_is_told_within_a_second_and_to_its_organization_alone() {
        let (directories, _stop) = Directories::watched();
        let mut hints = [ACME, GLOBEX].map(|id| directories.board.follow(in_organization(id)));
        sleep(Duration::from_secs(1)).await;
        // What was changed before the first look is not known.
        assert_eq!(hints.each_mut().map(ConversationHints::take), [true; 2]);
        sleep(Duration::from_mins(1)).await;
        assert_eq!(hints.each_mut().map(ConversationHints::take), [false; 2]);
        directories.change(ACME);
        sleep(Duration::from_secs(1)).await;
        let told = hints.each_mut().map(ConversationHints::take);
        assert_eq!(told, [true, false]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_changed_while_the_store_was_away_is_told_when_it_is_back() {
        let (directories, _stop) = Directories::watched();
        let mut hints = directories.board.follow(in_organization(ACME));
        sleep(Duration::from_secs(1)).await;
        assert!(hints.take());
        *directories.is_away.lock().unwrap() = true;
        directories.change(ACME);
        sleep(Duration::from_secs(5)).await;
        assert!(!hints.take());
        *directories.is_away.lock().unwrap() = false;
        sleep(Duration::from_secs(1)).await;
        assert!(hints.take());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_asked_while_nobody_follows_or_after_the_end() {
        let (directories, stop) = Directories::watched();
        sleep(Duration::from_mins(1)).await;
        assert_eq!(directories.asked.load(Ordering::SeqCst), 0);
        let _hints = directories.board.follow(in_organization(ACME));
        sleep(Duration::from_secs(1)).await;
        let asked = directories.asked.load(Ordering::SeqCst);
        assert!(asked > 0);
        stop.cancel();
        sleep(Duration::from_mins(1)).await;
        assert_eq!(directories.asked.load(Ordering::SeqCst), asked);
    }
}
