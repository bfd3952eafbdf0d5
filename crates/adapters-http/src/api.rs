//! What every handler can reach.

use std::{ops::Deref, sync::Arc};

use parlor_application::application::Application;
use tokio_util::sync::CancellationToken;

use crate::options::HttpOptions;

/// The state of the router.
#[derive(Clone)]
pub(crate) struct Api(Arc<Parts>);

pub(crate) struct Parts {
    pub application: Arc<Application>,
    pub options: HttpOptions,
    /// Cancelled when a shutdown begins.
    pub shutdown: CancellationToken,
}

impl Api {
    pub fn new(
        application: Arc<Application>,
        options: HttpOptions,
        shutdown: CancellationToken,
    ) -> Self {
        Self(Arc::new(Parts {
            application,
            options,
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
