//! Where the store is: always in one place, for there is one file.

use async_trait::async_trait;
use parlor_application::ports::{StoreError, StorePosition, StorePositions};

use crate::SqliteStore;

#[async_trait]
impl StorePositions for SqliteStore {
    async fn now(&self) -> Result<Option<StorePosition>, StoreError> {
        Ok(None)
    }
}
