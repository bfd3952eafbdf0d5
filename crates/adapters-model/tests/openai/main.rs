//! The client of OpenAI-compatible servers, against servers that answer, fail in each way that is known, and one
//! real one.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod behaviors;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod presence;
#[cfg(test)]
mod raw_server;
#[cfg(test)]
mod real_server;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod support;
