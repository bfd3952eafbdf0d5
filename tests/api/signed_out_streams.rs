//! The pages' event stream after a sign-out, from outside.

use futures::StreamExt as _;
use reqwest::Method;
use serde_json::json;

use crate::harness::{Browser, Service};

#[tokio::test]
async fn nothing_that_is_committed_after_a_sign_out_is_sent_to_the_pages() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    alice
        .share(&id, json!({ "organization": "view", "groups": [] }))
        .await
        .expect(200);
    for round in 0..6 {
        let [here, there] = [
            Browser::signed_in(&service, "bob").await,
            Browser::signed_in(&service, "bob").await,
        ];
        let page = there.get(&format!("/conversations/{id}")).await.text;
        let attribute = |name: &str| {
            let (_, from) = page.split_once(&format!("{name}=\"")).unwrap();
            from.split('"').next().unwrap().to_owned()
        };
        let (session, after) = (attribute("data-session"), attribute("data-after"));
        let address = format!("/live?session={session}&list=all&conversation={id}.{after}");
        let stream = there.request(Method::GET, &address).send().await.unwrap();
        assert_eq!(stream.status(), 200);
        let mut stream = stream.bytes_stream();
        // The stream follows by now: what happens is sent.
        let mut sent = String::new();
        let before = format!("Before {round}");
        let path = format!("/conversations/{id}");
        alice
            .patch(&path, json!({ "title": before }))
            .await
            .expect(200);
        while !sent.contains(&before) {
            let piece = stream.next().await.expect("the stream goes on").unwrap();
            sent.push_str(&String::from_utf8_lossy(&piece));
        }
        here.post("/sign-out", &[]).await.expect_status(303);
        alice.prompt(&id, &format!("CANARY {round}")).await;
        alice
            .patch(&path, json!({ "title": "CANARY" }))
            .await
            .expect(200);
        let mut later = String::new();
        while let Some(piece) = stream.next().await {
            later.push_str(&String::from_utf8_lossy(&piece.unwrap()));
        }
        assert!(later.contains("\"is\":\"ended\""), "round {round}: {later}");
        assert!(!later.contains("CANARY"), "round {round}: {later}");
    }
}
