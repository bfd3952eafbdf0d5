//! The only way to write HTML here: markup is a constant of the program, everything else is escaped.

use std::fmt::Write as _;

use super::controls;
use super::depth::STOPPER;

/// HTML under construction. It escapes like the HTML standard's serialization does, so that parsing the output and writing it
/// again gives the same bytes: no browser reads it as something else.
#[derive(Debug)]
pub struct Html(String);

impl Html {
    pub fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    pub fn into_string(self) -> String {
        self.0
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Markup of ours. That it is `'static` keeps out whatever comes from a text.
    pub fn markup(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// What another one has become.
    pub fn append(&mut self, finished: &Fragment) {
        self.0.push_str(&finished.0);
    }

    /// A number as the value of an attribute.
    pub fn number(&mut self, number: u64) {
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{number}");
    }

    /// Prose, in which a line stays a line.
    pub fn text(&mut self, text: &str) {
        escape(&mut self.0, text, is_special_in_prose, push_escaped);
    }

    /// Prose that is shown as it stands in the source.
    pub fn source(&mut self, source: &str) {
        let mut lines = source.trim_end().lines();
        if let Some(first) = lines.next() {
            self.text(first);
        }
        for line in lines {
            self.markup("<br>");
            self.text(line);
        }
    }

    /// Code, in which nothing is invisible: whoever reads it sees what a compiler would. The first labels have an element of their own.
    pub fn code(&mut self, code: &str) {
        const MOST_ELEMENTS: usize = 1_000;
        let mut labels = 0_usize;
        escape(&mut self.0, code, is_special_in_code, |out, character| {
            if !controls::is_invisible(character) || controls::joins_emojis(out, character) {
                return push_escaped(out, character);
            }
            let number = u32::from(character);
            labels += 1;
            let _ = if labels > MOST_ELEMENTS {
                write!(out, "⟮U+{number:04X}⟯")
            } else {
                write!(out, "<span class=\"control\">⟮U+{number:04X}⟯</span>")
            };
        });
    }

    /// The value of an attribute, between its quotes.
    pub fn attribute(&mut self, value: &str) {
        escape(
            &mut self.0,
            value,
            |byte| byte == b'"' || byte == b'\n' || is_special_in_prose(byte),
            |out, character| match character {
                '"' => out.push_str("&quot;"),
                '\n' => out.push(' '),
                other => push_escaped(out, other),
            },
        );
    }
}

/// HTML that is finished, to be kept and appended as often as it is needed.
#[derive(Debug, Clone)]
pub struct Fragment(Box<str>);

impl Fragment {
    pub fn new(html: Html) -> Self {
        Self(html.0.into_boxed_str())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Appends the text, and what begins with a special byte in the way of `push`.
fn escape(
    out: &mut String,
    text: &str,
    is_special: impl Fn(u8) -> bool,
    mut push: impl FnMut(&mut String, char),
) {
    let mut rest = text;
    // Special bytes begin a character, so that the text is never split inside of one.
    while let Some((plain, special)) = rest
        .bytes()
        .position(&is_special)
        .and_then(|at| rest.split_at_checked(at))
    {
        out.push_str(plain);
        let mut characters = special.chars();
        if let Some(character) = characters.next() {
            push(out, character);
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

fn push_escaped(out: &mut String, character: char) {
    match character {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\u{A0}' => out.push_str("&nbsp;"),
        // A browser would make a new line of the first.
        '\r' | STOPPER => {}
        '\n' | '\t' => out.push(character),
        control if control.is_control() => out.push(char::REPLACEMENT_CHARACTER),
        other => out.push(other),
    }
}

/// Bytes at which something may begin that [`push_escaped`] changes.
fn is_special_in_prose(byte: u8) -> bool {
    matches!(byte, 0..=0x08 | 0x0B..=0x1F | b'&' | b'<' | b'>' | 0x7F | 0xC2 | 0xEF)
}

/// Besides, those at which invisible characters begin.
fn is_special_in_code(byte: u8) -> bool {
    is_special_in_prose(byte) || matches!(byte, 0xCD | 0xD8 | 0xE1 | 0xE2 | 0xE3 | 0xF0 | 0xF3)
}
