//! What the JSON API and the pages have in common at the HTTP edge.

pub mod encoding;
pub mod language;
pub mod weighted;
