//! The access rules of the domain, stated a second time as Cedar policies and compared in `tests/cedar`.
//!
//! A crate of its own: Cedar takes far longer to compile than the domain and its tests.
