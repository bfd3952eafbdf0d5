//! The end of the file: all that is ever written, and where a crash leaves its trace.

use std::{
    fs::File,
    io::{self, Read, Seek as _, SeekFrom, Write},
};

use serde::de::IgnoredAny;

/// What bytes are appended to; a file but in tests.
pub trait Medium: Write {
    /// Has everything that was written durable.
    fn sync(&self) -> io::Result<()>;
    /// Takes away what lies behind this length.
    fn cut(&self, length: u64) -> io::Result<()>;
}

impl Medium for File {
    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// A medium whose first `length` bytes are whole lines and durable.
pub struct Tail<M> {
    pub medium: M,
    pub length: u64,
}

impl<M: Medium> Tail<M> {
    /// Appends whole lines and has them durable. Where that fails, nothing of them is left, as far as the medium can do that.
    pub fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let written = self
            .medium
            .write_all(lines)
            .and_then(|()| self.medium.sync());
        match written {
            Ok(()) => {
                self.length += lines.len() as u64;
                Ok(())
            }
            Err(error) => {
                if let Err(failed) = self.medium.cut(self.length) {
                    tracing::debug!(
                        error = &failed as &(dyn std::error::Error + 'static),
                        "a half-written audit entry stays until the file is opened again"
                    );
                }
                Err(error)
            }
        }
    }
}

impl Tail<File> {
    /// Looks whether somebody else has appended something, or cut the file. What does not end with a line break gets one, so that
    /// the next entry has a line of its own.
    pub fn after_others(mut self) -> io::Result<Self> {
        let length = self.medium.metadata()?.len();
        if length == self.length {
            return Ok(self);
        }
        self.length = length;
        if ending(&mut self.medium)? != Ending::Whole(length) {
            tracing::warn!("the audit file ends with what is no entry: it gets a line of its own");
            self.append(b"\n")?;
        }
        Ok(self)
    }
}

/// What the end of a file looks like.
#[derive(Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing, or whole lines, so many bytes.
    Whole(u64),
    /// Whole lines, and then a whole entry that lacks nothing but its line break: so many bytes altogether.
    Unended(u64),
    /// Whole lines, so many bytes, and then the beginning of an entry.
    Torn(u64),
    /// Whole lines, so many bytes, and then something that no entry begins with.
    Foreign(u64),
}

/// Looks for the last line break, from the end.
pub fn ending(file: &mut File) -> io::Result<Ending> {
    const CHUNK: u64 = 64 * 1024;
    let length = file.metadata()?.len();
    let mut chunk_end = length;
    let mut whole = 0;
    while chunk_end > 0 {
        let start = chunk_end.saturating_sub(CHUNK);
        file.seek(SeekFrom::Start(start))?;
        let mut chunk = Vec::new();
        Read::by_ref(file)
            .take(chunk_end - start)
            .read_to_end(&mut chunk)?;
        if let Some(at) = chunk.iter().rposition(|&byte| byte == b'\n') {
            whole = start + at as u64 + 1;
            break;
        }
        chunk_end = start;
    }
    if whole == length {
        return Ok(Ending::Whole(length));
    }
    file.seek(SeekFrom::Start(whole))?;
    let mut rest = Vec::new();
    Read::by_ref(file)
        .take(length - whole)
        .read_to_end(&mut rest)?;
    Ok(if rest.first() != Some(&b'{') {
        Ending::Foreign(whole)
    } else if serde_json::from_slice::<IgnoredAny>(&rest).is_ok() {
        Ending::Unended(length)
    } else {
        Ending::Torn(whole)
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// A disk with room for so many bytes.
    struct SmallDisk {
        bytes: RefCell<Vec<u8>>,
        room: usize,
        syncs: bool,
    }

    impl SmallDisk {
        fn tail(room: usize) -> Tail<Self> {
            Tail {
                medium: Self {
                    bytes: RefCell::default(),
                    room,
                    syncs: true,
                },
                length: 0,
            }
        }
    }

    impl Write for SmallDisk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut written = self.bytes.borrow_mut();
            let fits = bytes.len().min(self.room - written.len());
            if fits == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            written.extend(&bytes[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Medium for SmallDisk {
        fn sync(&self) -> io::Result<()> {
            if self.syncs {
                Ok(())
            } else {
                Err(io::ErrorKind::Other.into())
            }
        }

        fn cut(&self, length: u64) -> io::Result<()> {
            self.bytes
                .borrow_mut()
                .truncate(usize::try_from(length).unwrap());
            Ok(())
        }
    }

    #[test]
    fn what_did_not_fit_leaves_nothing_behind_and_fits_once_there_is_room() {
        let mut tail = SmallDisk::tail(8);
        tail.append(b"{1}\n").unwrap();
        let error = tail.append(b"{2}\n{3}\n").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(*tail.medium.bytes.borrow(), b"{1}\n");
        tail.medium.room = 100;
        tail.append(b"{2}\n{3}\n").unwrap();
        assert_eq!(*tail.medium.bytes.borrow(), b"{1}\n{2}\n{3}\n");
        assert_eq!(tail.length, 12);
    }

    #[test]
    fn what_could_not_be_made_durable_leaves_nothing_behind() {
        let mut tail = SmallDisk::tail(100);
        tail.append(b"{1}\n").unwrap();
        tail.medium.syncs = false;
        tail.append(b"{2}\n").unwrap_err();
        assert_eq!(*tail.medium.bytes.borrow(), b"{1}\n");
        assert_eq!(tail.length, 4);
    }

    #[test]
    fn the_end_of_a_file_tells_whether_a_line_is_torn() {
        let long = format!("{{1}}\n{{{}", "x".repeat(200_000));
        let aligned = format!("{}\n", "x".repeat(64 * 1024));
        for (text, expected) in [
            ("", Ending::Whole(0)),
            ("{1}\n", Ending::Whole(4)),
            ("{1}\n{2", Ending::Torn(4)),
            ("{1", Ending::Torn(0)),
            (r#"{"id":1}"#, Ending::Unended(8)),
            ("{1}\n{\"id\":1}", Ending::Unended(12)),
            ("{1}\n{\"id\":1}{", Ending::Torn(4)),
            ("\n", Ending::Whole(1)),
            (&long, Ending::Torn(4)),
            (&aligned, Ending::Whole(64 * 1024 + 1)),
            ("a letter", Ending::Foreign(0)),
            ("{1}\na letter", Ending::Foreign(4)),
        ] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            assert_eq!(ending(&mut file).unwrap(), expected, "{} bytes", text.len());
        }
    }
}
