//! A grammar of `PowerShell`: what a reader tells apart at a glance, no more.

use serde_json::{Map, Value, json};
use syntect::parsing::{SyntaxDefinition, SyntaxSet, SyntaxSetBuilder};

pub(super) const NAME: &str = "PowerShell";

/// What a match does besides having a scope.
enum Then {
    Stay,
    Enter(&'static str),
    Leave,
}

use Then::{Enter, Leave, Stay};

/// A regular expression, its scope, and what comes then. The first that matches at the nearest place counts.
type Rule = (&'static str, &'static str, Then);

/// Contexts by name, each with its scope and its rules.
const CONTEXTS: &[(&str, &str, &[Rule])] = &[
    (
        "main",
        "source.powershell",
        &[
            ("<#", "comment.block", Enter("comment")),
            (r"(?<![\w`])#.*", "comment.line", Stay),
            ("@\"\\s*$", "string.quoted", Enter("here_text")),
            (r"@'\s*$", "string.quoted", Enter("here_plain")),
            ("\"", "string.quoted", Enter("text")),
            ("'", "string.quoted", Enter("plain")),
            (r"(?i)\$(?:true|false|null)\b", "constant.language", Stay),
            (
                r"(?i)\$(?:_|this|args|input|PSItem)\b",
                "variable.language",
                Stay,
            ),
            (r"\$\{[^}]*\}|[$@][\w:]+|\$[?^$]", "variable.other", Stay),
            (
                r"(?i)(?<![\w$.-])(?:0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?:[kmgtp]b|[ld])?\b",
                "constant.numeric",
                Stay,
            ),
            (
                r"(?i)(?<![\w$.-])(?:begin|break|catch|class|continue|data|do|dynamicparam|else|elseif|end|enum|exit|filter|finally|for|foreach|from|function|hidden|if|in|param|process|return|static|switch|throw|trap|try|until|using|while|workflow)(?![\w-])",
                "keyword.control",
                Stay,
            ),
            (
                r"(?i)(?<=[\s(])-[ci]?(?:and|as|band|bnot|bor|bxor|contains|eq|f|ge|gt|in|is|isnot|join|le|like|lt|match|ne|not|notcontains|notin|notlike|notmatch|or|replace|shl|shr|split|xor)\b",
                "keyword.operator.word",
                Stay,
            ),
            (r"(?<=\s)-[A-Za-z]\w*", "variable.parameter", Stay),
            (
                r"\b[A-Za-z]\w*-[A-Za-z]\w*(?![\w-])",
                "support.function",
                Stay,
            ),
            (
                r"\[[A-Za-z][\w.]*(?:\[[\w.,\s]*\])?\]",
                "support.type",
                Stay,
            ),
        ],
    ),
    ("comment", "comment.block", &[("#>", "", Leave)]),
    (
        "text",
        "string.quoted",
        &[
            ("`.|\"\"", "constant.character.escape", Stay),
            (r"\$\{[^}]*\}|\$[\w:]+", "variable.language", Stay),
            ("\"", "", Leave),
        ],
    ),
    (
        "plain",
        "string.quoted",
        &[("''", "constant.character.escape", Stay), ("'", "", Leave)],
    ),
    (
        "here_text",
        "string.quoted",
        &[
            ("^\"@", "", Leave),
            ("`.", "constant.character.escape", Stay),
            (r"\$\{[^}]*\}|\$[\w:]+", "variable.language", Stay),
        ],
    ),
    ("here_plain", "string.quoted", &[("^'@", "", Leave)]),
];

/// The grammar, alone in its set; an empty set if it is no grammar, which a test excludes.
pub(super) fn grammar() -> SyntaxSet {
    let mut grammars = SyntaxSetBuilder::new();
    match serde_json::from_value::<SyntaxDefinition>(definition()) {
        Ok(definition) => grammars.add(definition),
        Err(error) => tracing::error!(%error, "the grammar of PowerShell is not one"),
    }
    grammars.build()
}

/// In the form in which syntect reads grammars that it wrote itself: its types cannot be made in another way without a parser of
/// YAML.
fn definition() -> Value {
    let mut contexts: Map<String, Value> = CONTEXTS
        .iter()
        .map(|(name, scope, rules)| {
            let rules: Vec<_> = rules.iter().map(rule).collect();
            ((*name).to_owned(), context(scope, &rules))
        })
        .collect();
    // Where a text begins.
    let start = rule(&("", "", Enter("main")));
    contexts.insert("__start".to_owned(), context("", &[start]));
    json!({
        "name": NAME,
        "file_extensions": ["ps1"],
        "scope": "source.powershell",
        "first_line_match": null,
        "hidden": false,
        "variables": {},
        "contexts": contexts,
    })
}

fn context(scope: &str, patterns: &[Value]) -> Value {
    json!({
        "meta_scope": scopes(scope),
        "meta_content_scope": [],
        "meta_include_prototype": false,
        "clear_scopes": null,
        "prototype": null,
        "uses_backrefs": false,
        "patterns": patterns,
    })
}

fn rule((regex, scope, then): &Rule) -> Value {
    json!({ "Match": {
        "has_captures": false,
        "regex": regex,
        "scope": scopes(scope),
        "captures": null,
        "operation": match then {
            Stay => json!("None"),
            Enter(context) => json!({ "Push": [{ "Named": context }] }),
            Leave => json!("Pop"),
        },
        "with_prototype": null,
    }})
}

fn scopes(scope: &str) -> Vec<&str> {
    if scope.is_empty() {
        Vec::new()
    } else {
        vec![scope]
    }
}
