//! How much memory the sets take in which languages are highlighted.

/// Mebibytes: with all regular expressions compiled that code in the language can reach, also those of the languages inside of it,
/// and with what these keep after a search in 12 kB of code. Measured with an optimized program. Ordinary code takes about half.
const WEIGHTS: &[(&str, usize)] = &[
    ("PHP", 72),
    ("PHP Source", 72),
    ("Ruby Haml", 58),
    ("Ruby on Rails", 58),
    ("HTML (Rails)", 58),
    ("JavaScript (Rails)", 58),
    ("SQL (Rails)", 58),
    ("ASP", 54),
    ("HTML (ASP)", 54),
    ("Java Server Page (JSP)", 47),
    ("Objective-C++", 47),
    ("C++", 41),
    ("HTML (Erlang)", 41),
    ("Scala", 41),
    ("HTML (Tcl)", 39),
    ("HTML", 37),
    ("C#", 29),
    ("JavaScript", 22),
    ("Lisp", 22),
    ("Makefile", 22),
    ("Objective-C", 22),
    ("Ruby", 22),
    ("Bourne Again Shell (bash)", 18),
    ("Markdown", 18),
    ("MultiMarkdown", 18),
    ("Python", 18),
    ("Shell-Unix-Generic", 18),
    ("commands-builtin-shell-bash", 18),
    ("AppleScript", 15),
    ("C", 15),
    ("CSS", 15),
    ("LaTeX", 15),
    ("Literate Haskell", 15),
    ("Perl", 15),
    ("Rd (R Documentation)", 15),
    ("Rust", 15),
];

/// No other one takes more.
const OTHERS: usize = 10;

/// Bytes that the set of a language takes at most.
pub(super) fn weight(grammar: &str) -> usize {
    let mut weights = WEIGHTS.iter();
    let known = weights.find(|(name, _)| *name == grammar);
    known.map_or(OTHERS, |&(_, weight)| weight) << 20
}
