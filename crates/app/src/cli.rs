//! The commands of the program.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

use crate::config::Inputs;

/// Conversations with a language model for an organization: private by default, shared on purpose, audited.
#[derive(Parser)]
#[command(name = "parlor", version)]
pub struct Cli {
    #[command(flatten)]
    pub options: Options,
    /// Without one, the service is started.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What every command takes.
#[derive(Args)]
pub struct Options {
    /// The configuration file; without it `parlor.toml` in the working folder, if there is one
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the store and the audit file lie (key `data_dir`)
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// The address and port of the API (key `http.listen`)
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Any key of the configuration; can be repeated
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = key_and_value)]
    set: Vec<(String, String)>,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Run the service (what happens without a command, too)
    Serve,
    /// Bring the store's schema up to this program's version
    Migrate,
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check the audit log's files, or retry entries that the sink rejected
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Ask the service on this machine whether it is ready; fails if it is not
    Health,
    /// Print the OpenAPI document of the API
    Openapi,
}

/// What to do with the configuration.
#[derive(Subcommand)]
pub enum ConfigCommand {
    /// Check it, and print every key with its value and where that comes from; secrets are masked
    Check {
        /// Ask each model provider for its models, too, and say what is wrong
        #[arg(long)]
        probe: bool,
    },
}

/// What to do with the audit log.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Check that audit files are well-formed, and complete against the store; works while the service runs
    Verify {
        /// Files, in any order, or folders with files of the configured name; those that a file was rotated into are found
        /// beside it. Without any, the configured one
        files: Vec<PathBuf>,
        /// List every problem, not only the first 20
        #[arg(long)]
        all: bool,
    },
    /// Deliver entries again that the sink rejected and that were set aside; works while the service runs
    ///
    /// Correct the sink first: what it rejects again is set aside again. The entries wait in their old places, so those of one
    /// conversation keep their order among each other. They come after later entries that were delivered meanwhile.
    Retry,
}

impl Options {
    /// The layers of the configuration.
    pub fn inputs(self) -> Inputs {
        let flags = [
            self.data_dir.map(|value| ("data_dir".to_owned(), value)),
            self.listen
                .map(|value| ("http.listen".to_owned(), value.to_string())),
        ];
        let texts = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            (
                name.to_string_lossy().into_owned(),
                value.to_string_lossy().into_owned(),
            )
        };
        Inputs {
            file: self.config,
            environment: std::env::vars_os().map(texts).collect(),
            command_line: self
                .set
                .into_iter()
                .chain(flags.into_iter().flatten())
                .collect(),
        }
    }
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(arguments: &[&str]) -> Cli {
        Cli::try_parse_from(arguments).unwrap()
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn without_a_command_the_service_is_started() {
        assert!(parse(&["parlor"]).command.is_none());
    }

    #[test]
    fn flags_stand_for_keys_before_or_after_the_command() {
        let cli = parse(&[
            "parlor",
            "serve",
            "--listen",
            "[::1]:1",
            "--set",
            "log.level=a=b",
        ]);
        assert!(matches!(cli.command, Some(Command::Serve)));
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(
            cli.options.inputs().command_line,
            [pair("log.level", "a=b"), pair("http.listen", "[::1]:1")]
        );
    }

    #[test]
    fn a_setting_without_a_value_is_refused() {
        assert!(Cli::try_parse_from(["parlor", "--set", "log.level"]).is_err());
    }
}
