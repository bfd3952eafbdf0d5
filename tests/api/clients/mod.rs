//! Clients that are generated from the API's description work, and the description has no faults that a checker finds.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::harness::{Service, brought, is_left_out};

const PART: &str = "api-clients";

/// A file beside this one.
fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/api/clients")
        .join(name)
}

/// The description that the service serves, as a file.
async fn served(service: &Service, folder: &Path) -> PathBuf {
    let address = format!("{}/api/openapi.json", service.base());
    let answer = service.http().get(address).send().await.unwrap();
    let file = folder.join("openapi.json");
    std::fs::write(&file, answer.bytes().await.unwrap()).unwrap();
    file
}

/// Runs a program, which must succeed. Answers what it wrote.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let written = [output.stdout, output.stderr].concat();
    let written = String::from_utf8_lossy(&written).into_owned();
    assert!(output.status.success(), "{command:?}:\n{written}");
    written
}

fn node() -> Command {
    let mut node = Command::new(brought("PARLOR_TEST_CLIENTS_NODE"));
    // Nothing here asks anybody but the service.
    node.env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    node
}

/// A program of an npm package.
fn npm(path: &str) -> PathBuf {
    Path::new(&brought("PARLOR_TEST_CLIENTS_NODE_MODULES")).join(path)
}

#[tokio::test]
async fn the_description_of_the_api_has_no_faults() {
    if is_left_out(PART) {
        return;
    }
    let (service, folder) = (Service::demo().await, TempDir::new().unwrap());
    let document = served(&service, folder.path()).await;
    // In this rule set a warning is an error, and no rule is switched off.
    run(node()
        .arg(npm("@redocly/cli/bin/cli.js"))
        .args(["lint", "--extends=recommended-strict"])
        .arg(document)
        .current_dir(folder.path()));
}

#[tokio::test]
async fn a_generated_python_client_does_the_readmes_walk() {
    if is_left_out(PART) {
        return;
    }
    let (service, folder) = (Service::demo().await, TempDir::new().unwrap());
    let document = served(&service, folder.path()).await;
    let python = brought("PARLOR_TEST_CLIENTS_PYTHON");
    let programs = Path::new(&python).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let written = run(Command::new(programs.join("openapi-python-client"))
        .args(["generate", "--meta=none", "--fail-on-warning", "--path"])
        .arg(document)
        .arg("--output-path")
        .arg(folder.path().join("parlor_client"))
        // It formats what it wrote with a program from the same folder.
        .env("PATH", format!("{}:{path}", programs.display())));
    assert!(!written.contains("Unable to process"), "{written}");
    let walked = run(Command::new(&python)
        .arg(beside("walk.py"))
        .arg(service.base())
        .env("PYTHONPATH", folder.path()));
    assert!(walked.contains("walked"), "{walked}");
}

#[tokio::test]
async fn a_generated_typescript_client_does_the_readmes_walk() {
    if is_left_out(PART) {
        return;
    }
    let (service, folder) = (Service::demo().await, TempDir::new().unwrap());
    let document = served(&service, folder.path()).await;
    let schema = folder.path().join("schema.d.ts");
    run(node()
        .arg(npm("openapi-typescript/bin/cli.js"))
        .arg(document)
        .arg("--output")
        .arg(schema));
    for name in ["walk.ts", "tsconfig.json"] {
        std::fs::copy(beside(name), folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("package.json"), r#"{"type": "module"}"#).unwrap();
    std::os::unix::fs::symlink(npm(""), folder.path().join("node_modules")).unwrap();
    run(node()
        .arg(npm("typescript/bin/tsc"))
        .current_dir(folder.path()));
    let walked = run(node()
        .args(["--experimental-strip-types", "--no-warnings", "walk.ts"])
        .arg(service.base())
        .current_dir(folder.path()));
    assert!(walked.contains("walked"), "{walked}");
}
