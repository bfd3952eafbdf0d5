//! Nothing that somebody cannot see is told by the time that an answer takes.
//!
//! In every run of the tests with a few requests; with as many as `TIMING_REQUESTS` says.

mod attack;
mod permutation;

use std::env;

use self::attack::attack;
use crate::harness::{Deployment, Service};

/// How likely a run finds something where there is nothing.
const FALSE_ALARM: f64 = 0.0001;

/// What a run may be told by its environment.
fn number(name: &str, otherwise: usize) -> usize {
    env::var(name).map_or(otherwise, |number| number.parse().unwrap())
}

async fn try_the_attack(deployment: Deployment) {
    let mut service = Service::builder()
        .deployed(deployment)
        .with("PARLOR_LOG__LEVEL", "warn")
        .with("PARLOR_AUDIT__SINK", "none");
    service = match deployment {
        Deployment::Embedded => service,
        Deployment::Postgres => service.with("PARLOR_METRICS__LISTEN", ""),
    };
    let service = service.start().await;
    let requests = number("TIMING_REQUESTS", 2_000);
    let outcomes = attack(
        service.instance(0),
        requests,
        number("TIMING_CONNECTIONS", 8),
    )
    .await;
    let mut told = Vec::new();
    for outcome in &outcomes {
        let (means, steps) = (outcome.means, outcome.steps);
        let line = format!(
            "{}: {} requests, {:+.1} µs (p = {:.5}), {:.4} in other steps (p = {:.5}), {} of {} told",
            outcome.what,
            outcome.requests,
            means.difference,
            means.p_value,
            steps.difference,
            steps.p_value,
            outcome.told,
            outcome.pairs,
        );
        println!("{line}");
        if means.p_value < FALSE_ALARM || steps.p_value < FALSE_ALARM {
            told.push(line);
        }
    }
    assert!(told.is_empty(), "told by time:\n{}", told.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_of_the_embedded_store_tells_by_its_time_what_one_cannot_see() {
    try_the_attack(Deployment::Embedded).await;
}

mod postgres {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_answer_of_several_instances_tells_by_its_time_what_one_cannot_see() {
        try_the_attack(Deployment::Postgres).await;
    }
}
