//! What every page can reach.

use std::{ops::Deref, sync::Arc};

use tokio_util::sync::CancellationToken;

use crate::{options::WebOptions, use_cases::UseCases};

/// The state of the router.
#[derive(Clone)]
pub(crate) struct Web(Arc<Parts>);

pub(crate) struct Parts {
    pub use_cases: UseCases,
    pub options: WebOptions,
    /// Cancelled when a shutdown begins.
    pub shutdown: CancellationToken,
}

impl Web {
    pub fn new(use_cases: UseCases, options: WebOptions, shutdown: CancellationToken) -> Self {
        Self(Arc::new(Parts {
            use_cases,
            options,
            shutdown,
        }))
    }
}

impl Deref for Web {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
