//! The suite that every store passes.

use parlor_store_conformance::{Stores, conformance_suite};

use crate::database::Database;

async fn fresh() -> Stores {
    let database = Database::migrated().await;
    let store = database.open();
    database.ports(store)
}

conformance_suite!(fresh);
