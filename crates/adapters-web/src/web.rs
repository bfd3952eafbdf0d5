//! What every page can reach.

use std::{ops::Deref, sync::Arc};

use tokio_util::sync::CancellationToken;

use crate::{
    options::WebOptions, rendering::Rendering, session::SessionWatch, use_cases::UseCases,
};

/// The state of the router.
#[derive(Clone)]
pub(crate) struct Web(Arc<Parts>);

pub(crate) struct Parts {
    pub use_cases: UseCases,
    pub options: WebOptions,
    /// The sessions that have a stream.
    pub sessions: SessionWatch,
    /// What limits how many pages are made at once.
    pub rendering: Rendering,
    /// Cancelled when a shutdown begins.
    pub shutdown: CancellationToken,
}

impl Web {
    pub fn new(use_cases: UseCases, options: WebOptions, shutdown: CancellationToken) -> Self {
        Self(Arc::new(Parts {
            sessions: SessionWatch::new(use_cases.authenticate_session.clone()),
            rendering: Rendering::new(options.page_wait),
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
