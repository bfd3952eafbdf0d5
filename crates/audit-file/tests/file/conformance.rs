//! The suite that every sink passes.

use std::{
    fs,
    future::{Ready, ready},
    sync::Arc,
};

use async_trait::async_trait;
use parlor_application::ports::{AuditRecord, AuditSink};
use parlor_audit_file::{AuditLines, FileAuditSink, FileSinkOptions};
use parlor_sink_conformance::{Failure, Medium, entries::SECRET, sink_conformance};
use tempfile::TempDir;

/// A folder that can be gone for a while, with a file that is rotated often.
struct Files {
    folder: TempDir,
    rotate_bytes: Option<u64>,
}

impl Files {
    fn options(&self) -> FileSinkOptions {
        FileSinkOptions {
            path: self.folder.path().join("mounted/audit.jsonl"),
            rotate_bytes: self.rotate_bytes,
            keep: None,
        }
    }
}

#[async_trait]
impl Medium for Files {
    async fn sink(&self) -> Arc<dyn AuditSink> {
        Arc::new(FileAuditSink::new(self.options()))
    }

    async fn arrived(&self) -> Vec<String> {
        let Ok(lines) = AuditLines::open(&[self.options().path]) else {
            return Vec::new();
        };
        lines
            .map(|line| String::from_utf8(line.unwrap().bytes).unwrap())
            .collect()
    }

    async fn fail(&self, failure: Failure) -> bool {
        if failure != Failure::Away {
            return false;
        }
        let folder = self.folder.path();
        fs::rename(folder.join("mounted"), folder.join("unmounted")).unwrap();
        true
    }

    async fn mend(&self) {
        let folder = self.folder.path();
        // It is there where the failure was one that a file does not have.
        let _ = fs::rename(folder.join("unmounted"), folder.join("mounted"));
    }

    fn unacceptable(&self, mut entry: AuditRecord) -> Option<AuditRecord> {
        entry.document = format!("{{\"id\":\n\"{SECRET}\"}}");
        Some(entry)
    }
}

fn files(rotate_bytes: Option<u64>) -> Arc<Files> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("mounted")).unwrap();
    Arc::new(Files {
        folder,
        rotate_bytes,
    })
}

mod one_file {
    use super::*;

    fn fresh() -> Ready<Arc<Files>> {
        ready(files(None))
    }

    sink_conformance!(fresh);
}

mod rotated {
    use super::*;

    fn fresh() -> Ready<Arc<Files>> {
        ready(files(Some(2_000)))
    }

    sink_conformance!(fresh);
}
