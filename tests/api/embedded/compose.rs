//! `compose.yaml`, which no test can start: what can be known of it without an engine of containers.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{brought, is_left_out};

const PART: &str = "compose-schema";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The interpreter that has the schema, what checks files by it, and what reads YAML.
fn python() -> Command {
    Command::new(brought("PARLOR_TEST_COMPOSE_PYTHON"))
}

/// `compose.yaml`, as JSON.
fn compose() -> Value {
    let read = "import json, sys; from ruamel.yaml import YAML; \
                json.dump(YAML(typ='safe').load(open(sys.argv[1])), sys.stdout)";
    let read = python()
        .args(["-c", read])
        .arg(repository().join("compose.yaml"))
        .output()
        .unwrap();
    assert!(read.status.success(), "{read:?}");
    serde_json::from_slice(&read.stdout).unwrap()
}

#[test]
fn the_compose_file_is_one_by_the_compose_specification() {
    if is_left_out(PART) {
        return;
    }
    let check = |file: &Path| {
        let mut check = python();
        check.args([
            "-m",
            "check_jsonschema",
            "--builtin-schema=vendor.compose-spec",
        ]);
        check.arg(file).output().unwrap()
    };
    let checked = check(&repository().join("compose.yaml"));
    assert!(checked.status.success(), "{checked:?}");
    // It would notice.
    let folder = TempDir::new().unwrap();
    let wrong = folder.path().join("compose.yaml");
    std::fs::write(&wrong, "services: {parlor: {imagee: parlor}}\n").unwrap();
    assert!(!check(&wrong).status.success());
}

#[test]
fn the_compose_file_names_only_what_there_is() {
    if is_left_out(PART) {
        return;
    }
    let compose = compose();
    let services = compose["services"].as_object().unwrap();
    let mut volumes = Vec::new();
    for (name, service) in services {
        // Each is built from a Dockerfile that is there, or is an image of one version.
        match (service["image"].as_str(), service["build"].as_str()) {
            (Some(image), None) => {
                let (_, version) = image.rsplit_once(':').unwrap_or_default();
                assert!(
                    version.starts_with(|c: char| c.is_ascii_digit()),
                    "{name}: {image}"
                );
            }
            (None, Some(folder)) => {
                assert!(
                    repository().join(folder).join("Dockerfile").is_file(),
                    "{name}"
                );
            }
            other => panic!("{name}: {other:?}"),
        }
        for (needed, how) in service["depends_on"].as_object().into_iter().flatten() {
            let needed = services
                .get(needed)
                .unwrap_or_else(|| panic!("{name}: {needed}"));
            let healthy = how["condition"] == "service_healthy";
            assert!(!healthy || needed["healthcheck"].is_object(), "{name}");
        }
        if let Some(shared) = service["network_mode"].as_str() {
            let (kind, of) = shared.split_once(':').unwrap();
            assert!(
                kind == "service" && services.contains_key(of),
                "{name}: {shared}"
            );
        }
        let mounted = service["volumes"].as_array().into_iter().flatten();
        volumes.extend(mounted.map(|volume| volume.as_str().unwrap().split(':').next().unwrap()));
    }
    let declared: Vec<_> = compose["volumes"].as_object().unwrap().keys().collect();
    assert_eq!(volumes, declared);
    // What the service is given at most to stop, and a little more.
    assert_eq!(services["parlor"]["stop_grace_period"], "35s");
    assert_eq!(services["parlor"]["read_only"], json!(true));
}

/// The program takes the variables that the file gives it, and would refuse one that it does not have.
#[cfg(feature = "kafka")]
#[test]
fn the_compose_file_configures_the_service_with_keys_that_there_are() {
    if is_left_out(PART) {
        return;
    }
    let compose = compose();
    let environment = compose["services"]["parlor"]["environment"]
        .as_object()
        .unwrap();
    let check = |more: Option<&str>| {
        let folder = TempDir::new().unwrap();
        let mut check = Command::new(env!("CARGO_BIN_EXE_parlor"));
        check
            .args(["config", "check"])
            .env_clear()
            .env("PARLOR_DATA_DIR", folder.path())
            .current_dir(folder.path())
            .envs(
                environment
                    .iter()
                    .map(|(key, value)| (key, value.as_str().unwrap())),
            )
            .envs(more.map(|key| (key, "1")));
        check.output().unwrap()
    };
    let checked = check(None);
    assert!(checked.status.success(), "{checked:?}");
    assert!(environment.keys().all(|key| key.starts_with("PARLOR_")));
    assert!(!check(Some("PARLOR_STORE__MIGRATED")).status.success());
}
