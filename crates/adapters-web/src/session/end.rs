//! The end of a session under which somebody still looks.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{extract::FromRequestParts, http::request::Parts};
use futures::{StreamExt as _, stream};
use parlor_application::{
    organization::{AuthenticateSession, SessionSecret},
    ports::SessionDigest,
};
use parlor_domain::ids::OrganizationId;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{nobody, secret_of};
use crate::{errors::PageError, web::Web};

/// Between two looks at the sessions that have a stream: an open page is to close within a second.
const PERIOD: Duration = Duration::from_millis(500);
/// How long one look may take. While the store is away nothing is known, and streams go on.
const LIMIT: Duration = Duration::from_secs(5);
/// How many sessions are asked for together.
const BATCH: usize = 500;
/// How many organizations are asked for at once.
const AT_ONCE: usize = 4;

type Session = (OrganizationId, SessionDigest);

/// The sessions that have a stream at this process. One task looks at all of them together, while there are any.
#[derive(Clone)]
pub(crate) struct SessionWatch {
    sessions: Arc<AuthenticateSession>,
    watched: Arc<Mutex<Watched>>,
}

#[derive(Default)]
struct Watched {
    sessions: HashMap<Session, Watch>,
    has_task: bool,
}

struct Watch {
    streams: usize,
    ended: CancellationToken,
}

impl SessionWatch {
    pub fn new(sessions: Arc<AuthenticateSession>) -> Self {
        Self {
            sessions,
            watched: Arc::default(),
        }
    }

    /// Tells when this session ends: its user signed out, here or elsewhere, or was stopped, or its time is over.
    pub fn watch(&self, secret: &SessionSecret) -> SessionEnd {
        let session = (secret.organization_id(), secret.digest());
        let mut watched = self.watched();
        let watch = watched.sessions.entry(session).or_insert_with(|| Watch {
            streams: 0,
            ended: CancellationToken::new(),
        });
        watch.streams += 1;
        let ended = watch.ended.clone();
        if !std::mem::replace(&mut watched.has_task, true) {
            tokio::spawn(self.clone().look_on());
        }
        SessionEnd {
            session,
            ended,
            watch: self.clone(),
        }
    }

    /// Looks until nobody has a stream.
    async fn look_on(self) {
        loop {
            sleep(PERIOD).await;
            let mut asked: BTreeMap<OrganizationId, Vec<SessionDigest>> = BTreeMap::new();
            {
                let mut watched = self.watched();
                if watched.sessions.is_empty() {
                    watched.has_task = false;
                    return;
                }
                for &(organization_id, digest) in watched.sessions.keys() {
                    asked.entry(organization_id).or_default().push(digest);
                }
            }
            let mut batches = Vec::new();
            for (organization_id, digests) in asked {
                for batch in digests.chunks(BATCH) {
                    batches.push((organization_id, batch.to_vec()));
                }
            }
            stream::iter(batches)
                .for_each_concurrent(AT_ONCE, |(organization_id, batch)| {
                    self.look(organization_id, batch)
                })
                .await;
        }
    }

    async fn look(&self, organization_id: OrganizationId, batch: Vec<SessionDigest>) {
        let ended = timeout(LIMIT, self.sessions.find_ended(organization_id, &batch)).await;
        let Ok(Ok(ended)) = ended else { return };
        let watched = self.watched();
        for digest in ended {
            if let Some(watch) = watched.sessions.get(&(organization_id, digest)) {
                watch.ended.cancel();
            }
        }
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Resolves once the request's session holds no more.
pub(crate) struct SessionEnd {
    session: Session,
    ended: CancellationToken,
    watch: SessionWatch,
}

impl SessionEnd {
    /// Waits for it; may be dropped and called again.
    pub async fn came(&self) {
        self.ended.cancelled().await;
    }
}

impl Drop for SessionEnd {
    fn drop(&mut self) {
        let mut watched = self.watch.watched();
        let Some(watch) = watched.sessions.get_mut(&self.session) else {
            return;
        };
        watch.streams -= 1;
        if watch.streams == 0 {
            watched.sessions.remove(&self.session);
        }
    }
}

impl FromRequestParts<Web> for SessionEnd {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, PageError> {
        let secret = secret_of(&parts.headers, web.options.is_secure());
        let secret = secret.ok_or_else(|| nobody(parts))?;
        Ok(web.sessions.watch(&secret))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use chrono::DateTime;
    use futures::FutureExt as _;
    use parlor_application::ports::{MockClock, MockSessionReader, StoreError};
    use tokio::time::advance;
    use uuid::Uuid;

    use super::*;

    const ACME: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(1));

    /// Sessions of which those hold that are put into the list; how often and after how many was asked.
    struct Store {
        active: Arc<Mutex<Vec<SessionDigest>>>,
        looks: Arc<AtomicUsize>,
        asked: Arc<AtomicUsize>,
        is_away: Arc<Mutex<bool>>,
    }

    fn watched() -> (SessionWatch, Store) {
        let store = Store {
            active: Arc::default(),
            looks: Arc::default(),
            asked: Arc::default(),
            is_away: Arc::default(),
        };
        let (active, is_away) = (Arc::clone(&store.active), Arc::clone(&store.is_away));
        let (looks, asked) = (Arc::clone(&store.looks), Arc::clone(&store.asked));
        let mut reader = MockSessionReader::new();
        reader.expect_find_active().returning(move |_, digests, _| {
            looks.fetch_add(1, Ordering::SeqCst);
            asked.store(digests.len(), Ordering::SeqCst);
            if *is_away.lock().unwrap() {
                return Err(StoreError::Unavailable(None));
            }
            let active = active.lock().unwrap();
            let found = digests.iter().filter(|digest| active.contains(digest));
            Ok(found.copied().collect())
        });
        let mut clock = MockClock::new();
        clock.expect_now().return_const(DateTime::UNIX_EPOCH);
        let sessions = AuthenticateSession::new(Arc::new(reader), Arc::new(clock));
        (SessionWatch::new(Arc::new(sessions)), store)
    }

    /// Lets one look happen.
    async fn period() {
        tokio::task::yield_now().await;
        advance(PERIOD).await;
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
    }

    #[tokio::test(start_paused = true)]
    async fn however_many_streams_there_are_one_look_is_after_all_their_sessions() {
        let (watch, store) = watched();
        let secrets = [(); 3].map(|()| SessionSecret::generate(ACME));
        *store.active.lock().unwrap() = secrets.iter().map(SessionSecret::digest).collect();
        let ends: Vec<_> = (0..30).map(|at| watch.watch(&secrets[at % 3])).collect();
        for looks in 1..=5 {
            period().await;
            assert_eq!(store.looks.load(Ordering::SeqCst), looks);
            assert_eq!(store.asked.load(Ordering::SeqCst), 3);
        }
        assert!(ends.iter().all(|end| end.came().now_or_never().is_none()));
        drop(ends);
        for _ in 0..5 {
            period().await;
        }
        assert_eq!(store.looks.load(Ordering::SeqCst), 5, "nobody is watched");
        let _end = watch.watch(&secrets[0]);
        period().await;
        assert_eq!(store.looks.load(Ordering::SeqCst), 6, "it begins again");
    }

    #[tokio::test(start_paused = true)]
    async fn the_streams_of_an_ended_session_are_told_and_no_others() {
        let (watch, store) = watched();
        let secrets = [(); 2].map(|()| SessionSecret::generate(ACME));
        *store.active.lock().unwrap() = vec![secrets[0].digest()];
        let ends = [&secrets[0], &secrets[1], &secrets[1]].map(|secret| watch.watch(secret));
        *store.is_away.lock().unwrap() = true;
        period().await;
        let told = || {
            ends.each_ref()
                .map(|end| end.came().now_or_never().is_some())
        };
        assert_eq!(told(), [false; 3], "nothing is known");
        *store.is_away.lock().unwrap() = false;
        period().await;
        assert_eq!(told(), [false, true, true]);
    }
}
