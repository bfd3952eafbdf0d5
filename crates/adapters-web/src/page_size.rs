//! How many bytes a page has at most.

use std::fmt;

use askama::Template;

/// The most HTML of one page, in bytes as they are sent. Pages that show a part of something count what they write, and show less of it.
pub(crate) const PAGE_HTML: usize = 1 << 20;

/// How many bytes a template writes, with all escapes.
pub(crate) fn written(template: &dyn Written) -> usize {
    let mut counter = Counter(0);
    // A template that fails is an error where its page is made.
    let _ = template.write_into(&mut counter);
    counter.0
}

/// Something that can be written as HTML.
pub(crate) trait Written {
    fn write_into(&self, out: &mut dyn fmt::Write) -> askama::Result<()>;
}

impl<T: Template> Written for T {
    fn write_into(&self, out: &mut dyn fmt::Write) -> askama::Result<()> {
        self.render_into(out)
    }
}

/// Counts what is written into it.
struct Counter(usize);

impl fmt::Write for Counter {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}
