//! Relative links in Markdown lead somewhere.

use std::collections::BTreeSet;

use super::{Finding, SourceFile};

/// Attacks on the rendering of Markdown: their links are meant to lead astray.
const HOSTILE: &str = "tests/web/hostile/";

pub fn check(files: &[SourceFile]) -> Vec<Finding> {
    let known: BTreeSet<&str> = files
        .iter()
        .flat_map(|file| itself_and_above(&file.path))
        .collect();
    let mut findings = Vec::new();
    let documents = files
        .iter()
        .filter(|file| file.has_extension("md") && !file.path.starts_with(HOSTILE));
    for file in documents {
        let Some(text) = &file.text else { continue };
        for (number, target) in links(text) {
            if !leads_somewhere(&file.path, &target, &known) {
                findings.push(Finding::new(
                    format!("{}:{number}", file.path),
                    format!("the link to `{target}` leads nowhere: correct or remove it"),
                ));
            }
        }
    }
    findings
}

/// A path and every folder above it.
fn itself_and_above(path: &str) -> impl Iterator<Item = &str> {
    let folders = path.match_indices('/').map(|(at, _)| path.split_at(at).0);
    folders.chain(std::iter::once(path))
}

/// The targets of links with the number of their line; code is left out.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (number, line) in (1..).zip(text.lines()) {
        let start = line.trim_start();
        if start.starts_with("```") || start.starts_with("~~~") {
            in_code = !in_code;
            continue;
        }
        if in_code {
            continue;
        }
        let prose = without_code_spans(line);
        let inline = prose
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'));
        let mut targets: Vec<&str> = inline.map(|(target, _)| target).collect();
        if prose.starts_with('[') {
            targets.extend(prose.split_once("]: ").map(|(_, target)| target));
        }
        // A title may follow the target.
        let targets = targets
            .into_iter()
            .filter_map(|target| target.split_whitespace().next());
        found.extend(targets.map(|target| (number, target.trim_matches(['<', '>']).to_owned())));
    }
    found
}

/// The line with what stands between backticks emptied.
fn without_code_spans(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

fn leads_somewhere(from: &str, target: &str, known: &BTreeSet<&str>) -> bool {
    let elsewhere = ["http://", "https://", "mailto:", "#"];
    if elsewhere.iter().any(|scheme| target.starts_with(scheme)) {
        return true;
    }
    let path = target.split(['#', '?']).next().unwrap_or(target);
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return false;
                }
            }
            name => parts.push(name),
        }
    }
    !path.starts_with('/') && (parts.is_empty() || known.contains(parts.join("/").as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::file;
    use super::*;

    fn dangling(text: &str) -> Vec<String> {
        let files = [
            file("docs/api.md", text),
            file("docs/img/layers.svg", ""),
            file("README.md", ""),
            file("crates/domain/src/lib.rs", ""),
        ];
        check(&files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn links_to_files_folders_and_other_sites_are_fine() {
        let text = "[a](../README.md#start) ![b](img/layers.svg \"Layers\") [c](../crates/domain/)\n\
            [d](https://example.com/x) [e](#here) [f](..)\n\n[ref]: ./img/layers.svg\n";

        assert!(dangling(text).is_empty(), "{:?}", dangling(text));
    }

    #[test]
    fn a_link_to_what_is_not_there_is_a_finding() {
        for target in [
            "nowhere.md",
            "../docs/img/none.svg",
            "../../README.md",
            "/README.md",
        ] {
            let found = dangling(&format!("first\nsee [it]({target})"));
            assert_eq!(
                found,
                [format!(
                    "docs/api.md:2: the link to `{target}` leads nowhere: correct or remove it"
                )]
            );
        }
        assert_eq!(dangling("[ref]: nowhere.md").len(), 1);
    }

    #[test]
    fn code_holds_no_links() {
        assert!(dangling("`[a](b)`\n```\n[a](b)\n```\n").is_empty());
    }
}
