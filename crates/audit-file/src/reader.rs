//! Reads entries back.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader},
    path::{Path, PathBuf},
    sync::Arc,
};

use flate2::read::MultiGzDecoder;

use crate::{family::COMPRESSED, selection::Selection};

/// One line of an audit file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// The file that it stands in.
    pub file: Arc<Path>,
    /// Its number in that file, from one.
    pub number: u64,
    /// What stands in it, without the line break.
    pub bytes: Vec<u8>,
    /// Whether it ends with a line break. One that does not is being written, or was torn by a crash.
    pub is_whole: bool,
}

/// The lines of audit files and of those that they were rotated into, the oldest first. Works while a service writes: what is
/// appended before the end is reached is read too.
#[derive(Debug)]
pub struct AuditLines {
    selection: Selection,
    /// Those that are still to be read, the last one first.
    open: Vec<(Arc<Path>, Source)>,
    number: u64,
}

/// An open file, as it is or as gzip compressed it.
#[derive(Debug)]
enum Source {
    Plain(BufReader<File>),
    Compressed(Box<BufReader<MultiGzDecoder<File>>>),
}

impl Source {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let is_compressed = path.to_string_lossy().ends_with(COMPRESSED);
        Ok(if is_compressed {
            Self::Compressed(Box::new(BufReader::new(MultiGzDecoder::new(file))))
        } else {
            Self::Plain(BufReader::new(file))
        })
    }

    fn read_line(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.read_until(b'\n', bytes),
            Self::Compressed(file) => file.read_until(b'\n', bytes),
        }
    }
}

impl AuditLines {
    /// Opens all files. A path without any file is an error.
    pub fn open(paths: &[impl AsRef<Path>]) -> io::Result<Self> {
        loop {
            let selection = Selection::find(paths)?;
            let open = open_all(&selection);
            // A file may have been rotated between listing and opening.
            if Selection::find(paths)? == selection {
                return Ok(Self {
                    selection,
                    open: open?,
                    number: 0,
                });
            }
        }
    }

    /// The files that are read.
    pub const fn selection(&self) -> &Selection {
        &self.selection
    }

    fn next_line(&mut self) -> Result<Option<AuditLine>, (PathBuf, io::Error)> {
        while let Some((file, reader)) = self.open.last_mut() {
            let mut bytes = Vec::new();
            reader
                .read_line(&mut bytes)
                .map_err(|error| (file.to_path_buf(), error))?;
            if bytes.is_empty() {
                self.open.pop();
                self.number = 0;
                continue;
            }
            self.number += 1;
            let is_whole = bytes.pop_if(|byte| *byte == b'\n').is_some();
            return Ok(Some(AuditLine {
                file: Arc::clone(file),
                number: self.number,
                bytes,
                is_whole,
            }));
        }
        Ok(None)
    }
}

/// The files, the last one first.
fn open_all(selection: &Selection) -> io::Result<Vec<(Arc<Path>, Source)>> {
    let files = selection.files().iter().rev();
    files
        .map(|path| Ok((Arc::from(path.as_path()), Source::open(path)?)))
        .collect()
}

impl Iterator for AuditLines {
    /// A file that cannot be read to its end is named, and ends the reading.
    type Item = Result<AuditLine, (PathBuf, io::Error)>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.next_line();
        if line.is_err() {
            self.open.clear();
        }
        line.transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write as _};

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    #[test]
    fn lines_come_from_the_oldest_file_to_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        fs::write(folder.path().join("audit.jsonl.000002"), "c\n").unwrap();
        fs::write(folder.path().join("audit.jsonl.000001"), "a\nb\n").unwrap();
        fs::write(&path, "d\ntorn").unwrap();
        let lines: Vec<_> = AuditLines::open(&[path])
            .unwrap()
            .map(|line| {
                let line = line.unwrap();
                let text = String::from_utf8(line.bytes).unwrap();
                (text, line.number, line.is_whole)
            })
            .collect();
        let line = |text: &str, number, is_whole| (text.to_owned(), number, is_whole);
        assert_eq!(
            lines,
            [
                line("a", 1, true),
                line("b", 2, true),
                line("c", 1, true),
                line("d", 1, true),
                line("torn", 2, false),
            ]
        );
    }

    #[test]
    fn a_compressed_file_is_read_as_what_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let compressed = |text: &str| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.finish().unwrap()
        };
        // Files that were compressed apart may be put together.
        let parts = [compressed("a\nb\n"), compressed("c\n")].concat();
        fs::write(folder.path().join("audit.jsonl.1.gz"), &parts).unwrap();
        let path = folder.path().join("audit.jsonl");
        fs::write(&path, "d\n").unwrap();
        let lines = AuditLines::open(&[&path]).unwrap();
        let texts = lines.map(|line| String::from_utf8(line.unwrap().bytes).unwrap());
        assert_eq!(texts.collect::<Vec<_>>(), ["a", "b", "c", "d"]);

        // One that is cut off is named, and nothing after it is read.
        let cut = &parts[..parts.len() - 9];
        fs::write(folder.path().join("audit.jsonl.1.gz"), cut).unwrap();
        let mut failed = AuditLines::open(&[path]).unwrap().filter_map(Result::err);
        let (file, _) = failed.next().unwrap();
        assert!(file.ends_with("audit.jsonl.1.gz"), "{}", file.display());
    }

    #[test]
    fn after_a_crash_while_rotating_the_rotated_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("audit.jsonl.000001"), "a\n").unwrap();
        let lines = AuditLines::open(&[folder.path().join("audit.jsonl")]).unwrap();
        assert_eq!(lines.count(), 1);
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(AuditLines::open(&[folder.path().join("audit.jsonl")]).is_err());
    }
}
