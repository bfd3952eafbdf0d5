//! How fast the service answers, how near that is to what the machine could do at all, and whether a large store is slower than
//! a small one. Run by `cargo xtask bench`.
//!
//! Machines are noisy, so everything that is compared is measured in turn within one run: a short round of the bare handler, one
//! of the service, one of `pgbench`, then the next size, and so on. The ratios are what counts, not the times.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark prints, and stops at the first thing that goes wrong"
)]

mod arguments;
mod bare;
mod chart;
mod fill;
mod load;
mod operation;
mod page;
mod pgbench;
mod process;
mod report;
mod searches;
mod site;

use std::{env, fs, path::Path, time::Duration};

use clap::Parser as _;
use tempfile::TempDir;

use crate::{
    arguments::{Arguments, StoreKind},
    load::{Client, Round},
    operation::Operation,
    report::{Measured, Report, Subject},
    site::Site,
};

/// How many clients ask at the same time.
const CLIENTS: [usize; 2] = [1, 16];
/// Into how many rounds the time of each figure is cut.
const ROUNDS: u32 = 5;

fn main() {
    // The bare handler runs in a process of its own, like the service: this program again.
    if let Ok(address) = env::var(bare::LISTEN) {
        return bare::serve(&address);
    }
    let arguments = Arguments::parse();
    // The clients share one thread, so that they take as little as possible from what they measure.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run(&arguments));
}

async fn run(arguments: &Arguments) {
    let scratch = TempDir::new().unwrap();
    if arguments.searches {
        let local = tokio::task::LocalSet::new();
        local
            .run_until(searches::run(arguments, scratch.path()))
            .await;
        return;
    }
    let mut report = Report::default();
    for store in arguments.stores() {
        let mut sites = Vec::new();
        for size in arguments.sizes() {
            sites.push(Site::open(arguments, store, size, scratch.path()).await);
        }
        measure(arguments, store, &mut sites, scratch.path(), &mut report).await;
        for site in sites {
            site.close().await;
        }
        println!("{}", report.table(store));
    }
    println!("{}", report.pages());
    println!("{}", report.targets());
    if let Some(file) = &arguments.chart {
        fs::write(file, chart::svg(&report)).unwrap();
    }
}

async fn measure(
    arguments: &Arguments,
    store: StoreKind,
    sites: &mut [Site],
    scratch: &Path,
    report: &mut Report,
) {
    let seconds = arguments.seconds();
    let length = Duration::from_secs_f64(seconds / f64::from(ROUNDS));
    // What writes comes last: what is measured before it finds the store as it was filled.
    let only = arguments.only.as_deref().unwrap_or_default();
    let operations = Operation::ALL.into_iter();
    for operation in operations.filter(|operation| operation.to_string().contains(only)) {
        for clients in CLIENTS {
            eprintln!("{store}: {operation}, clients: {clients}");
            let mut contenders = Vec::new();
            for site in &*sites {
                contenders.extend(site.contenders(operation, clients).await);
            }
            // A round of each for warming up, then in turn.
            for contender in &mut contenders {
                contender.round(length / 4, scratch).await;
            }
            for _ in 0..ROUNDS {
                for contender in &mut contenders {
                    let round = contender.round(length, scratch).await;
                    report.add(
                        Measured {
                            store,
                            operation,
                            clients,
                            size: contender.size,
                            subject: contender.subject,
                        },
                        round,
                    );
                }
            }
        }
    }
}

/// Something that is measured beside others.
struct Contender {
    size: u32,
    subject: Subject,
    tool: Tool,
}

/// What asks.
enum Tool {
    Clients(Vec<Client>),
    PgBench(pgbench::PgBench),
}

impl Contender {
    async fn round(&mut self, length: Duration, scratch: &Path) -> Round {
        match &mut self.tool {
            Tool::Clients(clients) => load::round(clients, length).await,
            Tool::PgBench(pgbench) => pgbench.round(length, scratch),
        }
    }
}
