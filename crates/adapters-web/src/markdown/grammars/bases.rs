//! Sets of grammars as they are loaded, from which the sets that highlight are copied.
//!
//! A set refers to each of its grammars by its place, so that no grammar can be left out. One that nothing may need has no rules
//! instead: code in that language is then plain inside of the other one.

use std::sync::LazyLock;

use syntect::parsing::{SyntaxDefinition, SyntaxSet, SyntaxSetBuilder};

use super::powershell;

static ALL: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);
static MORE: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);
static POWERSHELL: LazyLock<SyntaxSet> = LazyLock::new(powershell::grammar);
static PHP: LazyLock<SyntaxSet> = LazyLock::new(|| edited(without_lists_of_functions));
static PROSE: LazyLock<SyntaxSet> = LazyLock::new(|| edited(|grammar| keep(grammar, WITHOUT_HTML)));
static LATEX: LazyLock<SyntaxSet> = LazyLock::new(|| edited(|grammar| keep(grammar, LATEX_FAMILY)));

/// Languages in whose comments, texts and documents HTML can be, and with it styles and scripts, and what they need besides.
/// HTML takes up to 36 mebibytes, and most of them less than 10.
const WITHOUT_HTML: &[&str] = &[
    "D",
    "Graphviz (DOT)",
    "Groovy",
    "Java",
    "JavaDoc",
    "Markdown",
    "MultiMarkdown",
    "Perl",
    "Regular Expression",
    "Regular Expressions (Python)",
    "Ruby",
    "SQL",
    "Textile",
    "XML",
    "reStructuredText",
];

/// Listings can be in any language; all of them take 300 mebibytes.
const LATEX_FAMILY: &[&str] = &[
    "BibTeX",
    "Haskell",
    "LaTeX",
    "Literate Haskell",
    "R",
    "Rd (R Documentation)",
    "TeX",
];

/// A set of grammars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// All of syntect's.
    All,
    /// All of two-face's.
    More,
    PowerShell,
    /// Syntect's, and PHP without the names of its functions.
    Php,
    /// Those of syntect's that need no HTML inside.
    Prose,
    /// Those of syntect's that are `LaTeX`, or have it inside.
    Latex,
}

impl Base {
    /// Where the grammar of syntect's is that has this name.
    pub fn of(grammar: &str) -> Self {
        if grammar == "PHP" || grammar == "PHP Source" {
            Self::Php
        } else if LATEX_FAMILY.contains(&grammar) {
            Self::Latex
        } else if WITHOUT_HTML.contains(&grammar) {
            Self::Prose
        } else {
            Self::All
        }
    }

    /// The set. Nothing is highlighted with it, so that it stays small.
    pub fn set(self) -> &'static SyntaxSet {
        match self {
            Self::All => &ALL,
            Self::More => &MORE,
            Self::PowerShell => &POWERSHELL,
            Self::Php => &PHP,
            Self::Prose => &PROSE,
            Self::Latex => &LATEX,
        }
    }
}

fn edited(edit: impl Fn(&mut SyntaxDefinition)) -> SyntaxSet {
    let mut edited = SyntaxSetBuilder::new();
    for grammar in ALL.clone().into_builder().syntaxes() {
        let mut grammar = grammar.clone();
        edit(&mut grammar);
        edited.add(grammar);
    }
    edited.build()
}

fn keep(grammar: &mut SyntaxDefinition, kept: &[&str]) {
    if !kept.contains(&grammar.name.as_str()) {
        for context in grammar.contexts.values_mut() {
            context.patterns.clear();
        }
    }
}

/// Fifty regular expressions list the names of all functions: 55 mebibytes. What looks like a call is highlighted as one in any case.
fn without_lists_of_functions(grammar: &mut SyntaxDefinition) {
    if grammar.name == "PHP Source"
        && let Some(functions) = grammar.contexts.get_mut("support")
    {
        functions.patterns.clear();
    }
}
