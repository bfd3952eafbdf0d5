//! Which part of a Markdown text is code.

/// Reads a text however it is cut into pieces: fences of three backticks or tildes, and backticks within a line.
#[derive(Debug, Default)]
pub(super) struct Code {
    is_fenced: bool,
    /// What the line begins with.
    start: String,
    is_quoted: bool,
    last: Option<char>,
}

/// So much of a line shows whether it is a fence: at most three blanks, and three characters.
const FENCE: usize = 6;

impl Code {
    /// The next piece.
    pub(super) fn read(&mut self, text: &str) {
        for character in text.chars() {
            if character == '\n' {
                self.is_fenced ^= self.is_fence();
                self.start.clear();
                self.is_quoted = false;
            } else {
                if self.start.len() < FENCE {
                    self.start.push(character);
                }
                self.is_quoted ^= character == '`' && self.last != Some('`');
            }
            self.last = Some(character);
        }
    }

    /// Whether what comes next is code.
    pub(super) fn is_inside(&self) -> bool {
        self.is_fenced || self.is_quoted || self.is_fence()
    }

    fn is_fence(&self) -> bool {
        let start = self.start.trim_start();
        start.starts_with("```") || start.starts_with("~~~")
    }
}
