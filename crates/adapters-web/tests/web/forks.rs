//! Forks that wait for their user's other ones.

use axum::http::StatusCode;
use futures::{StreamExt as _, stream::FuturesUnordered};
use parlor_application::ports::UnitOfWorkFactory;
use parlor_store_memory::seeds::ACME;

use crate::{conversation::path, support::World};

#[tokio::test]
async fn a_fork_that_cannot_wait_for_its_users_others_is_refused_in_both_languages() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let mut alice = world.browser("alice").await;
    for (language, text) in [
        (
            "en",
            "Your earlier forks are not finished. Try again in 10 seconds.",
        ),
        (
            "ko",
            "이전 포크가 아직 끝나지 않았습니다. 10초 뒤에 다시 시도하세요.",
        ),
    ] {
        alice.languages = language;
        // Nobody can write, so the first fork runs and eight wait.
        let writing = world.store.begin(ACME).await.unwrap();
        let fork = path(id, "/fork");
        let mut forks: FuturesUnordered<_> = (0..10).map(|_| alice.post(&fork, &[])).collect();
        let refused = forks.next().await.unwrap();
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.header("retry-after"), "10");
        assert!(refused.words().contains(text), "{}", refused.words());
        drop(writing);
        while let Some(forked) = forks.next().await {
            assert_eq!(forked.status, StatusCode::SEE_OTHER);
        }
    }
}
