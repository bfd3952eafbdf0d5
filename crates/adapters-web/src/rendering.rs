//! How much of the service the pages of one user can take.
//!
//! Messages become HTML on blocking threads, on half of the processors at most, so that everything else continues meanwhile. Two pages of a
//! user are made at once, and some more of theirs wait until a browser has taken them; further requests wait, and are refused
//! after a while. Pages of different users take turns in the order in which they come.

use std::{
    convert::Infallible,
    future::Future,
    num::{NonZeroU32, NonZeroUsize},
    panic::resume_unwind,
    sync::Arc,
    thread::available_parallelism,
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use futures::stream;
use metrics::{counter, histogram};
use parlor_application::user_limit::{Permit, UserLimit};
use parlor_domain::ids::UserId;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::{Instant, timeout, timeout_at},
};
use tracing::Span;

use crate::errors::PageError;

/// How long pages waited for their turn.
const WAITED: &str = "parlor_page_wait_seconds";
/// Pages that waited in vain.
const REFUSED: &str = "parlor_pages_refused_total";

/// How many pages of a user are made at once.
const MADE_AT_ONCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);
/// How many long pages of a user can wait until they are taken.
const UNREAD: NonZeroU32 = NonZeroU32::MIN.saturating_add(15);
/// How long a stream waits for its turn: less than the second within which it must close after a lost access.
const LONGEST_PIECE_WAIT: Duration = Duration::from_millis(700);
/// When a refused user can try again.
const COME_AGAIN: Duration = Duration::from_secs(5);
/// A page is handed to the connection in pieces of so many bytes; one that is no longer is handed over whole.
const PIECE: usize = 64 << 10;

/// What all pages share.
#[derive(Debug)]
pub(crate) struct Rendering {
    being_made: Arc<UserLimit>,
    unread: Arc<UserLimit>,
    processors: Arc<Semaphore>,
    longest_wait: Duration,
}

impl Rendering {
    pub fn new(longest_wait: Duration) -> Self {
        let processors = available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            being_made: UserLimit::per_user(MADE_AT_ONCE),
            unread: UserLimit::per_user(UNREAD),
            processors: Arc::new(Semaphore::new((processors / 2).max(1))),
            longest_wait,
        }
    }

    /// The user's turn to have a page made. It is waited for before anything is read that the page shows.
    pub async fn turn(&self, user: UserId) -> Result<PageTurn, PageError> {
        let began = Instant::now();
        let deadline = began + self.longest_wait;
        let turn = async {
            let unread = self.unread.turn(user).await;
            (unread, self.being_made.turn(user).await)
        };
        let (unread, being_made) = within(deadline, turn).await?;
        Ok(PageTurn {
            processors: Arc::clone(&self.processors),
            began,
            deadline,
            unread,
            being_made,
        })
    }

    /// The user's turn to have a piece of a stream made; nothing if it does not come soon. A user who lost access meanwhile
    /// gets nothing: a stream does not look at what happened while it waits here.
    pub async fn piece_turn(&self, user: UserId) -> Option<PieceTurn> {
        let turn = async {
            let being_made = self.being_made.turn(user).await;
            PieceTurn {
                _being_made: being_made,
                _processor: processor(&self.processors).await,
            }
        };
        timeout(LONGEST_PIECE_WAIT, turn).await.ok()
    }
}

/// A user's turn for a piece of a stream.
pub(crate) struct PieceTurn {
    _being_made: Permit,
    _processor: Option<OwnedSemaphorePermit>,
}

impl PieceTurn {
    /// Makes the piece.
    pub async fn make<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> T {
        blocking(self, work).await
    }
}

/// A user's turn for a page.
pub(crate) struct PageTurn {
    processors: Arc<Semaphore>,
    began: Instant,
    deadline: Instant,
    unread: Permit,
    being_made: Permit,
}

impl PageTurn {
    /// Makes the page on a processor of those that make pages.
    pub async fn page(
        self,
        work: impl FnOnce() -> Result<Html<String>, PageError> + Send + 'static,
    ) -> Result<Response, PageError> {
        let processor = within(self.deadline, processor(&self.processors)).await?;
        histogram!(WAITED).record(self.began.elapsed().as_secs_f64());
        let Html(html) = blocking((self.being_made, processor), work).await?;
        Ok(response(html, self.unread))
    }
}

async fn within<T>(deadline: Instant, turn: impl Future<Output = T>) -> Result<T, PageError> {
    timeout_at(deadline, turn).await.map_err(|_| {
        counter!(REFUSED).increment(1);
        PageError::TooMany {
            retry_after: COME_AGAIN,
        }
    })
}

/// It is never closed; were it, nothing would limit what is left.
async fn processor(processors: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    Arc::clone(processors).acquire_owned().await.ok()
}

/// Work continues after its caller has left, so its turn lasts as long as the work.
async fn blocking<T: Send + 'static>(
    turn: impl Send + 'static,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let span = Span::current();
    let working = spawn_blocking(move || {
        let done = span.in_scope(work);
        drop(turn);
        done
    });
    match working.await {
        Ok(done) => done,
        Err(failed) => match failed.try_into_panic() {
            // A panic is answered where all of them are.
            Ok(panic) => resume_unwind(panic),
            // The runtime is going down, and nobody is answered any more.
            Err(_) => std::future::pending().await,
        },
    }
}

/// A long page counts as unread until its last piece was handed over.
fn response(html: String, unread: Permit) -> Response {
    if html.len() <= PIECE {
        return Html(html).into_response();
    }
    let left = (Bytes::from(html), unread);
    let pieces = stream::unfold(left, async |(mut html, unread)| {
        if html.is_empty() {
            return None;
        }
        let piece = html.split_to(html.len().min(PIECE));
        Some((Ok::<_, Infallible>(piece), (html, unread)))
    });
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    ([(header::CONTENT_TYPE, html)], Body::from_stream(pieces)).into_response()
}
