//! Highlighted code that is remembered, because a page shows the same code again and again and highlighting takes a
//! millisecond where everything else takes a microsecond.

use std::collections::HashMap;
use std::mem;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

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
    /// How often it took longer than a whole page may. The first time may be the fault of a grammar that had to be compiled, or
    /// of a busy machine.
    TooSlow(u8),
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

    #[test]
    fn what_is_used_stays_and_what_is_not_goes() {
        let mut generations = Generations::new(10_000);
        generations.keep(key(1, "used"), Value::TooSlow(1));
        generations.keep(key(1, "unused"), Value::TooSlow(1));
        for number in 0..1_000 {
            assert!(generations.find(&key(1, "used")).is_some(), "{number}");
            generations.keep(key(1, &number.to_string()), Value::TooSlow(1));
        }

        assert!(generations.find(&key(1, "unused")).is_none());
        let remembered = generations.new.len() + generations.old.len();
        assert!(remembered <= 2 * 10_000 / 128, "{remembered}");
    }

    #[test]
    fn code_of_another_conversation_is_not_found() {
        let mut generations = Generations::new(10_000);
        generations.keep(key(1, "secret"), Value::TooSlow(1));

        assert!(generations.find(&key(2, "secret")).is_none());
    }
}
