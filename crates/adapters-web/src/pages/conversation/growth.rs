//! What of a growing answer has to be sent again.
//!
//! A browser keeps the HTML that it was sent. It is sent only what comes after the part that did not change, so that an answer costs
//! about its own length, whether it is many paragraphs or one long block of code.

use parlor_domain::ids::MessageId;

use crate::pages::live::Part;

/// The HTML that a browser was sent of an answer since the answer's article.
#[derive(Default)]
pub(super) struct SentHtml {
    html: String,
    /// The blocks that were whole when it was last sent, and where the last of them ends.
    whole: Blocks,
}

/// What a browser has to change.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Growth {
    /// How much of the HTML stays, in UTF-16 code units, as scripts count.
    keep: usize,
    /// How many of the elements at the top do not change.
    blocks: usize,
    /// Where the next one begins, in UTF-16 code units.
    base: usize,
    /// What follows.
    html: String,
}

impl Growth {
    pub fn into_part(self, message: MessageId) -> Part {
        let Self {
            keep,
            blocks,
            base,
            html,
        } = self;
        Part::Growth {
            message: message.to_string(),
            keep,
            blocks,
            base,
            html,
        }
    }
}

impl SentHtml {
    /// Takes the place of what the browser has; nothing where both are the same.
    pub fn grow(&mut self, html: String) -> Option<Growth> {
        if html == self.html {
            return None;
        }
        let same = common_prefix(&self.html, &html);
        let (kept, rest) = html.split_at(same);
        if self.whole.end > same {
            self.whole = Blocks::default();
        }
        self.whole.go_on(kept);
        let Blocks { count, end } = self.whole;
        let growth = Growth {
            keep: utf16_length(kept),
            blocks: count,
            base: utf16_length(kept.get(..end).unwrap_or(kept)),
            html: rest.to_owned(),
        };
        self.html = html;
        Some(growth)
    }
}

/// The elements at the top of some HTML that are whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Blocks {
    count: usize,
    /// Where the last one ends, in bytes.
    end: usize,
}

impl Blocks {
    /// Counts those that end within this HTML, which begins with the counted ones. It is the renderer's: every tag is closed, and a value
    /// holds no angle bracket.
    fn go_on(&mut self, html: &str) {
        let mut depth = 0_usize;
        let mut at = self.end;
        while let Some((before, tag, _)) = html.get(at..).and_then(next_tag) {
            at += before.len() + tag.len() + 2;
            let is_end = tag.starts_with('/');
            if is_end {
                depth = depth.saturating_sub(1);
            } else if !is_void(tag) {
                depth += 1;
            }
            if depth == 0 {
                self.count += 1;
                self.end = at;
            }
        }
    }
}

/// What is before the next tag, what is between its brackets, and what follows.
fn next_tag(html: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = html.split_once('<')?;
    let (tag, after) = rest.split_once('>')?;
    Some((before, tag, after))
}

/// Whether an element of this tag has no end.
fn is_void(tag: &str) -> bool {
    let name = tag.split([' ', '/']).next().unwrap_or(tag);
    matches!(name, "br" | "hr" | "img" | "input" | "wbr")
}

/// How many bytes both begin with, up to the end of a character.
fn common_prefix(one: &str, other: &str) -> usize {
    let same = one.bytes().zip(other.bytes());
    let mut length = same.take_while(|(one, other)| one == other).count();
    while !other.is_char_boundary(length) {
        length -= 1;
    }
    length
}

fn utf16_length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a browser has after a growth, by what it had.
    fn applied(had: &str, growth: &Growth) -> String {
        let units: Vec<u16> = had.encode_utf16().take(growth.keep).collect();
        String::from_utf16(&units).unwrap() + &growth.html
    }

    #[test]
    fn only_what_is_after_the_same_beginning_is_sent() {
        let mut sent = SentHtml::default();
        let all = sent.grow("<p>one</p>\n<p>two</p>".to_owned()).unwrap();
        assert_eq!((all.keep, all.blocks, all.base), (0, 0, 0));
        let growth = sent
            .grow("<p>one</p>\n<p>two three</p>".to_owned())
            .unwrap();
        assert_eq!(growth.html, " three</p>");
        assert_eq!((growth.blocks, growth.base), (1, 10));
        assert_eq!(sent.grow("<p>one</p>\n<p>two three</p>".to_owned()), None);
    }

    #[test]
    fn a_block_with_others_in_it_is_one_block() {
        let html = "<ul><li><p>a</p></li></ul><hr><pre><code>x<br></code></pre><p>";
        let mut blocks = Blocks::default();
        blocks.go_on(html);
        assert_eq!(blocks.count, 3);
        assert_eq!(html.get(blocks.end..), Some("<p>"));
    }

    #[test]
    fn characters_beyond_the_basic_plane_count_as_scripts_count_them() {
        let mut sent = SentHtml::default();
        sent.grow("<p>🍊a</p>".to_owned()).unwrap();
        let growth = sent.grow("<p>🍊b</p>".to_owned()).unwrap();
        assert_eq!(growth.keep, 5);
        let growth = sent.grow("<p>🍋b</p>".to_owned()).unwrap();
        assert_eq!((growth.keep, growth.html.as_str()), (3, "🍋b</p>"));
    }

    proptest! {
        #[test]
        fn a_browser_has_what_was_rendered_after_any_growth(
            texts in proptest::collection::vec("(<p>[a🍊가]{0,3}</p>|<ul><li>[ab]?</li></ul>|<hr>){0,4}", 1..6),
        ) {
            let mut has = String::new();
            let mut sent = SentHtml::default();
            for text in texts {
                let before = has.clone();
                if let Some(growth) = sent.grow(text.clone()) {
                    has = applied(&before, &growth);
                    let base: Vec<u16> = has.encode_utf16().take(growth.base).collect();
                    let base = String::from_utf16(&base).unwrap();
                    prop_assert!(growth.base <= growth.keep);
                    let mut blocks = Blocks::default();
                    blocks.go_on(&base);
                    prop_assert_eq!(blocks, Blocks { count: growth.blocks, end: base.len() });
                }
                prop_assert_eq!(&has, &text);
            }
        }
    }
}
