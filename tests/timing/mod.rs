//! The time of an answer shows nothing that the caller cannot see.
//!
//! Every run of the tests tries the attack with a few requests; `cargo xtask timing` tries it with many, on a release build.

mod attack;
mod permutation;

use std::env;

use self::attack::{Outcome, attack};
use crate::harness::{Deployment, Service};

/// How likely a run finds something where there is nothing.
const FALSE_ALARM: f64 = 0.0001;

/// A number from the environment.
fn number(name: &str, otherwise: usize) -> usize {
    env::var(name).map_or(otherwise, |number| number.parse().unwrap())
}

async fn try_the_attack(deployment: Deployment) {
    let mut service = Service::builder()
        .deployed(deployment)
        .with("PARLOR_LOG__LEVEL", "warn")
        .with("PARLOR_LIMITS__SEARCHES_PER_MINUTE", &0)
        .with("PARLOR_AUDIT__SINK", "none");
    service = match deployment {
        Deployment::Embedded => service,
        Deployment::Postgres => service.with("PARLOR_METRICS__LISTEN", ""),
    };
    let service = service.start().await;
    let requests = number("TIMING_REQUESTS", 2_000);
    let connections = number("TIMING_CONNECTIONS", 8);
    let outcomes = attack(service.instance(0), requests, connections).await;
    println!("{}", table(deployment, connections, &outcomes));
    let told: Vec<&str> = outcomes
        .iter()
        .filter(|outcome| {
            outcome.means.p_value < FALSE_ALARM || outcome.steps.p_value < FALSE_ALARM
        })
        .map(|outcome| outcome.what)
        .collect();
    assert!(told.is_empty(), "shown by the time of answers: {told:?}");
}

/// What was found, as a table in Markdown.
fn table(deployment: Deployment, connections: usize, outcomes: &[Outcome]) -> String {
    let store = match deployment {
        Deployment::Embedded => "the embedded store",
        Deployment::Postgres => "PostgreSQL",
    };
    let rows: Vec<String> = outcomes
        .iter()
        .map(|outcome| {
            format!(
                "| {} | {} | {:+.1} µs | {:.5} | {:.4} | {:.5} | {} of {} |\n",
                outcome.what,
                outcome.requests,
                outcome.means.difference,
                outcome.means.p_value,
                outcome.steps.difference,
                outcome.steps.p_value,
                outcome.told,
                outcome.pairs,
            )
        })
        .collect();
    format!(
        "\nOn {store}, over {connections} connections:\n\n\
         | asked for | requests | hidden against absent | p | in other steps | p | told alone |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n{}",
        rows.concat()
    )
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
