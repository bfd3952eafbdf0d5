//! Streaming chat completions of any OpenAI-compatible server: `client` asks, and asks again while nothing has come;
//! `provider` is how it is configured; `request` and `response` are what both sides say; `events` cuts bytes into events,
//! and `stream` makes an answer of them.

mod client;
mod events;
mod provider;
mod request;
mod response;
mod stream;

pub use client::OpenAiChatModel;
pub use provider::{InvalidProvider, OpenAiProvider};
