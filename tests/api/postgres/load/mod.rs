//! Under load, what would go wrong elsewhere too is likely to: processes die and are replaced, and nothing is lost.

mod client;
#[cfg(feature = "kafka")]
mod kills;
mod ledger;
mod upgrade;

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::task::JoinHandle;

use self::client::Client;
use crate::harness::Service;

/// Those who work, several clients as each.
const NAMES: [&str; 4] = ["alice", "bob", "carol", "max"];
const CLIENTS: usize = 16;

/// What the clients and the one who kills know of each other.
#[derive(Default)]
struct Load {
    over: AtomicBool,
    /// What was acknowledged.
    acknowledged: AtomicU64,
    /// What had to be tried again: no answer came, or it was that the store is away, or that the instance is stopping.
    unanswered: AtomicU64,
    unavailable: AtomicU64,
    stopping: AtomicU64,
}

impl Load {
    fn counts(&self) -> [u64; 4] {
        [
            &self.acknowledged,
            &self.unanswered,
            &self.unavailable,
            &self.stopping,
        ]
        .map(|count| count.load(Ordering::SeqCst))
    }
}

/// The seed of this run: `PARLOR_TEST_SEED` repeats one.
fn seed() -> u64 {
    let seed = env::var("PARLOR_TEST_SEED").map_or(20_261_003, |seed| seed.parse().unwrap());
    println!("PARLOR_TEST_SEED={seed}");
    seed
}

/// All clients, at work.
fn at_work(service: &Service, seed: u64, load: &Arc<Load>) -> Vec<JoinHandle<Client>> {
    let clients = (0..CLIENTS).map(|number| {
        let somebody = service.acting_as(NAMES[number % NAMES.len()]);
        Client::new(number, somebody, seed, Arc::clone(load))
    });
    clients.map(|client| tokio::spawn(client.work())).collect()
}

/// Ends the work, and takes down what became of it.
async fn settled(clients: Vec<JoinHandle<Client>>, load: &Load) -> Vec<Client> {
    load.over.store(true, Ordering::SeqCst);
    let mut settled = Vec::new();
    for client in clients {
        let mut client = client.await.unwrap();
        client.settle().await;
        settled.push(client);
    }
    settled
}
