//! The README's first walk works as it is printed.

use std::process::Command;

use crate::harness::Service;

const BEGIN: &str = "<!-- walk:begin -->";
const END: &str = "<!-- walk:end -->";
const DEFAULT_ADDRESS: &str = "http://127.0.0.1:8080";

/// The commands of the walk, in order.
fn commands() -> String {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let (_, rest) = readme
        .split_once(BEGIN)
        .expect("the README marks where its walk begins");
    let (walk, _) = rest
        .split_once(END)
        .expect("the README marks where its walk ends");
    let blocks = walk
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap());
    blocks.collect()
}

#[tokio::test]
async fn the_readmes_walk_works_as_printed() {
    let service = Service::demo().await;
    let commands = commands();
    assert!(
        commands.contains(DEFAULT_ADDRESS),
        "the walk talks to where `cargo run` listens"
    );
    let script = commands.replace(DEFAULT_ADDRESS, service.base());
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}\n{complaints}");
    // Prompted, refused, shared, revoked, audited: in this order.
    let mut rest = told.as_str();
    for milestone in [
        "assistant_message",
        "\"not-found\"",
        "collaborate",
        "\"not-found\"",
        "AI_INFERENCE_STREAM_EDIT",
    ] {
        let (_, after) = rest
            .split_once(milestone)
            .unwrap_or_else(|| panic!("no {milestone} in the rest of:\n{told}"));
        rest = after;
    }
}
