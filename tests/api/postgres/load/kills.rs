//! `kill -9` in turn of an instance, of PostgreSQL and of the broker, under load: nothing that was acknowledged is lost, every
//! change has its entry, the entries of a conversation arrive in order, and whoever was not killed serves on.

use std::{
    collections::BTreeMap,
    env,
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::{
    super::broker_away::{backlog, first_arrivals, have_arrived, relaying_to},
    Load, at_work,
    client::Client,
    ledger, seed, settled,
};
use crate::harness::{Broker, Cluster, KafkaReader, Service, is_left_out, text, within};

/// From one kill to the next.
const TURN: Duration = Duration::from_secs(10);

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Instance(usize),
    Postgres,
    Broker,
}

const IN_TURN: [Victim; 6] = [
    Victim::Instance(0),
    Victim::Postgres,
    Victim::Broker,
    Victim::Instance(1),
    Victim::Postgres,
    Victim::Broker,
];

/// All that can be killed.
struct Deployed {
    service: Service,
    postgres: Cluster,
    broker: Broker,
}

impl Deployed {
    async fn start() -> Self {
        let (postgres, broker) = block_in_place(|| (Cluster::start(), Broker::start()));
        // Answers take a while, so that some are being written whenever somebody is killed.
        let service = relaying_to(&broker)
            .on_database(postgres.url())
            .with("PARLOR_MODEL__ECHO_DELAY_MS", &4);
        Self {
            service: service.start().await,
            postgres,
            broker,
        }
    }

    /// Kills it and starts it again after a moment, as an orchestrator would.
    async fn kill(&mut self, victim: Victim, away: Duration) {
        match victim {
            Victim::Instance(number) => self.service.instance_mut(number).kill(),
            Victim::Postgres => block_in_place(|| self.postgres.kill()),
            Victim::Broker => block_in_place(|| self.broker.kill()),
        }
        tokio::time::sleep(away).await;
        match victim {
            Victim::Instance(number) => self.service.instance_mut(number).start().await,
            Victim::Postgres => block_in_place(|| {
                self.postgres.launch();
                self.postgres.until_ready();
            }),
            Victim::Broker => block_in_place(|| {
                self.broker.launch();
                self.broker.until_ready();
            }),
        }
    }

    /// Every instance serves, and none had to be started again for it.
    async fn serves(&mut self) {
        for number in 0..self.service.instances().len() {
            let instance = self.service.instance_mut(number);
            instance.must_be_running();
            let vera = instance.acting_as("vera");
            within(TURN, "it serves again", || async {
                let request = vera.request(Method::POST, "/conversations");
                let request = request.json(&json!({})).timeout(Duration::from_secs(5));
                (request.send().await.ok()?.status() == 201).then_some(())
            })
            .await;
        }
    }
}

impl Deployed {
    /// Whoever relays has caught up.
    async fn everything_is_delivered(&self) {
        let since = Instant::now();
        let behind = backlog(&self.service).await;
        within(Duration::from_mins(2), "nothing waits", || async {
            (backlog(&self.service).await? == 0).then_some(())
        })
        .await;
        println!(
            "{behind:?} waited, and nothing after {:.1?}",
            since.elapsed()
        );
    }

    /// Every entry of the store is there and no other, those of a conversation in the order in which things were done. What is
    /// there twice is the same twice.
    fn everything_is_on_kafka(&self, stored: &[Value], clients: &[Client]) {
        let since = Instant::now();
        let delivered = block_in_place(|| {
            KafkaReader::of(&self.broker)
                .until("everything arrives", Duration::from_mins(1), |read| {
                    have_arrived(stored, read)
                })
                .to_vec()
        });
        let first = first_arrivals(&delivered);
        println!(
            "{} entries, {} messages, so {} repetitions, read after {:.1?}",
            stored.len(),
            delivered.len(),
            delivered.len() - first.len(),
            since.elapsed()
        );
        let by_id: BTreeMap<_, _> = stored
            .iter()
            .map(|entry| (text(entry, "id"), entry))
            .collect();
        for delivered in &first {
            let stored = by_id.get(delivered.id.as_str());
            assert_eq!(stored, Some(&&delivered.entry), "the same as in the store");
        }
        assert_eq!(first.len(), stored.len(), "every entry and no other");
        let on_kafka = ledger::histories(first.iter().map(|delivered| &delivered.entry));
        for conversation in clients.iter().flat_map(|client| &client.conversations) {
            let id = conversation.id.as_str();
            assert_eq!(on_kafka[id], conversation.history, "in order: {id}");
        }
    }
}

/// For how long: a short time, unless `PARLOR_TEST_LOAD_SECONDS` says how long.
fn seconds() -> u64 {
    env::var("PARLOR_TEST_LOAD_SECONDS").map_or(30, |seconds| seconds.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_in_turn_under_load_lose_nothing_and_nobody_needs_a_restart() {
    if is_left_out("kafka-broker") {
        return;
    }
    let seed = seed();
    let mut random = StdRng::seed_from_u64(seed);
    let mut deployed = Deployed::start().await;
    let load = Arc::new(Load::default());
    let clients = at_work(&deployed.service, seed, &load);

    let turns = seconds().div_ceil(TURN.as_secs());
    for (turn, victim) in (0..turns).zip(IN_TURN.into_iter().cycle()) {
        let begun = Instant::now();
        let before = load.counts();
        let moment = Duration::from_millis(random.random_range(500..2500));
        tokio::time::sleep(moment).await;
        let away = Duration::from_millis(random.random_range(300..1500));
        deployed.kill(victim, away).await;
        let back = begun.elapsed();
        deployed.serves().await;
        let serving = begun.elapsed();
        tokio::time::sleep(TURN.saturating_sub(begun.elapsed())).await;
        let after = load.counts();
        let [acknowledged, unanswered, unavailable] = [0, 1, 2].map(|at| after[at] - before[at]);
        println!(
            "turn {turn}: {victim:?} killed after {moment:.1?}, back at {back:.1?}, all serve at {serving:.1?}: \
             {acknowledged} acknowledged, {unanswered} unanswered, {unavailable} unavailable"
        );
        assert!(acknowledged > 0, "work went on");
        match victim {
            Victim::Broker => assert_eq!([unanswered, unavailable], [0, 0], "nobody waits for it"),
            Victim::Instance(_) => assert_eq!(unavailable, 0, "the store was there"),
            Victim::Postgres => assert_eq!(unanswered, 0, "the instances were there"),
        }
    }

    let settled = settled(clients, &load).await;
    let stored = ledger::check(&deployed.service, &settled).await;
    deployed.everything_is_delivered().await;
    deployed.everything_is_on_kafka(&stored, &settled);
}
