//! `cargo xtask bench`: the benchmarks, whose figures are ratios of one run.

use anyhow::Result;

use crate::shell;

/// Builds the program as it is shipped and runs the benchmarks on it.
///
/// # Errors
/// When a benchmark cannot be built or stops.
pub fn run() -> Result<()> {
    shell::run(shell::cargo().args(["bench", "--package", "parlor-app", "--bench", "scale"]))
}
