//! The JSON API under `/api/v1`, the health checks, and the OpenAPI document with the page that shows it.
//!
//! A handler turns a request into the input of one use case and the outcome into an answer; it decides nothing. Its route, its
//! wire types and its part of the OpenAPI document stand in one file, `v1/<resource>/<verb>.rs`, named like the use case's file.
//! Everything that goes wrong becomes one `Problem` (RFC 9457), and is logged there, once.

mod answer;
mod api;
mod consistency;
mod cursor;
mod docs_page;
mod dto;
mod extract;
mod follow;
mod health;
mod hosts;
mod observe;
mod openapi;
mod options;
mod problem;
mod respond;
mod router;
mod steps;
mod v1;
mod waiting;
mod wire;

pub use hosts::for_loopback_names_only;
pub use ipnet::IpNet;
pub use openapi::openapi;
pub use options::{HttpOptions, Limits};
pub use router::{Pages, router};
pub use waiting::waiting_router;
