//! The calls of an [`InstrumentedStore`](crate::InstrumentedStore): which there were, and which are to fail.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use parlor_application::ports::{StoreError, StorePosition};
use parlor_domain::audit::{AuditEntries, AuditEntry};

/// A handle on the calls of a store; clones share them.
#[derive(Clone, Default)]
pub struct Calls(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    names: Vec<&'static str>,
    positions: Vec<StorePosition>,
    failures: Vec<Failure>,
    committed: Vec<AuditEntry>,
    recorded: Vec<AuditEntry>,
}

/// Which calls fail, and with what.
#[derive(Clone, Copy)]
struct Failure {
    which: Which,
    error: fn() -> StoreError,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// The one with this place among all calls, from 0.
    At(usize),
    /// The one of this name that comes after so many others of it.
    Nth(&'static str, usize),
    Every(&'static str),
}

const fn unavailable() -> StoreError {
    StoreError::Unavailable(None)
}

impl Calls {
    /// The names of the calls so far, in their order.
    pub fn names(&self) -> Vec<&'static str> {
        self.inner().names.clone()
    }

    /// The names of the calls so far in one line.
    pub fn trace(&self) -> String {
        self.names().join(" ")
    }

    /// Takes the positions that the readings so far were to be as new as.
    pub fn take_positions(&self) -> Vec<StorePosition> {
        std::mem::take(&mut self.inner().positions)
    }

    /// The audit entries that were stored together with a change, in their order.
    pub fn committed(&self) -> Vec<AuditEntry> {
        self.inner().committed.clone()
    }

    /// The audit entries that were stored alone, in their order.
    pub fn recorded(&self) -> Vec<AuditEntry> {
        self.inner().recorded.clone()
    }

    /// Forgets the calls so far, and the entries that they stored.
    pub fn forget(&self) {
        let mut inner = self.inner();
        inner.names.clear();
        inner.positions.clear();
        inner.committed.clear();
        inner.recorded.clear();
    }

    /// Lets the call with this place among all calls, from 0, fail with `Unavailable`.
    pub fn fail_at(&self, place: usize) {
        self.fail(Which::At(place), unavailable);
    }

    /// Lets the `n`th call of this name from now on, counted from 1, fail with `Unavailable`.
    pub fn fail_nth(&self, name: &'static str, n: usize) {
        assert!(n > 0, "the first call has the number 1");
        self.fail(Which::Nth(name, n - 1), unavailable);
    }

    /// Lets every call of this name fail with `Unavailable`, until [`Calls::recover`].
    pub fn fail_every(&self, name: &'static str) {
        self.fail_every_with(name, unavailable);
    }

    /// The same with another error. Where `error` panics, the call does.
    pub fn fail_every_with(&self, name: &'static str, error: fn() -> StoreError) {
        self.recover(name);
        self.fail(Which::Every(name), error);
    }

    /// Ends what [`Calls::fail_every`] began.
    pub fn recover(&self, name: &'static str) {
        let is_another = |failure: &Failure| failure.which != Which::Every(name);
        self.inner().failures.retain(is_another);
    }

    fn fail(&self, which: Which, error: fn() -> StoreError) {
        self.inner().failures.push(Failure { which, error });
    }

    /// Notes a call; fails if it is to fail.
    pub(crate) fn note(&self, name: &'static str) -> Result<(), StoreError> {
        let error = self.inner().note(name);
        error.map_or(Ok(()), |error| Err(error()))
    }

    /// Notes how new a reading has to be.
    pub(crate) fn note_position(&self, at_least: StorePosition) {
        self.inner().positions.push(at_least);
    }

    pub(crate) fn note_committed(&self, entries: &AuditEntries) {
        self.inner().committed.extend(entries.iter().cloned());
    }

    pub(crate) fn note_recorded(&self, entry: &AuditEntry) {
        self.inner().recorded.push(entry.clone());
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn note(&mut self, name: &'static str) -> Option<fn() -> StoreError> {
        let place = self.names.len();
        self.names.push(name);
        let mut error = None;
        self.failures.retain_mut(|failure| {
            let (is_hit, stays) = match &mut failure.which {
                Which::At(at) => (*at == place, *at > place),
                Which::Nth(of, before) if *of == name => {
                    let is_hit = *before == 0;
                    *before = before.saturating_sub(1);
                    (is_hit, !is_hit)
                }
                Which::Nth(..) => (false, true),
                Which::Every(of) => (*of == name, true),
            };
            if is_hit {
                error.get_or_insert(failure.error);
            }
            stays
        });
        error
    }
}
