//! Blocks of code: a header with the language and the button that copies, and the code in colours.

use std::time::{Duration, Instant};

use super::cache::{self, Key, Value};
use super::grammars::{Language, loaded};
use super::highlight;
use super::html::{Fragment, Html};
use super::later::highlight_later;
use super::{Labels, Scope};

/// What stands behind a fence can be anything; a name is short.
const LONGEST_NAME: usize = 32;

/// What the code blocks of one page share.
#[derive(Debug)]
pub struct CodeBlocks {
    scope: Scope,
    whole: Duration,
    left: Duration,
}

impl CodeBlocks {
    pub fn new(scope: Scope, highlighting: Duration) -> Self {
        Self {
            scope,
            whole: highlighting,
            left: highlighting,
        }
    }

    /// Writes one block. The information is what stands behind its fence.
    pub fn write(&mut self, html: &mut Html, block: CodeBlock<'_>, labels: &Labels) {
        let name = block.information.split([' ', ',', '\t', '{']).next();
        let name = name.unwrap_or_default();
        let language = Language::find(name);
        html.markup(
            "<div class=\"code-block\"><div class=\"code-header\"><span class=\"code-language\">",
        );
        match language {
            Some(language) => html.code(language.name()),
            None if name.chars().count() <= LONGEST_NAME => html.code(name),
            None => {}
        }
        html.markup("</span><button type=\"button\" class=\"copy\" data-copy=\"\">");
        html.text(&labels.copy);
        html.markup("</button></div><pre dir=\"ltr\" tabindex=\"0\"><code>");
        let language = language.filter(|_| block.whole && highlight::is_bounded(&block.code));
        match language {
            Some(language) => self.write_highlighted(html, block.code, language),
            None => html.code(&block.code),
        }
        html.markup("</code></pre></div>\n");
    }

    fn write_highlighted(&mut self, html: &mut Html, code: String, language: Language) {
        let key = Key {
            scope: self.scope,
            language: language.name(),
            code,
        };
        let start = Instant::now();
        match cache::find(&key) {
            Some(Value::Highlighted(known)) => return html.append(&known),
            Some(Value::TooSlow(too_slow)) if !too_slow.is_over(start) => {
                return html.code(&key.code);
            }
            _ if self.whole.is_zero() => return html.code(&key.code),
            _ => {}
        }
        if self.left.is_zero() {
            html.code(&key.code);
            return highlight_later(key, language);
        }
        let deadline = start + self.left;
        let highlighted = highlight::highlight(&key.code, language, loaded(), deadline);
        self.left = self.left.saturating_sub(start.elapsed());
        if let Some(highlighted) = highlighted {
            let fragment = Fragment::new(highlighted);
            html.append(&fragment);
            cache::keep(key, Value::Highlighted(fragment));
        } else {
            html.code(&key.code);
            highlight_later(key, language);
        }
    }
}

/// A block as it stands in a text.
pub struct CodeBlock<'a> {
    /// What stands behind the fence.
    pub information: &'a str,
    pub code: String,
    /// Nothing more is to come.
    pub whole: bool,
}
