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

/// Nothing as a value: this code cannot be highlighted in a page's time.
pub type Value = Option<Fragment>;

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
        let bytes = OVERHEAD + key.code.len() + value.as_ref().map_or(0, Fragment::len);
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
