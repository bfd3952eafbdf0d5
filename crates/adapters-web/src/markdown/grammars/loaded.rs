//! The grammars that are loaded, which together take no more memory than they may.
//!
//! Syntect compiles the regular expressions of a grammar when they are needed first, and keeps them as long as the set in which the
//! grammar is. Each language has a set of its own here, which is a copy of an unused one: a copy takes a twentieth of a
//! millisecond and 0.4 mebibytes, so that a set is dropped when its room is needed for another language.

use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use metrics::{counter, gauge};
use syntect::parsing::SyntaxSet;

use super::{Language, weights::weight};

/// Sets that were loaded: one that was dropped counts again.
const LOADED: &str = "parlor_code_languages_loaded_total";
/// What the sets take that are loaded.
const BYTES: &str = "parlor_code_languages_bytes";

/// Room for the largest language, or for five of the usual ones.
pub const CAPACITY: usize = 96 << 20;

/// A set that has read so much code is loaded anew. The automata in it grow with what they read.
const MOST_READ: usize = 1 << 20;

static LOADED_SETS: LazyLock<Loaded> = LazyLock::new(|| Loaded::new(CAPACITY));

/// The sets of all pages.
pub fn loaded() -> &'static Loaded {
    &LOADED_SETS
}

/// Sets with no more memory together than there is room for.
#[derive(Debug)]
pub struct Loaded {
    capacity: usize,
    /// Those that were used longest ago come first.
    sets: Mutex<Vec<Entry>>,
    given_back: Condvar,
}

#[derive(Debug)]
struct Entry {
    grammar: &'static str,
    set: Arc<SyntaxSet>,
    weight: usize,
    /// How many highlight with it at this moment.
    users: usize,
    /// Bytes of code.
    read: usize,
}

impl Entry {
    const fn is_idle(&self) -> bool {
        self.users == 0
    }

    const fn is_worn(&self) -> bool {
        self.read >= MOST_READ
    }
}

impl Loaded {
    pub const fn new(capacity: usize) -> Self {
        Self {
            capacity,
            sets: Mutex::new(Vec::new()),
            given_back: Condvar::new(),
        }
    }

    /// The set in which code of this length is highlighted. It counts as used until it is dropped. Where there is no room for it,
    /// because others are used, it is waited for until the deadline.
    pub fn take(&self, language: Language, bytes: usize, deadline: Instant) -> Option<Taken<'_>> {
        let base = language.base.set();
        let mut sets = self.lock();
        loop {
            let mut dropped = Vec::new();
            let set = self.find_or_load(&mut sets, language, base, &mut dropped);
            if !dropped.is_empty() {
                // It takes milliseconds to free them.
                drop(sets);
                drop(dropped);
                sets = self.lock();
            }
            if let Some(set) = set {
                if let Some(entry) = sets.iter_mut().find(|entry| Arc::ptr_eq(&entry.set, &set)) {
                    entry.read = entry.read.saturating_add(bytes);
                }
                return Some(Taken {
                    loaded: self,
                    set,
                    grammar: language.grammar,
                });
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            let waited = self.given_back.wait_timeout(sets, left);
            sets = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The set, with one user more.
    fn find_or_load(
        &self,
        sets: &mut Vec<Entry>,
        language: Language,
        base: &SyntaxSet,
        dropped: &mut Vec<Entry>,
    ) -> Option<Arc<SyntaxSet>> {
        if let Some(at) = sets.iter().position(|e| e.grammar == language.grammar) {
            let mut entry = sets.remove(at);
            if !entry.is_worn() {
                entry.users += 1;
                let set = Arc::clone(&entry.set);
                sets.push(entry);
                return Some(set);
            }
            if !entry.is_idle() {
                sets.insert(at, entry);
                return None;
            }
            dropped.push(entry);
        }
        let weight = weight(language.grammar);
        let taken = |sets: &[Entry]| sets.iter().map(|entry| entry.weight).sum::<usize>();
        while taken(sets) + weight > self.capacity {
            let idle = sets.iter().position(Entry::is_idle)?;
            dropped.push(sets.remove(idle));
        }
        let set = Arc::new(base.clone());
        sets.push(Entry {
            grammar: language.grammar,
            set: Arc::clone(&set),
            weight,
            users: 1,
            read: 0,
        });
        counter!(LOADED).increment(1);
        #[expect(clippy::cast_precision_loss, reason = "a gauge need not be exact")]
        gauge!(BYTES).set(taken(sets) as f64);
        Some(set)
    }

    fn give_back(&self, grammar: &'static str) {
        let mut sets = self.lock();
        if let Some(entry) = sets.iter_mut().find(|entry| entry.grammar == grammar) {
            entry.users = entry.users.saturating_sub(1);
        }
        drop(sets);
        self.given_back.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.sets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A set that is used.
#[derive(Debug)]
pub struct Taken<'a> {
    loaded: &'a Loaded,
    set: Arc<SyntaxSet>,
    grammar: &'static str,
}

impl Taken<'_> {
    pub fn set(&self) -> &SyntaxSet {
        &self.set
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.loaded.give_back(self.grammar);
    }
}

#[cfg(test)]
mod tests;
