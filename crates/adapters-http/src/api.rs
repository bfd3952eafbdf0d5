//! What every handler can reach.

use std::{ops::Deref, sync::Arc};

use parlor_application::{ports::StorePositions, readiness::Readiness};
use tokio_util::sync::CancellationToken;

use crate::{options::HttpOptions, use_cases::UseCases};

/// The state of the router.
#[derive(Clone)]
pub(crate) struct Api(Arc<Parts>);

pub(crate) struct Parts {
    pub use_cases: UseCases,
    pub options: HttpOptions,
    /// Whether the store can be read and written.
    pub readiness: Arc<Readiness>,
    /// Where the store is.
    pub positions: Arc<dyn StorePositions>,
    /// Cancelled when a shutdown begins.
    pub shutdown: CancellationToken,
}

impl Api {
    pub fn new(
        use_cases: UseCases,
        options: HttpOptions,
        readiness: Arc<Readiness>,
        positions: Arc<dyn StorePositions>,
        shutdown: CancellationToken,
    ) -> Self {
        Self(Arc::new(Parts {
            use_cases,
            options,
            readiness,
            positions,
            shutdown,
        }))
    }
}

impl Deref for Api {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
