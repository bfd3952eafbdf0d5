//! Terms of searches as statements look for them.

/// Comes after every character that a term can have.
const AFTER_EVERY_TERM: char = char::MAX;

/// The terms that begin with this one: from where on, and what comes after them.
pub fn term_range(term: &str) -> (String, String) {
    (term.to_owned(), format!("{term}{AFTER_EVERY_TERM}"))
}
