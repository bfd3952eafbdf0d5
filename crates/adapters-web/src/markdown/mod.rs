//! Markdown of models and people as HTML that a page can embed.
//!
//! The renderer *is* the allow-list: it walks the events of the Markdown parser and writes elements from a closed set, whose
//! markup are constants of this module. What comes from the source gets into the output in two ways only, as escaped text and
//! as the escaped value of `href` or `title`; the type `Html` has no third way. HTML in the source is shown as
//! the text that it is. The tests hold ammonia against every output: a second, independent sanitizer with the same allow-list
//! has to leave it as it is, byte for byte.
//!
//! Work, nesting and output are bounded, because the source is whatever somebody made a model write: see [`Renderer`].

mod cache;
mod code;
mod controls;
mod depth;
mod grammars;
mod highlight;
mod html;
mod later;
mod link;
mod marks;
mod numbering;
mod walk;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parlor_domain::ids::{ConversationId, OrganizationId};

use code::CodeBlocks;
use html::Html;

/// HTML that comes from nowhere but this module: templates embed it as it is.
///
/// It is a sequence of block elements, for a container of the template's own. See `assets/highlight.css` for its classes.
#[derive(Clone, PartialEq, Eq)]
pub struct RenderedMarkdown(String);

impl RenderedMarkdown {
    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The HTML, as a text of its own.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for RenderedMarkdown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for RenderedMarkdown {}

/// Texts never show in `Debug`.
impl fmt::Debug for RenderedMarkdown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RenderedMarkdown({} bytes)", self.0.len())
    }
}

/// The words that the renderer adds, in the language of the page.
#[derive(Debug, Clone)]
pub struct Labels {
    /// On the button that copies a block of code.
    pub copy: Arc<str>,
}

/// How a page wants its Markdown.
#[derive(Debug, Clone)]
pub struct Options {
    /// The words of the page's language.
    pub labels: Labels,
    /// The level of the heading that `#` makes, 1 to 6; deeper ones follow, each at most one level below the one
    /// before, and none is deeper than 6. A text is somewhere below a heading of the page, so that a text's own headings have to begin
    /// below that one.
    pub top_heading: u8,
    /// Where highlighted code may be kept for the next time: among the same people's texts, and nowhere else.
    pub scope: Scope,
    /// Whether more of the text is to come. A block of code at its end is shown plain then: it is highlighted once, when it is
    /// whole, and not again with every word.
    pub growing: bool,
    /// How long highlighting may take for all texts of one [`Renderer`]. Code that comes after that is shown plain, and gets
    /// its turn at the next rendering, when what came before it is remembered.
    pub highlighting: Duration,
}

impl Options {
    /// The usual ones: headings from level 3, and 150 ms of highlighting.
    pub fn new(labels: Labels, scope: Scope) -> Self {
        Self {
            labels,
            top_heading: 3,
            scope,
            growing: false,
            highlighting: Duration::from_millis(150),
        }
    }
}

/// Whose texts these are. Highlighted code is remembered for each conversation apart: from the time that a page takes nobody
/// learns whether a conversation that they cannot see has the same code in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The tenant.
    pub organization: OrganizationId,
    /// The conversation whose messages are rendered.
    pub conversation: ConversationId,
}

/// Renders the texts of one page.
///
/// Rendering takes time in proportion to the text, and a bounded time for highlighting. Lists and quotes deeper than 24 levels,
/// and emphasis and links deeper than 24, are shown as their source. So is the rest of a text whose markup
/// came to more than half a megabyte. A half-written text renders like a whole one.
#[derive(Debug)]
pub struct Renderer {
    options: Options,
    code_blocks: CodeBlocks,
}

impl Renderer {
    /// A renderer for one page or for one piece of a stream.
    pub fn new(options: Options) -> Self {
        let code_blocks = CodeBlocks::new(options.scope, options.highlighting);
        Self {
            options,
            code_blocks,
        }
    }

    /// The text as HTML.
    pub fn render(&mut self, text: &str) -> RenderedMarkdown {
        let mut html = Html::with_capacity(text.len() + text.len() / 2 + 64);
        let marked = marks::marked(text);
        let text = depth::bounded(&marked);
        walk::write(&mut html, &text, &self.options, &mut self.code_blocks);
        RenderedMarkdown(html.into_string())
    }
}

/// One text alone as HTML: see [`Renderer`] for several.
pub fn render(text: &str, options: &Options) -> RenderedMarkdown {
    Renderer::new(options.clone()).render(text)
}
