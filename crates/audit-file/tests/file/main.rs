//! The sink on real files.

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod sink;
