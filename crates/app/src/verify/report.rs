//! What was found out.

use std::{
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
};

use parlor_application::ports::OutboxPosition;
use parlor_domain::ids::{ConversationId, OrganizationId};

use super::{
    found::{Found, FoundContent},
    ledger::Ledger,
};

/// The outcome of a comparison. Shown, it tells the counts and the first problems.
pub struct Report {
    files: usize,
    entries: u64,
    repeated: u64,
    being_written: bool,
    in_store: usize,
    waiting: usize,
    /// Entries from before the oldest file that is there.
    older: usize,
    /// How many problems are told one by one.
    most_told: usize,
    problems: Vec<String>,
    problem_count: u64,
    /// The last entry of each conversation in each organization: one may name a conversation of another, when somebody asked
    /// for it in vain, and their positions tell nothing of each other. By folder: each of several instances writes what it
    /// delivers.
    last: HashMap<(PathBuf, OrganizationId, ConversationId), OutboxPosition>,
}

impl Report {
    /// How many problems are told one by one, unless all are asked for.
    pub const TOLD: usize = 20;

    pub(super) fn new(files: usize, most_told: usize) -> Self {
        Self {
            files,
            most_told,
            entries: 0,
            repeated: 0,
            being_written: false,
            in_store: 0,
            waiting: 0,
            older: 0,
            problems: Vec::new(),
            problem_count: 0,
            last: HashMap::new(),
        }
    }

    /// Whether nothing is wrong.
    pub const fn is_good(&self) -> bool {
        self.problem_count == 0
    }

    pub(super) fn judge(&mut self, found: &Found, ledger: &mut Ledger) {
        match &found.content {
            FoundContent::Foreign => self.wrong(found, "is not an audit entry"),
            FoundContent::Torn(bytes) if ledger.expects(bytes) => self.being_written = true,
            FoundContent::Torn(_) => {
                self.wrong(found, "is torn: it does not end with a line break");
            }
            FoundContent::Entry(id, fingerprint) => {
                let Some(known) = ledger.find(*id) else {
                    return self.wrong(
                        found,
                        &format!("has the entry {id}, which is not in the store"),
                    );
                };
                if known.fingerprint != *fingerprint {
                    return self.wrong(found, &format!("differs from the store's entry {id}"));
                }
                if known.seen {
                    self.repeated += 1;
                    return;
                }
                known.seen = true;
                self.entries += 1;
                let (conversation, position) = (known.conversation, known.position);
                if let Some(conversation) = conversation {
                    self.judge_order(found, conversation, position);
                }
            }
        }
    }

    fn judge_order(
        &mut self,
        found: &Found,
        conversation: ConversationId,
        position: OutboxPosition,
    ) {
        let folder = found.file.parent().map(Path::to_owned).unwrap_or_default();
        let line = (folder, position.organization_id, conversation);
        match self.last.insert(line, position) {
            Some(last) if last > position => self.wrong(
                found,
                &format!("comes after a later entry of the same conversation {conversation}"),
            ),
            _ => {}
        }
    }

    pub(super) fn judge_missing(&mut self, ledger: &Ledger, lacks_older: bool) {
        (self.in_store, self.waiting) = ledger.counts();
        let first = ledger.first_seen();
        for (id, known) in ledger.missing() {
            let is_older = first
                .get(&known.position.organization_id)
                .is_none_or(|first| known.position < *first);
            if is_older && lacks_older {
                self.older += 1;
            } else {
                self.problem(format!(
                    "the entry {id} was delivered, and is not in the file"
                ));
            }
        }
    }

    fn wrong(&mut self, found: &Found, what: &str) {
        let file = Path::new(found.file.file_name().unwrap_or(found.file.as_os_str()));
        self.problem(format!("{}:{} {what}", file.display(), found.number));
    }

    fn problem(&mut self, problem: String) {
        self.problem_count += 1;
        if self.problems.len() < self.most_told {
            self.problems.push(problem);
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = if self.files == 1 {
            "one file"
        } else {
            &format!("{} files", self.files)
        };
        writeln!(f, "Entries in {files}: {}", self.entries)?;
        writeln!(
            f,
            "Entries in the store: {}, of which {} are not delivered yet",
            self.in_store, self.waiting
        )?;
        if self.repeated > 0 {
            writeln!(
                f,
                "Repetitions, which delivering at least once allows: {}",
                self.repeated
            )?;
        }
        if self.being_written {
            writeln!(
                f,
                "The last line is the beginning of an entry that is being delivered."
            )?;
        }
        if self.older > 0 {
            writeln!(
                f,
                "Older entries, in files that are not here any more: {}",
                self.older
            )?;
        }
        if self.is_good() {
            return writeln!(f, "The file is well-formed and complete.");
        }
        for problem in &self.problems {
            writeln!(f, "  {problem}")?;
        }
        if self.problem_count > self.problems.len() as u64 {
            writeln!(
                f,
                "  … and {} more, which `--all` lists",
                self.problem_count - self.problems.len() as u64
            )?;
        }
        writeln!(f, "Problems: {}", self.problem_count)
    }
}
