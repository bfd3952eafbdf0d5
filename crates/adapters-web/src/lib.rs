//! The server-rendered pages: a conversation list, conversations, sharing, the audit log and settings, in English and Korean.
//!
//! A page turns a request into the input of use cases and what they answer into HTML; it decides nothing. A page's routes stand in
//! `pages/<page>.rs` and its templates in `templates/`. What somebody cannot see is the same page as what does not exist. Everything works
//! without scripts but streaming and live updates; scripts are small modules in `assets/`, and none stands in a page.

mod assets;
mod csrf;
mod errors;
mod extract;
mod frame;
mod i18n;
pub mod markdown;
mod options;
mod page_size;
mod pages;
mod rendering;
mod router;
mod security_headers;
mod session;
mod text_content;
mod web;

pub use options::{Persona, WebOptions};
pub use router::{Pages, router};
