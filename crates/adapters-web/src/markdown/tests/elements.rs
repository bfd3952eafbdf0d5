//! Each element of Markdown, and what becomes of it.

use std::time::Duration;

use super::super::{Options, Renderer};
use super::{html, options};

#[test]
fn each_element_becomes_its_html() {
    let table = [
        ("", ""),
        ("a\nb  \nc", "<p dir=\"auto\">a<br>b<br>c</p>\n"),
        (
            "# a\n\n## b\n\n### c\n\n#### d\n\n# e",
            "<h3 dir=\"auto\">a</h3>\n<h4 dir=\"auto\">b</h4>\n<h5 dir=\"auto\">c</h5>\n<h6 dir=\"auto\">d</h6>\n\
             <h3 dir=\"auto\">e</h3>\n",
        ),
        (
            "### a\n\n###### b",
            "<h3 dir=\"auto\">a</h3>\n<h4 dir=\"auto\">b</h4>\n",
        ),
        (
            "*a* **b** ~~c~~",
            "<p dir=\"auto\"><em>a</em> <strong>b</strong> <del>c</del></p>\n",
        ),
        (
            "`a<b`",
            "<p dir=\"auto\"><code dir=\"ltr\">a&lt;b</code></p>\n",
        ),
        (
            "> a",
            "<blockquote dir=\"auto\">\n<p dir=\"auto\">a</p>\n</blockquote>\n",
        ),
        (
            "- a\n- b",
            "<ul dir=\"auto\">\n<li dir=\"auto\">a</li>\n<li dir=\"auto\">b</li>\n</ul>\n",
        ),
        (
            "3. a",
            "<ol dir=\"auto\" start=\"3\">\n<li dir=\"auto\">a</li>\n</ol>\n",
        ),
        (
            "- [x] a\n- [ ] b",
            "<ul dir=\"auto\">\n<li dir=\"auto\"><span class=\"task\">☑</span> a</li>\n\
             <li dir=\"auto\"><span class=\"task\">☐</span> b</li>\n</ul>\n",
        ),
        ("---", "<hr>\n"),
        (
            "|a|b|\n|-|-:|\n|c|d|",
            "<div class=\"markdown-table\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\" dir=\"auto\">a</th>\
             <th scope=\"col\" class=\"align-right\" dir=\"auto\">b</th></tr></thead><tbody>\n<tr><td dir=\"auto\">c</td>\
             <td class=\"align-right\" dir=\"auto\">d</td></tr>\n</tbody></table></div>\n",
        ),
        (
            "$a_b$ costs $5",
            "<p dir=\"auto\"><code class=\"math\" dir=\"ltr\">$a_b$</code> costs $5</p>\n",
        ),
        (
            "$$\\frac{a}{b}$$",
            "<p dir=\"auto\"><code class=\"math\" dir=\"ltr\">$$\\frac{a}{b}$$</code></p>\n",
        ),
        (
            "a <b>c</b>\n\n<div>\n*d*\n</div>",
            "<p dir=\"auto\">a &lt;b&gt;c&lt;/b&gt;</p>\n<p dir=\"auto\">&lt;div&gt;<br>*d*<br>&lt;/div&gt;</p>\n",
        ),
        ("a # b {#c .d}", "<p dir=\"auto\">a # b {#c .d}</p>\n"),
    ];
    for (text, expected) in table {
        assert_eq!(html(text), expected, "{text}");
    }
}

const LINK: &str = "rel=\"noopener noreferrer nofollow ugc\" target=\"_blank\" dir=\"auto\"";

#[test]
fn a_link_leads_to_the_web_or_to_a_mailbox() {
    let table = [
        (
            "[a](https://b.example/c?d=e&f#g \"h\")",
            "https://b.example/c?d=e&amp;f#g\" title=\"h",
            "a",
        ),
        ("[a](HTTP://b.example)", "HTTP://b.example", "a"),
        (
            "<https://b.example>",
            "https://b.example",
            "https://b.example",
        ),
        ("<a@b.example>", "mailto:a@b.example", "a@b.example"),
        (
            "[](https://b.example)",
            "https://b.example",
            "https://b.example",
        ),
        (
            "[é](https://b.example/é\u{202E}\")",
            "https://b.example/%C3%A9%E2%80%AE%22",
            "é",
        ),
        (
            "![a](https://b.example/c.png)",
            "https://b.example/c.png",
            "a",
        ),
    ];
    for (text, address, shown) in table {
        let expected = format!("<p dir=\"auto\"><a href=\"{address}\" {LINK}>{shown}</a></p>\n");
        assert_eq!(html(text), expected, "{text}");
    }
}

#[test]
fn where_no_link_may_lead_is_told_in_words() {
    let table = [
        ("[a](javascript:b)", "a (javascript:b)"),
        ("[a](/b)", "a (/b)"),
        ("![a](data:b)", "a (data:b)"),
        ("[](#b)", "(#b)"),
        ("[a](https://[)", "a (https://[)"),
        ("[a](https:b)", "a (https:b)"),
    ];
    for (text, expected) in table {
        assert_eq!(html(text), format!("<p dir=\"auto\">{expected}</p>\n"));
    }
}

#[test]
fn no_link_is_in_a_link() {
    assert_eq!(
        html("[![a](https://b.example/c)](https://d.example)"),
        format!(
            "<p dir=\"auto\"><a href=\"https://d.example\" {LINK}>a (https://b.example/c)</a></p>\n"
        )
    );
}

#[test]
fn code_has_its_language_a_button_and_colours() {
    assert_eq!(
        html("```rs\nlet a = \"<b>\"; // c\n```"),
        "<div class=\"code-block\"><div class=\"code-header\"><span class=\"code-language\">Rust</span>\
         <button type=\"button\" class=\"copy\" data-copy=\"\">Copy</button></div><pre dir=\"ltr\" tabindex=\"0\"><code>\
         <span class=\"hl-keyword\">let</span> a = <span class=\"hl-string\">\"&lt;b&gt;\"</span>; \
         <span class=\"hl-comment\">// c\n</span></code></pre></div>\n"
    );
}

#[test]
fn the_label_of_the_button_is_the_callers() {
    let mut options = options();
    options.labels.copy = "복사 <b>".into();
    let rendered = Renderer::new(options).render("```\na\n```").to_string();

    assert!(rendered.contains(">복사 &lt;b&gt;</button>"), "{rendered}");
}

#[test]
fn code_of_a_language_without_a_grammar_is_plain() {
    for (fence, name) in [
        ("brainfog", "brainfog"),
        ("", ""),
        ("text", "text"),
        (&"a".repeat(99), ""),
    ] {
        let rendered = html(&format!("```{fence}\nlet a = 1;\n```"));
        assert!(rendered.contains("<code>let a = 1;\n</code>"), "{rendered}");
        assert!(rendered.contains(&format!("<span class=\"code-language\">{name}</span>")));
    }
}

#[test]
fn code_that_is_too_large_is_plain() {
    let line = "let a = 1;\n";
    for code in [
        line.repeat(501),
        format!("{}\n", "a ".repeat(300)),
        "a".repeat(20_001),
    ] {
        let rendered = html(&format!("```rust\n{code}\n```"));
        assert!(!rendered.contains("<span class=\"hl-"));
    }
    assert!(html(&format!("```rust\n{}```", line.repeat(500))).contains("<span class=\"hl-"));
}

#[test]
fn without_time_code_is_plain_and_gets_its_colours_once_there_is_some() {
    let code = "```rust\nlet later = 1;\n```";
    let hurried = Options {
        highlighting: Duration::ZERO,
        ..options()
    };
    let colours = |options: &Options| super::render(code, options).as_str().contains("hl-");

    assert!(!colours(&hurried));
    assert!(colours(&options()));
    // They are remembered, and cost no time any more.
    assert!(colours(&hurried));
}

#[test]
fn code_that_is_still_being_written_is_plain() {
    let growing = Options {
        growing: true,
        ..options()
    };
    let rendered = super::render(
        "```rust\nlet first = 1;\n```\n\n```rust\nlet second = 2;",
        &growing,
    );

    assert!(
        rendered
            .as_str()
            .contains("<span class=\"hl-keyword\">let</span> first")
    );
    assert!(rendered.as_str().contains("<code>let second = 2;"));
}

#[test]
fn what_one_does_not_see_is_shown_in_code() {
    let shown = |number: &str| format!("<span class=\"control\">⟮U+{number}⟯</span>");
    let trojan = html("```rust\n/*\u{202E} } \u{2066}if admin\u{2069}*/\n```");
    for number in ["202E", "2066", "2069"] {
        assert!(trojan.contains(&shown(number)), "{trojan}");
    }
    let invisible = html("`a\u{200B}\u{200E}\u{061C}\u{FEFF}\u{3164}\u{E0041}\u{00AD}\u{0085}`");
    for number in [
        "200B", "200E", "061C", "FEFF", "3164", "E0041", "00AD", "0085",
    ] {
        assert!(
            invisible.contains(&shown(number)),
            "{number} in {invisible}"
        );
    }
    assert!(html("`👩\u{200D}🚀`").contains("👩\u{200D}🚀"));
}

#[test]
fn a_right_to_left_override_ends_with_its_block() {
    let rendered =
        html("a \u{202E}b\n\nc\n\n- \u{202E}d\n\n|\u{202E}e|\n|-|\n\n> \u{202E}f\n\n# \u{202E}g");
    for (at, _) in rendered.match_indices('\u{202E}') {
        let (_, element) = rendered.split_at(at).0.rsplit_once('<').unwrap();
        assert!(element.contains(" dir=\"auto\">"), "{rendered}");
    }
    assert_eq!(rendered.matches('\u{202E}').count(), 5);
}

#[test]
fn html_is_shown_as_the_text_that_it_is() {
    for text in [
        "<b>a</b>",
        "<!-- a -->",
        "<script>a</script>",
        "<details open>\na\n</details>",
        "a <br/> b",
    ] {
        let expected = text
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('\n', "<br>");
        assert_eq!(html(text), format!("<p dir=\"auto\">{expected}</p>\n"));
    }
}

#[test]
fn a_half_written_text_renders_like_a_whole_one() {
    let whole = "a **b** `c` [d](https://e.example) $f$\n\n- g\n\n```rust\nlet a = 1;\n```\n";
    for (at, _) in whole.char_indices() {
        let half = whole.split_at(at).0;
        super::allow_list::assert_allowed(half, &html(half));
    }
    assert!(html("```rust\nlet a").contains("<span class=\"hl-keyword\">let</span> a"));
}

#[test]
fn debug_output_tells_nothing_of_the_text() {
    assert_eq!(
        format!("{:?}", super::render("secret", &options())),
        "RenderedMarkdown(25 bytes)"
    );
}
