//! People, groups, models, settings and the audit log: one use case a file.

mod authenticate;
mod change_settings;
mod list_audit_entries;
mod list_groups;
mod list_models;
mod read_settings;

pub use authenticate::*;
pub use change_settings::*;
pub use list_audit_entries::*;
pub use list_groups::*;
pub use list_models::*;
pub use read_settings::*;
