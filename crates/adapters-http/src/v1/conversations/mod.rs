//! Conversations, and with whom they are shared.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod explain_access;
pub(crate) mod export;
pub(crate) mod follow;
pub(crate) mod follow_list;
pub(crate) mod fork;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod list_privileged_readings;
pub(crate) mod read_sharing;
pub(crate) mod rename;
pub(crate) mod save_sharing;
pub(crate) mod toggle_privacy;
pub(crate) mod transfer;
