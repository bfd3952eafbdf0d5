//! The chat models that Parlor can prompt.
//!
//! - [`EchoModel`] is built in and needs no network: the default, and what tests and a first walk use.
//! - [`OpenAiChatModel`] speaks the streaming chat completions of any OpenAI-compatible server.
//! - [`ModelRegistry`] holds those that are configured, and sends each request to the model that it names.
//!
//! Prompts, answers and keys stand in no log, error or `Debug` output of this crate.

mod context;
mod echo;
mod openai;
mod registry;

pub use echo::{ECHO_WORDS, EchoModel, EchoWord};
pub use openai::{InvalidProvider, OpenAiChatModel, OpenAiProvider, ProbeError};
pub use registry::{InvalidModels, ModelRegistry, ProviderModels};
