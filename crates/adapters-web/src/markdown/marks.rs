//! Marks that are put into a text before the parser reads it, and taken out of everything that the parser returns.
//!
//! `CommonMark` decides by the characters beside `**` whether it opens or closes emphasis. Its rule wants a space or
//! punctuation behind a `**` that follows punctuation, which Korean, Chinese and Japanese do not write: `**50%**까지`. And
//! it knows `\(` as an escape, while models write formulas that way. The parser has no switch for either, so that a mark
//! makes it see what it has to see:
//!
//! - `.` and [`BESIDE`] between a run of `*` or `~` and a letter of these scripts, where punctuation is on the run's other
//!   side. The run can open and close emphasis then, which is what the rule gives to a run between two punctuations.
//! - [`DOLLAR`] between two dots instead of a `$` that begins or ends no formula, such as that of a price.
//! - `$` or `$$`, each with a mark, around `\(…\)` and `\[…\]`.
//!
//! Each mark can be told from the text around it wherever it comes out, also in code: [`unmarked`] of [`marked`] is the text.
//! Marks are noncharacters of Unicode, which a program can use for its own purposes. Those of the source are taken out first.

use std::borrow::Cow;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Tag};

const BESIDE: char = '\u{FDD1}';
const DOLLAR: char = '\u{FDD2}';
const INLINE_START: char = '\u{FDD3}';
const INLINE_END: char = '\u{FDD4}';
const DISPLAY_START: char = '\u{FDD5}';
const DISPLAY_END: char = '\u{FDD6}';

/// The formula without its marks, when it is one that brings its own delimiters.
pub fn delimited(formula: &str) -> Option<&str> {
    formula
        .strip_prefix([INLINE_START, DISPLAY_START])?
        .strip_suffix([INLINE_END, DISPLAY_END])
}

/// The text with marks.
pub fn marked(text: &str) -> Cow<'_, str> {
    let clean = if text.contains(is_mark) {
        Cow::Owned(text.replace(is_mark, ""))
    } else {
        Cow::Borrowed(text)
    };
    let needs_none = |text: &str| {
        let may_be_formula = ["$", "\\(", "\\["].iter().any(|start| text.contains(start));
        let may_be_emphasis = text.contains(['*', '~']) && text.contains(is_cjk);
        !may_be_formula && !may_be_emphasis
    };
    if needs_none(&clean) {
        return clean;
    }
    Cow::Owned(Marker::new(&clean).mark())
}

/// The text as it was before [`marked`], of any part that the parser returns whole.
pub fn unmarked(text: &str) -> Cow<'_, str> {
    if !text.contains(is_mark) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, mark)) = rest.find(is_mark).and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        let mut behind = mark.chars();
        let mark = behind.next();
        rest = behind.as_str();
        match mark {
            Some(BESIDE) if out.ends_with('.') => drop(out.pop()),
            Some(BESIDE) => rest = rest.strip_prefix('.').unwrap_or(rest),
            Some(DOLLAR) => {
                if out.ends_with('.') {
                    out.pop();
                }
                out.push('$');
                rest = rest.strip_prefix('.').unwrap_or(rest);
            }
            Some(start @ INLINE_START) => take_delimiter(&mut out, "$", start),
            Some(start @ DISPLAY_START) => take_delimiter(&mut out, "$$", start),
            Some(end @ INLINE_END) => rest = without_delimiter(&mut out, rest, "$", end),
            Some(end @ DISPLAY_END) => rest = without_delimiter(&mut out, rest, "$$", end),
            _ => {}
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Takes the delimiter out that is before a mark; a formula, which the parser returns without it, keeps the mark.
fn take_delimiter(out: &mut String, delimiter: &str, mark: char) {
    if out.ends_with(delimiter) {
        out.truncate(out.len() - delimiter.len());
    } else {
        out.push(mark);
    }
}

fn without_delimiter<'a>(out: &mut String, rest: &'a str, delimiter: &str, mark: char) -> &'a str {
    rest.strip_prefix(delimiter).unwrap_or_else(|| {
        out.push(mark);
        rest
    })
}

/// The event without marks.
pub fn unmarked_event(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Text(text) => Event::Text(clean(text)),
        Event::Code(text) => Event::Code(clean(text)),
        Event::InlineMath(text) => Event::InlineMath(clean(text)),
        Event::DisplayMath(text) => Event::DisplayMath(clean(text)),
        Event::Html(text) => Event::Html(clean(text)),
        Event::InlineHtml(text) => Event::InlineHtml(clean(text)),
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(information))) => {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(clean(information))))
        }
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: clean(dest_url),
            title: clean(title),
            id,
        }),
        Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Image {
            link_type,
            dest_url: clean(dest_url),
            title: clean(title),
            id,
        }),
        other => other,
    }
}

fn clean(text: CowStr<'_>) -> CowStr<'_> {
    match unmarked(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(text) => text.into(),
    }
}

struct Marker<'a> {
    out: String,
    rest: &'a str,
    /// What is before `rest`.
    before: Option<char>,
}

impl<'a> Marker<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            out: String::with_capacity(text.len() + text.len() / 8 + 16),
            rest: text,
            before: None,
        }
    }

    fn mark(mut self) -> String {
        while let Some(at) = self.rest.find(['\\', '$', '*', '~']) {
            self.copy(at);
            match self.rest.as_bytes() {
                [b'\\', b'(', ..] => self.formula("\\)", "$", INLINE_START, INLINE_END),
                [b'\\', b'[', ..] => self.formula("\\]", "$$", DISPLAY_START, DISPLAY_END),
                [b'\\', ..] => {
                    let escaped = self.rest.chars().nth(1).map_or(0, char::len_utf8);
                    self.copy(1 + escaped);
                }
                [b'$', ..] => self.dollars(),
                _ => self.run(),
            }
        }
        self.out.push_str(self.rest);
        self.out
    }

    fn copy(&mut self, length: usize) {
        if let Some((copied, rest)) = self.rest.split_at_checked(length) {
            self.out.push_str(copied);
            self.before = copied.chars().next_back().or(self.before);
            self.rest = rest;
        }
    }

    /// A run of `*` or `~`, with a mark where it has a letter on one side and punctuation on the other.
    fn run(&mut self) {
        let delimiter = self.rest.chars().next().unwrap_or_default();
        let behind = self.rest.trim_start_matches(delimiter);
        let length = self.rest.len() - behind.len();
        let after = behind.chars().next();
        let is_letter = |character: Option<char>| character.is_some_and(is_cjk);
        let is_punctuation = |character: Option<char>| character.is_some_and(is_punctuation);
        if is_letter(self.before) && is_punctuation(after) {
            self.out.push(BESIDE);
            self.out.push('.');
            self.copy(length);
        } else if is_punctuation(self.before) && is_letter(after) {
            self.copy(length);
            self.out.push('.');
            self.out.push(BESIDE);
        } else {
            self.copy(length);
        }
    }

    /// `\(…\)` or `\[…\]`.
    fn formula(&mut self, end: &str, delimiter: &str, start_mark: char, end_mark: char) {
        let Some(length) = self.formula_length(end) else {
            return self.copy(2);
        };
        let formula = self.rest.get(..length).unwrap_or_default();
        self.out.push_str(delimiter);
        self.out.push(start_mark);
        // The parser would take it for the formula's end.
        let mut parts = formula.split('$');
        self.out.push_str(parts.next().unwrap_or_default());
        for part in parts {
            self.push_dollar();
            self.out.push_str(part);
        }
        self.out.push(end_mark);
        self.out.push_str(delimiter);
        self.before = Some('$');
        self.rest = self.rest.get(length..).unwrap_or_default();
    }

    /// Up to and with the end, when it comes in the same paragraph and before another start. `\[a\](b)` is no formula but
    /// a link that was made none.
    fn formula_length(&self, end: &str) -> Option<usize> {
        let start = self.rest.get(..2)?;
        let mut at = 2;
        loop {
            let rest = self.rest.get(at..)?;
            let next = rest.find(['\\', '\n'])?;
            let found = rest.get(next..)?;
            if found.starts_with(end) {
                let behind = found.get(end.len()..)?;
                let is_link = end == "\\]" && behind.starts_with(['(', '[', ':']);
                return (!is_link && at + next > 2).then_some(at + next + end.len());
            }
            if found.starts_with(start) || is_blank_line(found) {
                return None;
            }
            // What is escaped is no end: `\\]`.
            let escaped = found
                .strip_prefix('\\')
                .and_then(|rest| rest.chars().next());
            at += next + 1 + escaped.map_or(0, char::len_utf8);
        }
    }

    fn dollars(&mut self) {
        let behind = self.rest.trim_start_matches('$');
        let width = self.rest.len() - behind.len();
        if let Some(length) = self.dollar_formula(width, behind) {
            return self.copy(length);
        }
        for _ in 0..width {
            self.push_dollar();
        }
        self.before = Some('$');
        self.rest = behind;
    }

    fn push_dollar(&mut self) {
        self.out.extend(['.', DOLLAR, '.']);
    }

    /// The length of `$…$` or `$$…$$` with its delimiters.
    fn dollar_formula(&self, width: usize, behind: &str) -> Option<usize> {
        let end = behind.find('$')?;
        let (formula, rest) = behind.split_at_checked(end)?;
        let closing = rest.len() - rest.trim_start_matches('$').len();
        let is_word =
            |character: Option<char>| character.is_some_and(|c| c.is_ascii_alphanumeric());
        let in_one_paragraph = !formula
            .match_indices('\n')
            .any(|(at, _)| formula.get(at..).is_some_and(is_blank_line));
        let accepted = closing == width
            && width <= 2
            && in_one_paragraph
            && !formula.ends_with('\\')
            && (width == 2
                || !formula.starts_with(char::is_whitespace)
                    && !formula.ends_with(char::is_whitespace)
                    && !formula.contains('`')
                    && !is_word(self.before)
                    && !is_word(rest.chars().nth(1))
                    && !is_price(formula));
        accepted.then_some(width + formula.len() + width)
    }
}

/// What begins with digits and goes on in words is no formula: `$5 or 6$`.
fn is_price(formula: &str) -> bool {
    formula.starts_with(|first: char| first.is_ascii_digit())
        && formula.contains(char::is_whitespace)
        && !formula.contains(['\\', '^', '_', '=', '{'])
}

/// Whether the text begins with the end of a line and an empty one.
fn is_blank_line(text: &str) -> bool {
    text.strip_prefix('\n')
        .is_some_and(|rest| rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n'))
}

fn is_mark(character: char) -> bool {
    matches!(character, BESIDE..=DISPLAY_END)
}

/// Letters of Korean, Chinese and Japanese, which no space separates from what follows.
pub fn is_cjk(character: char) -> bool {
    matches!(
        character,
        // Hangul.
        '\u{1100}'..='\u{11FF}' | '\u{3131}'..='\u{318E}' | '\u{A960}'..='\u{A97C}' | '\u{AC00}'..='\u{D7FB}'
        | '\u{FFA0}'..='\u{FFDC}'
        // Kana and Bopomofo.
        | '\u{3041}'..='\u{309F}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{312F}' | '\u{31A0}'..='\u{31BF}'
        | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9F}'
        // Han.
        | '\u{2E80}'..='\u{2FD5}' | '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFD}'
    )
}

/// Characters that are surely punctuation or symbols for the parser.
fn is_punctuation(character: char) -> bool {
    character.is_ascii_punctuation()
        || matches!(
            character,
            '\u{A1}'..='\u{A9}' | '\u{AB}' | '\u{AC}' | '\u{AE}'..='\u{B1}' | '\u{B4}' | '\u{B6}'..='\u{B8}' | '\u{BB}'
            | '\u{BF}' | '\u{D7}' | '\u{F7}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205E}'
            | '\u{20A0}'..='\u{20C0}' | '\u{2190}'..='\u{23FF}' | '\u{2500}'..='\u{2775}' | '\u{2794}'..='\u{2B73}'
            | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3020}' | '\u{30FB}' | '\u{FE30}'..='\u{FE4F}'
            | '\u{FF01}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}' | '\u{FF3B}'..='\u{FF40}' | '\u{FF5B}'..='\u{FF65}'
            | '\u{1F300}'..='\u{1F64F}' | '\u{1F680}'..='\u{1F6C5}'
        )
}
