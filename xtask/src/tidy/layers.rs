//! Who may know whom: `domain ← application ← adapters ← app`. A new edge between crates is a change of a
//! line here, for a reviewer to see, and not a habit.

use super::{Dependency, Finding, Kind, Package, Workspace};

/// What a crate may depend on in this workspace.
pub struct Layer {
    pub name: &'static str,
    pub may_use: &'static [&'static str],
    /// Besides, in its tests.
    pub tests_may_use: &'static [&'static str],
}

const INNER: &[&str] = &["parlor-application", "parlor-domain"];
/// Of the stores in SQL, which do not know each other.
const SQL: &[&str] = &["parlor-application", "parlor-domain", "parlor-store-sql"];
/// Of those that answer HTTP, which do not know each other.
const EDGE: &[&str] = &["parlor-application", "parlor-domain", "parlor-http-edge"];
/// Use cases and edges are tested on the store in memory: what somebody sees is decided there, and not by a mock.
const IN_MEMORY: &[&str] = &["parlor-store-memory"];
const NOTHING: &[&str] = &[];

/// The layers, from the inside out. No adapter knows another one; only the app knows adapters.
pub const LAYERS: &[Layer] = &[
    Layer {
        name: "parlor-domain",
        may_use: NOTHING,
        tests_may_use: NOTHING,
    },
    Layer {
        name: "parlor-cedar-comparison",
        may_use: NOTHING,
        tests_may_use: &["parlor-domain"],
    },
    Layer {
        name: "parlor-application",
        may_use: &["parlor-domain"],
        // Itself: its samples and mocks are behind a feature.
        tests_may_use: &["parlor-application", "parlor-store-memory"],
    },
    // For tests only, like the suite: no crate that is shipped may use it.
    Layer {
        name: "parlor-store-memory",
        may_use: INNER,
        tests_may_use: &["parlor-store-conformance"],
    },
    Layer {
        name: "parlor-store-conformance",
        may_use: &["parlor-application", "parlor-domain", "parlor-store-memory"],
        tests_may_use: NOTHING,
    },
    Layer {
        name: "parlor-sink-conformance",
        may_use: INNER,
        tests_may_use: NOTHING,
    },
    Layer {
        name: "parlor-store-sql",
        may_use: INNER,
        tests_may_use: NOTHING,
    },
    Layer {
        name: "parlor-adapters-sqlite",
        may_use: SQL,
        tests_may_use: &["parlor-store-conformance"],
    },
    Layer {
        name: "parlor-adapters-postgres",
        may_use: SQL,
        tests_may_use: &["parlor-store-conformance"],
    },
    Layer {
        name: "parlor-http-edge",
        may_use: NOTHING,
        tests_may_use: NOTHING,
    },
    Layer {
        name: "parlor-adapters-http",
        may_use: EDGE,
        tests_may_use: IN_MEMORY,
    },
    Layer {
        name: "parlor-adapters-web",
        may_use: EDGE,
        tests_may_use: IN_MEMORY,
    },
    Layer {
        name: "parlor-adapters-model",
        may_use: INNER,
        tests_may_use: NOTHING,
    },
    Layer {
        name: "parlor-adapters-identity",
        may_use: INNER,
        tests_may_use: NOTHING,
    },
    Layer {
        name: "parlor-audit-file",
        may_use: INNER,
        tests_may_use: &["parlor-sink-conformance"],
    },
    Layer {
        name: "parlor-audit-kafka",
        may_use: INNER,
        tests_may_use: &["parlor-sink-conformance"],
    },
    Layer {
        name: "parlor-app",
        may_use: &[
            "parlor-adapters-http",
            "parlor-adapters-identity",
            "parlor-adapters-model",
            "parlor-adapters-postgres",
            "parlor-adapters-sqlite",
            "parlor-adapters-web",
            "parlor-application",
            "parlor-audit-file",
            "parlor-audit-kafka",
            "parlor-domain",
        ],
        tests_may_use: NOTHING,
    },
    Layer {
        name: "xtask",
        may_use: NOTHING,
        tests_may_use: NOTHING,
    },
];

/// A third-party crate that stands for a technology, and the only crates that may know the technology.
struct Technology {
    name: &'static str,
    only: &'static [&'static str],
    /// Besides, in their tests.
    only_tests_of: &'static [&'static str],
}

const TECHNOLOGIES: &[Technology] = &[
    Technology {
        name: "sqlx",
        only: &["parlor-adapters-postgres", "parlor-adapters-sqlite"],
        // They look into the database from outside, and measure what it can do at most.
        only_tests_of: &["parlor-app"],
    },
    Technology {
        name: "axum",
        only: &[
            "parlor-adapters-http",
            "parlor-adapters-web",
            "parlor-app",
            "parlor-http-edge",
        ],
        only_tests_of: NOTHING,
    },
    Technology {
        name: "utoipa",
        only: &["parlor-adapters-http"],
        only_tests_of: NOTHING,
    },
    Technology {
        name: "reqwest",
        only: &["parlor-adapters-model"],
        only_tests_of: &["parlor-app"],
    },
    Technology {
        name: "rdkafka",
        only: &["parlor-audit-kafka"],
        only_tests_of: &["parlor-app"],
    },
    Technology {
        name: "metrics-exporter-prometheus",
        only: &["parlor-app"],
        only_tests_of: NOTHING,
    },
    // Errors inside are enums whose variants a caller can tell apart.
    Technology {
        name: "anyhow",
        only: &["parlor-app", "xtask"],
        only_tests_of: NOTHING,
    },
];

/// All that the pure core is built from: no serialization, no runtime, no I/O.
const DOMAIN_MAY_USE: &[&str] = &[
    "chrono",
    "thiserror",
    "unicode-normalization",
    "unicode-segmentation",
    "uuid",
];

pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let members: Vec<&str> = workspace
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut findings = Vec::new();
    for package in &workspace.packages {
        let Some(layer) = LAYERS.iter().find(|layer| layer.name == package.name) else {
            findings.push(Finding::new(
                &package.manifest_path,
                format!(
                    "`{}` is in no layer: add its line to LAYERS in {}",
                    package.name,
                    file!()
                ),
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let advice = if members.contains(&dependency.name.as_str()) {
                refused_edge(layer, dependency)
            } else {
                refused_technology(package, dependency)
            };
            findings
                .extend(advice.map(|advice| Finding::new(package.manifest_path.as_str(), advice)));
        }
    }
    findings
}

fn refused_edge(layer: &Layer, dependency: &Dependency) -> Option<String> {
    let name = dependency.name.as_str();
    let tests = dependency.kind == Some(Kind::Dev);
    if layer.may_use.contains(&name) || (tests && layer.tests_may_use.contains(&name)) {
        return None;
    }
    let who = if tests { "the tests of " } else { "" };
    Some(format!(
        "{who}`{}` must not depend on `{name}`: go through a port of parlor-application, or allow the edge in {}",
        layer.name,
        file!()
    ))
}

fn refused_technology(package: &Package, dependency: &Dependency) -> Option<String> {
    let name = dependency.name.as_str();
    let tests = dependency.kind == Some(Kind::Dev);
    if package.name == "parlor-domain" && !tests && !DOMAIN_MAY_USE.contains(&name) {
        return Some(format!(
            "the domain is pure: do without `{name}`, or list it in DOMAIN_MAY_USE in {}",
            file!()
        ));
    }
    let technology = TECHNOLOGIES
        .iter()
        .find(|technology| technology.name == name)?;
    let user = package.name.as_str();
    if technology.only.contains(&user) || (tests && technology.only_tests_of.contains(&user)) {
        return None;
    }
    Some(format!(
        "`{name}` is for {} only: do without it here, or say so in TECHNOLOGIES in {}",
        technology.only.join(" and "),
        file!()
    ))
}

#[cfg(test)]
mod tests {
    use super::super::testing::package;
    use super::*;

    fn findings(packages: Vec<Package>) -> Vec<String> {
        check(&Workspace { packages })
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    fn only_finding(packages: Vec<Package>) -> String {
        let mut all = findings(packages);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    #[test]
    fn edges_inwards_are_allowed() {
        let domain = package("parlor-domain", &[("uuid", None)]);
        let application = package("parlor-application", &[("parlor-domain", None)]);
        let app = package("parlor-app", &[("parlor-domain", None), ("axum", None)]);

        assert!(findings(vec![domain, application, app]).is_empty());
    }

    #[test]
    fn an_edge_outwards_is_a_finding() {
        let domain = package("parlor-domain", &[("parlor-application", None)]);
        let application = package("parlor-application", &[]);

        let finding = only_finding(vec![domain, application]);

        assert!(finding.starts_with(
            "crates/domain/Cargo.toml: `parlor-domain` must not depend on `parlor-application`"
        ));
    }

    #[test]
    fn an_adapter_may_not_know_another_one() {
        let http = package("parlor-adapters-http", &[("parlor-adapters-sqlite", None)]);
        let sqlite = package("parlor-adapters-sqlite", &[]);

        assert!(only_finding(vec![http, sqlite]).contains("must not depend on"));
    }

    #[test]
    fn the_conformance_suite_is_for_the_tests_of_a_store() {
        let suite = || package("parlor-store-conformance", &[]);
        let as_test = package(
            "parlor-adapters-sqlite",
            &[("parlor-store-conformance", Some(Kind::Dev))],
        );
        let as_part = package(
            "parlor-adapters-sqlite",
            &[("parlor-store-conformance", None)],
        );

        assert!(findings(vec![as_test, suite()]).is_empty());
        assert!(only_finding(vec![as_part, suite()]).contains("must not depend on"));
    }

    #[test]
    fn the_store_in_memory_is_in_no_program() {
        let memory = || package("parlor-store-memory", &[]);
        for shipped in ["parlor-app", "parlor-application", "parlor-adapters-web"] {
            let user = package(shipped, &[("parlor-store-memory", None)]);
            assert!(only_finding(vec![user, memory()]).contains("must not depend on"));
        }
        let tests = package(
            "parlor-adapters-web",
            &[("parlor-store-memory", Some(Kind::Dev))],
        );
        assert!(findings(vec![tests, memory()]).is_empty());
    }

    #[test]
    fn a_technology_stays_in_its_adapter() {
        let http = package("parlor-adapters-http", &[("sqlx", Some(Kind::Dev))]);
        let app = package("parlor-app", &[("reqwest", Some(Kind::Dev))]);

        let finding = only_finding(vec![http, app]);

        assert!(
            finding.contains("`sqlx` is for parlor-adapters-postgres and parlor-adapters-sqlite")
        );
    }

    #[test]
    fn the_domain_knows_no_serialization() {
        let domain = package(
            "parlor-domain",
            &[("serde", None), ("insta", Some(Kind::Dev))],
        );

        assert!(only_finding(vec![domain]).contains("the domain is pure: do without `serde`"));
    }

    #[test]
    fn a_crate_that_the_table_does_not_know_is_a_finding() {
        assert!(only_finding(vec![package("parlor-new", &[])]).contains("is in no layer"));
    }
}
