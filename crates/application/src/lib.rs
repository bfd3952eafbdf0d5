//! What can be done in Parlor: one use case a file, and the ports that they need.

pub mod ports;
