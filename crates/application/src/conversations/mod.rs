//! What one does with conversations: one use case a file.

mod create;
mod delete;
mod edit;
mod explain_access;
mod export;
mod export_document;
mod fork;
mod get;
mod list;
mod list_people_with_access;
mod list_privileged_readings;
mod preview_sharing;
mod read_sharing;
mod rename;
mod save_sharing;
mod toggle_privacy;
mod transfer;

pub use create::*;
pub use delete::*;
pub use edit::EditError;
pub use explain_access::*;
pub use export::*;
pub use fork::*;
pub use get::*;
pub use list::*;
pub use list_people_with_access::*;
pub use list_privileged_readings::*;
pub use preview_sharing::*;
pub use read_sharing::*;
pub use rename::*;
pub use save_sharing::*;
pub use toggle_privacy::*;
pub use transfer::*;
