//! `parlor audit verify`: is an audit file well-formed, and complete against the store?
//!
//! Works while the service runs. An entry is in the file before the store knows that it is, so the store is read first, and
//! every entry that was delivered by then must be in the file. What the file has and the store had not is looked up in the
//! store again: it came meanwhile, or it does not belong there.

mod found;
mod ledger;
mod report;

use std::path::Path;

use anyhow::Context as _;
use parlor_application::ports::AuditOutbox;

use crate::compose::AuditLines;
use found::Found;
use ledger::Ledger;
pub use report::Report;

/// Compares the file and those that it was rotated into with the store.
pub async fn verify(outbox: &dyn AuditOutbox, path: &Path) -> anyhow::Result<Report> {
    let mut ledger = Ledger::default();
    ledger.read(outbox).await?;
    let lines = AuditLines::open(path)
        .with_context(|| format!("the audit file {} cannot be read", path.display()))?;
    let begins_at_the_first = lines.files().begins_at_the_first();
    let files = lines.files().rotated().len() + 1;
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
    let mut report = Report::new(files);
    for found in &found {
        report.judge(found, &mut ledger);
    }
    report.judge_missing(&ledger, begins_at_the_first);
    Ok(report)
}

#[cfg(test)]
mod tests;
