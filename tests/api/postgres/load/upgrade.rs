//! One instance after the other is stopped and started again, as for an upgrade.

use std::{sync::Arc, time::Duration};

use super::{super::builder, Load, at_work, ledger, seed, settled};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_that_are_replaced_one_after_the_other_lose_nothing() {
    let mut service = builder()
        .with("PARLOR_AUDIT__SINK", "none")
        .with("PARLOR_MODEL__ECHO_DELAY_MS", &4)
        .start()
        .await;
    let load = Arc::new(Load::default());
    let clients = at_work(&service, seed(), &load);
    for number in [0, 1] {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let instance = service.instance_mut(number);
        instance.ask_to_stop();
        let ended = instance.ended().await;
        assert_eq!(ended.code(), Some(0), "{}", instance.output());
        instance.start().await;
    }
    let settled = settled(clients, &load).await;
    let [acknowledged, unanswered, unavailable, stopping] = load.counts();
    println!(
        "{acknowledged} acknowledged, {unanswered} at an instance that was away, {stopping} at one that was stopping"
    );
    assert_eq!(unavailable, 0, "the store was there");
    ledger::check(&service, &settled).await;
    for client in &settled {
        client.nothing_failed().await;
    }
}
