//! The languages of code, under the names that people write behind a fence.

use super::html;

/// Names, what a page shows, code, and words of it with their classes.
type Language = (
    &'static [&'static str],
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const LANGUAGES: &[Language] = &[
    (
        &["powershell", "PowerShell", "ps1", "psm1", "pwsh"],
        "PowerShell",
        "function Get-Beacon { if ($a -eq 'x') { Write-Host -NoNewline 1kb } } # c",
        &[
            ("keyword", "function"),
            ("function", "Get-Beacon"),
            ("keyword", "-eq"),
            ("string", "'x'"),
            ("parameter", "-NoNewline"),
            ("number", "1kb"),
            ("comment", "# c"),
        ],
    ),
    (
        &["toml", "TOML"],
        "TOML",
        "[a]\nb = \"c\" # d",
        &[("string", "\"c\""), ("comment", "# d")],
    ),
    (
        &["kotlin", "kt", "kts"],
        "Kotlin",
        "fun a(): Int { return 1 } // c",
        &[("keyword", "fun"), ("number", "1"), ("comment", "// c")],
    ),
    (
        &["swift", "Swift"],
        "Swift",
        "func a() -> Int { return 1 } // c",
        &[("keyword", "func"), ("number", "1"), ("comment", "// c")],
    ),
    (
        &["dockerfile", "Dockerfile", "docker", "containerfile"],
        "Dockerfile",
        "FROM debian\n# c\nRUN make",
        &[("keyword", "FROM"), ("comment", "# c")],
    ),
    (
        &["ts", "typescript", "TypeScript", "mts"],
        "TypeScript",
        "const a: number = 1; // c",
        &[("keyword", "const"), ("number", "1"), ("comment", "// c")],
    ),
    (
        &["tsx"],
        "TSX",
        "const a = 1; // c",
        &[("keyword", "const"), ("comment", "// c")],
    ),
    (
        &["jsx"],
        "JSX",
        "const a = 1; // c",
        &[("keyword", "const"), ("comment", "// c")],
    ),
    (
        &["js", "javascript", "mjs", "node"],
        "JavaScript",
        "const a = 1; // c",
        &[("keyword", "const"), ("comment", "// c")],
    ),
    (&["zsh"], "Zsh", "echo 'a' # c", &[("comment", "# c")]),
    (&["shell"], "Shell", "echo 'a' # c", &[("comment", "# c")]),
    (
        &["console", "shell-session"],
        "Console",
        "echo 'a' # c",
        &[("comment", "# c")],
    ),
    (&["jsonc"], "JSONC", "{\"a\": 1}", &[("number", "1")]),
    (&["json5"], "JSON5", "{\"a\": 1}", &[("number", "1")]),
    (&["jsonl"], "JSON Lines", "{\"a\": 1}", &[("number", "1")]),
    (
        &["hcl", "HCL"],
        "HCL",
        "a = \"b\" # c",
        &[("string", "\"b\""), ("comment", "# c")],
    ),
    (
        &["terraform", "tf", "tfvars", "opentofu"],
        "Terraform",
        "variable \"a\" {\n  default = true\n} # c",
        &[("constant", "true"), ("comment", "# c")],
    ),
];

#[test]
fn each_language_has_its_colours_under_every_name_that_people_write() {
    for (names, shown, code, words) in LANGUAGES {
        for name in *names {
            let page = html(&format!("```{name}\n{code}\n```"));
            let label = format!("<span class=\"code-language\">{shown}</span>");
            assert!(page.contains(&label), "{name}: {page}");
            for (class, word) in *words {
                let begins = format!("<span class=\"hl-{class}\">{word}");
                assert!(page.contains(&begins), "{name}, {word}: {page}");
            }
        }
    }
}

#[test]
fn powershell_is_read_over_the_ends_of_lines() {
    let code = "<# a\n$b #>\n$c = @\"\n$d `n \"e\"\n\"@\n$f = $true";
    let page = html(&format!("```ps1\n{code}\n```"));
    for part in [
        "<span class=\"hl-comment\">&lt;# a\n$b #&gt;",
        "<span class=\"hl-constant\">$d",
        "<span class=\"hl-escape\">`n",
        "<span class=\"hl-constant\">$true",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[test]
fn a_call_in_php_is_highlighted_whatever_the_function_is_called() {
    for function in ["strlen", "beacon"] {
        let page = html(&format!("```php\n<?php {function}('a');\n```"));
        let call = format!("<span class=\"hl-function\">{function}");
        assert!(page.contains(&call), "{page}");
    }
}

#[test]
fn what_would_need_the_grammars_of_many_languages_is_plain_inside_of_another_one() {
    for (language, before, inside, after) in [
        (
            "latex",
            "\\begin{minted}{python}\n",
            "def a(): return 1\n",
            "\\end{minted}\n\\section{A} % c",
        ),
        ("markdown", "", "<b class=\"c\">d</b>\n", "\n# A"),
        ("java", "/** ", "<b>d</b>", " */ class A { int c = 1; }"),
    ] {
        let page = html(&format!("```{language}\n{before}{inside}{after}\n```"));
        let plain = inside.trim_end().replace('<', "&lt;").replace('>', "&gt;");
        assert!(page.contains(&plain), "{language}: {page}");
        assert!(page.contains("<span class=\"hl-"), "{language}: {page}");
    }
}
