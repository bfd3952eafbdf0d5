//! The data folder: one process serves it, and nobody else looks into it.

use serde_json::json;

use super::builder;
use crate::harness::{Service, free_port, text, within};

#[tokio::test]
async fn a_second_service_on_the_same_data_is_refused() {
    let service = builder().start().await;
    let [http, metrics] = [0; 2].map(|_| format!("127.0.0.1:{}", free_port()));
    let elsewhere = [
        ("PARLOR_HTTP__LISTEN", http.as_str()),
        ("PARLOR_METRICS__LISTEN", metrics.as_str()),
    ];
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let body = json!({ "content": "go on !hang" });
    let mut stream = alice.prompt_stream(&id, body).await;
    let delta = stream.next_named("message_delta").await.data;
    let answer = text(&delta, "message_id");
    let second = service.run_with(&[], &elsewhere);
    let complaint = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1), "{complaint}");
    assert!(
        complaint.contains("another process serves the store"),
        "{complaint}"
    );
    // And the first is not disturbed.
    let message = alice.message(&id, answer).await;
    assert_eq!(message["status"], "writing");
}

#[cfg(unix)]
#[tokio::test]
async fn a_database_that_is_moved_away_is_noticed_within_a_second_and_written_to_no_more() {
    for moved in ["parlor.db", "parlor.db-wal", ""] {
        let away = tempfile::tempdir().unwrap();
        let data = away.path().join("data");
        let service = builder()
            .with("PARLOR_DATA_DIR", &data.display())
            .start()
            .await;
        let alice = service.acting_as("alice");
        alice.create("Before").await;
        let (path, elsewhere) = (data.join(moved), away.path().join("elsewhere"));
        std::fs::rename(&path, &elsewhere).unwrap();
        let complaint = "the database's files are gone";
        let second = std::time::Duration::from_secs(1);
        within(second, "it is logged", || async {
            service.output().contains(complaint).then_some(())
        })
        .await;
        within(2 * second, "it is not ready", || async {
            let ready = alice.get("/health/ready").await;
            (ready.status == 503).then_some(())
        })
        .await;
        for _ in 0..3 {
            let refused = alice.post("/conversations", json!({})).await;
            refused.expect_problem(503, "unavailable");
        }
        assert_eq!(service.output().matches(complaint).count(), 1, "one line");
        if moved.is_empty() {
            // The same folder, under the name that it has now.
            let elsewhere = elsewhere.display().to_string();
            let second = second_service(&service, &[("PARLOR_DATA_DIR", &elsewhere)]);
            assert_eq!(second.0, Some(1), "{}", second.1);
        } else {
            std::fs::rename(&elsewhere, &path).unwrap();
            alice.create("After").await;
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_backup_that_is_copied_over_the_live_database_is_noticed_within_a_second() {
    let service = builder().start().await;
    let alice = service.acting_as("alice");
    alice.create("Before").await;
    let database = service.data_dir().join("parlor.db");
    let backup = std::fs::read(&database).unwrap();
    alice.create("After").await;
    // As `cp` does: the file stays the same, and gets other bytes.
    std::fs::write(&database, backup).unwrap();
    let complaint = "another program changed the database's files";
    let second = std::time::Duration::from_secs(1);
    within(second, "it is logged", || async {
        service.output().contains(complaint).then_some(())
    })
    .await;
    within(2 * second, "it is not ready", || async {
        let ready = alice.get("/health/ready").await;
        (ready.status == 503).then_some(())
    })
    .await;
    for _ in 0..3 {
        let refused = alice.post("/conversations", json!({})).await;
        refused.expect_problem(503, "unavailable");
    }
    let said = service.output();
    assert_eq!(said.matches(complaint).count(), 1, "one line: {said}");
    assert!(said.contains("restore a backup"), "{said}");
}

/// Starts another service on free ports; answers how it ended and what it said.
fn second_service(service: &Service, environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let [http, metrics] = [0; 2].map(|_| format!("127.0.0.1:{}", free_port()));
    let mut all = vec![
        ("PARLOR_HTTP__LISTEN", http.as_str()),
        ("PARLOR_METRICS__LISTEN", metrics.as_str()),
    ];
    all.extend_from_slice(environment);
    let second = service.run_with(&[], &all);
    let said = String::from_utf8(second.stderr).unwrap();
    (second.status.code(), said)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_second_service_is_refused_also_where_somebody_removed_the_lock_file() {
    let service = builder().start().await;
    std::fs::remove_file(service.data_dir().join("parlor.db.lock")).unwrap();
    let (code, said) = second_service(&service, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("another process serves the store"), "{said}");
    service.acting_as("alice").create("Beacons").await;
}

#[tokio::test]
async fn the_data_folder_and_the_store_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let away = tempfile::tempdir().unwrap();
    let data = away.path().join("made/by/the/program");
    let _service = builder()
        .with("PARLOR_DATA_DIR", &data.display())
        .start()
        .await;
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let files = std::fs::read_dir(&data)
        .unwrap()
        .map(|file| file.unwrap().path());
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn a_lost_database_beside_a_full_audit_file_is_refused_until_one_of_them_is_replaced() {
    let mut service = builder().start().await;
    service.acting_as("alice").create("Before").await;
    service.ask_to_stop();
    service.ended_well().await;
    let file = service.audit_file();
    let audited = std::fs::read(&file).unwrap();
    assert!(!audited.is_empty());
    let database = service.data_dir().join("parlor.db");
    let backup = std::fs::read(&database).unwrap();
    let remove_database = || {
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{ending}", database.display()));
        }
    };
    for is_emptied in [true, false] {
        remove_database();
        if is_emptied {
            std::fs::write(&database, "").unwrap();
        }
        // The first start makes a schema; the second one finds it there.
        for _ in 0..2 {
            let refused = service.run(&[]);
            let told = String::from_utf8(refused.stderr).unwrap();
            assert_eq!(refused.status.code(), Some(1), "{told}");
            let name = file.display().to_string();
            for words in [
                "the store is empty",
                "Restore the store",
                "move the audit file",
                &name,
            ] {
                assert!(told.contains(words), "{words}: {told}");
            }
        }
    }
    assert_eq!(std::fs::read(&file).unwrap(), audited);

    // One way to proceed is the backup.
    remove_database();
    std::fs::write(&database, backup).unwrap();
    service.start().await;
    assert_eq!(service.acting_as("alice").list("").await.len(), 1);
    service.ask_to_stop();
    service.ended_well().await;

    // The other one is to begin anew, with the audit file moved away.
    remove_database();
    std::fs::create_dir(service.data_dir().join("old")).unwrap();
    std::fs::rename(&file, service.data_dir().join("old/audit.jsonl")).unwrap();
    service.start().await;
    assert!(service.acting_as("alice").list("").await.is_empty());
}
