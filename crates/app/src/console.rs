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

/// What an error and its causes say, one after the other. What was said already is not said again.
pub fn chain(texts: impl Iterator<Item = String>) -> String {
    let mut told = String::new();
    for text in texts {
        if told.contains(&text) {
            continue;
        }
        if !told.is_empty() {
            told.push_str(": ");
        }
        told.push_str(&text);
    }
    told
}

/// Writes a line to the standard error; where that cannot be done, nobody can be told.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether a person looks at the standard output.
pub fn is_watched() -> bool {
    io::stdout().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_was_told_already_is_not_told_again() {
        let texts = [
            "the store cannot be used",
            "no answer: refused",
            "refused",
            "late",
        ];
        let told = chain(texts.into_iter().map(str::to_owned));
        assert_eq!(told, "the store cannot be used: no answer: refused: late");
    }
}
