//! The suite against the store in memory: a test that fails here is wrong, or the contract says less than it assumes.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use parlor_store_conformance::{Stores, conformance_suite};
use parlor_store_memory::MemoryStore;

fn fresh() -> Ready<Stores> {
    let store = Arc::new(MemoryStore::default());
    ready(Stores::of_memory(store.clone(), store))
}

conformance_suite!(fresh);
