//! Calls of the sink, each with a limit.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    task::JoinHandle,
    time::{Instant, timeout_at},
};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    dependencies::Dependency,
    ports::{AuditRecord, AuditSink, SinkError},
};

/// A sink that is given up at a deadline, and gets nothing more until it has let go of what it was given.
///
/// Each call runs in a task of its own: what panics or keeps its thread holds nobody else up.
pub(super) struct BoundedSink {
    sink: Arc<dyn AuditSink>,
    /// The sink, where it is a server that can be away.
    server: Option<Arc<Dependency>>,
    /// A call that was given up and may not have ended yet.
    given_up: Mutex<Option<JoinHandle<()>>>,
}

/// What the sink made of entries.
pub(super) enum Outcome<'a> {
    Accepted,
    Rejected(Rejection<'a>),
}

/// An entry that the sink rejected.
pub(super) struct Rejection<'a> {
    pub entry: &'a AuditRecord,
    /// Its place among those that the sink was given.
    pub index: usize,
    pub reason: String,
}

impl Rejection<'_> {
    pub(super) fn error(&self) -> SinkError {
        SinkError::Rejected {
            id: self.entry.id,
            reason: self.reason.clone(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum SinkFailure {
    #[error("the audit sink did not answer within {0:?}")]
    TooSlow(Duration),
    #[error("an earlier call of the audit sink has not returned")]
    StillBusy,
    #[error("the audit sink panicked")]
    Panicked,
}

fn unavailable(failure: SinkFailure) -> SinkError {
    SinkError::Unavailable(failure.into())
}

impl BoundedSink {
    pub(super) const fn new(sink: Arc<dyn AuditSink>) -> Self {
        Self {
            sink,
            server: None,
            given_up: Mutex::new(None),
        }
    }

    pub(super) fn noting(self, server: Option<Arc<Dependency>>) -> Self {
        Self { server, ..self }
    }

    /// Gives entries to the sink. Answers at the deadline, whatever the sink does.
    pub(super) async fn deliver<'a>(
        &self,
        entries: &'a [AuditRecord],
        deadline: Instant,
    ) -> Result<Outcome<'a>, SinkError> {
        let delivered = self.call(entries, deadline).await;
        if let Some(server) = &self.server {
            server.note(!matches!(delivered, Err(SinkError::Unavailable(_))));
        }
        match delivered {
            Ok(()) => Ok(Outcome::Accepted),
            Err(SinkError::Rejected { id, reason }) => {
                let mut places = entries.iter().enumerate();
                match places.find(|(_, entry)| entry.id == id) {
                    Some((index, entry)) => Ok(Outcome::Rejected(Rejection {
                        entry,
                        index,
                        reason,
                    })),
                    // An entry that the sink was not given is no entry to set aside.
                    None => Err(SinkError::Rejected { id, reason }),
                }
            }
            Err(error @ SinkError::Unavailable(_)) => Err(error),
        }
    }

    async fn call(&self, entries: &[AuditRecord], deadline: Instant) -> Result<(), SinkError> {
        let began = Instant::now();
        let earlier = self.given_up().take();
        if let Some(mut earlier) = earlier
            && timeout_at(deadline, &mut earlier).await.is_err()
        {
            *self.given_up() = Some(earlier);
            return Err(unavailable(SinkFailure::StillBusy));
        }
        let (sink, given) = (Arc::clone(&self.sink), entries.to_vec());
        let (answer, answered) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(async move {
            // Nobody listens any more after the deadline.
            let _ = answer.send(sink.deliver(&given).await);
        });
        // Where the relay itself is given up, the call is, too.
        let task = AbortOnDropHandle::new(task);
        match timeout_at(deadline, answered).await {
            Ok(Ok(delivered)) => delivered,
            Ok(Err(_)) => Err(unavailable(SinkFailure::Panicked)),
            Err(_) => {
                task.abort();
                *self.given_up() = Some(task.detach());
                Err(unavailable(SinkFailure::TooSlow(deadline - began)))
            }
        }
    }

    fn given_up(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<()>>> {
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
