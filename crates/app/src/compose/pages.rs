//! The pages, beside the API.

use std::sync::Arc;

use parlor_adapters_web::{Persona, WebOptions};
use parlor_application::{application::Application, ports::BearerToken};
use tokio_util::sync::CancellationToken;

use super::DemoPersona;
use crate::config::Config;

/// The pages, to stand beside the API.
pub(super) fn pages(
    config: &Config,
    personas: &[Persona],
    application: Arc<Application>,
    shutdown: CancellationToken,
) -> parlor_adapters_http::Pages {
    let options = WebOptions {
        personas: personas.to_vec(),
        public_url: config.http.public_url.clone(),
        message_characters: config.limits.message_characters,
        ..WebOptions::default()
    };
    let pages = parlor_adapters_web::router(application, options, shutdown);
    parlor_adapters_http::Pages {
        routes: pages.routes,
        otherwise: Some(pages.otherwise),
    }
}

/// Somebody of the demo organization, to be chosen on the page for signing in.
pub(super) fn persona(demo: &DemoPersona) -> Persona {
    Persona {
        name: demo.name.to_owned(),
        token: BearerToken::new(demo.token()),
        organization: demo.organization.to_owned(),
        permissions: demo.permissions().collect(),
        groups: demo.groups.iter().copied().map(str::to_owned).collect(),
    }
}
