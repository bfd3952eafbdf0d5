//! The use cases on the store in memory: allowed, refused, invisible, conflicting, and each call of the store failing.
//!
//! One binary for all of them: linking costs more than running.

#[cfg(test)]
mod access_gate;
#[cfg(test)]
mod conversations;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod mocked;
#[cfg(test)]
mod organization;
#[cfg(test)]
mod support;
