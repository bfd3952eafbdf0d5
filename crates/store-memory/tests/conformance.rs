//! The suite against the store in memory: a test that fails here is wrong, or the contract says less than it assumes.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use parlor_store_conformance::{Stores, conformance_suite};
use parlor_store_memory::{InstrumentedStore, MemoryStore};

mod plain {
    use super::*;

    fn fresh() -> Ready<Stores> {
        let store = Arc::new(MemoryStore::default());
        ready(Stores::of_memory(store.clone(), store))
    }

    conformance_suite!(fresh);
}

mod instrumented {
    use super::*;

    fn fresh() -> Ready<Stores> {
        let store = InstrumentedStore::default();
        let memory = Arc::new(store.memory.clone());
        ready(Stores::of_memory(Arc::new(store), memory))
    }

    conformance_suite!(fresh);
}
