//! What rendering costs at most.

use std::thread;
use std::time::{Duration, Instant};

use super::super::walk::MOST_MARKUP;
use super::super::{Options, Renderer};
use super::{html, options};

/// What is repeated until it is a megabyte.
const UNITS: &[&str] = &[
    ">",
    "> ",
    "[",
    "![",
    "]",
    "*",
    "_",
    "**a ",
    "*a_ ",
    "*a **b ",
    "a**b",
    "_a __b ",
    "~",
    "~~a ",
    "`",
    "``a ",
    "$",
    "$$",
    "$a ",
    "${",
    "$${ ",
    "- ",
    "* - + ",
    "1. ",
    "> - ",
    "- - a\n",
    "<",
    "<a ",
    "<!--",
    "<![CDATA[",
    "<?",
    "<a b=\"",
    "&",
    "&amp;",
    "&#",
    "\\",
    "\\\\",
    "\n",
    " \n",
    "#",
    "# \n",
    "|",
    "|\n",
    "||\n|-|\n",
    "a|b\n-|-\n",
    "```\n",
    "```a\n```\n",
    "~~~\n",
    "    a\n",
    "[a](b",
    "[a]: b\n",
    "[a]",
    "![a](<b",
    "[](",
    "[a](https://a) ",
    "https://[",
    "\\(\\[",
    "\\(a\\)",
    "가**\"",
    "<https://a> ",
    "<a@b> ",
    "---\n",
    "===\n",
    "a\n===\n",
    "- [ ] a\n",
    "\u{202E}",
    "a\u{0301}",
    "\0",
    "\r",
    "*[",
    "[*",
    "<b>",
    "[^a]",
    "`a",
    "a]",
    "[[a]",
    "](",
    "\\[",
    "[a][",
    "x<!A",
    "<a>\n",
    "</p>\n\n",
];

/// A megabyte of each kind of nesting and of each delimiter that may have to be matched later.
fn floods() -> Vec<(&'static str, String)> {
    let megabyte = |unit: &str| unit.repeat((1 << 20) / unit.len());
    let lines =
        |line: &dyn Fn(usize) -> String, count: usize| -> String { (0..count).map(line).collect() };
    let mut floods: Vec<(&'static str, String)> = UNITS
        .iter()
        .copied()
        .map(|unit| (unit, megabyte(unit)))
        .collect();
    floods.push((
        "code of controls",
        format!("```\n{}\n```", megabyte("\u{202E}")),
    ));
    floods.push((
        "deeper lists",
        lines(&|depth| format!("{}- a\n", " ".repeat(2 * depth)), 1_000),
    ));
    floods.push((
        "deeper quotes",
        lines(&|depth| format!("{}a\n", ">".repeat(depth)), 1_400),
    ));
    floods.push((
        "quotes and lazy lines",
        format!("{}{}", ">".repeat(1 << 19), "a\n".repeat(1 << 18)),
    ));
    floods.push((
        "lists and lazy lines",
        format!("{}{}", "- ".repeat(1 << 18), "a\n".repeat(1 << 18)),
    ));
    floods.push((
        "lists and blank lines",
        format!("{}{}", "- ".repeat(1 << 18), "\n".repeat(1 << 19)),
    ));
    floods.push((
        "a wide table",
        format!(
            "{}\n{}\n{}",
            "|a".repeat(1 << 16),
            "|-".repeat(1 << 16),
            "|\n".repeat(1 << 18)
        ),
    ));
    floods.push((
        "many references",
        format!(
            "{}{}",
            lines(
                &|n| format!("[{n}]: https://a.example/{}\n", "a".repeat(40)),
                10_000
            ),
            lines(&|n| format!("[{n}] "), 50_000)
        ),
    ));
    floods.push((
        "one long reference",
        format!(
            "[a]: https://a.example/{}\n\n{}",
            "a".repeat(1 << 19),
            "[a] ".repeat(1 << 17)
        ),
    ));
    floods.push((
        "emphasis both ways",
        format!("{}a{}", "*".repeat(1 << 19), "*".repeat(1 << 19)),
    ));
    floods.push((
        "emphasis both ways in pairs",
        format!("{}a{}", "*a _b ".repeat(80_000), "_ *".repeat(80_000)),
    ));
    floods.push((
        "links both ways",
        format!("{}a{}", "[".repeat(1 << 18), "](https://a)".repeat(1 << 16)),
    ));
    floods.push((
        "images both ways",
        format!(
            "{}a{}",
            "![".repeat(1 << 18),
            "](https://a)".repeat(1 << 16)
        ),
    ));
    floods.push((
        "code spans of all lengths",
        lines(&|n| format!("{} ", "`".repeat(n)), 1_400),
    ));
    floods.push((
        "math both ways",
        format!("{}{}", "$ ".repeat(1 << 18), "$$ ".repeat(1 << 17)),
    ));
    floods
}

/// Runs it where the stack is as small as a thread of the runtime has it.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(2 << 20).spawn(work);
    thread.unwrap().join().unwrap();
}

/// The floods in so many parts, each a test: together they take longer than a test may.
const PARTS: usize = 3;

#[test]
fn a_megabyte_of_anything_is_rendered_on_a_small_stack() {
    render_floods(0);
}

#[test]
fn a_megabyte_of_anything_else_is_rendered_on_a_small_stack() {
    render_floods(1);
}

#[test]
fn a_megabyte_of_the_rest_is_rendered_on_a_small_stack() {
    render_floods(2);
}

fn render_floods(part: usize) {
    on_a_small_stack(move || {
        for (name, flood) in floods().into_iter().skip(part).step_by(PARTS) {
            // What took time with the square of the text would take minutes, and whoever runs the tests would end it.
            let rendered = html(&flood);
            // Escaping makes five bytes of one; what markup adds does not depend on how long the text is.
            let most = 5 * flood.len() + (3 << 19);
            assert!(rendered.len() < most, "{name:?}: {}", rendered.len());
            assert!(deepest(&rendered) < 100, "{name:?}: {}", deepest(&rendered));
        }
    });
}

/// How many elements are in each other at most.
fn deepest(html: &str) -> usize {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for tag in html.split('<').skip(1) {
        if tag.starts_with('/') {
            depth -= 1;
        } else if !tag.starts_with("br>") && !tag.starts_with("hr>") {
            depth += 1;
            deepest = deepest.max(depth);
        }
    }
    assert_eq!(depth, 0);
    deepest
}

#[test]
fn what_is_nested_too_deep_is_shown_as_its_source() {
    for (text, elements) in [
        (format!("{}a", ">".repeat(40)), 24),
        (format!("{}a", "- ".repeat(40)), 24),
    ] {
        let rendered = html(&text);
        let open = rendered.matches("<blockquote").count() + rendered.matches("<ul").count();
        assert_eq!(open, elements);
        // The rest of the markers and the text.
        let rest: String = text.chars().rev().take(12).collect();
        let rest: String = rest.chars().rev().collect();
        assert!(rendered.contains(&rest.replace('>', "&gt;")), "{rendered}");
    }
    let emphasis = html(&format!("{}a{}", "*a _b ".repeat(20), "_*".repeat(20)));
    assert_eq!(emphasis.matches("<em>").count(), 24);
}

#[test]
fn a_table_with_too_many_columns_is_shown_as_its_source() {
    let table = |columns: usize| format!("{}\n{}\n", "|a".repeat(columns), "|-".repeat(columns));
    assert!(html(&table(128)).contains("<table>"));
    let shown = html(&table(129));
    assert!(!shown.contains("<table>"), "{shown}");
    assert!(shown.contains("|a|a") && shown.contains("|-|-"), "{shown}");
}

#[test]
fn where_markup_is_too_much_the_rest_is_shown_as_its_source_and_nothing_is_lost() {
    for (unit, shown) in [
        ("```\n", "```<br>"),
        ("http://a.b ", "http://a.b "),
        ("`a` ", "`a` "),
        ("- a\n", "- a<br>"),
        ("<https://a> ", "&lt;https://a&gt; "),
    ] {
        let text = unit.repeat(200_000 / unit.len());
        let rendered = html(&text);
        let most = 2 * text.len() + MOST_MARKUP + 1_024;
        assert!(rendered.len() < most, "{unit:?}: {}", rendered.len());
        let end: String = shown.repeat(20);
        let end = end.trim_end_matches("<br>").trim_end();
        assert!(rendered.contains(end), "{unit:?}");
        deepest(&rendered);
    }
    let ordinary = "A **word** and `code`.\n\n```rust\nlet a = 1;\n```\n\n".repeat(1_000);
    assert_eq!(html(&ordinary).matches("data-copy").count(), 1_000);
}

#[test]
fn the_stopper_of_depth_is_seen_nowhere_and_takes_nothing_away() {
    let text = format!("{}a", "> ".repeat(500));
    assert!(!html(&text).contains('\u{FDD0}'));
    assert_eq!(html(&text).matches("&gt;").count(), 500 - 24);

    let code = format!("```\n{}\n```", "> ".repeat(500));
    assert!(html(&code).contains(&"&gt; ".repeat(500)));
}

/// Lines that cost the grammars most: they look for the end of something at every character.
#[test]
fn the_worst_code_is_shown_whole_and_plain_once_its_time_is_over() {
    for (language, unit) in [
        ("css", " "),
        ("php", "a("),
        ("cs", "a"),
        ("js", "0x"),
        ("sql", "\t"),
        ("cpp", "a::"),
        ("bash", "\t"),
        ("kotlin", " "),
        ("powershell", "a-"),
    ] {
        let code = format!("{}\n", unit.repeat(511 / unit.len())).repeat(38);
        let mut renderer = Renderer::new(Options {
            highlighting: Duration::ZERO,
            ..options()
        });
        let text = format!("```{language}\n{code}```");
        let shown = renderer.render(&text).to_string();
        assert!(!shown.contains("hl-"), "{language}: {shown}");
        assert!(shown.contains(code.trim_end()), "{language}: {shown}");
    }
}

const LANGUAGES: &[&str] = &[
    "rust",
    "python",
    "js",
    "ts",
    "java",
    "go",
    "c",
    "cpp",
    "cs",
    "ruby",
    "php",
    "bash",
    "sql",
    "css",
    "html",
    "xml",
    "yaml",
    "toml",
    "json",
    "kotlin",
    "swift",
    "powershell",
    "dockerfile",
    "hcl",
    "lua",
    "perl",
];

/// Whether this code gets colors, on a page that has so much time for them.
fn has_colors(language: &str, code: &str, time: Duration) -> bool {
    let mut renderer = Renderer::new(Options {
        highlighting: time,
        ..options()
    });
    let shown = renderer.render(&format!("```{language}\n{code}\n```"));
    shown.to_string().contains("hl-")
}

const NO_TIME: Duration = Duration::from_nanos(1);

#[test]
fn every_language_has_its_colors_where_there_is_time() {
    let code = "\"enough time\" 1 // a\n<b class=\"a\">1</b>\n<?php echo 'a';\nFROM debian";
    for language in LANGUAGES {
        assert!(!has_colors(language, code, NO_TIME), "{language}");
        let time = Duration::from_hours(1);
        assert!(has_colors(language, code, time), "{language}");
    }
}

/// A page has no time for a grammar that is used for the first time: whoever opens it again finds the colors.
#[test]
fn what_a_page_has_no_time_for_is_highlighted_after_it() {
    let code = "name = \"a page without time\"";
    assert!(!has_colors("toml", code, NO_TIME));
    let deadline = Instant::now() + Duration::from_secs(50);
    while !has_colors("toml", code, NO_TIME) {
        assert!(Instant::now() < deadline, "it stays plain");
        thread::yield_now();
    }
}

/// Else each of the addresses in it is read up to its end: two thousand characters for eight.
#[test]
fn what_is_no_address_is_read_once_whatever_is_inside_of_it() {
    let text = format!("{} https://b.example", "https://[".repeat(100));
    let shown = html(&text);
    assert_eq!(shown.matches("<a ").count(), 1, "{shown}");
    assert!(shown.contains("href=\"https://b.example\""), "{shown}");

    let inside = html("https://[https://a.example");
    assert!(!inside.contains("<a "), "{inside}");
}
