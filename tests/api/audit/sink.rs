//! What the audit sink gets.

use std::collections::BTreeSet;

use super::about;
use crate::harness::{Service, eventually, text};

#[tokio::test]
async fn the_sink_gets_the_bytes_that_the_api_answers() {
    let service = Service::demo().await;
    let [alice, carol] = ["alice", "carol"].map(|name| service.acting_as(name));
    for title in ["One", "Two", "Three"] {
        let id = alice.create(title).await;
        alice.prompt(&id, "hello").await;
        carol.get(&format!("/conversations/{id}")).await.expect(404);
    }
    let newest = alice.create("Four").await;
    let newest = about(&service, &newest).await.remove(0);
    let audited = eventually("every entry is delivered", || async {
        let audited = service.audited();
        audited.contains(text(&newest, "id")).then_some(audited)
    })
    .await;

    let lines: Vec<_> = audited.lines().collect();
    let answered = service
        .acting_as("admin")
        .get("/audit-events?limit=100")
        .await;
    let count = answered.expect(200)["items"].as_array().unwrap().len();
    let found = lines.iter().filter(|line| answered.text.contains(**line));
    assert_eq!(
        found.count(),
        count,
        "each entry stands in the answer as it was delivered"
    );
    assert!(
        lines.len() > count,
        "and those of the other organization were delivered besides"
    );
    let once: BTreeSet<_> = lines.iter().collect();
    assert_eq!(once.len(), lines.len(), "once each, by whichever instance");
}
