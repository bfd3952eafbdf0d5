//! What rendering costs at most.

use std::thread;
use std::time::{Duration, Instant};

use super::{Renderer, html, options};

/// A megabyte of each kind of nesting and of each delimiter that may have to be matched later.
fn floods() -> Vec<(&'static str, String)> {
    let megabyte = |unit: &str| unit.repeat((1 << 20) / unit.len());
    let lines = |line: &dyn Fn(usize) -> String, count: usize| -> String { (0..count).map(line).collect() };
    let mut floods: Vec<(&'static str, String)> = [
        ">", "> ", "[", "![", "]", "*", "_", "**a ", "*a_ ", "*a **b ", "a**b", "_a __b ", "~", "~~a ", "`", "``a ", "$", "$$", "$a ", "${", "$${ ",
        "- ", "* - + ", "1. ", "> - ", "- - a\n", "<", "<a ", "<!--", "<![CDATA[", "<?", "<a b=\"", "&", "&amp;", "&#", "\\", "\\\\", "\n", " \n",
        "#", "# \n", "|", "|\n", "||\n|-|\n", "a|b\n-|-\n", "```\n", "```a\n```\n", "~~~\n", "    a\n", "[a](b", "[a]: b\n", "[a]", "![a](<b", "[](", "[a](https://a) ",
        "<https://a> ", "<a@b> ", "---\n", "===\n", "a\n===\n", "- [ ] a\n", "\u{202E}", "a\u{0301}", "\0", "\r", "*[", "[*", "<b>", "[^a]", "`a", "a]", "[[a]", "](", "\\[", "[a][", "x<!A", "<a>\n", "</p>\n\n",
    ]
    .into_iter()
    .map(|unit| (unit, megabyte(unit)))
    .collect();
    floods.push(("code of controls", format!("```\n{}\n```", megabyte("\u{202E}"))));
    floods.push(("deeper lists", lines(&|depth| format!("{}- a\n", " ".repeat(2 * depth)), 1_000)));
    floods.push(("deeper quotes", lines(&|depth| format!("{}a\n", ">".repeat(depth)), 1_400)));
    floods.push(("quotes and lazy lines", format!("{}{}", ">".repeat(1 << 19), "a\n".repeat(1 << 18))));
    floods.push(("lists and lazy lines", format!("{}{}", "- ".repeat(1 << 18), "a\n".repeat(1 << 18))));
    floods.push(("lists and blank lines", format!("{}{}", "- ".repeat(1 << 18), "\n".repeat(1 << 19))));
    floods.push(("a wide table", format!("{}\n{}\n{}", "|a".repeat(1 << 16), "|-".repeat(1 << 16), "|\n".repeat(1 << 18))));
    floods.push(("many references", format!("{}{}", lines(&|n| format!("[{n}]: https://a.example/{}\n", "a".repeat(40)), 10_000), lines(&|n| format!("[{n}] "), 50_000))));
    floods.push(("one long reference", format!("[a]: https://a.example/{}\n\n{}", "a".repeat(1 << 19), "[a] ".repeat(1 << 17))));
    floods.push(("emphasis both ways", format!("{}a{}", "*".repeat(1 << 19), "*".repeat(1 << 19))));
    floods.push(("emphasis both ways in pairs", format!("{}a{}", "*a _b ".repeat(80_000), "_ *".repeat(80_000))));
    floods.push(("links both ways", format!("{}a{}", "[".repeat(1 << 18), "](https://a)".repeat(1 << 16))));
    floods.push(("images both ways", format!("{}a{}", "![".repeat(1 << 18), "](https://a)".repeat(1 << 16))));
    floods.push(("code spans of all lengths", lines(&|n| format!("{} ", "`".repeat(n)), 1_400)));
    floods.push(("math both ways", format!("{}{}", "$ ".repeat(1 << 18), "$$ ".repeat(1 << 17))));
    floods
}

#[test]
fn a_megabyte_of_anything_is_rendered_in_time_and_on_a_small_stack() {
    let work = || {
        for (name, flood) in floods() {
            let start = Instant::now();
            let rendered = html(&flood);
            let took = start.elapsed();
            println!("{name:?}: {took:?}, {} bytes", rendered.len());
        }
    };
    let thread = thread::Builder::new().stack_size(2 << 20).spawn(work);
    thread.unwrap().join().unwrap();
}
