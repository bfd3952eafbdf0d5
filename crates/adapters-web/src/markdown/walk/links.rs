//! Links, and headings: the elements whose markup depends on more than their kind.

use pulldown_cmark::{CowStr, HeadingLevel};

use super::super::link::{self, Piece};
use super::{Closing, Walk};

impl<'a> Walk<'a, '_> {
    /// Text, in which addresses are links, as long as there is room for their markup.
    pub(super) fn linked_text(&mut self, text: &str) {
        for piece in link::pieces(text) {
            match piece {
                Piece::Text(text) => self.written(text),
                Piece::Address { text, .. } if self.has_too_much_markup() => self.written(text),
                Piece::Address { text, destination } => {
                    self.open_link(&destination, "");
                    self.written(text);
                    self.html.markup("</a>");
                }
            }
        }
    }

    fn written(&mut self, text: &str) {
        self.html.text(text);
        self.position += text.len();
    }

    fn open_link(&mut self, address: &str, title: &str) {
        self.html.markup("<a href=\"");
        self.html.attribute(address);
        if !title.is_empty() {
            self.html.markup("\" title=\"");
            self.html.attribute(title);
        }
        self.html
            .markup("\" rel=\"noopener noreferrer nofollow ugc\" target=\"_blank\" dir=\"auto\">");
    }

    pub(super) fn link(&mut self, destination: CowStr<'a>, title: &str) {
        self.inlines += 1;
        // A link in a link is none: the image in `[![…](…)](…)`.
        let allowed = link::destination(&destination).filter(|_| !self.in_link);
        let Some(address) = allowed else {
            let content = self.html.len();
            self.open.push(Closing::Refused {
                content,
                destination,
            });
            return;
        };
        self.in_link = true;
        self.open_link(&address, title);
        let content = self.html.len();
        self.open.push(Closing::Link {
            content,
            destination,
        });
    }

    /// No level is left out: whoever goes from heading to heading would look for what is missing.
    pub(super) fn heading(&mut self, level: HeadingLevel) -> (&'static str, &'static str) {
        let below_top = match level {
            HeadingLevel::H1 => 0,
            HeadingLevel::H2 => 1,
            HeadingLevel::H3 => 2,
            HeadingLevel::H4 => 3,
            HeadingLevel::H5 => 4,
            HeadingLevel::H6 => 5,
        };
        let wanted = self.options.top_heading.saturating_add(below_top);
        self.last_heading = wanted.min(self.last_heading.saturating_add(1));
        match self.last_heading {
            0 | 1 => ("<h1 dir=\"auto\">", "</h1>\n"),
            2 => ("<h2 dir=\"auto\">", "</h2>\n"),
            3 => ("<h3 dir=\"auto\">", "</h3>\n"),
            4 => ("<h4 dir=\"auto\">", "</h4>\n"),
            5 => ("<h5 dir=\"auto\">", "</h5>\n"),
            _ => ("<h6 dir=\"auto\">", "</h6>\n"),
        }
    }
}
