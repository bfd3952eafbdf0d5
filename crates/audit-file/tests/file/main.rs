//! The sink on real files.

#[cfg(test)]
mod sink;
