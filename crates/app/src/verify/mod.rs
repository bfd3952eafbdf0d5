//! `parlor audit verify`: are audit files well-formed, and complete against the store?
//!
//! Works while the service runs. An entry is in the file before the store knows that it is, so the store is read first, and
//! every entry that was delivered by then must be in the file. What the file has and the store had not is looked up in the
//! store again: it came meanwhile, or it does not belong there.

mod found;
mod ledger;
mod report;

use std::path::PathBuf;

use anyhow::Context as _;
use parlor_application::ports::AuditOutbox;

use crate::compose::AuditLines;
use found::Found;
use ledger::Ledger;
pub use report::Report;

/// Compares files, and those that they were rotated into, with the store. The order of the paths does not matter.
///
/// The report lists `most_told` problems one by one, and counts the others.
pub async fn verify(
    outbox: &dyn AuditOutbox,
    paths: &[PathBuf],
    most_told: usize,
) -> anyhow::Result<Report> {
    let mut ledger = Ledger::default();
    ledger.read(outbox).await?;
    let lines = AuditLines::open(paths).with_context(|| {
        let paths: Vec<_> = paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        format!("the audit file {} cannot be read", paths.join(" or "))
    })?;
    let lacks_older = lines.selection().lacks_older();
    let files = lines.selection().files().len();
    let mut found = Vec::new();
    for line in lines {
        let line = line.map_err(|(path, error)| {
            anyhow::Error::new(error).context(format!("{} cannot be read", path.display()))
        })?;
        found.push(Found::from(line));
    }
    if found.iter().any(|found| !ledger.knows(found)) {
        ledger.read_what_came(outbox).await?;
    }
    let mut report = Report::new(files, most_told);
    for found in &found {
        report.judge(found, &mut ledger);
    }
    report.judge_missing(&ledger, lacks_older);
    Ok(report)
}

#[cfg(test)]
mod tests;
