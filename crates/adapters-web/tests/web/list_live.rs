//! What changes in the list, as it is told.

use parlor_application::user_limit::UserLimit;
use std::time::Duration;

use axum::{
    body::BodyDataStream,
    http::{StatusCode, header},
};
use futures::StreamExt;
use parlor_domain::grants::Level;
use tokio::time::timeout;

use crate::{
    list::listed,
    support::{Browser, World},
};

/// The list as a browser follows it.
struct Live {
    stream: BodyDataStream,
    buffer: String,
}

impl Live {
    async fn open(browser: &Browser, rest: &str) -> Self {
        let response = browser.open(&format!("/conversations/live{rest}")).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "text/event-stream"
        );
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        Self {
            stream: response.into_body().into_data_stream(),
            buffer: String::new(),
        }
    }

    /// Name and data of the next event; none at the end of the stream.
    async fn next(&mut self) -> Option<(String, String)> {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.buffer = rest;
                let field = |name: &str| {
                    let lines = event.lines().filter_map(|line| line.strip_prefix(name));
                    lines.collect::<Vec<_>>().join("\n")
                };
                if event.contains("event: ") {
                    return Some((field("event: "), field("data: ")));
                }
                continue;
            }
            let part = timeout(Duration::from_secs(20), self.stream.next()).await;
            match part.expect("nothing came any more") {
                Some(part) => {
                    let part = part.unwrap();
                    self.buffer.push_str(std::str::from_utf8(&part).unwrap());
                }
                None => return None,
            }
        }
    }
}

#[tokio::test]
async fn what_is_shared_comes_and_what_is_taken_back_goes() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let bob = world.browser("bob").await;
    let mut live = Live::open(&bob, "").await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let (name, entry) = live.next().await.unwrap();
    assert_eq!(name, "changed");
    assert_eq!(listed(&entry), [id]);
    assert!(
        entry.contains("Odd logins") && entry.contains("Alice of Acme’s"),
        "{entry}"
    );
    // It is the very entry that the page shows.
    let page = bob.get("/conversations").await.text;
    assert!(page.contains(entry.trim()), "{entry} in {page}");
    world.share("alice", id, None, &[]).await;
    assert_eq!(
        live.next().await,
        Some(("removed".to_owned(), id.to_string()))
    );
}

#[tokio::test]
async fn a_filtered_list_is_told_what_belongs_into_it() {
    let world = World::new().await;
    let bob = world.browser("bob").await;
    let mut mine = Live::open(&bob, "?filter=mine").await;
    let of_alice = world.conversation("alice", "Odd logins").await;
    world.share("alice", of_alice, Some(Level::View), &[]).await;
    let of_bob = world.conversation("bob", "My own").await;
    let mut told = Vec::new();
    while told.last().is_none_or(|(name, _)| name != "changed") {
        told.push(mine.next().await.unwrap());
    }
    let (changed, removed): (Vec<_>, Vec<_>) = told.iter().partition(|(name, _)| name == "changed");
    assert_eq!(listed(&changed[0].1), [of_bob]);
    assert!(removed.iter().all(|(_, id)| *id == of_alice.to_string()));
    for query in ["?filter=everything", "?bypass=1"] {
        let answer = bob.get(&format!("/conversations/live{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn a_service_that_stops_ends_the_list() {
    let world = World::new().await;
    let bob = world.browser("bob").await;
    let mut live = Live::open(&bob, "").await;
    world.shutdown.cancel();
    assert_eq!(live.next().await, None);
}

#[tokio::test]
async fn one_person_has_so_many_streams_and_no_more() {
    let mut world = World::new().await;
    world.options.streams = UserLimit::per_user(std::num::NonZeroU32::MIN);
    let bob = world.browser("bob").await;
    let live = Live::open(&bob, "").await;
    let answer = bob.get("/conversations/live").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_ne!(answer.header("retry-after"), "");
    drop(live);
    Live::open(&bob, "").await;
}

#[tokio::test]
async fn signing_out_ends_the_list_wherever_it_is_open_and_nobody_elses() {
    let world = World::new().await;
    let (here, there) = (world.browser("bob").await, world.browser("bob").await);
    let mut live = Live::open(&there, "").await;
    let id = world.conversation("alice", "Beacons").await;
    let alice = world.browser("alice").await;
    let mut of_alice = Live::open(&alice, "").await;
    here.post("/sign-out", &[]).await;
    assert_eq!(live.next().await.unwrap().0, "ended");
    assert_eq!(live.next().await, None);
    world.share("alice", id, Some(Level::View), &[]).await;
    assert_eq!(of_alice.next().await.unwrap().0, "changed");
}
