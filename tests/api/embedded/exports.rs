//! How many exports run at once.

use reqwest::Method;

use super::builder;
use crate::{
    api::memory::{Filling, Shape, filled},
    harness::eventually,
};

#[tokio::test]
async fn a_user_runs_as_many_exports_at_once_as_the_limit_says() {
    let builder = builder().with("PARLOR_LIMITS__EXPORTS_PER_USER", &1);
    let long = Filling::new(Shape::Chain, 2_000, 10_000);
    let (service, conversations) = filled(builder, &[long]).await;
    let alice = service.acting_as("alice");
    let path = format!("/conversations/{}/export", conversations[0]);
    // Nobody reads it, so it stays under way.
    let first = alice.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(first.status(), 200);
    let refused = alice.get(&path).await;
    refused.expect_problem(429, "too-many-exports");
    assert!(!refused.header("retry-after").is_empty());
    drop(first);
    eventually("an export that ends makes room", || async {
        let again = alice.request(Method::GET, &path).send().await;
        again.ok().filter(|answer| answer.status() == 200)
    })
    .await;
}
