//! What the system tells a process.

use std::{io, process};

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use crate::console;

/// Cancelled at the first signal to stop. The second one ends the process at once: whoever sends it does not want to wait, and
/// nothing that was acknowledged is lost.
pub fn stop() -> anyhow::Result<CancellationToken> {
    let mut signals = Signals::listen().context("signals cannot be received")?;
    survive_file_size_limits().context("signals cannot be received")?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        signals.next().await;
        told.cancel();
        signals.next().await;
        console::complain("parlor: stopped at once");
        process::exit(1);
    });
    Ok(stop)
}

/// A file that reaches the limit of its size is an error of the write, as a full disk is, and not the end of the process.
#[cfg(target_os = "linux")]
fn survive_file_size_limits() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    const SIGXFSZ: i32 = 25;
    // Whoever listens once has replaced what the system does otherwise, for good.
    signal(SignalKind::from_raw(SIGXFSZ)).map(drop)
}

#[cfg(not(target_os = "linux"))]
const fn survive_file_size_limits() -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    const fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
