use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::super::super::highlight::highlight;
use super::super::bases::Base;
use super::*;

fn language(name: &str) -> Language {
    Language::find(name).unwrap()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_mins(1)
}

fn weights(loaded: &Loaded) -> usize {
    loaded.lock().iter().map(|entry| entry.weight).sum()
}

fn names(loaded: &Loaded) -> Vec<&'static str> {
    loaded.lock().iter().map(|entry| entry.grammar).collect()
}

#[test]
fn what_was_used_longest_ago_makes_room() {
    let loaded = Loaded::new(45 << 20);
    for name in ["rust", "css", "rust", "json", "python"] {
        loaded.take(language(name), 0, soon()).unwrap();
    }
    assert_eq!(names(&loaded), ["Rust", "JSON", "Python"]);
    assert_eq!(weights(&loaded), 43 << 20);
}

#[test]
fn a_language_that_is_used_is_not_loaded_twice_and_not_dropped() {
    let loaded = Loaded::new(30 << 20);
    let first = loaded.take(language("rust"), 0, soon()).unwrap();
    let second = loaded.take(language("rs"), 0, soon()).unwrap();
    assert!(Arc::ptr_eq(&first.set, &second.set));
    drop(first);

    // The second user is still there.
    assert!(loaded.take(language("js"), 0, Instant::now()).is_none());
    drop(second);
    assert!(loaded.take(language("js"), 0, Instant::now()).is_some());
    assert_eq!(names(&loaded), ["JavaScript"]);
}

#[test]
fn a_thread_that_finds_no_room_waits_until_there_is_some() {
    let loaded = Loaded::new(30 << 20);
    let rust = loaded.take(language("rust"), 0, soon()).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| loaded.take(language("js"), 0, soon()).is_some());
        drop(rust);
        assert!(waiting.join().unwrap());
    });
}

#[test]
fn a_set_that_has_read_much_code_is_loaded_anew_once_nobody_uses_it() {
    let loaded = Loaded::new(CAPACITY);
    let read_much = loaded.take(language("rust"), MOST_READ, soon()).unwrap();
    let worn = Arc::downgrade(&read_much.set);
    assert!(loaded.take(language("rust"), 0, Instant::now()).is_none());
    drop(read_much);

    let anew = loaded.take(language("rust"), 0, Instant::now()).unwrap();
    assert!(worn.upgrade().is_none());
    drop(anew);
    assert_eq!(names(&loaded), ["Rust"]);
}

#[test]
fn every_language_has_room() {
    for syntax in Base::All.set().syntaxes() {
        let loaded = Loaded::new(CAPACITY);
        let language = Language::find(&syntax.name);
        // Its name means plain text.
        if syntax.name == "Plain Text" {
            continue;
        }
        let taken = loaded.take(language.unwrap(), 0, Instant::now());
        assert!(taken.is_some(), "{}", syntax.name);
    }
}

#[test]
fn pages_that_use_all_languages_at_once_load_no_more_than_there_is_room_for() {
    const CAPACITY: usize = 80 << 20;
    let loaded = Loaded::new(CAPACITY);
    let names: Vec<_> = Base::All.set().syntaxes().iter().collect();
    let next = AtomicUsize::new(0);
    let loads = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(syntax) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Some(language) = Language::find(&syntax.name) else {
                        continue;
                    };
                    let taken = loaded.take(language, 0, soon()).unwrap();
                    loads.fetch_add(1, Ordering::Relaxed);
                    assert!(language.syntax(taken.set()).is_some());
                    assert!(weights(&loaded) <= CAPACITY);
                }
            });
        }
    });
    assert!(loads.into_inner() > 60);
    assert!(loaded.lock().iter().all(Entry::is_idle));
}

fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kibibytes = line.unwrap().split_whitespace().nth(1).unwrap();
    kibibytes.parse::<usize>().unwrap() << 10
}

/// Each test has a process of its own where `cargo nextest` runs it.
#[test]
fn the_memory_of_languages_that_were_shown_once_is_used_for_others() {
    let code = "if (a == b) { return \"c\" + 1; } // d\n# e\nfunction f(g) = h.i[0]\n".repeat(3);
    let languages = [
        "go", "java", "r", "sql", "perl", "groovy", "d", "erlang", "clojure", "yaml", "matlab",
        "xml",
    ];
    let loaded = Loaded::new(16 << 20);
    // What everything shares is there before.
    highlight(&code, language("json"), &loaded, soon()).unwrap();
    Base::Prose.set();
    let before = resident();
    let mut most = 0;
    for name in languages {
        highlight(&code, language(name), &loaded, soon()).unwrap();
        most = most.max(resident());
    }
    let grown = most.saturating_sub(before) >> 20;
    assert!(grown < 12, "{grown} MiB");
}
