//! Highlights after a page what the page had no time for, so that the code has its colors when it is shown again.
//!
//! Most of the time goes into a grammar that is used for the first time, and whose regular expressions are compiled. One thread of the
//! whole service does that, and rests as long as it has worked: it takes half of a processor at most.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use metrics::counter;

use super::cache::{self, Key, TooSlow, Value};
use super::grammars::{Language, loaded};
use super::highlight;
use super::html::Fragment;

/// Code blocks that found no place in the queue.
const SKIPPED: &str = "parlor_code_blocks_skipped_total";

/// How many code blocks wait: a megabyte and a half of code at most.
const MOST_WAITING: usize = 64;
/// How long one may take. The largest grammar is compiled in half a second.
const LONGEST: Duration = Duration::from_secs(2);

/// Nothing where the system gives no thread.
static QUEUE: LazyLock<Option<SyncSender<Plain>>> = LazyLock::new(|| {
    let (queue, waiting) = sync_channel(MOST_WAITING);
    let thread = thread::Builder::new().name("highlight-later".to_owned());
    let started = thread.spawn(move || highlight_all(&waiting));
    started
        .inspect_err(|error| tracing::warn!(%error, "no thread to highlight code"))
        .ok()
        .map(|_| queue)
});

/// A code block that was shown plain.
struct Plain {
    key: Key,
    language: Language,
}

/// Highlights this code when its turn comes. Where too many wait it is left, until a page shows it again.
pub fn highlight_later(key: Key, language: Language) {
    let waits = QUEUE.as_ref().is_some_and(|queue| {
        let plain = Plain { key, language };
        queue.try_send(plain).is_ok()
    });
    if !waits {
        counter!(SKIPPED).increment(1);
    }
}

fn highlight_all(waiting: &Receiver<Plain>) {
    for plain in waiting {
        let start = Instant::now();
        // A grammar that fails at one code block is no reason to leave all others plain.
        let done = catch_unwind(AssertUnwindSafe(|| highlight_one(plain, start)));
        if done.is_err() {
            tracing::error!("highlighting code failed");
        }
        thread::sleep(start.elapsed());
    }
}

fn highlight_one(Plain { key, language }: Plain, start: Instant) {
    let too_slow = match cache::find(&key) {
        Some(Value::Highlighted(_)) => return,
        Some(Value::TooSlow(too_slow)) => Some(too_slow),
        None => None,
    };
    if too_slow.is_some_and(|too_slow| !too_slow.is_over(start)) {
        return;
    }
    let highlighted = highlight::highlight(&key.code, language, loaded(), start + LONGEST);
    let value = match highlighted {
        Some(highlighted) => Value::Highlighted(Fragment::new(highlighted)),
        None => Value::TooSlow(TooSlow::again(too_slow, Instant::now())),
    };
    cache::keep(key, value);
}
