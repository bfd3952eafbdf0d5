//! Tells what a model thinks from what it says, where both come in one text: `<think>…</think>` before the answer.
//!
//! Some chat templates have the opening tag in the prompt, so that an answer begins with thoughts, and only the closing tag
//! says so: `…</think>` and the answer. Until that tag comes, the thoughts are given as text.

mod code;

use std::cmp::Reverse;

use self::code::Code;

/// The tags between which a model thinks.
const TAGS: [(&str, &str); 3] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
];

/// No more blanks than these are held back.
const HELD_BYTES: usize = 4 * 1024;

/// What of a text is thought, and what is said.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Split {
    /// This text came, and then it turned out that all text so far was thought.
    pub(super) was_reasoning: Option<String>,
    pub(super) reasoning: String,
    pub(super) text: String,
}

/// Takes the text of an answer however it is cut into pieces.
///
/// Only what comes before any other text is thought: an answer may speak of the tags. A closing tag without an opening one ends
/// thoughts only where it is the first tag of all, is not in Markdown code, and no thoughts came before it. Blanks at the beginning of an answer
/// are held back until something else comes, so that an answer of blanks is one without text; after thoughts they are
/// dropped.
#[derive(Debug, Default)]
pub(super) struct Thinking {
    state: State,
    held: String,
    /// Thoughts have ended, so that blanks before the text are dropped.
    has_thought: bool,
    /// Some thoughts were given, so that more of them begin a paragraph.
    has_reasoned: bool,
    /// Whether a closing tag in the text means that the text was thought.
    is_watching: bool,
    /// Which of that text is code.
    code: Code,
}

#[derive(Debug, Clone, Copy, Default)]
enum State {
    #[default]
    Before,
    /// Until this tag.
    Inside {
        close: &'static str,
        has_begun: bool,
    },
    Said,
}

impl Thinking {
    /// Notes that the provider told thoughts by themselves.
    pub(super) const fn note_reasoning(&mut self) {
        self.has_thought = true;
        self.has_reasoned = true;
        self.is_watching = false;
    }

    /// The next piece of the answer.
    pub(super) fn push(&mut self, piece: &str) -> Split {
        let mut split = Split::default();
        if matches!(self.state, State::Said) && !self.is_watching && self.held.is_empty() {
            piece.clone_into(&mut split.text);
            return split;
        }
        self.held.push_str(piece);
        while self.step(&mut split) {}
        split
    }

    /// What was held back when nothing more comes.
    pub(super) fn finish(&mut self) -> Split {
        let held = std::mem::take(&mut self.held);
        let mut split = Split::default();
        match self.state {
            State::Before if !held.trim().is_empty() => split.text = held,
            State::Inside {
                has_begun: true, ..
            } => held.trim_end().clone_into(&mut split.reasoning),
            State::Inside {
                has_begun: false, ..
            } => held.trim().clone_into(&mut split.reasoning),
            State::Said => split.text = held,
            State::Before => {}
        }
        split
    }

    /// One step; whether there may be another.
    fn step(&mut self, split: &mut Split) -> bool {
        match self.state {
            State::Said => self.say(split),
            State::Before => self.look_for_an_opening(),
            State::Inside { close, has_begun } => self.think(close, has_begun, split),
        }
    }

    fn look_for_an_opening(&mut self) -> bool {
        let begun = self.held.trim_start();
        if begun.is_empty() {
            if self.held.len() > HELD_BYTES {
                self.held.clear();
            }
            return false;
        }
        let starts_with = |tag: &str| {
            begun
                .get(..tag.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(tag))
        };
        if let Some((open, close)) = TAGS.into_iter().find(|(open, _)| starts_with(open)) {
            self.held = begun.get(open.len()..).unwrap_or_default().to_owned();
            self.state = State::Inside {
                close,
                has_begun: false,
            };
            return true;
        }
        let may_open = |open: &str| {
            open.get(..begun.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(begun))
        };
        if TAGS.iter().any(|(open, _)| may_open(open)) {
            return false;
        }
        if self.has_thought {
            self.held = begun.to_owned();
        }
        self.is_watching = !self.has_thought;
        self.state = State::Said;
        true
    }

    /// Gives what is held as text, up to what may become a tag that says that all of it is thought.
    fn say(&mut self, split: &mut Split) -> bool {
        if !self.is_watching {
            split.text.push_str(&std::mem::take(&mut self.held));
            return false;
        }
        let lower = self.held.to_ascii_lowercase();
        let tags = TAGS.iter().flat_map(|&(open, close)| [open, close]);
        let found = tags.filter_map(|tag| Some((lower.find(tag)?, tag)));
        let Some((at, tag)) = found.min_by_key(|&(at, tag)| (at, Reverse(tag.len()))) else {
            let tags = TAGS.iter().flat_map(|&(open, close)| [open, close]);
            let may_begin = tags.filter_map(|tag| may_begin(tag, &lower)).max();
            let kept = self
                .held
                .split_off(self.held.len() - may_begin.unwrap_or(0));
            self.code.read(&self.held);
            split.text.push_str(&self.held);
            self.held = kept;
            return false;
        };
        let rest = self.held.split_off(at);
        let before = std::mem::replace(&mut self.held, rest);
        self.code.read(&before);
        split.text.push_str(&before);
        if !tag.starts_with("</") {
            self.is_watching = false;
        } else if self.code.is_inside() {
            self.code.read(tag);
            let rest = self.held.split_off(tag.len());
            split
                .text
                .push_str(&std::mem::replace(&mut self.held, rest));
        } else {
            split.was_reasoning = Some(std::mem::take(&mut split.text));
            self.held.drain(..tag.len());
            self.held = self.held.trim_start().to_owned();
            self.state = State::Before;
            self.has_thought = true;
            self.has_reasoned = true;
            self.is_watching = false;
        }
        true
    }

    fn think(&mut self, close: &'static str, has_begun: bool, split: &mut Split) -> bool {
        let lower = self.held.to_ascii_lowercase();
        let (thought, rest) = if let Some(at) = lower.find(close) {
            let thought = self.held.get(..at).unwrap_or_default().trim_end();
            (thought, self.held.get(at + close.len()..))
        } else {
            // What may become the tag, and blanks before it, wait.
            let may_close = may_begin(close, &lower);
            let kept = self.held.len() - may_close.unwrap_or(0);
            let kept = self.held.get(..kept).unwrap_or_default();
            let is_too_long = kept.len() - kept.trim_end().len() > HELD_BYTES;
            (if is_too_long { kept } else { kept.trim_end() }, None)
        };
        let shown = if has_begun {
            thought
        } else {
            thought.trim_start()
        };
        if !shown.is_empty() {
            if !has_begun && self.has_reasoned {
                split.reasoning.push_str("\n\n");
            }
            split.reasoning.push_str(shown);
            self.has_reasoned = true;
        }
        let has_begun = has_begun || !shown.is_empty();
        if let Some(rest) = rest {
            self.held = rest.to_owned();
            self.state = State::Before;
            // Blanks after a tag are dropped even where nothing was thought.
            self.held = self.held.trim_start().to_owned();
            self.has_thought = true;
            return true;
        }
        let thought = thought.len();
        self.held.drain(..thought);
        self.state = State::Inside { close, has_begun };
        false
    }
}

/// How much of the end of a text may be the beginning of a tag.
fn may_begin(tag: &str, lower: &str) -> Option<usize> {
    (1..tag.len()).rev().find(|&length| {
        tag.get(..length)
            .is_some_and(|start| lower.ends_with(start))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, size: usize) -> Split {
        let mut thinking = Thinking::default();
        let mut all = Split::default();
        let characters: Vec<char> = text.chars().collect();
        let pieces = characters
            .chunks(size)
            .map(|piece| piece.iter().collect::<String>());
        for piece in pieces {
            let split = thinking.push(&piece);
            if let Some(text) = split.was_reasoning {
                let thought = std::mem::take(&mut all.text) + &text;
                all.reasoning += thought.trim();
            }
            all.reasoning += &split.reasoning;
            all.text += &split.text;
        }
        let rest = thinking.finish();
        all.reasoning += &rest.reasoning;
        all.text += &rest.text;
        all
    }

    #[test]
    fn thoughts_are_told_from_text_however_the_pieces_are_cut() {
        for (whole, reasoning, text) in [
            ("plain", "", "plain"),
            ("  indented", "", "  indented"),
            (" \n\n ", "", ""),
            ("", "", ""),
            (
                "<think>\nLet me see.\n\n1 < 2\n</think>\n\nFour.",
                "Let me see.\n\n1 < 2",
                "Four.",
            ),
            (" \n<think>a</think>b", "a", "b"),
            ("<think></think>\n\n b", "", "b"),
            ("<Think>a</THINK>b", "a", "b"),
            ("<thinking>a</think></thinking>b", "a</think>", "b"),
            ("<thought>a</thought>b", "a", "b"),
            ("<think>a</think>\n<think>b</think>c", "a\n\nb", "c"),
            (
                "<think>a </th b </think> c</think>",
                "a </th b",
                "c</think>",
            ),
            ("<think>생각</think>답", "생각", "답"),
            ("<think>never ends  </thi", "never ends  </thi", ""),
            ("<think>never ends \n", "never ends", ""),
            ("<thi", "", "<thi"),
            ("<thin ice>", "", "<thin ice>"),
            ("Say <think>no</think>", "", "Say <think>no</think>"),
            ("I see.\n</think>\n\nFour.", "I see.", "Four."),
            (" I see </Think>Four.", "I see", "Four."),
            ("</think>\n\nFour.", "", "Four."),
            ("a</thinking>b", "a", "b"),
            ("a </thi b</think>c</think>", "a </thi b", "c</think>"),
            ("a</think><think>b</think>c", "a\n\nb", "c"),
            ("1 </ 2 <th", "", "1 </ 2 <th"),
            ("It ends with `</think>`.", "", "It ends with `</think>`."),
            (
                "So:\n```\na</think>\n```\n",
                "",
                "So:\n```\na</think>\n```\n",
            ),
            ("```\nx\n```\nSo\n</think>b", "```\nx\n```\nSo", "b"),
            ("`</think>` it is.</think>b", "`</think>` it is.", "b"),
            ("`<think>`", "", "`<think>`"),
        ] {
            for size in 1..=whole.chars().count().max(1) {
                let split = split(whole, size);
                let found = (split.reasoning.as_str(), split.text.as_str());
                assert_eq!(found, (reasoning, text), "{whole:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn after_thoughts_that_came_by_themselves_blanks_are_dropped() {
        let mut thinking = Thinking::default();
        thinking.note_reasoning();
        assert_eq!(thinking.push("\n\n").text, "");
        assert_eq!(thinking.push(" a ").text, "a ");
        assert_eq!(thinking.push("</think>").text, "</think>");
    }

    #[test]
    fn a_tag_means_nothing_any_more_once_thoughts_came_by_themselves() {
        let mut thinking = Thinking::default();
        assert_eq!(thinking.push("a </th").text, "a ");
        thinking.note_reasoning();
        assert_eq!(thinking.push("ink>").text, "</think>");
    }
}
