//! What people and models write besides `CommonMark`: emphasis in Korean, Chinese and Japanese, formulas, prices, addresses,
//! and numbers of lists.

use proptest::prelude::*;

use super::super::marks;
use super::html;

/// What is inside the only paragraph.
fn line(text: &str) -> String {
    let html = html(text);
    let inside = html
        .strip_prefix("<p dir=\"auto\">")
        .and_then(|html| html.strip_suffix("</p>\n"));
    inside.unwrap_or(&html).to_owned()
}

#[test]
fn emphasis_closes_and_opens_beside_a_letter_of_korean_chinese_or_japanese() {
    for (text, expected) in [
        ("**50%**까지", "<strong>50%</strong>까지"),
        ("**\"정리\"**라고", "<strong>\"정리\"</strong>라고"),
        (
            "이것은**\"정리\"**라고",
            "이것은<strong>\"정리\"</strong>라고",
        ),
        ("*(강조)*를", "<em>(강조)</em>를"),
        ("~~50%~~까지", "<del>50%</del>까지"),
        ("***50%***까지", "<em><strong>50%</strong></em>까지"),
        (
            "**`코드`**는",
            "<strong><code dir=\"ltr\">코드</code></strong>는",
        ),
        ("**中文。**中文", "<strong>中文。</strong>中文"),
        (
            "これは**「強調」**です",
            "これは<strong>「強調」</strong>です",
        ),
        (
            "(**정리**)는 **가**나",
            "(<strong>정리</strong>)는 <strong>가</strong>나",
        ),
        (
            "**a *50%*까지 b**라",
            "<strong>a <em>50%</em>까지 b</strong>라",
        ),
        ("**\"정리\"", "**\"정리\""),
        ("**$5**는", "<strong>$5</strong>는"),
    ] {
        assert_eq!(line(text), expected, "{text}");
    }
    let linked = line("**[링크](https://a.example/%**라)**는");
    assert!(
        linked.starts_with("<strong><a href=\"https://a.example/%**%EB%9D%BC\""),
        "{linked}"
    );
    assert!(linked.ends_with("</a></strong>는"), "{linked}");
}

#[test]
fn code_shows_its_stars_and_dollars_as_they_were_written() {
    for text in ["**50%**까지", "a**\"정리\"**라고", "$5 \\(x\\) $x$ \\[y\\]"] {
        assert_eq!(
            line(&format!("`{text}`")),
            format!("<code dir=\"ltr\">{text}</code>")
        );
        let block = html(&format!("```\n{text}\n```"));
        assert!(block.contains(&format!("<code>{text}\n</code>")), "{block}");
    }
    assert!(html("```$5**라\na\n```").contains("$5**라"));
    let refused = line("[a](b$5**라)");
    assert_eq!(refused, "a (b$5**라)");
}

#[test]
fn formulas_keep_their_delimiters_and_what_is_inside() {
    let math = |formula: &str| format!("<code class=\"math\" dir=\"ltr\">{formula}</code>");
    for formula in [
        "\\(a_1 * b_2\\)",
        "\\[ a \\\\[2pt] _b_ \\]",
        "\\(\\text{$5}\\)",
        "$x_1$",
        "$$a$$",
        "\\(x\\]\\)",
    ] {
        assert_eq!(line(formula), math(formula), "{formula}");
        assert_eq!(
            line(&format!("값 {formula}은")),
            format!("값 {}은", math(formula)),
            "{formula}"
        );
    }
    let lines = html("\\[\na = b\n\\]");
    assert!(lines.contains("\\[\na = b\n\\]"), "{lines}");
    // Escapes of Markdown stay what they are.
    assert_eq!(line("\\[a\\](b)"), "[a](b)");
    assert_eq!(line("\\(a"), "(a");
}

#[test]
fn a_price_is_no_formula() {
    for text in [
        "$5 and $10",
        "from $5-$10 a month",
        "$5 million, or 6$",
        "US$5부터 US$10까지",
        "$PATH:$HOME",
        "($5) or ($6)",
        "$100에서 200$까지",
        "$",
        "$$$",
        "a $ b $ c",
    ] {
        assert_eq!(line(text), text, "{text}");
    }
}

#[test]
fn an_address_in_a_text_is_a_link() {
    let link = |address: &str| {
        format!(
            "<a href=\"{address}\" rel=\"noopener noreferrer nofollow ugc\" target=\"_blank\" dir=\"auto\">{address}</a>"
        )
    };
    let url = "https://a.example/b_c_d?e=f";
    for (before, behind) in [
        ("", ""),
        ("(", ")"),
        ("See ", "."),
        ("", "에서"),
        ("**", "**"),
        ("“", "”"),
        ("", "、"),
    ] {
        let shown = line(&format!("{before}{url}{behind}"));
        let (before, behind) = match before {
            "**" => ("<strong>", "</strong>"),
            _ => (before, behind),
        };
        assert_eq!(shown, format!("{before}{}{behind}", link(url)));
    }
    let parentheses = "https://a.example/b_(c)";
    assert_eq!(
        line(&format!("({parentheses})")),
        format!("({})", link(parentheses))
    );
    for text in [
        "https://",
        "xhttps://a.example",
        "http",
        "ftp://a.example",
        "https://[",
    ] {
        assert_eq!(line(text), text);
    }
    assert_eq!(
        line(&format!("`{url}`")),
        format!("<code dir=\"ltr\">{url}</code>")
    );
    assert_eq!(
        line(&format!("[{url}](https://b.example)"))
            .matches("<a ")
            .count(),
        1
    );
}

#[test]
fn a_cell_of_a_table_breaks_its_line_where_it_says_so() {
    let table = html("|a|\n|-|\n|b<br>c<BR/>d<br />e<b>|");
    assert!(table.contains(">b<br>c<br>d<br>e&lt;b&gt;</td>"), "{table}");
}

#[test]
fn a_list_keeps_the_numbers_that_were_written() {
    for (text, numbers) in [
        ("1. a\n2. b", &[None, None][..]),
        ("1. a\n1. b\n1. c", &[None, None, None]),
        ("1. a\n3. b\n4. c", &[None, Some(3), None]),
        ("3. a\n2. b\n1. c", &[None, Some(2), Some(1)]),
        (
            "> 1. a\n>    1. x\n>    5. y\n> 7. b",
            &[None, None, Some(5), Some(7)],
        ),
        ("- a\n- b", &[None, None]),
    ] {
        let shown = html(text);
        let items: Vec<_> = shown
            .split("<li dir=\"auto\"")
            .skip(1)
            .map(|item| {
                let value = item.strip_prefix(" value=\"")?;
                value.split('"').next()?.parse::<u64>().ok()
            })
            .collect();
        assert_eq!(items, numbers, "{text}: {shown}");
    }
}

#[test]
fn every_half_of_a_text_shows_no_mark_and_no_letter_less() {
    let whole = "이것은**\"정리\"**라고 \\(a_1\\) $5와 $x$, `**50%**까지` **[링크](https://a.example)**는\n\n\\[\nb\n\\]\n";
    for (at, _) in whole.char_indices() {
        let half = whole.split_at(at).0;
        let shown = html(half);
        super::allow_list::assert_allowed(half, &shown);
        for letter in half.chars().filter(|letter| letter.is_alphanumeric()) {
            assert!(shown.contains(letter), "{letter} of {half} in {shown}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn marks_are_taken_out_wherever_the_text_comes_out(text in "[가b%\"*~$.\\\\()\\[\\]` \n_5一。]{0,40}") {
        let marked = marks::marked(&text);
        let unmarked = marks::unmarked(&marked);
        prop_assert_eq!(unmarked.as_ref(), text.as_str());
        let shown = html(&text);
        prop_assert!(!shown.contains(|c| ('\u{FDD0}'..='\u{FDEF}').contains(&c)), "{}", shown);
        super::allow_list::assert_allowed(&text, &shown);
        // What names a block's language, or where a link leads, is not shown.
        let hides = ["~~~", "```", "]("].iter().any(|hidden| text.contains(hidden));
        for letter in ["가", "b", "一", "。"].into_iter().filter(|_| !hides) {
            prop_assert_eq!(shown.matches(letter).count() >= text.matches(letter).count(), true);
        }
    }

    /// Without letters of these scripts, and without what may be a formula, the parser gets what was written.
    #[test]
    fn plain_commonmark_is_given_to_the_parser_as_it_is(text in "[a-z0-9 *_~`#>|!&<\"'()\\[\\]\n.-]{0,80}") {
        prop_assert!(matches!(marks::marked(&text), std::borrow::Cow::Borrowed(_)));
    }
}
