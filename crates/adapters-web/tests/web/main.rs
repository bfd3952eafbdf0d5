//! The pages on the store in memory: what each person gets to see, and what a form does.
//!
//! One binary for all of them: linking costs more than running.

#[cfg(test)]
mod access;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod conversation;
#[cfg(test)]
mod conversation_branches;
#[cfg(test)]
mod conversation_live;
#[cfg(test)]
mod conversation_privacy;
#[cfg(test)]
mod conversation_prompt;
#[cfg(test)]
mod edge;
#[cfg(test)]
mod forks;
#[cfg(test)]
mod list;
#[cfg(test)]
mod list_live;
#[cfg(test)]
mod list_search;
#[cfg(test)]
mod page_size;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod rendering;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod share;
#[cfg(test)]
mod share_conflict;
#[cfg(test)]
mod share_groups;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod start;
#[cfg(test)]
mod support;
#[cfg(test)]
mod texts;
