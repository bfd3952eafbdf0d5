//! The suite against the store in memory: a test that fails here is wrong, or the contract says less than it assumes.

use std::future::{Ready, ready};

use parlor_store_conformance::{Stores, conformance_suite, memory::MemoryStore};

fn fresh() -> Ready<Stores> {
    ready(MemoryStore::fresh())
}

conformance_suite!(fresh);
