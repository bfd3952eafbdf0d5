//! The JSON API, from outside.

mod access;
mod audit;
mod configuration;
mod conventions;
mod conversations;
mod copies;
mod durability;
mod failures;
mod idempotency;
mod lifecycle;
mod messages;
mod models;
mod operations;
mod prompting;
mod readme;
mod revocation;
mod routes;
mod sharing;
mod writing;
