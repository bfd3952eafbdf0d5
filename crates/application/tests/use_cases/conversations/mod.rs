//! Conversations.

mod create;
mod delete;
mod explain_access;
mod export;
mod fork;
mod get;
mod list;
mod list_people_with_access;
mod list_privileged_readings;
mod preview_sharing;
mod read_sharing;
mod rename;
mod save_sharing;
mod search;
mod toggle_privacy;
mod transfer;
