//! What every page can reach.

use std::{ops::Deref, sync::Arc};

use parlor_application::application::Application;
use tokio_util::sync::CancellationToken;

use crate::{options::WebOptions, rendering::Rendering, session::SessionWatch};

/// The state of the router.
#[derive(Clone)]
pub(crate) struct Web(Arc<Parts>);

pub(crate) struct Parts {
    pub application: Arc<Application>,
    pub options: WebOptions,
    /// The sessions that have a stream.
    pub sessions: SessionWatch,
    /// What limits how many pages are made at once.
    pub rendering: Rendering,
    /// Cancelled when a shutdown begins.
    pub shutdown: CancellationToken,
}

impl Web {
    pub fn new(
        application: Arc<Application>,
        options: WebOptions,
        shutdown: CancellationToken,
    ) -> Self {
        Self(Arc::new(Parts {
            sessions: SessionWatch::new(application.authenticate_session.clone()),
            rendering: Rendering::new(options.page_wait),
            application,
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
