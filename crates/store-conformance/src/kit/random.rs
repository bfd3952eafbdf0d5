//! Random cases from a seed that is printed with a failure.

use proptest::{
    prelude::Strategy,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

/// Makes random cases, the same ones for the same seed.
pub struct Cases {
    runner: TestRunner,
    seed: u64,
}

impl Cases {
    /// Cases from the variable `STORE_CONFORMANCE_SEED`, or from a fixed seed.
    pub fn seeded() -> Self {
        let seed: u64 = std::env::var("STORE_CONFORMANCE_SEED").map_or(20_260_102, |seed| {
            seed.parse().expect("STORE_CONFORMANCE_SEED is a number")
        });
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config = Config {
            failure_persistence: None,
            ..Config::default()
        };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Self {
            runner: TestRunner::new_with_rng(config, rng),
            seed,
        }
    }

    /// The seed, for the message of a failure.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// So many cases.
    pub fn take<S: Strategy>(&mut self, strategy: &S, count: usize) -> Vec<S::Value> {
        let case = |runner: &mut TestRunner| strategy.new_tree(runner).expect("a case").current();
        (0..count).map(|_| case(&mut self.runner)).collect()
    }
}
