//! Text between two tags.

use std::fmt::{self, Write as _};

/// Text of an element such as `<pre>` or `<textarea>`. Only what begins a tag or a reference there is escaped: quotes, which code is
/// full of, stay one byte each.
///
/// Not for attributes.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct TextContent(String);

impl TextContent {
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The beginning that is written in so many bytes at most.
    pub fn cut(&mut self, most: usize) {
        let mut bytes = 0;
        let end = self.0.char_indices().find(|&(_, character)| {
            bytes += escaped(character).map_or_else(|| character.len_utf8(), str::len);
            bytes > most
        });
        if let Some((end, _)) = end {
            self.0.truncate(end);
        }
    }
}

const fn escaped(character: char) -> Option<&'static str> {
    match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

impl fmt::Display for TextContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_str();
        while let Some((plain, special)) = rest
            .find(['&', '<', '>'])
            .and_then(|at| rest.split_at_checked(at))
        {
            f.write_str(plain)?;
            let mut characters = special.chars();
            if let Some(character) = characters.next() {
                match escaped(character) {
                    Some(reference) => f.write_str(reference)?,
                    None => f.write_char(character)?,
                }
            }
            rest = characters.as_str();
        }
        f.write_str(rest)
    }
}

impl askama::filters::HtmlSafe for TextContent {}

/// Texts never show in `Debug`.
impl fmt::Debug for TextContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TextContent({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tag_and_no_reference_is_in_it_and_quotes_stay() {
        let text = TextContent::new("</pre><b title=\"a\">'&amp;&#34;é".to_owned());
        assert_eq!(
            text.to_string(),
            "&lt;/pre&gt;&lt;b title=\"a\"&gt;'&amp;amp;&amp;#34;é"
        );
        assert!(!format!("{text:?}").contains("pre"));
    }

    #[test]
    fn it_is_cut_by_what_is_written_and_between_characters() {
        for (most, left) in [
            (100, "a<é&b"),
            (1, "a"),
            (4, "a"),
            (5, "a<"),
            (6, "a<"),
            (7, "a<é"),
            (0, ""),
        ] {
            let mut text = TextContent::new("a<é&b".to_owned());
            text.cut(most);
            assert!(text.to_string().len() <= most, "{most}");
            assert_eq!(text, TextContent::new(left.to_owned()), "{most}");
        }
    }
}
