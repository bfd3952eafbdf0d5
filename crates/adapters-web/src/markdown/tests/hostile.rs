//! Every attack in the folder `tests/web/hostile`, which the browser's tests serve too, one file for each; and random ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::allow_list::assert_allowed;
use super::html;

/// The attacks by the names of their files.
fn attacks() -> BTreeMap<String, String> {
    let folder = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/web/hostile"
    ));
    let files = fs::read_dir(folder).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    });
    files.collect()
}

#[test]
fn no_attack_makes_an_element_an_attribute_or_an_address_that_is_not_allowed() {
    let attacks = attacks();
    assert!(attacks.len() >= 30, "{}", attacks.len());
    for (name, attack) in attacks {
        assert_allowed(&name, &html(&attack));
    }
}

#[test]
fn no_attack_that_is_still_being_written_does_either() {
    for (name, attack) in attacks() {
        for (at, _) in attack.char_indices().step_by(7) {
            assert_allowed(&name, &html(attack.split_at(at).0));
        }
    }
}

#[test]
fn no_attack_works_in_a_list_in_a_quote_or_in_a_table() {
    for (name, attack) in attacks() {
        let within = |prefix: &str| -> String {
            let lines = attack.lines().map(|line| format!("{prefix}{line}\n"));
            lines.collect()
        };
        assert_allowed(&name, &html(&format!("- a\n{}", within("  "))));
        assert_allowed(&name, &html(&within("> ")));
        assert_allowed(&name, &html(&format!("|a|\n|-|\n{}", within("|"))));
        assert_allowed(&name, &html(&format!("[{attack}](https://parlor.example)")));
        assert_allowed(&name, &html(&format!("<p title=\"{attack}\">")));
    }
}

/// What may mean something to a Markdown parser, to an HTML parser, or to a highlighter.
const TOKENS: &[&str] = &[
    "<",
    ">",
    "\"",
    "'",
    "`",
    "```",
    "~~~",
    "$",
    "$$",
    "&",
    "&lt;",
    "&quot;",
    "&#60;",
    "&Tab;",
    "&colon;",
    "\\",
    "/",
    "=",
    "!",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "|",
    "-",
    "---",
    "*",
    "**",
    "_",
    "~~",
    "#",
    "##",
    ">",
    "> ",
    "- ",
    "1. ",
    "- [x] ",
    ":",
    "^",
    "%",
    "@",
    ";",
    ",",
    ".",
    "\n",
    "\n\n",
    "\r",
    "\t",
    " ",
    "    ",
    "\0",
    "\u{1}",
    "\u{A0}",
    "\u{202E}",
    "\u{2066}",
    "\u{200B}",
    "\u{FDD0}",
    "\u{FEFF}",
    "é",
    "한",
    "👩\u{200D}🚀",
    "a",
    "b",
    "x",
    "on",
    "script",
    "<script>",
    "</script>",
    "<img src=x onerror=alert(1)>",
    "<svg>",
    "<math>",
    "<style>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<a href=",
    "</a>",
    "</p>",
    "</pre>",
    "</code>",
    "<table>",
    "<td>",
    "<li>",
    "javascript:",
    "JaVaScRiPt:",
    "data:",
    "vbscript:",
    "https://",
    "https://parlor.example",
    "http:",
    "mailto:",
    "a@parlor.example",
    "](",
    "![",
    "][",
    "]: ",
    "[a]: ",
    "[a]",
    "onclick=",
    "alert(1)",
    "style=",
    "class=",
    "id=",
    "```html\n",
    "```rust\n",
    "```js\n",
    "```python\n",
    "```sh\n",
    "| a |\n| - |\n",
    "\\href{",
    "title",
];

fn token() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => proptest::sample::select(TOKENS).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

proptest! {
    #[test]
    fn whatever_is_written_only_what_is_allowed_comes_out(
        tokens in proptest::collection::vec(token(), 0..60)
    ) {
        let text = tokens.concat();
        assert_allowed(&text, &html(&text));
    }
}
