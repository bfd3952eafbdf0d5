//! Keeps the parser from containers that nest without end: for every line of a text it looks at every container that is open,
//! so that half a million `>` before half a million lines would take it hours.

use std::borrow::Cow;

/// Stands before a marker that would open a container too deep, so that it is text. It is one of Unicode's noncharacters, which
/// are for a program's own use, and [`Html`](super::html::Html) writes it nowhere, wherever it comes from.
pub const STOPPER: char = '\u{FDD0}';

/// How deep a line can be at most: each marker counts, and each two columns of indentation, which is the least that a container
/// takes. Far deeper than what is shown as one.
const DEEPEST: usize = 96;

/// The text without containers that are too deep.
pub fn bounded(text: &str) -> Cow<'_, str> {
    let mut lines = text.split_inclusive(['\n', '\r']);
    if !lines.any(|line| too_deep(line).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut bounded = String::with_capacity(text.len() + text.len() / DEEPEST * STOPPER.len_utf8());
    for line in text.split_inclusive(['\n', '\r']) {
        match too_deep(line).and_then(|at| line.split_at_checked(at)) {
            Some((before, behind)) => {
                bounded.push_str(before);
                bounded.push(STOPPER);
                bounded.push_str(behind);
            }
            None => bounded.push_str(line),
        }
    }
    Cow::Owned(bounded)
}

/// Where the first marker begins that is too deep.
fn too_deep(line: &str) -> Option<usize> {
    // A tab is the least that counts as two.
    if line.len() <= DEEPEST / 2 {
        return None;
    }
    let mut rest = line.as_bytes();
    let mut markers = 0;
    let mut columns = 0;
    loop {
        let length = match *rest {
            [b' ', ..] => {
                columns += 1;
                1
            }
            [b'\t', ..] => {
                columns += 4;
                1
            }
            _ => {
                let length = marker(rest)?;
                markers += 1;
                if markers + columns / 2 > DEEPEST {
                    return Some(line.len() - rest.len());
                }
                length
            }
        };
        rest = rest.get(length..)?;
    }
}

/// The length of the marker of a quote or of a list's item that the line begins with.
fn marker(line: &[u8]) -> Option<usize> {
    let length = match *line {
        [b'>', ..] => return Some(1),
        [b'-' | b'+' | b'*', ..] => 1,
        _ => {
            let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let delimited = matches!(line.get(digits), Some(b'.' | b')'));
            (digits > 0 && delimited).then_some(digits + 1)?
        }
    };
    let ends = matches!(line.get(length), None | Some(b' ' | b'\t' | b'\n' | b'\r'));
    ends.then_some(length)
}
