//! Parlor: conversations with a language model for an organization; private by default, shared on purpose, audited.
//!
//! This crate is the program: configuration, commands, wiring ([`compose`]), logs and measurements, start and stop
//! ([`lifecycle`]).

mod cli;
mod compose;
mod config;
mod console;
mod data_dir;
mod fill;
mod health;
mod lifecycle;
mod metrics;
mod probe;
mod retry;
mod server;
mod telemetry;
mod verify;
mod welcome;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Context as _;
use clap::Parser as _;

use cli::{AuditCommand, Cli, Command, ConfigCommand};
use config::StoreLocation;

/// A request makes and drops hundreds of small values: the allocator is a tenth of what it costs, and this one is quicker. Its
/// version 2 gives freed memory back after 10 ms; version 3 keeps it for a second, and many exports at once then hold tens of megabytes more.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long threads may take at the end that the system keeps waiting.
const LEFT_BEHIND: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| {
            let done = runtime.block_on(run(cli));
            // Whoever waits for a disk that does not answer, as the audit file may, is left behind.
            runtime.shutdown_timeout(LEFT_BEHIND);
            done
        });
    match done {
        Ok(code) => code,
        Err(error) => {
            let told = console::chain(error.chain().map(ToString::to_string));
            console::complain(&format!("parlor: {told}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let command = cli.command.unwrap_or(Command::Serve);
    if matches!(command, Command::Openapi) {
        console::print(&format!("{}\n", compose::openapi()?))?;
        return Ok(ExitCode::SUCCESS);
    }
    let loaded = config::load(&cli.options.inputs())?;
    if matches!(command, Command::Serve | Command::Config(_)) {
        // What is wrong with a part of the service only shows when it is put together.
        compose::check(&loaded.config).map_err(|error| loaded.with_origins(&error))?;
    }
    match command {
        Command::Serve => lifecycle::serve(loaded.config).await?,
        Command::Migrate => migrate(&loaded.config).await?,
        Command::Config(ConfigCommand::Check { probe }) => {
            console::print(&config::show(&loaded))?;
            if probe {
                return probe_models(&loaded.config).await;
            }
        }
        Command::Audit(AuditCommand::Verify { files, all }) => {
            let most_told = if all {
                usize::MAX
            } else {
                verify::Report::TOLD
            };
            return verify_audit_files(&loaded.config, files, most_told).await;
        }
        Command::Audit(AuditCommand::Retry) => retry_audit_entries(&loaded.config).await?,
        Command::Health => health::check(loaded.config.http.listen)?,
        Command::Openapi => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn migrate(config: &config::Config) -> anyhow::Result<()> {
    if let StoreLocation::Embedded(_) = config.store_location()? {
        data_dir::create(&config.data_dir)?;
    }
    let store = compose::open_store(config).await?;
    let migrated = store.admin.migrate().await;
    migrated.with_context(|| compose::names_store(config))?;
    store.admin.close().await;
    console::print("The store's schema is that of this program.\n")?;
    Ok(())
}

async fn probe_models(config: &config::Config) -> anyhow::Result<ExitCode> {
    let report = probe::probe(config).await?;
    console::print(&report.text)?;
    Ok(if report.is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn verify_audit_files(
    config: &config::Config,
    mut files: Vec<PathBuf>,
    most_told: usize,
) -> anyhow::Result<ExitCode> {
    let configured = &config.audit.file.path;
    if files.is_empty() {
        files.push(configured.clone());
    }
    for file in files.iter_mut().filter(|file| file.is_dir()) {
        file.push(configured.file_name().unwrap_or_default());
    }
    let store = open_existing_store(config).await?;
    let report = verify::verify(store.outbox.as_ref(), &files, most_told).await?;
    store.admin.close().await;
    console::print(&report.to_string())?;
    Ok(if report.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn retry_audit_entries(config: &config::Config) -> anyhow::Result<()> {
    let store = open_existing_store(config).await?;
    let retried = retry::retry_all(store.outbox.as_ref()).await;
    let retried = retried.with_context(|| compose::names_store(config))?;
    store.admin.close().await;
    console::print(&retry::report(retried))?;
    Ok(())
}

/// The store of a service that has run, with this program's schema.
async fn open_existing_store(config: &config::Config) -> anyhow::Result<compose::Store> {
    if let StoreLocation::Embedded(database) = config.store_location()? {
        anyhow::ensure!(
            database.is_file(),
            "there is no store at {}: set `data_dir` (or --data-dir) to the folder of the service",
            database.display()
        );
    }
    let store = compose::open_store(config).await?;
    let ready = store.admin.readiness().await;
    ready.with_context(|| compose::names_store(config))?;
    Ok(store)
}
