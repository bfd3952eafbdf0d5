//! What holds for every crate: the workspace's lints, and no dependency that nothing uses.

use super::{Finding, Kind, Package, SourceFile, Workspace};

/// A dependency that is used although no code names it.
struct Unnamed {
    package: &'static str,
    dependency: &'static str,
    #[expect(dead_code, reason = "for those who read the table")]
    reason: &'static str,
}

const UNNAMED: &[Unnamed] = &[
    Unnamed {
        package: "parlor-cedar-comparison",
        dependency: "chrono",
        reason: SITUATIONS,
    },
    Unnamed {
        package: "parlor-cedar-comparison",
        dependency: "uuid",
        reason: SITUATIONS,
    },
];

const SITUATIONS: &str =
    "the situations and random input of the domain's tests, which it includes, name it";

pub fn check(workspace: &Workspace, files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &workspace.packages {
        let manifest = files.iter().find(|file| file.path == package.manifest_path);
        let text = manifest
            .and_then(|file| file.text.as_deref())
            .unwrap_or_default();
        if !takes_the_workspaces_lints(text) {
            findings.push(Finding::new(
                &package.manifest_path,
                "the workspace's lints are not on: add `[lints]` with `workspace = true`",
            ));
        }
        findings.extend(unused(package, files, UNNAMED));
    }
    findings
}

fn takes_the_workspaces_lints(manifest: &str) -> bool {
    let mut lines = manifest
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true")
}

fn unused(package: &Package, files: &[SourceFile], unnamed: &[Unnamed]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for dependency in &package.dependencies {
        let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
        if unnamed
            .iter()
            .any(|known| known.package == package.name && known.dependency == name)
        {
            continue;
        }
        let identifier = name.replace('-', "_");
        let mut code = code_of(package, dependency.kind, files);
        if !code.any(|text| names(text, &identifier)) {
            findings.push(Finding::new(
                &package.manifest_path,
                format!(
                    "no code names the {}dependency `{name}`: remove it, or give the reason in UNNAMED in {}",
                    match dependency.kind {
                        None => "",
                        Some(Kind::Dev) => "dev-",
                        Some(Kind::Build) => "build-",
                    },
                    file!()
                ),
            ));
        }
    }
    findings
}

/// The code that a dependency of this kind serves.
fn code_of<'a>(
    package: &'a Package,
    kind: Option<Kind>,
    files: &'a [SourceFile],
) -> impl Iterator<Item = &'a str> {
    let targets = package.targets.iter().filter(move |target| {
        let built_with = |wanted: &[&str]| target.kind.iter().any(|k| wanted.contains(&k.as_str()));
        match kind {
            // The tests of a library stand in its own files.
            Some(Kind::Dev) => !built_with(&["custom-build"]),
            Some(Kind::Build) => built_with(&["custom-build"]),
            None => !built_with(&["custom-build", "test", "bench", "example"]),
        }
    });
    let roots: Vec<(&str, &str)> = targets
        .map(|target| {
            let path = target.src_path.as_str();
            (path, path.rsplit_once('/').map_or("", |(folder, _)| folder))
        })
        .collect();
    files.iter().filter_map(move |file| {
        let is_rust = file.has_extension("rs");
        let mut of_a_target = roots.iter().map(|(root, folder)| {
            let below = file
                .path
                .strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/'));
            // A build script lies beside everything else, so it is one file.
            file.path == *root || (below && kind != Some(Kind::Build))
        });
        if is_rust && of_a_target.any(|of_it| of_it) {
            file.text.as_deref()
        } else {
            None
        }
    })
}

/// Whether code uses the crate: `name::…`, `use name;` or `use name as …`, outside comments.
fn names(text: &str, identifier: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start();
        if line.starts_with("//") {
            return false;
        }
        line.match_indices(identifier).any(|(at, _)| {
            let (before, rest) = line.split_at(at);
            let after = rest.strip_prefix(identifier).unwrap_or_default();
            let starts_a_word = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let is_imported = before.ends_with("use ") || before.ends_with("extern crate ");
            starts_a_word
                && (after.starts_with("::")
                    || (is_imported && (after.starts_with(';') || after.starts_with(" as "))))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::Target;
    use super::super::testing::{file, package};
    use super::*;

    #[test]
    fn a_manifest_without_the_workspaces_lints_is_a_finding() {
        let workspace = Workspace {
            packages: vec![package("parlor-domain", &[])],
        };
        let with = file(
            "crates/domain/Cargo.toml",
            "[package]\n\n[lints]\nworkspace = true\n",
        );
        let without = file("crates/domain/Cargo.toml", "[package]\n\n[lints.rust]\n");

        assert!(check(&workspace, &[with]).is_empty());
        assert_eq!(check(&workspace, &[without]).len(), 1);
    }

    #[test]
    fn a_dependency_that_no_code_names_is_a_finding() {
        let package = package("parlor-domain", &[("serde-json", None), ("uuid", None)]);
        let code = [file(
            "crates/domain/src/ids/mod.rs",
            "// uuid::Uuid\nuse serde_json::json;\n",
        )];

        let findings = unused(&package, &code, &[]);

        assert_eq!(findings.len(), 1);
        assert!(
            findings[0]
                .advice
                .starts_with("no code names the dependency `uuid`")
        );
    }

    #[test]
    fn code_of_another_crate_does_not_count() {
        let package = package("parlor-app", &[("uuid", None)]);
        let code = [file("crates/application/src/lib.rs", "use uuid::Uuid;\n")];

        assert_eq!(unused(&package, &code, &[]).len(), 1);
    }

    #[test]
    fn a_test_outside_the_crates_folder_may_use_a_dev_dependency_only() {
        let mut package = package(
            "parlor-app",
            &[("reqwest", Some(Kind::Dev)), ("uuid", None)],
        );
        package.targets.push(Target {
            kind: vec!["test".to_owned()],
            src_path: "tests/api/main.rs".to_owned(),
        });
        let code = [file(
            "tests/api/walk.rs",
            "reqwest::get(uuid::Uuid::nil())\n",
        )];

        let findings = unused(&package, &code, &[]);

        assert_eq!(findings.len(), 1);
        assert!(findings[0].advice.contains("`uuid`"));
    }

    #[test]
    fn a_dependency_with_a_reason_needs_no_name() {
        let package = package("parlor-app", &[("uuid", None)]);
        let known = [Unnamed {
            package: "parlor-app",
            dependency: "uuid",
            reason: "a feature",
        }];

        assert!(unused(&package, &[], &known).is_empty());
    }

    #[test]
    fn a_name_is_a_whole_word_before_two_colons_or_an_import() {
        assert!(names("    let id = uuid::Uuid::nil();", "uuid"));
        assert!(names("use uuid as ids;", "uuid"));
        assert!(names("use uuid;", "uuid"));
        assert!(!names("let uuid = 1;", "uuid"));
        assert!(!names("use my_uuid::Uuid;", "uuid"));
        assert!(!names("/// uuid::Uuid", "uuid"));
    }
}
