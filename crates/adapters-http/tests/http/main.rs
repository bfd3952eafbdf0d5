//! The API on the store in memory: what the edge itself answers.
//!
//! One binary for all of them: linking costs more than running.

#[cfg(test)]
mod bodies;
#[cfg(test)]
mod consistency;
#[cfg(test)]
mod conventions;
#[cfg(test)]
mod conversations;
#[cfg(test)]
mod following;
#[cfg(test)]
mod health;
#[cfg(test)]
mod languages;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod measurements;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod prompting;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod streaming;
#[cfg(test)]
mod support;
#[cfg(test)]
mod visibility;
