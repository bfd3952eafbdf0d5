//! `kill -9` in turn of an instance, of PostgreSQL and of the broker, under load: nothing that was acknowledged is lost, every
//! change has its entry, the entries of a conversation arrive in order, and whoever was not killed serves on.

mod client;
mod ledger;

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::Method;
use serde_json::json;
use tokio::task::{JoinHandle, block_in_place};

use self::client::Client;
use super::broker_away::relaying_to;
use crate::harness::{Broker, Cluster, Service, is_left_out, within};

/// Those who work, several clients as each.
const NAMES: [&str; 4] = ["alice", "bob", "carol", "max"];
const CLIENTS: usize = 16;

/// From one kill to the next.
const TURN: Duration = Duration::from_secs(10);

/// What the clients and the one who kills know of each other.
#[derive(Default)]
struct Load {
    over: AtomicBool,
    /// What was acknowledged.
    acknowledged: AtomicU64,
    /// What had to be tried again: no answer came, or it was that the store is away.
    unanswered: AtomicU64,
    unavailable: AtomicU64,
}

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

fn seconds() -> u64 {
    env::var("PARLOR_TEST_LOAD_SECONDS").map_or(30, |seconds| seconds.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_in_turn_under_load_lose_nothing_and_nobody_needs_a_restart() {
    if is_left_out("kafka-broker") {
        return;
    }
    let seed = env::var("PARLOR_TEST_SEED").map_or(20_261_003, |seed| seed.parse().unwrap());
    println!("PARLOR_TEST_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut deployed = Deployed::start().await;
    let load = Arc::new(Load::default());
    let clients: Vec<JoinHandle<Client>> = (0..CLIENTS)
        .map(|number| {
            let somebody = deployed.service.acting_as(NAMES[number % NAMES.len()]);
            let client = Client::new(number, somebody, seed, Arc::clone(&load));
            tokio::spawn(client.work())
        })
        .collect();

    let turns = seconds().div_ceil(TURN.as_secs());
    for (turn, victim) in (0..turns).zip(IN_TURN.into_iter().cycle()) {
        let begun = Instant::now();
        let counts = || {
            [&load.acknowledged, &load.unanswered, &load.unavailable]
                .map(|count| count.load(Ordering::SeqCst))
        };
        let before = counts();
        let moment = Duration::from_millis(random.random_range(500..2500));
        tokio::time::sleep(moment).await;
        let away = Duration::from_millis(random.random_range(300..1500));
        deployed.kill(victim, away).await;
        let back = begun.elapsed();
        deployed.serves().await;
        let serving = begun.elapsed();
        tokio::time::sleep(TURN.saturating_sub(begun.elapsed())).await;
        let after = counts();
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

    load.over.store(true, Ordering::SeqCst);
    let mut settled = Vec::new();
    for client in clients {
        let mut client = client.await.unwrap();
        client.settle().await;
        settled.push(client);
    }
    ledger::check(&deployed, &settled).await;
}
