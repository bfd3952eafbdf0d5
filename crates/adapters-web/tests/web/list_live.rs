//! What changes in the list, as it is told.

use std::num::NonZeroU32;

use axum::http::StatusCode;
use parlor_application::user_limit::UserLimit;
use parlor_domain::grants::Level;

use crate::{
    list::listed,
    support::{
        World,
        live::{Live, address, text},
    },
};

#[tokio::test]
async fn what_is_shared_comes_and_what_is_taken_back_goes() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let bob = world.browser("bob").await;
    let mut live = Live::of_list(&bob, "all").await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let event = live.next().await.unwrap();
    assert_eq!(
        (&event["is"], &event["for"]),
        (&"changed".into(), &"list:all".into())
    );
    let entry = text(&event);
    assert_eq!(listed(entry), [id]);
    assert!(
        entry.contains("Odd logins") && entry.contains("Alice of Acme’s"),
        "{entry}"
    );
    // It is the very entry that the page shows.
    let page = bob.get("/conversations").await.text;
    assert!(page.contains(entry.trim()), "{entry} in {page}");
    world.share("alice", id, None, &[]).await;
    let event = live.next().await.unwrap();
    assert_eq!(event["is"], "removed");
    assert_eq!(event["id"], id.to_string());
}

#[tokio::test]
async fn a_filtered_list_is_told_what_belongs_into_it() {
    let world = World::new().await;
    let bob = world.browser("bob").await;
    let mut mine = Live::of_list(&bob, "mine").await;
    let of_alice = world.conversation("alice", "Odd logins").await;
    world.share("alice", of_alice, Some(Level::View), &[]).await;
    let of_bob = world.conversation("bob", "My own").await;
    let mut told = Vec::new();
    while told
        .last()
        .is_none_or(|event: &serde_json::Value| event["is"] != "changed")
    {
        told.push(mine.next().await.unwrap());
    }
    let (changed, removed): (Vec<_>, Vec<_>) =
        told.iter().partition(|event| event["is"] == "changed");
    assert_eq!(listed(text(changed[0])), [of_bob]);
    assert!(
        removed
            .iter()
            .all(|event| event["id"] == of_alice.to_string())
    );
    for query in ["list=everything", "list=all&bypass=1"] {
        let answer = bob.get(&address(&bob, &[query.to_owned()]).await).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn a_service_that_stops_ends_the_list() {
    let world = World::new().await;
    let bob = world.browser("bob").await;
    let mut live = Live::of_list(&bob, "all").await;
    world.shutdown.cancel();
    assert_eq!(live.next().await, None);
}

#[tokio::test]
async fn one_person_has_so_many_streams_and_no_more() {
    let world =
        World::with(|settings| settings.streams = UserLimit::per_user(NonZeroU32::MIN)).await;
    let bob = world.browser("bob").await;
    let live = Live::of_list(&bob, "all").await;
    let answer = bob
        .get(&address(&bob, &["list=all".to_owned()]).await)
        .await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_ne!(answer.header("retry-after"), "");
    drop(live);
    Live::of_list(&bob, "all").await;
}

#[tokio::test]
async fn signing_out_ends_the_list_wherever_it_is_open_and_nobody_elses() {
    let world = World::new().await;
    let (here, there) = (world.browser("bob").await, world.browser("bob").await);
    let mut live = Live::of_list(&there, "all").await;
    let id = world.conversation("alice", "Beacons").await;
    let alice = world.browser("alice").await;
    let mut of_alice = Live::of_list(&alice, "all").await;
    here.post("/sign-out", &[]).await;
    assert_eq!(live.next().await.unwrap()["is"], "ended");
    assert_eq!(live.next().await, None);
    world.share("alice", id, Some(Level::View), &[]).await;
    assert_eq!(of_alice.next().await.unwrap()["is"], "changed");
}
