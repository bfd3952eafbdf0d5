//! The end of an element, and of all of them where a text has too much markup.

use super::{Closing, Walk};

/// How much longer than its text the HTML of a text may become, in bytes. Where markup came to more, the rest of the text is shown as its
/// source: a few characters, such as an empty block of code, can stand for two hundred bytes of HTML.
pub const MOST_MARKUP: usize = 512 << 10;

impl<'a> Walk<'a, '_> {
    pub(super) fn close(&mut self, closing: Closing<'a>) {
        match closing {
            Closing::Markup(markup) => self.html.markup(markup),
            Closing::Link {
                content,
                destination,
            } => {
                if self.html.len() == content {
                    self.html.text(&destination);
                }
                self.html.markup("</a>");
                self.in_link = false;
            }
            Closing::Refused {
                content,
                destination,
            } => {
                if self.html.len() != content {
                    self.html.markup(" ");
                }
                self.html.markup("(");
                self.html.code(&destination);
                self.html.markup(")");
            }
        }
    }

    /// Whether the HTML is longer than what it was made from by more than a page has room for.
    pub(super) fn has_too_much_markup(&self) -> bool {
        self.html.len().saturating_sub(self.position) > MOST_MARKUP
    }

    /// Ends every element that is open and shows the rest of the text as it was written.
    pub(super) fn finish_as_source(&mut self) {
        while let Some(closing) = self.open.pop() {
            self.close(closing);
        }
        self.html.markup("<p dir=\"auto\">");
        self.html
            .source(&self.source(self.position..self.text.len()));
        self.html.markup("</p>\n");
    }
}
