//! The data folder: one process serves it, and nobody else looks into it.

use serde_json::json;

use super::builder;
use crate::harness::{free_port, text};

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
