//! Logs: one line an event on the standard error, with the request's id in its span.
//!
//! No line has a title, a text or a token in it. Parlor's own lines are written so; libraries are never asked for more than
//! `info`, because what some of them tell below that is whatever passes through them.

mod json;

use std::{
    backtrace::Backtrace,
    io::{self, IsTerminal as _},
    panic::{self, PanicHookInfo},
};

use anyhow::anyhow;
use tracing_subscriber::{
    EnvFilter,
    fmt::{self, format::JsonFields},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::config::{LogConfig, LogFormat, LogLevel};

/// Begins to log.
pub fn start(config: &LogConfig) -> anyhow::Result<()> {
    let is_pretty = match config.format {
        LogFormat::Pretty => true,
        LogFormat::Json => false,
        LogFormat::Auto => io::stderr().is_terminal(),
    };
    let registry = tracing_subscriber::registry().with(EnvFilter::try_new(filter(config.level))?);
    let lines = fmt::layer().with_writer(io::stderr);
    let started = if is_pretty {
        registry
            .with(lines.with_ansi(io::stderr().is_terminal()))
            .try_init()
    } else {
        let lines = lines
            .fmt_fields(JsonFields::new())
            .event_format(json::JsonLines);
        registry.with(lines).try_init()
    };
    started.map_err(|error| anyhow!("logging cannot be started: {error}"))?;
    panic::set_hook(Box::new(tell_panic));
    Ok(())
}

/// Where a panic happened, without what it says: that may hold anything.
fn tell_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string);
    tracing::error!(location, backtrace = %Backtrace::capture(), "panicked");
}

fn filter(level: LogLevel) -> String {
    let word = |level| match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    };
    // `parlor` is how the names of all crates of this project begin.
    format!("{},parlor={}", word(level.min(LogLevel::Info)), word(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_never_asked_for_more_than_info() {
        assert_eq!(filter(LogLevel::Trace), "info,parlor=trace");
        assert_eq!(filter(LogLevel::Info), "info,parlor=info");
        assert_eq!(filter(LogLevel::Error), "error,parlor=error");
    }
}
