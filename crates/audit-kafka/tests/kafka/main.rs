//! The sink against librdkafka's mock cluster, which speaks Kafka over TCP and fails where it is told to, and against one
//! broker that nobody here wrote.

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod real_broker;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod security;
#[cfg(test)]
mod support;
#[cfg(test)]
mod unrest;
