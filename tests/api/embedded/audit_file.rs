//! The audit file: whatever happens to its disk; and the command that checks it.

use std::{fs, path::Path, process::Output};

use serde_json::Value;

use super::builder;
use crate::harness::{As, Service, eventually, text};

/// The lines of a file, as far as there is one.
fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path)
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Waits until the file has every entry of both organizations, and the store knows that it has; answers its lines.
async fn delivered(service: &Service, path: &Path) -> Vec<String> {
    let mut stored = Vec::new();
    for name in ["admin", "mallory"] {
        stored.extend(service.acting_as(name).audit("").await);
    }
    eventually("every entry is delivered", || async {
        let metrics = service.metrics().await;
        let waiting = metrics
            .lines()
            .find(|line| line.starts_with("parlor_audit_backlog_entries"));
        (waiting? == "parlor_audit_backlog_entries 0").then_some(())
    })
    .await;
    let lines = lines(path);
    for entry in &stored {
        assert!(
            lines.iter().any(|line| line.contains(text(entry, "id"))),
            "{entry}"
        );
    }
    lines
}

/// Some entries of several kinds.
async fn busy(service: &Service) {
    let [alice, carol] = ["alice", "carol"].map(|name| service.acting_as(name));
    for title in ["One", "Two", "Three"] {
        let id = alice.create(title).await;
        alice.prompt(&id, "hello").await;
        carol.get(&format!("/conversations/{id}")).await.expect(404);
    }
}

fn verify(service: &Service, path: &Path) -> Output {
    service.run(&["audit", "verify", path.to_str().unwrap()])
}

/// What the program said, wherever it said it.
fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|bytes| String::from_utf8_lossy(bytes))
        .concat()
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_and_its_folder_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let service = builder().start().await;
    busy(&service).await;
    delivered(&service, &service.audit_file()).await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&service.audit_file()), 0o600);
}

#[tokio::test]
async fn a_folder_that_is_missing_at_the_start_keeps_nobody_waiting() {
    let away = tempfile::tempdir().unwrap();
    let path = away.path().join("not-mounted/audit.jsonl");
    let service = builder()
        .with("PARLOR_AUDIT__FILE__PATH", &path.display())
        .start()
        .await;
    busy(&service).await;
    assert!(!path.exists());
    fs::create_dir(path.parent().unwrap()).unwrap();
    delivered(&service, &path).await;
    assert!(verify(&service, &path).status.success());
}

#[tokio::test]
async fn a_folder_that_goes_away_and_comes_back_has_every_entry() {
    let away = tempfile::tempdir().unwrap();
    let mounted = away.path().join("mounted");
    let unmounted = away.path().join("unmounted");
    fs::create_dir(&mounted).unwrap();
    let path = mounted.join("audit.jsonl");
    let service = builder()
        .with("PARLOR_AUDIT__FILE__PATH", &path.display())
        .start()
        .await;
    busy(&service).await;
    let before = delivered(&service, &path).await;
    fs::rename(&mounted, &unmounted).unwrap();
    busy(&service).await;
    assert_eq!(service.acting_as("alice").list("").await.len(), 6);
    fs::rename(&unmounted, &mounted).unwrap();
    let after = delivered(&service, &path).await;
    assert_eq!(
        after[..before.len()],
        before,
        "what was written stays as it was"
    );
    assert!(after.len() > before.len());
    assert!(verify(&service, &path).status.success());
}

#[tokio::test]
async fn a_file_that_was_taken_away_is_begun_anew() {
    let service = builder().start().await;
    busy(&service).await;
    delivered(&service, &service.audit_file()).await;
    fs::remove_file(service.audit_file()).unwrap();
    let id = service.acting_as("alice").create("After").await;
    eventually("the new entry is in a new file", || async {
        lines(&service.audit_file())
            .iter()
            .any(|line| line.contains(&id))
            .then_some(())
    })
    .await;
    // What was in the old one is missing, and that is noticed.
    assert!(!verify(&service, &service.audit_file()).status.success());
}

#[tokio::test]
async fn entries_that_were_not_delivered_are_delivered_after_a_restart() {
    let away = tempfile::tempdir().unwrap();
    let path = away.path().join("not-mounted/audit.jsonl");
    let mut service = builder()
        .with("PARLOR_AUDIT__FILE__PATH", &path.display())
        .start()
        .await;
    busy(&service).await;
    service.kill();
    fs::create_dir(path.parent().unwrap()).unwrap();
    service.start().await;
    delivered(&service, &path).await;
    assert!(verify(&service, &path).status.success());
}

/// A file that is complete, and the service that wrote it.
async fn complete() -> (Service, Vec<String>) {
    let service = builder().start().await;
    busy(&service).await;
    let lines = delivered(&service, &service.audit_file()).await;
    (service, lines)
}

#[tokio::test]
async fn a_complete_file_passes_while_the_service_runs_and_after() {
    let (mut service, lines) = complete().await;
    let running = verify(&service, &service.audit_file());
    assert!(running.status.success(), "{}", said(&running));
    assert!(
        said(&running).contains(&lines.len().to_string()),
        "{}",
        said(&running)
    );
    service.kill();
    assert!(verify(&service, &service.audit_file()).status.success());
}

#[tokio::test]
async fn a_damaged_file_does_not_pass_and_the_place_is_named() {
    let (mut service, whole) = complete().await;
    service.kill();
    let path = service.audit_file();
    let middle = whole.len() / 2;
    let id = |line: &str| -> String {
        text(&serde_json::from_str::<Value>(line).unwrap(), "id").to_owned()
    };

    let mut missing = whole.clone();
    let removed = missing.remove(middle);
    let mut changed = whole.clone();
    changed[middle] = changed[middle].replacen("\"actor\":{\"id\":\"0", "\"actor\":{\"id\":\"1", 1);
    if changed == whole {
        changed[middle] =
            changed[middle].replacen("\"parlorVersion\":\"0", "\"parlorVersion\":\"1", 1);
    }
    assert_ne!(changed, whole);
    let mut foreign = whole.clone();
    foreign.insert(middle, "{\"no\":\"entry\"}".to_owned());
    let mut invented = whole.clone();
    invented
        .push(whole[middle].replace(&id(&whole[middle]), "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f"));

    let number = (middle + 1).to_string();
    let cases = [
        ("a missing line", missing, id(&removed)),
        ("a changed byte", changed, number.clone()),
        ("a foreign line", foreign, number),
        (
            "an invented line",
            invented,
            "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f".to_owned(),
        ),
    ];
    for (what, lines, named) in cases {
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        let output = verify(&service, &path);
        assert_eq!(output.status.code(), Some(1), "{what}: {}", said(&output));
        assert!(
            said(&output).contains(&named),
            "{what}, {named}: {}",
            said(&output)
        );
    }

    let mut torn = whole.join("\n");
    torn.truncate(torn.len() - 10);
    fs::write(&path, torn).unwrap();
    let output = verify(&service, &path);
    assert_eq!(
        output.status.code(),
        Some(1),
        "a torn line: {}",
        said(&output)
    );

    fs::write(&path, whole.join("\n") + "\n").unwrap();
    assert!(verify(&service, &path).status.success());
    fs::remove_file(&path).unwrap();
    assert!(!verify(&service, &path).status.success(), "no file at all");
}

#[tokio::test]
async fn a_torn_line_is_mended_by_the_next_start() {
    let (mut service, whole) = complete().await;
    service.kill();
    let mut torn = whole.join("\n") + "\n";
    torn.push_str("{\"id\":\"0190a2");
    fs::write(service.audit_file(), torn).unwrap();
    service.start().await;
    let alice: As = service.acting_as("alice");
    alice.create("After").await;
    let lines = delivered(&service, &service.audit_file()).await;
    assert_eq!(lines.len(), whole.len() + 1);
    assert!(verify(&service, &service.audit_file()).status.success());
}

#[tokio::test]
async fn a_file_that_is_rotated_is_read_as_one() {
    let service = builder()
        .with("PARLOR_AUDIT__FILE__ROTATE_BYTES", &4000)
        .start()
        .await;
    for round in 0..3 {
        let id = service
            .acting_as("alice")
            .create(&format!("Round {round}"))
            .await;
        eventually("the entry is delivered", || async {
            let files = fs::read_dir(service.data_dir())
                .unwrap()
                .map(|file| file.unwrap().path());
            let mut files = files.filter(|path| path.display().to_string().contains("audit.jsonl"));
            files
                .any(|path| lines(&path).iter().any(|line| line.contains(&id)))
                .then_some(())
        })
        .await;
    }
    assert!(service.data_dir().join("audit.jsonl.000001").exists());
    let output = verify(&service, &service.audit_file());
    assert!(output.status.success(), "{}", said(&output));
}
