//! Search: which terms a text is found by, which terms a search asks for, and where they are in a text.
//!
//! One tokenizer for all stores, and for texts and searches alike. Text is [folded](fold): compatibility forms, case and
//! diacritics make no difference. What remains is split into runs of one kind:
//!
//! - **A word** of letters and digits is one term. A search finds it by its beginning.
//! - **A run of Hangul, Han, Kana or Bopomofo**, which are written without spaces or with endings, is a term for each two
//!   neighboring characters, and one for its last character. A search finds any part of it.
//!
//! Everything else separates, so no operator of a store's query language gets into a term.

mod excerpt;
mod fold;
mod terms;

pub use excerpt::{Excerpt, excerpt, mentions};
pub use fold::fold;
pub use terms::{SearchTerms, index_terms};
