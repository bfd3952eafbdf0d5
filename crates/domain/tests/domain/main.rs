//! The rules of the domain, stated a second and a third time, and its laws under random input.
//!
//! One binary for all of them: linking costs more than running.

#[cfg(test)]
mod access_laws;
#[cfg(test)]
mod access_table;
#[cfg(test)]
mod arbitrary;
#[cfg(test)]
mod audit_vocabulary;
#[cfg(test)]
mod broken_trees;
#[cfg(test)]
mod ids;
#[cfg(test)]
mod message_copies;
#[cfg(test)]
mod message_trees;
#[cfg(test)]
mod search;
#[cfg(test)]
mod situation;
#[cfg(test)]
mod stated_rules;
#[cfg(test)]
mod text;
#[cfg(test)]
mod toggling;
#[cfg(test)]
mod visits;
#[cfg(test)]
mod words;
