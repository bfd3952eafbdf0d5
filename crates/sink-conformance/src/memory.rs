//! A medium in memory: the smallest sink that passes the suite, and sinks that do not.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use parlor_application::ports::{AuditRecord, AuditSink, SinkError};
use parlor_domain::ids::AuditEntryId;
use uuid::Uuid;

use crate::{Failure, Medium, entries::SECRET};

/// What a sink does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It answers before entries are durable: a restart loses the last ones.
    AnswersEarly,
    /// It writes the last entry first.
    Reverses,
    /// It drops entries that come a second time, and with them those that it did not write the first time.
    ForgetsAfterFailure,
    /// It changes what it writes.
    Rewrites,
    /// It names another entry than the bad one.
    NamesAnother,
    /// Its reason repeats the entry.
    Quotes,
    /// It says that it is away where it will never accept an entry.
    NeverRejects,
    /// It says that the entry is bad where it is away.
    RejectsWhileAway,
    /// It accepts entries that it cannot write.
    AcceptsWhileAway,
    /// It leaves half an entry behind when it fails.
    LeavesHalves,
    /// It does not work again after it failed once.
    StaysBroken,
    /// It does not work again after a call was given up.
    StaysLocked,
    /// It writes over what an earlier start wrote.
    BeginsAnew,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::AnswersEarly,
        Self::Reverses,
        Self::ForgetsAfterFailure,
        Self::Rewrites,
        Self::NamesAnother,
        Self::Quotes,
        Self::NeverRejects,
        Self::RejectsWhileAway,
        Self::AcceptsWhileAway,
        Self::LeavesHalves,
        Self::StaysBroken,
        Self::StaysLocked,
        Self::BeginsAnew,
    ];
}

#[derive(Debug, Default)]
struct State {
    arrived: Vec<String>,
    failure: Option<Failure>,
}

/// Keeps documents in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryMedium {
    state: Arc<Mutex<State>>,
    flaw: Option<Flaw>,
}

impl MemoryMedium {
    /// One whose sinks have a flaw.
    pub fn with(flaw: Flaw) -> Self {
        Self {
            flaw: Some(flaw),
            ..Self::default()
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Medium for MemoryMedium {
    async fn sink(&self) -> Arc<dyn AuditSink> {
        if self.flaw == Some(Flaw::BeginsAnew) {
            self.state().arrived.clear();
        }
        Arc::new(MemorySink {
            medium: self.clone(),
            unwritten: Mutex::default(),
            seen: Mutex::default(),
            is_broken: Mutex::default(),
        })
    }

    async fn arrived(&self) -> Vec<String> {
        self.state().arrived.clone()
    }

    async fn fail(&self, failure: Failure) -> bool {
        self.state().failure = Some(failure);
        true
    }

    async fn mend(&self) {
        self.state().failure = None;
    }

    fn unacceptable(&self, mut entry: AuditRecord) -> Option<AuditRecord> {
        entry.document = format!("not JSON: {SECRET}");
        Some(entry)
    }
}

struct MemorySink {
    medium: MemoryMedium,
    /// What a sink keeps that answers early.
    unwritten: Mutex<Vec<String>>,
    seen: Mutex<Vec<AuditEntryId>>,
    is_broken: Mutex<bool>,
}

impl MemorySink {
    fn has(&self, flaw: Flaw) -> bool {
        self.medium.flaw == Some(flaw)
    }

    fn reject(&self, entry: &AuditRecord) -> SinkError {
        let reason = "not JSON".to_owned();
        SinkError::Rejected {
            id: if self.has(Flaw::NamesAnother) {
                AuditEntryId::from_uuid(Uuid::from_u128(7))
            } else {
                entry.id
            },
            reason: if self.has(Flaw::Quotes) {
                entry.document.clone()
            } else {
                reason
            },
        }
    }

    fn away(&self, entries: &[AuditRecord]) -> Result<(), SinkError> {
        if self.has(Flaw::LeavesHalves) {
            self.medium.state().arrived.push("{\"id\":".to_owned());
        }
        if self.has(Flaw::StaysBroken) {
            *self.is_broken.lock().unwrap() = true;
        }
        if self.has(Flaw::AcceptsWhileAway) {
            return Ok(());
        }
        if self.has(Flaw::RejectsWhileAway) {
            return Err(self.reject(&entries[0]));
        }
        Err(SinkError::Unavailable("away".into()))
    }
}

#[async_trait]
impl AuditSink for MemorySink {
    async fn deliver(&self, entries: &[AuditRecord]) -> Result<(), SinkError> {
        if *self.is_broken.lock().unwrap() {
            return Err(SinkError::Unavailable("broken".into()));
        }
        if self.has(Flaw::StaysLocked) {
            *self.is_broken.lock().unwrap() = true;
        }
        let mut entries: Vec<&AuditRecord> = entries.iter().collect();
        if self.has(Flaw::ForgetsAfterFailure) {
            let mut seen = self.seen.lock().unwrap();
            entries.retain(|entry| !seen.contains(&entry.id));
            seen.extend(entries.iter().map(|entry| entry.id));
        }
        let failure = self.medium.state().failure;
        match failure {
            Some(Failure::Away) => {
                let entries: Vec<_> = entries.into_iter().cloned().collect();
                return self.away(&entries);
            }
            Some(Failure::Silent) => std::future::pending().await,
            Some(Failure::RejectsEverything) => {
                let first = entries.first();
                return first.map_or(Ok(()), |first| Err(self.reject(first)));
            }
            None => {}
        }
        // A call can be given up here.
        tokio::task::yield_now().await;
        if self.has(Flaw::Reverses) {
            entries.reverse();
        }
        for entry in entries {
            if serde_json::from_str::<serde_json::Value>(&entry.document).is_err() {
                return Err(if self.has(Flaw::NeverRejects) {
                    SinkError::Unavailable("not JSON".into())
                } else {
                    self.reject(entry)
                });
            }
            let mut document = entry.document.clone();
            if self.has(Flaw::Rewrites) {
                document = document.replace("한글", "?");
            }
            if self.has(Flaw::AnswersEarly) {
                let mut unwritten = self.unwritten.lock().unwrap();
                unwritten.push(document);
                let keep = unwritten.len().saturating_sub(3);
                self.medium.state().arrived.extend(unwritten.drain(..keep));
            } else {
                self.medium.state().arrived.push(document);
            }
        }
        if self.has(Flaw::StaysLocked) {
            *self.is_broken.lock().unwrap() = false;
        }
        Ok(())
    }
}
