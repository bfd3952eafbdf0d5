//! What holds for every file: Rust files stay small, and nothing tells of somebody's own machine.

use super::{Finding, SourceFile};

/// The longest Rust file, in lines: what a reader can hold in mind.
const LONGEST: usize = 400;

/// Rust files that are longer, each with the reason why it is better whole.
const LONGER: &[(&str, &str)] = &[];

/// Folders in which people and machines keep their own things.
const PRIVATE_FOLDERS: &[&str] = &["home", "root", "Users", "work"];

pub fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let Some(text) = &file.text else { continue };
        findings.extend(too_long(file, text));
        findings.extend(private_paths(&file.path, text));
    }
    findings
}

fn too_long(file: &SourceFile, text: &str) -> Option<Finding> {
    let lines = text.lines().count();
    let known = LONGER.iter().any(|(known, _)| *known == file.path);
    (file.has_extension("rs") && lines > LONGEST && !known).then(|| {
        let advice = format!(
            "{lines} lines, and {LONGEST} is the most: split it by what its parts are about"
        );
        Finding::new(file.path.as_str(), advice)
    })
}

fn private_paths(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let found = PRIVATE_FOLDERS.iter().find(|folder| {
            let pattern = format!("/{folder}/");
            line.match_indices(&pattern)
                .any(|(at, _)| begins_a_path(line.split_at(at).0))
        });
        if let Some(folder) = found {
            findings.push(Finding::new(
                format!("{path}:{number}"),
                format!("a path below /{folder} exists on one machine only: write it from the repository's root"),
            ));
        }
    }
    findings
}

/// Whether a slash after this text is the root of a file system, and not a part of a longer path or URL.
fn begins_a_path(before: &str) -> bool {
    !before.ends_with(|c: char| c.is_alphanumeric() || "_-.~/}*>".contains(c))
        || before.ends_with("//")
}

#[cfg(test)]
mod tests {
    use super::super::testing::file;
    use super::*;

    fn advice(path: &str, text: &str) -> Vec<String> {
        check(&[file(path, text)])
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_rust_file_has_at_most_400_lines() {
        assert!(advice("a.rs", &"\n".repeat(400)).is_empty());
        assert!(advice("a.rs", &"\n".repeat(401))[0].starts_with("a.rs: 401 lines"));
        assert!(advice("a.md", &"\n".repeat(401)).is_empty());
    }

    #[test]
    fn a_path_of_somebodys_machine_is_a_finding() {
        for folder in PRIVATE_FOLDERS {
            let found = advice("a.md", &format!("text\nsee `/{folder}/somebody/notes`\n"));
            assert!(found[0].starts_with("a.md:2: a path below"), "{found:?}");
            assert_eq!(
                advice("a.md", &format!("file:///{folder}/somebody")).len(),
                1
            );
        }
    }

    #[test]
    fn a_folder_of_that_name_elsewhere_is_fine() {
        for text in [
            "https://example.com/home/page",
            "src/home/mod.rs",
            "./work/a",
            "/homework/a",
        ] {
            assert!(advice("a.md", text).is_empty(), "{text}");
        }
    }
}
