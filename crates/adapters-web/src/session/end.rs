//! The end of a session under which somebody still looks.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
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
use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{nobody, secret_of};
use crate::{errors::PageError, web::Web};

/// Between two looks at all sessions that have a stream: an open page is to close within a second.
const PERIOD: Duration = Duration::from_millis(500);
/// How long one look may take. While the store is away nothing is known: streams stay open, and nothing is sent on them.
const LIMIT: Duration = Duration::from_secs(5);
/// How many sessions are asked for together.
const BATCH: usize = 500;
/// How many organizations are asked for at once.
const AT_ONCE: usize = 4;

type Session = (OrganizationId, SessionDigest);

/// The sessions that have a stream at this process. One task looks at them while there are any: at all of them twice a second, and
/// at once at those on whose streams something is about to be sent. Those that come while it looks wait for the next look, which is
/// one statement for all of them.
#[derive(Clone)]
pub(crate) struct SessionWatch {
    sessions: Arc<AuthenticateSession>,
    watched: Arc<Mutex<Watched>>,
    /// Somebody waits for a look.
    asked: Arc<Notify>,
}

#[derive(Default)]
struct Watched {
    sessions: HashMap<Session, Watch>,
    has_task: bool,
}

struct Watch {
    streams: usize,
    ended: CancellationToken,
    /// Who waits for a look that begins after they asked.
    waiting: Vec<oneshot::Sender<bool>>,
}

/// The sessions of one look, with those who wait for it.
type Asked = BTreeMap<OrganizationId, Vec<(SessionDigest, Vec<oneshot::Sender<bool>>)>>;

impl SessionWatch {
    pub fn new(sessions: Arc<AuthenticateSession>) -> Self {
        Self {
            sessions,
            watched: Arc::default(),
            asked: Arc::default(),
        }
    }

    /// Tells when this session ends: its user signed out, here or elsewhere, or was stopped, or its time is over.
    pub fn watch(&self, secret: &SessionSecret) -> SessionEnd {
        let session = (secret.organization_id(), secret.digest());
        let mut watched = self.watched();
        let watch = watched.sessions.entry(session).or_insert_with(|| Watch {
            streams: 0,
            ended: CancellationToken::new(),
            waiting: Vec::new(),
        });
        watch.streams += 1;
        let ended = watch.ended.clone();
        if !mem::replace(&mut watched.has_task, true) {
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
        let mut due = Instant::now() + PERIOD;
        loop {
            tokio::select! {
                () = sleep_until(due) => {}
                () = self.asked.notified() => {}
            }
            let is_due = Instant::now() >= due;
            let Some(asked) = self.take_asked(is_due) else {
                return;
            };
            let mut batches = Vec::new();
            for (organization_id, mut sessions) in asked {
                while !sessions.is_empty() {
                    let rest = sessions.split_off(sessions.len().min(BATCH));
                    batches.push((organization_id, mem::replace(&mut sessions, rest)));
                }
            }
            stream::iter(batches)
                .for_each_concurrent(AT_ONCE, |(organization_id, batch)| {
                    self.look(organization_id, batch)
                })
                .await;
            if is_due {
                due = Instant::now() + PERIOD;
            }
        }
    }

    /// All sessions, or those that somebody waits for; `None` if no session has a stream any more.
    fn take_asked(&self, of_all: bool) -> Option<Asked> {
        let mut watched = self.watched();
        if watched.sessions.is_empty() {
            watched.has_task = false;
            return None;
        }
        let mut asked = Asked::new();
        for (&(organization_id, digest), watch) in &mut watched.sessions {
            if of_all || !watch.waiting.is_empty() {
                let sessions = asked.entry(organization_id).or_default();
                sessions.push((digest, mem::take(&mut watch.waiting)));
            }
        }
        Some(asked)
    }

    async fn look(
        &self,
        organization_id: OrganizationId,
        batch: Vec<(SessionDigest, Vec<oneshot::Sender<bool>>)>,
    ) {
        let digests: Vec<_> = batch.iter().map(|&(digest, _)| digest).collect();
        let ended = timeout(LIMIT, self.sessions.find_ended(organization_id, &digests)).await;
        // Those who wait learn by the end of their channel that nothing is known.
        let Ok(Ok(ended)) = ended else { return };
        for (digest, waiting) in batch {
            let has_ended = ended.contains(&digest);
            if has_ended
                && let Some(watch) = self.watched().sessions.get(&(organization_id, digest))
            {
                watch.ended.cancel();
            }
            for sender in waiting {
                // The stream may be gone.
                let _ = sender.send(!has_ended);
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

/// Whether a session holds could not be found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("whether the session holds could not be found out")]
pub(crate) struct NotKnown;

impl SessionEnd {
    /// Waits for it; may be dropped and called again.
    pub async fn came(&self) {
        self.ended.cancelled().await;
    }

    /// Whether the session holds now, by a look that begins after this call. What was read before the call and is sent only if this is
    /// true was committed before the session ended.
    pub async fn holds(&self) -> Result<bool, NotKnown> {
        if self.ended.is_cancelled() {
            return Ok(false);
        }
        let (sender, receiver) = oneshot::channel();
        {
            let mut watched = self.watch.watched();
            let watch = watched.sessions.get_mut(&self.session);
            watch.ok_or(NotKnown)?.waiting.push(sender);
        }
        self.watch.asked.notify_one();
        receiver.await.map_err(|_| NotKnown)
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

    #[tokio::test(start_paused = true)]
    async fn whether_a_session_holds_is_looked_up_after_the_question_and_for_all_who_ask_at_once() {
        let (watch, store) = watched();
        let secrets = [(); 3].map(|()| SessionSecret::generate(ACME));
        *store.active.lock().unwrap() = vec![secrets[0].digest(), secrets[1].digest()];
        let ends = secrets.each_ref().map(|secret| watch.watch(secret));
        let began = Instant::now();
        // Two of the three ask, one of them twice.
        let (first, again, second) =
            tokio::join!(ends[0].holds(), ends[0].holds(), ends[1].holds());
        assert_eq!([first, again, second], [Ok(true); 3]);
        assert_eq!(
            store.asked.load(Ordering::SeqCst),
            2,
            "nobody else is looked for"
        );
        assert_eq!(store.looks.load(Ordering::SeqCst), 1, "it is one look");
        assert_eq!(ends[2].holds().await, Ok(false));
        assert!(ends[2].came().now_or_never().is_some());

        store.active.lock().unwrap().clear();
        assert_eq!(
            ends[0].holds().await,
            Ok(false),
            "what was seen before does not count"
        );
        assert!(ends[0].came().now_or_never().is_some());
        assert!(
            ends[1].came().now_or_never().is_none(),
            "nobody asked for it"
        );
        assert_eq!(
            began.elapsed(),
            Duration::ZERO,
            "nobody waits for the next period"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn while_the_store_is_away_it_is_not_known_whether_a_session_holds() {
        let (watch, store) = watched();
        let secret = SessionSecret::generate(ACME);
        *store.active.lock().unwrap() = vec![secret.digest()];
        let end = watch.watch(&secret);
        *store.is_away.lock().unwrap() = true;
        assert_eq!(end.holds().await, Err(NotKnown));
        *store.is_away.lock().unwrap() = false;
        assert_eq!(end.holds().await, Ok(true));
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_ask_all_the_time_do_not_keep_the_others_from_being_looked_at() {
        let (watch, store) = watched();
        let secrets = [(); 2].map(|()| SessionSecret::generate(ACME));
        *store.active.lock().unwrap() = vec![secrets[0].digest()];
        let ends = secrets.each_ref().map(|secret| watch.watch(secret));
        let began = Instant::now();
        while ends[1].came().now_or_never().is_none() {
            assert_eq!(ends[0].holds().await, Ok(true));
            advance(Duration::from_millis(20)).await;
        }
        assert!(began.elapsed() <= PERIOD + Duration::from_millis(40));
    }
}
