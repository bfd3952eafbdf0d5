//! List the models that one can prompt.

use std::sync::Arc;

use crate::ports::{Model, ModelCatalog};

/// Lists the configured models, in the order of the configuration. Every user may.
pub struct ListModels {
    catalog: Arc<dyn ModelCatalog>,
}

impl ListModels {
    /// The use case on this catalog.
    pub const fn new(catalog: Arc<dyn ModelCatalog>) -> Self {
        Self { catalog }
    }

    /// All models; exactly one is the default.
    pub fn execute(&self) -> Vec<Model> {
        self.catalog.models()
    }
}
