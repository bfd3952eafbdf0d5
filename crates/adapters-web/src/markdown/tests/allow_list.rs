//! The second lock: a sanitizer that somebody else wrote, with the allow-list written down once more. It parses like a browser.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

const ELEMENTS: &[&str] = &[
    "a",
    "blockquote",
    "br",
    "button",
    "code",
    "del",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "span",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

pub const CLASSES: &[(&str, &[&str])] = &[
    ("button", &["copy"]),
    ("code", &["math"]),
    ("div", &["code-block", "code-header", "markdown-table"]),
    (
        "span",
        &[
            "code-language",
            "control",
            "task",
            "hl-comment",
            "hl-string",
            "hl-escape",
            "hl-number",
            "hl-constant",
            "hl-keyword",
            "hl-function",
            "hl-type",
            "hl-tag",
            "hl-attribute",
            "hl-parameter",
            "hl-heading",
            "hl-inserted",
            "hl-deleted",
        ],
    ),
    ("td", &["align-left", "align-center", "align-right"]),
    ("th", &["align-left", "align-center", "align-right"]),
];

static SANITIZER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut sanitizer = Builder::empty();
    sanitizer
        .tags(ELEMENTS.iter().copied().collect())
        .generic_attributes(HashSet::from([
            "class",
            "data-copy",
            "dir",
            "href",
            "rel",
            "scope",
            "start",
            "tabindex",
            "target",
            "title",
            "type",
            "value",
        ]))
        .tag_attributes(HashMap::new())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(None)
        .attribute_filter(|element, attribute, value| {
            is_allowed(element, attribute, value).then_some(Cow::Borrowed(value))
        });
    sanitizer
});

fn is_allowed(element: &str, attribute: &str, value: &str) -> bool {
    match (element, attribute) {
        (_, "class") => CLASSES
            .iter()
            .any(|(of, classes)| *of == element && classes.contains(&value)),
        (_, "dir") => ["auto", "ltr"].contains(&value),
        // ASCII alone, so that nothing in an address can look like something else.
        ("a", "href") => value.bytes().all(|byte| byte.is_ascii_graphic()),
        ("a", "title") => true,
        ("a", "rel") => value == "noopener noreferrer nofollow ugc",
        ("a", "target") => value == "_blank",
        ("button", "type") => value == "button",
        ("button", "data-copy") => value.is_empty(),
        ("ol", "start") | ("li", "value") => value.bytes().all(|byte| byte.is_ascii_digit()),
        ("th", "scope") => value == "col",
        ("div" | "pre", "tabindex") => value == "0",
        _ => false,
    }
}

/// The sanitizer leaves it as it is, byte for byte: everything in it is allowed, and an HTML parser builds exactly the tree
/// that was written.
pub fn assert_allowed(name: &str, html: &str) {
    let cleaned = SANITIZER.clean(html).to_string();
    assert!(
        cleaned == html,
        "{name:?} comes out as\n{html}\nand is cleaned to\n{cleaned}"
    );
    // The buttons are ours: one for each block of code, and none from a text.
    assert_eq!(
        html.matches("<button").count(),
        html.matches("<div class=\"code-block\">").count(),
        "{name:?}"
    );
    // Every link is one that tells nothing and gets nothing.
    assert_eq!(
        html.matches("<a ").count(),
        html.matches(" rel=\"noopener noreferrer nofollow ugc\" target=\"_blank\"")
            .count(),
        "{name:?}"
    );
}

#[test]
fn the_second_lock_takes_out_what_is_not_allowed() {
    for html in [
        "<script>alert(1)</script>",
        "<p onclick=\"alert(1)\">a</p>",
        "<a href=\"javascript:alert(1)\">a</a>",
        "<a href=\"/relative\">a</a>",
        "<p class=\"copy\">a</p>",
        "<p id=\"main\">a</p>",
        "<img src=\"https://parlor.example/a.png\">",
        "<p style=\"color: red\">a</p>",
        "<p>a<p>b</p></p>",
        "<em>a",
        "a > b",
    ] {
        assert_ne!(SANITIZER.clean(html).to_string(), html);
    }
}
