//! Audit entries are carried to the sink by one instance at a time, and by another one when that one is gone.

use std::time::{Duration, Instant};

use super::builder;
use crate::harness::{Instance, Service, within};

fn audited(instance: &Instance) -> String {
    std::fs::read_to_string(instance.data_dir().join("audit.jsonl")).unwrap_or_default()
}

/// Which instance delivers, and which does not.
async fn roles(service: &Service) -> [usize; 2] {
    let id = service.acting_as("alice").create("First").await;
    within(Duration::from_secs(10), "an entry is delivered", || async {
        let has = [0, 1].map(|number| audited(service.instance(number)).contains(&id));
        has.iter().position(|has| *has)
    })
    .await;
    let has = [0, 1].map(|number| audited(service.instance(number)).contains(&id));
    assert_ne!(has[0], has[1], "by one of them");
    if has[0] { [0, 1] } else { [1, 0] }
}

/// Waits until this instance has delivered a new entry.
async fn takes_over(service: &Service, number: usize, patience: Duration) {
    let instance = service.instance(number);
    let since = Instant::now();
    let id = instance.acting_as("alice").create("Second").await;
    within(patience, "the other instance delivers", || async {
        audited(instance).contains(&id).then_some(())
    })
    .await;
    println!("after {:?}", since.elapsed());
}

#[tokio::test]
async fn an_instance_that_stops_leaves_the_relay_to_another_one_at_once() {
    let mut service = builder().start().await;
    let [relaying, other] = roles(&service).await;
    let stopping = service.instance_mut(relaying);
    stopping.ask_to_stop();
    assert_eq!(stopping.ended().await.code(), Some(0));
    takes_over(&service, other, Duration::from_secs(3)).await;
}

#[tokio::test]
async fn an_instance_that_dies_leaves_the_relay_to_another_one_within_its_lease() {
    let mut service = builder().start().await;
    let [relaying, other] = roles(&service).await;
    service.instance_mut(relaying).kill();
    takes_over(&service, other, Duration::from_secs(15)).await;
}
