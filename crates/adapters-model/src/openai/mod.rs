//! Streaming chat completions of any OpenAI-compatible server: `client` asks, and asks again while nothing has come;
//! `provider` is how it is configured; `request` and `response` are what both sides say; `events` cuts bytes into events,
//! `stream` makes an answer of them, `thinking` tells thoughts from text, `reason` says why an answer failed,
//! `probe` asks for the models that there are, and `presence` tells whether the provider answers at all.

mod client;
mod connecting;
mod events;
mod presence;
mod probe;
mod provider;
mod reason;
mod request;
mod response;
mod stream;
mod thinking;

pub use client::OpenAiChatModel;
pub use probe::ProbeError;
pub use provider::{InvalidProvider, OpenAiProvider};
