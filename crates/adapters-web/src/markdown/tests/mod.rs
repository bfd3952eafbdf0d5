//! What the renderer writes, and what it never writes.

mod allow_list;
mod bounds;
mod elements;
mod hostile;
mod languages;
mod prose;
mod style;

use std::time::Duration;

use parlor_domain::ids::{ConversationId, OrganizationId};
use uuid::Uuid;

use super::{Labels, Options, Scope, render};

fn scope() -> Scope {
    Scope {
        organization: OrganizationId::from_uuid(Uuid::nil()),
        conversation: ConversationId::from_uuid(Uuid::nil()),
    }
}

/// A debug build on a busy machine highlights slowly.
fn options() -> Options {
    Options {
        highlighting: Duration::from_mins(1),
        ..Options::new(
            Labels {
                copy: "Copy".into(),
            },
            scope(),
        )
    }
}

fn html(text: &str) -> String {
    render(text, &options()).to_string()
}
