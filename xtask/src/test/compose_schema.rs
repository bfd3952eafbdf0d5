//! The schema of the Compose Specification, as a package of Python's index brings it, and what checks a file by it.

use std::path::PathBuf;

use anyhow::Result;

use super::python::Python;

/// What is fetched: the checker, which has the schema in it, and all that it needs.
const PACKAGES: &[&str] = &[
    "check-jsonschema==0.39.0",
    "attrs==26.1.0",
    "certifi==2026.10.19.post1",
    "charset-normalizer==3.5.3",
    "click==8.5.1",
    "idna==3.20",
    "jsonschema==4.26.0",
    "jsonschema-specifications==2025.9.1",
    "referencing==0.37.0",
    "regress==2026.9.1",
    "requests==2.34.2",
    "rpds-py==2026.9.1",
    "ruamel.yaml==0.19.1",
    "typing_extensions==4.16.0",
    "urllib3==2.8.0",
];

/// The interpreter that has them.
///
/// # Errors
/// When they cannot be fetched.
pub fn bring(part: &str) -> Result<PathBuf> {
    Ok(Python::with(part, PACKAGES)?.interpreter().to_owned())
}
