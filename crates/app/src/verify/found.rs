//! One line of the file, by what is compared.

use std::{path::Path, sync::Arc};

use parlor_application::audit_document::AuditDocument;
use parlor_domain::ids::AuditEntryId;
use sha2::{Digest as _, Sha256};

use crate::compose::AuditLine;

/// What an entry's text comes to, so that not all texts need be held at once.
pub type Fingerprint = [u8; 32];

pub fn fingerprint(document: &[u8]) -> Fingerprint {
    Sha256::digest(document).into()
}

/// Where a line stands and what it is.
pub struct Found {
    pub file: Arc<Path>,
    pub number: u64,
    pub content: FoundContent,
}

/// What a line is.
pub enum FoundContent {
    /// An entry.
    Entry(AuditEntryId, Fingerprint),
    /// Something else.
    Foreign,
    /// What stands behind the last line break.
    Torn(Vec<u8>),
}

impl From<AuditLine> for Found {
    fn from(line: AuditLine) -> Self {
        let content = if line.is_whole {
            match serde_json::from_slice::<AuditDocument>(&line.bytes) {
                Ok(document) => FoundContent::Entry(
                    AuditEntryId::from_uuid(document.id),
                    fingerprint(&line.bytes),
                ),
                Err(_) => FoundContent::Foreign,
            }
        } else {
            FoundContent::Torn(line.bytes)
        };
        Self {
            file: line.file,
            number: line.number,
            content,
        }
    }
}
