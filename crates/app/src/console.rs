//! What is said to whoever started the program.

use std::io::{self, IsTerminal as _, Write as _};

/// Writes to the standard output. Whoever does not read to the end (`parlor openapi | head`) has seen enough.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Writes a line to the standard error; where that cannot be done, nobody can be told.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether a person looks at the standard output.
pub fn is_watched() -> bool {
    io::stdout().is_terminal()
}
