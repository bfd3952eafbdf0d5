//! From the events of the Markdown parser to HTML.

mod endings;
mod links;

use std::{borrow::Cow, iter, ops::Range};

use pulldown_cmark::{
    Alignment, CodeBlockKind, CowStr, Event, LinkType, OffsetIter, Options as Extensions, Parser,
    Tag, TagEnd, TextMergeWithOffset,
};

use super::Options;
use super::code::{CodeBlock, CodeBlocks};
use super::html::Html;
use super::marks;
use super::numbering::Numbering;
#[cfg(test)]
pub use endings::MOST_MARKUP;

/// Deeper lists and quotes are shown as their source: no page has room for them, and browsers fail at some hundreds.
const DEEPEST_BLOCK: usize = 24;
/// Deeper emphasis and links, likewise.
const DEEPEST_INLINE: usize = 24;
/// How many columns a table has at most. A browser that lays out a hundred thousand of them does nothing else for minutes.
const MOST_COLUMNS: usize = 128;

/// What the parser recognizes besides `CommonMark`. Headings have no attributes: ids and classes are ours alone.
const EXTENSIONS: Extensions = Extensions::ENABLE_TABLES
    .union(Extensions::ENABLE_STRIKETHROUGH)
    .union(Extensions::ENABLE_TASKLISTS)
    .union(Extensions::ENABLE_MATH);

pub fn write(html: &mut Html, text: &str, options: &Options, code_blocks: &mut CodeBlocks) {
    let mut walk = Walk {
        html,
        text,
        options,
        code_blocks,
        open: Vec::new(),
        blocks: 0,
        inlines: 0,
        in_link: false,
        in_cell: false,
        position: 0,
        numbering: Numbering::default(),
        alignments: Vec::new(),
        column: 0,
        last_heading: options.top_heading.saturating_sub(1),
    };
    let parser = Parser::new_ext(text, EXTENSIONS).into_offset_iter();
    // What comes in pieces is one text for a reader, and so is an address in it.
    let mut events: Events<'_> = TextMergeWithOffset::new(parser).map(unmarked);
    while let Some((event, range)) = events.next() {
        if !matches!(event, Event::End(_)) {
            walk.position = range.start;
            if walk.has_too_much_markup() {
                return walk.finish_as_source();
            }
        }
        walk.event(event, range, &mut events);
    }
}

type Located<'a> = (Event<'a>, Range<usize>);
type Events<'a> =
    iter::Map<TextMergeWithOffset<'a, OffsetIter<'a>>, fn(Located<'a>) -> Located<'a>>;

fn unmarked((event, range): Located<'_>) -> Located<'_> {
    (marks::unmarked_event(event), range)
}

/// What the end of an element writes.
enum Closing<'a> {
    Markup(&'static str),
    /// The end of `<a>`: without a text, the destination is the text.
    Link {
        content: usize,
        destination: CowStr<'a>,
    },
    /// No link may lead there: the destination is shown behind the text.
    Refused {
        content: usize,
        destination: CowStr<'a>,
    },
}

struct Walk<'a, 'out> {
    html: &'out mut Html,
    text: &'a str,
    options: &'out Options,
    code_blocks: &'out mut CodeBlocks,
    open: Vec<Closing<'a>>,
    /// Open lists and quotes.
    blocks: usize,
    /// Open emphasis, links and images.
    inlines: usize,
    in_link: bool,
    in_cell: bool,
    /// Up to where the text is written.
    position: usize,
    numbering: Numbering,
    /// Of the columns of the table that is open.
    alignments: Vec<Alignment>,
    column: usize,
    /// The level of the heading before; at first, that of the one below which the text stands.
    last_heading: u8,
}

impl<'a> Walk<'a, '_> {
    fn event(&mut self, event: Event<'a>, range: Range<usize>, events: &mut Events<'a>) {
        match event {
            Event::Start(tag) => self.start(tag, range, events),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_link => self.html.text(&text),
            Event::Text(text) => self.linked_text(&text),
            // A row is one line of the source: there is no other way to begin a line in a cell.
            Event::InlineHtml(tag) if self.in_cell && is_line_break(&tag) => {
                self.html.markup("<br>");
            }
            Event::InlineHtml(text) => self.html.text(&text),
            // Only a stray one comes here: see `HtmlBlock`.
            Event::Html(text) => self.html.source(&text),
            Event::Code(code) => {
                self.html.markup("<code dir=\"ltr\">");
                self.html.code(&code);
                self.html.markup("</code>");
            }
            Event::InlineMath(formula) => self.mathematics("$", &formula),
            Event::DisplayMath(formula) => self.mathematics("$$", &formula),
            // As in a chat: what was written on a line of its own stays there.
            Event::SoftBreak | Event::HardBreak => self.html.markup("<br>"),
            Event::Rule => self.html.markup("<hr>\n"),
            Event::TaskListMarker(done) => self.html.markup(if done {
                "<span class=\"task\">☑</span> "
            } else {
                "<span class=\"task\">☐</span> "
            }),
            Event::FootnoteReference(_) => self.html.text(&self.source(range)),
        }
    }

    /// Formulas stay what they are: nothing here interprets `TeX`, whose `\href` and `\html` commands are a language of their own.
    fn mathematics(&mut self, delimiter: &'static str, formula: &str) {
        let (delimiter, formula) =
            marks::delimited(formula).map_or((delimiter, formula), |whole| ("", whole));
        self.html.markup("<code class=\"math\" dir=\"ltr\">");
        self.html.markup(delimiter);
        self.html.code(formula);
        self.html.markup(delimiter);
        self.html.markup("</code>");
    }

    fn start(&mut self, tag: Tag<'a>, range: Range<usize>, events: &mut Events<'a>) {
        match tag {
            Tag::Paragraph => self.open("<p dir=\"auto\">", "</p>\n"),
            Tag::Heading { level, .. } => {
                let (start, end) = self.heading(level);
                self.open(start, end);
            }
            Tag::BlockQuote(_) | Tag::List(_) if self.blocks >= DEEPEST_BLOCK => {
                self.as_source(range, events);
            }
            Tag::Table(ref alignments) if alignments.len() > MOST_COLUMNS => {
                self.as_source(range, events);
            }
            Tag::BlockQuote(_) => {
                self.blocks += 1;
                self.open("<blockquote dir=\"auto\">\n", "</blockquote>\n");
            }
            Tag::List(None) => {
                self.blocks += 1;
                self.numbering.open(None);
                self.open("<ul dir=\"auto\">\n", "</ul>\n");
            }
            Tag::List(Some(first)) => {
                self.blocks += 1;
                self.numbering.open(Some(first));
                self.html.markup("<ol dir=\"auto\"");
                if first != 1 {
                    self.html.markup(" start=\"");
                    self.html.number(first);
                    self.html.markup("\"");
                }
                self.open(">\n", "</ol>\n");
            }
            Tag::Item => {
                let number = self
                    .numbering
                    .item(self.text.get(range).unwrap_or_default());
                self.html.markup("<li dir=\"auto\"");
                if let Some(number) = number {
                    self.html.markup(" value=\"");
                    self.html.number(number);
                    self.html.markup("\"");
                }
                self.open(">", "</li>\n");
            }
            Tag::CodeBlock(kind) => self.code_block(&kind, range, events),
            Tag::HtmlBlock => self.html_block(events),
            Tag::Table(alignments) => {
                self.alignments = alignments;
                // It scrolls, so that the keyboard has to reach it.
                self.open(
                    "<div class=\"markdown-table\" tabindex=\"0\"><table>\n",
                    "</tbody></table></div>\n",
                );
            }
            Tag::TableHead => {
                self.column = 0;
                self.open("<thead><tr>", "</tr></thead><tbody>\n");
            }
            Tag::TableRow => {
                self.column = 0;
                self.open("<tr>", "</tr>\n");
            }
            Tag::TableCell => self.cell(),
            Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Link { .. }
            | Tag::Image { .. }
                if self.inlines >= DEEPEST_INLINE =>
            {
                self.html.text(&self.source(range));
                skip(events);
            }
            Tag::Emphasis => self.open_inline("<em>", "</em>"),
            Tag::Strong => self.open_inline("<strong>", "</strong>"),
            Tag::Strikethrough => self.open_inline("<del>", "</del>"),
            Tag::Link {
                link_type: LinkType::Email,
                dest_url,
                title,
                ..
            } => self.link(format!("mailto:{dest_url}").into(), &title),
            // An image would tell its server who reads this, and when; what it shows can be looked at behind a link.
            Tag::Link {
                dest_url, title, ..
            }
            | Tag::Image {
                dest_url, title, ..
            } => self.link(dest_url, &title),
            // Extensions that are not on.
            Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => self.open("", ""),
        }
    }

    /// What is too much for a page stays as it was written.
    fn as_source(&mut self, range: Range<usize>, events: &mut Events<'a>) {
        self.html.markup("<p dir=\"auto\">");
        self.html.source(&self.source(range));
        self.html.markup("</p>\n");
        skip(events);
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::BlockQuote(_) => self.blocks -= 1,
            TagEnd::List(_) => {
                self.blocks -= 1;
                self.numbering.close();
            }
            TagEnd::TableCell => self.in_cell = false,
            TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Link
            | TagEnd::Image => self.inlines -= 1,
            _ => {}
        }
        if let Some(closing) = self.open.pop() {
            self.close(closing);
        }
    }

    fn open(&mut self, start: &'static str, end: &'static str) {
        self.html.markup(start);
        self.open.push(Closing::Markup(end));
    }

    fn open_inline(&mut self, start: &'static str, end: &'static str) {
        self.inlines += 1;
        self.open(start, end);
    }

    fn cell(&mut self) {
        let alignment = self.alignments.get(self.column);
        self.column += 1;
        self.in_cell = true;
        let in_head =
            matches!(self.open.last(), Some(Closing::Markup(end)) if end.contains("</thead>"));
        self.html
            .markup(if in_head { "<th scope=\"col\"" } else { "<td" });
        self.html.markup(match alignment {
            Some(Alignment::Center) => " class=\"align-center\" dir=\"auto\">",
            Some(Alignment::Right) => " class=\"align-right\" dir=\"auto\">",
            Some(Alignment::Left) => " class=\"align-left\" dir=\"auto\">",
            Some(Alignment::None) | None => " dir=\"auto\">",
        });
        self.open
            .push(Closing::Markup(if in_head { "</th>" } else { "</td>" }));
    }

    fn code_block(
        &mut self,
        kind: &CodeBlockKind<'a>,
        range: Range<usize>,
        events: &mut Events<'a>,
    ) {
        let mut code = String::new();
        for (event, _) in events {
            match event {
                Event::Text(text) => code.push_str(&text),
                Event::End(_) => break,
                _ => {}
            }
        }
        let information = match kind {
            CodeBlockKind::Fenced(information) => information.as_ref(),
            CodeBlockKind::Indented => "",
        };
        let at_the_end = range.end >= self.text.trim_end().len();
        let block = CodeBlock {
            information,
            code,
            whole: !(self.options.growing && at_the_end),
        };
        self.code_blocks
            .write(self.html, block, &self.options.labels);
    }

    fn html_block(&mut self, events: &mut Events<'a>) {
        let mut block = String::new();
        for (event, _) in events {
            match event {
                Event::Html(text) | Event::Text(text) => block.push_str(&text),
                Event::End(_) => break,
                _ => {}
            }
        }
        self.html.markup("<p dir=\"auto\">");
        self.html.source(&block);
        self.html.markup("</p>\n");
    }

    fn source(&self, range: Range<usize>) -> Cow<'a, str> {
        marks::unmarked(self.text.get(range).unwrap_or_default())
    }
}

/// `<br>`, however it is written.
fn is_line_break(tag: &str) -> bool {
    let name = tag
        .trim_start_matches('<')
        .trim_end_matches(['>', '/', ' ']);
    name.eq_ignore_ascii_case("br")
}

/// Passes over what is inside of an element that has just begun, and its end.
fn skip(events: &mut Events<'_>) {
    let mut open = 1_usize;
    for (event, _) in events {
        match event {
            Event::Start(_) => open += 1,
            Event::End(_) => open -= 1,
            _ => {}
        }
        if open == 0 {
            break;
        }
    }
}
