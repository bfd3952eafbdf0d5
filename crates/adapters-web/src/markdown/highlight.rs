//! Colours for code: from grammars to a closed set of classes.
//!
//! syntect's own HTML nests an element for each of a grammar's scopes, with class names out of the grammar. Here the scopes
//! become one of a dozen classes, in elements that do not nest, whatever the code does.

use std::sync::LazyLock;
use std::time::Instant;

use syntect::parsing::{BasicScopeStackOp, ParseState, Scope, ScopeStack};
use syntect::util::LinesWithEndings;

use super::grammars::{Language, Loaded};
use super::html::Html;

/// Longer code is shown plain.
pub const LONGEST_CODE: usize = 20_000;
pub const MOST_LINES: usize = 500;
/// A line is the piece of work that cannot be interrupted, and grammars take time with the square of its length: 31 ms at
/// worst for this one, and 350 ms for one of 2,000 bytes.
pub const LONGEST_LINE: usize = 512;

static CLASSES: LazyLock<Vec<(Scope, Class)>> = LazyLock::new(|| {
    let classes = SCOPES.iter().filter_map(|&(scope, class)| {
        let scope = Scope::new(scope).ok()?;
        Some((scope, class))
    });
    classes.collect()
});

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    Comment,
    String,
    Escape,
    Number,
    Constant,
    Keyword,
    Function,
    Type,
    Tag,
    Attribute,
    Parameter,
    Heading,
    Inserted,
    Deleted,
}

/// The first that a scope begins with decides; a scope of which nothing is said looks like what it is in.
const SCOPES: &[(&str, Class)] = &[
    ("comment", Class::Comment),
    ("constant.character.escape", Class::Escape),
    ("constant.numeric", Class::Number),
    ("constant", Class::Constant),
    ("string", Class::String),
    ("keyword.operator.logical", Class::Keyword),
    ("keyword.operator.word", Class::Keyword),
    ("keyword.operator", Class::Plain),
    ("keyword", Class::Keyword),
    ("storage", Class::Keyword),
    ("entity.name.function", Class::Function),
    ("support.function", Class::Function),
    ("variable.function", Class::Function),
    ("entity.name.tag", Class::Tag),
    ("entity.other.attribute-name", Class::Attribute),
    ("entity.name.section", Class::Heading),
    ("entity.name", Class::Type),
    ("entity.other.inherited-class", Class::Type),
    ("support.type", Class::Type),
    ("support.class", Class::Type),
    ("support.constant", Class::Constant),
    ("variable.parameter", Class::Parameter),
    ("variable.language", Class::Constant),
    ("markup.heading", Class::Heading),
    ("markup.inserted", Class::Inserted),
    ("markup.deleted", Class::Deleted),
    ("meta.diff.header", Class::Heading),
    // Code in a string is code.
    ("meta.interpolation", Class::Plain),
    ("meta.template.expression", Class::Plain),
    ("source", Class::Plain),
];

impl Class {
    fn of(scope: Scope) -> Option<Self> {
        let mut classes = CLASSES.iter();
        classes
            .find(|(prefix, _)| prefix.is_prefix_of(scope))
            .map(|&(_, class)| class)
    }

    fn start(self) -> Option<&'static str> {
        Some(match self {
            Self::Plain => return None,
            Self::Comment => "<span class=\"hl-comment\">",
            Self::String => "<span class=\"hl-string\">",
            Self::Escape => "<span class=\"hl-escape\">",
            Self::Number => "<span class=\"hl-number\">",
            Self::Constant => "<span class=\"hl-constant\">",
            Self::Keyword => "<span class=\"hl-keyword\">",
            Self::Function => "<span class=\"hl-function\">",
            Self::Type => "<span class=\"hl-type\">",
            Self::Tag => "<span class=\"hl-tag\">",
            Self::Attribute => "<span class=\"hl-attribute\">",
            Self::Parameter => "<span class=\"hl-parameter\">",
            Self::Heading => "<span class=\"hl-heading\">",
            Self::Inserted => "<span class=\"hl-inserted\">",
            Self::Deleted => "<span class=\"hl-deleted\">",
        })
    }
}

/// Whether the code is small enough.
pub fn is_bounded(code: &str) -> bool {
    code.len() <= LONGEST_CODE
        && code.lines().count() <= MOST_LINES
        && code.lines().all(|line| line.len() <= LONGEST_LINE)
}

/// Writes the code, or nothing when it is not done at the deadline or a grammar fails at it.
pub fn highlight(
    code: &str,
    language: Language,
    loaded: &Loaded,
    deadline: Instant,
) -> Option<Html> {
    let in_use = loaded.take(language, code.len(), deadline)?;
    let grammars = in_use.set();
    let mut html = Html::with_capacity(code.len() * 3);
    let mut state = ParseState::new(language.syntax(grammars)?);
    let mut scopes = ScopeStack::new();
    // What each of the scopes looks like.
    let mut classes: Vec<Class> = Vec::new();
    let mut run = Run::default();
    for line in LinesWithEndings::from(code) {
        if Instant::now() >= deadline {
            return None;
        }
        let operations = state.parse_line(line, grammars).ok()?;
        let mut rest = line;
        let mut written = 0;
        for (position, operation) in operations {
            let (token, behind) = rest.split_at_checked(position.checked_sub(written)?)?;
            run.write(&mut html, token, classes.last().copied());
            rest = behind;
            written = position;
            let applied = scopes.apply_with_hook(&operation, |change, _| match change {
                BasicScopeStackOp::Push(scope) => {
                    let inherited = classes.last().copied().unwrap_or(Class::Plain);
                    classes.push(Class::of(scope).unwrap_or(inherited));
                }
                BasicScopeStackOp::Pop => drop(classes.pop()),
            });
            applied.ok()?;
        }
        run.write(&mut html, rest, classes.last().copied());
    }
    run.finish(&mut html);
    Some(html)
}

/// Neighbours of one class share an element.
#[derive(Default)]
struct Run(Option<Class>);

impl Run {
    fn write(&mut self, html: &mut Html, token: &str, class: Option<Class>) {
        if token.is_empty() {
            return;
        }
        let class = class.unwrap_or(Class::Plain);
        // Spaces look the same in all of them.
        if self.0 != Some(class) && !token.trim().is_empty() {
            self.finish(html);
            if let Some(start) = class.start() {
                html.markup(start);
            }
            self.0 = Some(class);
        }
        html.code(token);
    }

    fn finish(&mut self, html: &mut Html) {
        if self.0.take().is_some_and(|class| class.start().is_some()) {
            html.markup("</span>");
        }
    }
}
