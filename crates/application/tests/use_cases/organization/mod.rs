//! People, groups, settings and the audit log.

mod authenticate;
mod authenticate_session;
mod change_settings;
mod list_audit_entries;
mod list_groups;
mod read_audit_entry;
mod read_settings;
mod sign_in;
mod sign_out;
