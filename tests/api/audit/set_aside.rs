//! Entries that the sink rejected, and `parlor audit retry`.

use super::about;
use crate::harness::{Service, eventually, ids};

/// The lines of all sinks, one after the other.
fn lines(service: &Service) -> Vec<String> {
    service.audited().lines().map(str::to_owned).collect()
}

/// The places at which each of these entries stands among the lines.
fn places(lines: &[String], ids: &[&str]) -> Vec<Vec<usize>> {
    let places = |id: &&str| {
        let with_id = lines.iter().enumerate();
        let with_id = with_id.filter(|(_, line)| line.contains(*id));
        with_id.map(|(place, _)| place).collect()
    };
    ids.iter().map(places).collect()
}

fn retry(service: &Service) -> String {
    let retried = service.run(&["audit", "retry"]);
    assert!(retried.status.success(), "{retried:?}");
    String::from_utf8(retried.stdout).unwrap()
}

#[tokio::test]
async fn entries_that_were_set_aside_are_delivered_again_in_order_while_the_service_runs() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("One").await;
    for privacy in ["shared", "private", "shared"] {
        let body = serde_json::json!({ "privacy": privacy });
        super::put(&alice, &id, "privacy", body).await;
    }
    let entries = about(&service, &id).await;
    let entries = ids(&entries);
    assert_eq!(entries.len(), 4);
    eventually("every entry is delivered", || async {
        let backlog = service.measured("parlor_audit_backlog_entries").await;
        backlog
            .iter()
            .all(|waiting| *waiting == Some(0.0))
            .then_some(())
    })
    .await;
    assert!(retry(&service).contains("No audit entry is set aside"));

    let times = if service.has_database() { "now()" } else { "1" };
    let set_aside = format!(
        "UPDATE audit_entries SET delivered_at = NULL, set_aside_at = {times}, set_aside_reason = 'HTTP 404' \
         WHERE conversation_id = {}",
        service.id(&id)
    );
    service.change_store(&set_aside).await;
    let gauge = service.measured("parlor_audit_set_aside_entries").await;
    assert!(
        gauge.iter().all(|entries| *entries == Some(4.0)),
        "{gauge:?}"
    );

    assert_eq!(
        retry(&service),
        "4 audit entries wait to be delivered again.\n"
    );
    eventually("each is delivered a second time", || async {
        let places = places(&lines(&service), &entries);
        places.iter().all(|places| places.len() == 2).then_some(())
    })
    .await;
    let places = places(&lines(&service), &entries);
    for time in [0, 1] {
        assert!(places.is_sorted_by_key(|places| places[time]), "{places:?}");
    }
    assert!(retry(&service).contains("No audit entry is set aside"));
}

#[tokio::test]
async fn retry_says_what_it_does_and_what_it_cannot_do() {
    let service = Service::builder().stopped();
    let help = service.run(&["audit", "retry", "--help"]);
    assert!(help.status.success(), "{help:?}");
    let help = String::from_utf8(help.stdout).unwrap();
    for words in ["while the service runs", "set aside again", "old places"] {
        assert!(help.contains(words), "{words}: {help}");
    }
    if !service.has_database() {
        let nowhere = tempfile::tempdir().unwrap();
        let folder = nowhere.path().join("nothing").display().to_string();
        let refused = service.run(&["audit", "retry", "--data-dir", &folder]);
        assert!(!refused.status.success());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains("there is no store at"), "{said}");
    }
}
