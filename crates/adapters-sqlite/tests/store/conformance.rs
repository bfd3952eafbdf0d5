//! The suite that every store passes.

use parlor_store_conformance::{Stores, conformance_suite};

use crate::database::Database;

async fn fresh() -> Stores {
    let database = Database::new();
    database.ports(database.open().await)
}

conformance_suite!(fresh);
