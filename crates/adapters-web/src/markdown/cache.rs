//! Highlighted code that is remembered, because a page shows the same code again and again and highlighting takes a
//! millisecond where everything else takes a microsecond.

use std::collections::HashMap;
use std::mem;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Scope;
use super::html::Fragment;

/// Bytes of code and of HTML, in both generations together.
const CAPACITY: usize = 32 << 20;

static CACHE: LazyLock<Mutex<Generations>> =
    LazyLock::new(|| Mutex::new(Generations::new(CAPACITY / 2)));

/// The whole code and not a hash of it: no two codes are ever taken for each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub scope: Scope,
    pub language: &'static str,
    pub code: String,
}

#[derive(Debug, Clone)]
pub enum Value {
    Highlighted(Fragment),
    /// It took too long even when no page waited for it.
    TooSlow(TooSlow),
}

/// Tries that took too long. The first ones may be the fault of a grammar that had to be compiled, or of a busy machine, so
/// that the next page that shows the code leads to another one; later ones only after a pause, since a machine may be busy for long.
#[derive(Debug, Clone, Copy)]
pub struct TooSlow {
    attempts: u8,
    last: Instant,
}

impl TooSlow {
    const ATTEMPTS_AT_ONCE: u8 = 3;
    const PAUSE: Duration = Duration::from_mins(1);

    /// One try more that took too long.
    pub fn again(before: Option<Self>, now: Instant) -> Self {
        let attempts = before.map_or(0, |before| before.attempts);
        Self {
            attempts: attempts.saturating_add(1),
            last: now,
        }
    }

    /// Whether there may be another try.
    pub fn is_over(self, now: Instant) -> bool {
        self.attempts < Self::ATTEMPTS_AT_ONCE
            || now.saturating_duration_since(self.last) >= Self::PAUSE
    }
}

impl Value {
    fn bytes(&self) -> usize {
        match self {
            Self::Highlighted(fragment) => fragment.len(),
            Self::TooSlow(_) => 0,
        }
    }
}

pub fn find(key: &Key) -> Option<Value> {
    lock().find(key)
}

pub fn keep(key: Key, value: Value) {
    lock().keep(key, value);
}

fn lock() -> MutexGuard<'static, Generations> {
    // Whatever a panic left behind are whole entries.
    CACHE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was used lately, and what was used before that. When the new generation is full, it becomes the old one, and what is
/// in the old one by then is forgotten.
#[derive(Debug)]
struct Generations {
    capacity: usize,
    new: HashMap<Key, Value>,
    new_bytes: usize,
    old: HashMap<Key, Value>,
}

impl Generations {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            new: HashMap::new(),
            new_bytes: 0,
            old: HashMap::new(),
        }
    }

    fn find(&mut self, key: &Key) -> Option<Value> {
        if let Some(value) = self.new.get(key) {
            return Some(value.clone());
        }
        let (key, value) = self.old.remove_entry(key)?;
        self.keep(key, value.clone());
        Some(value)
    }

    fn keep(&mut self, key: Key, value: Value) {
        const OVERHEAD: usize = 128;
        let bytes = OVERHEAD + key.code.len() + value.bytes();
        if self.new_bytes + bytes > self.capacity {
            self.old = mem::take(&mut self.new);
            self.new_bytes = 0;
        }
        // Two pages may have highlighted the same code at the same time.
        if self.new.insert(key, value).is_none() {
            self.new_bytes += bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use parlor_domain::ids::{ConversationId, OrganizationId};
    use uuid::Uuid;

    use super::*;

    fn key(conversation: u128, code: &str) -> Key {
        Key {
            scope: Scope {
                organization: OrganizationId::from_uuid(Uuid::nil()),
                conversation: ConversationId::from_uuid(Uuid::from_u128(conversation)),
            },
            language: "Rust",
            code: code.to_owned(),
        }
    }

    fn too_slow() -> Value {
        Value::TooSlow(TooSlow::again(None, Instant::now()))
    }

    #[test]
    fn what_was_too_slow_is_tried_again_at_once_at_first_and_after_a_pause_for_ever() {
        let start = Instant::now();
        let first = TooSlow::again(None, start);
        let second = TooSlow::again(Some(first), start);
        assert!(first.is_over(start) && second.is_over(start));

        let mut tried = second;
        let mut now = start;
        for _ in 0..1_000 {
            tried = TooSlow::again(Some(tried), now);
            assert!(!tried.is_over(now));
            assert!(!tried.is_over(now + TooSlow::PAUSE / 2));
            now += TooSlow::PAUSE;
            assert!(tried.is_over(now));
        }
    }

    #[test]
    fn what_is_used_stays_and_what_is_not_goes() {
        let mut generations = Generations::new(10_000);
        generations.keep(key(1, "used"), too_slow());
        generations.keep(key(1, "unused"), too_slow());
        for number in 0..1_000 {
            assert!(generations.find(&key(1, "used")).is_some(), "{number}");
            generations.keep(key(1, &number.to_string()), too_slow());
        }

        assert!(generations.find(&key(1, "unused")).is_none());
        let remembered = generations.new.len() + generations.old.len();
        assert!(remembered <= 2 * 10_000 / 128, "{remembered}");
    }

    #[test]
    fn code_of_another_conversation_is_not_found() {
        let mut generations = Generations::new(10_000);
        generations.keep(key(1, "secret"), too_slow());

        assert!(generations.find(&key(2, "secret")).is_none());
    }
}
