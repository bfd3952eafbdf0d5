//! Who is calling. There is one mode so far: the demo organization, whose tokens everybody knows.

mod demo;

pub use demo::{
    DEMO_MODE, DEMO_NAMESPACE, DEMO_PERSONAS, DemoAuthenticator, DemoPersona, demo_directory,
    demo_group_id, demo_organization_id, demo_user_id,
};
