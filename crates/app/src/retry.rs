//! `parlor audit retry`: entries that were set aside are delivered again.

use parlor_application::ports::{AuditOutbox, StoreError};

/// How many entries one statement puts back: others write in between.
const AT_ONCE: u32 = 5_000;

/// Puts every entry that was set aside back among those that wait; answers how many. Each is met once: what the sink rejects
/// meanwhile stays set aside.
pub async fn retry_all(outbox: &dyn AuditOutbox) -> Result<u64, StoreError> {
    let (mut entries, mut after) = (0, None);
    loop {
        let retried = outbox.retry_set_aside(after, AT_ONCE).await?;
        if retried.last.is_none() {
            return Ok(entries);
        }
        entries += retried.entries;
        after = retried.last;
    }
}

/// What the command says.
pub fn report(entries: u64) -> String {
    match entries {
        0 => "No audit entry is set aside.\n".to_owned(),
        1 => "1 audit entry waits to be delivered again.\n".to_owned(),
        more => format!("{more} audit entries wait to be delivered again.\n"),
    }
}
