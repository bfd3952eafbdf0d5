//! The server-rendered pages.

pub mod markdown;
