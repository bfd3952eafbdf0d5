//! What every handler can reach.

use std::{ops::Deref, sync::Arc};

use parlor_application::ports::StoreAdmin;
use tokio_util::sync::CancellationToken;

use crate::{
    limits::{PromptRate, Streams},
    options::HttpOptions,
    use_cases::UseCases,
};

/// The state of the router.
#[derive(Clone)]
pub(crate) struct Api(Arc<Parts>);

pub(crate) struct Parts {
    pub use_cases: UseCases,
    pub options: HttpOptions,
    pub store: Arc<dyn StoreAdmin>,
    /// Cancelled when a shutdown begins.
    pub shutdown: CancellationToken,
    pub prompt_rate: PromptRate,
    pub streams: Streams,
}

impl Api {
    pub fn new(
        use_cases: UseCases,
        options: HttpOptions,
        store: Arc<dyn StoreAdmin>,
        shutdown: CancellationToken,
    ) -> Self {
        let prompt_rate = PromptRate::new(options.limits.prompts_per_minute);
        let streams = Streams::new(options.limits.streams_per_user);
        Self(Arc::new(Parts {
            use_cases,
            options,
            store,
            shutdown,
            prompt_rate,
            streams,
        }))
    }
}

impl Deref for Api {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
