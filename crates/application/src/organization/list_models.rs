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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::catalog;

    #[test]
    fn the_models_come_in_the_order_of_the_configuration_with_one_default() {
        let models = ListModels::new(catalog()).execute();
        let told: Vec<_> = models
            .iter()
            .map(|model| (model.id.as_str(), model.is_default))
            .collect();
        assert_eq!(told, [("large", false), ("echo", true)]);
    }
}
