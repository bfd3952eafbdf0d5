//! People, groups, models, settings and the audit log: one use case a file.

mod authenticate;
mod authenticate_session;
mod change_settings;
mod list_audit_entries;
mod list_groups;
mod list_models;
mod read_audit_entry;
mod read_settings;
mod session_secret;
mod sign_in;
mod sign_out;

pub use authenticate::*;
pub use authenticate_session::*;
pub use change_settings::*;
pub use list_audit_entries::*;
pub use list_groups::*;
pub use list_models::*;
pub use read_audit_entry::*;
pub use read_settings::*;
pub use session_secret::*;
pub use sign_in::*;
pub use sign_out::*;
