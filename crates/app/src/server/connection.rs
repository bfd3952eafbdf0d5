//! How far a connection is.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use super::registry::Registry;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// For every request.
    Regular,
    /// For one health check.
    Reserve,
}

/// An open connection.
pub(super) struct Connection {
    kind: Kind,
    number: u64,
    phase: Mutex<Phase>,
    changed: Notify,
    /// How many bytes of its answer are in memory until the client has read them.
    unread: AtomicUsize,
    /// Since when its socket takes nothing.
    stalled: Mutex<Option<Instant>>,
    all: Arc<UnreadBytes>,
}

/// How many bytes of answers all connections of a listener keep in memory until clients have read them.
#[derive(Debug, Default)]
pub(super) struct UnreadBytes(AtomicUsize);

impl UnreadBytes {
    pub fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// No request has come whole since then.
    Waiting {
        since: Instant,
        deadline: Instant,
        /// Whether a part of a head has come.
        has_begun: bool,
    },
    /// The head of a request has come, and its body not yet.
    Receiving,
    /// A request is being answered.
    Busy,
    /// The answer is complete, and its last bytes are on their way to the socket.
    Flushing,
    /// To be closed, for this reason.
    Evicted(&'static str),
}

impl Connection {
    pub fn new(kind: Kind, number: u64, head: Duration, all: Arc<UnreadBytes>) -> Self {
        let now = Instant::now();
        Self {
            kind,
            number,
            phase: Mutex::new(Phase::Waiting {
                since: now,
                deadline: now + head,
                has_begun: true,
            }),
            changed: Notify::new(),
            unread: AtomicUsize::new(0),
            stalled: Mutex::default(),
            all,
        }
    }

    pub const fn kind(&self) -> Kind {
        self.kind
    }

    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Since when it waits for a request, if it does.
    pub fn waits_since(&self) -> Option<Instant> {
        match *self.phase() {
            Phase::Waiting { since, .. } => Some(since),
            Phase::Receiving | Phase::Busy | Phase::Flushing | Phase::Evicted(_) => None,
        }
    }

    /// Has it closed if it still waits for a request; answers whether it does.
    pub fn evict(&self) -> bool {
        let mut phase = self.phase();
        let waits = matches!(*phase, Phase::Waiting { .. });
        if waits {
            *phase = Phase::Evicted("evicted");
            self.changed.notify_one();
        }
        waits
    }

    /// So much of the answer is ready to be sent.
    fn produced(&self, bytes: usize) {
        self.unread.fetch_add(bytes, Ordering::SeqCst);
        self.all.0.fetch_add(bytes, Ordering::SeqCst);
    }

    /// Nothing of the answer is in memory any more: its bytes are kept until the last one of them is written.
    fn released(&self) {
        let bytes = self.unread.swap(0, Ordering::SeqCst);
        self.all.0.fetch_sub(bytes, Ordering::SeqCst);
    }

    /// The socket takes nothing from now on, or takes something again.
    pub fn set_stalled(&self, is_stalled: bool) {
        let mut stalled = self.stalled.lock().unwrap_or_else(PoisonError::into_inner);
        *stalled = is_stalled.then(|| stalled.unwrap_or_else(Instant::now));
    }

    /// How many bytes wait for a client that has read nothing for so long; none where it reads.
    pub fn stalled_bytes(&self, time: Duration) -> Option<usize> {
        let since = *self.stalled.lock().unwrap_or_else(PoisonError::into_inner);
        since.filter(|since| since.elapsed() >= time)?;
        Some(self.unread.load(Ordering::SeqCst)).filter(|bytes| *bytes > 0)
    }

    /// Has it closed although it is being answered, for what its answer keeps in memory.
    pub fn evict_unread(&self) {
        self.released();
        *self.phase() = Phase::Evicted("unread");
        self.changed.notify_one();
    }

    /// Bytes came: a head that has begun must be complete soon.
    pub fn received(&self, head: Duration) {
        if let Phase::Waiting {
            deadline,
            has_begun: has_begun @ false,
            ..
        } = &mut *self.phase()
        {
            *has_begun = true;
            *deadline = Instant::now() + head;
            self.changed.notify_one();
        }
    }

    /// Everything that was written is with the socket.
    pub fn flushed(&self, idle: Duration) {
        self.released();
        let mut phase = self.phase();
        if matches!(*phase, Phase::Flushing) {
            let now = Instant::now();
            *phase = Phase::Waiting {
                since: now,
                deadline: now + idle,
                has_begun: false,
            };
            self.changed.notify_one();
        }
    }

    /// The head of a request is complete, and perhaps all of it.
    pub fn begin(self: &Arc<Self>, registry: &Arc<Registry>, is_complete: bool) -> Answering {
        *self.phase() = if is_complete {
            Phase::Busy
        } else {
            Phase::Receiving
        };
        Answering {
            connection: Arc::clone(self),
            registry: Arc::clone(registry),
        }
    }

    /// All of the request has come that anybody wants.
    fn request_received(&self) {
        let mut phase = self.phase();
        if matches!(*phase, Phase::Receiving) {
            *phase = Phase::Busy;
        }
    }

    /// Waits until the connection is to be closed because it waits, and says why. When the service stops, the rest of a request can
    /// come until `stopping`.
    pub async fn is_over(&self, stopping: Option<Instant>) -> &'static str {
        loop {
            let changed = self.changed.notified();
            let phase = *self.phase();
            let (deadline, reason) = match phase {
                Phase::Evicted(reason) => return reason,
                Phase::Waiting { .. } if stopping.is_some() => return "stopped",
                Phase::Waiting {
                    deadline,
                    has_begun,
                    ..
                } => (deadline, if has_begun { "head-timeout" } else { "idle" }),
                Phase::Receiving if let Some(deadline) = stopping => (deadline, "stopped"),
                Phase::Receiving | Phase::Busy | Phase::Flushing => {
                    changed.await;
                    continue;
                }
            };
            tokio::select! {
                () = changed => {}
                () = sleep_until(deadline) => {
                    // Bytes can have come meanwhile, and with them a later deadline.
                    let is_still = match *self.phase() {
                        Phase::Waiting { deadline, .. } => deadline <= Instant::now(),
                        Phase::Receiving => stopping.is_some(),
                        _ => false,
                    };
                    if is_still {
                        return reason;
                    }
                }
            }
        }
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is being answered; dropping it ends that.
pub(super) struct Answering {
    connection: Arc<Connection>,
    registry: Arc<Registry>,
}

impl Answering {
    /// The body of the request, which is being received until its end, or until nobody wants more of it.
    pub fn receive(&self, body: Incoming) -> Body {
        Body::new(RequestBody {
            body,
            connection: Arc::clone(&self.connection),
        })
    }

    /// The body of the answer, which is being answered until its end.
    pub fn until_the_end_of(self, body: Body) -> Body {
        Body::new(AnswerBody {
            body,
            answering: self,
        })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.released();
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let mut phase = self.connection.phase();
        if matches!(*phase, Phase::Receiving | Phase::Busy) {
            *phase = Phase::Flushing;
        }
    }
}

struct RequestBody {
    body: Incoming,
    connection: Arc<Connection>,
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if self.body.is_end_stream() || matches!(frame, Poll::Ready(None)) {
            self.connection.request_received();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.connection.request_received();
    }
}

struct AnswerBody {
    body: Body,
    answering: Answering,
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(bytes) = frame.data_ref()
        {
            self.answering.connection.produced(bytes.len());
            self.answering.registry.bound_unread();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
