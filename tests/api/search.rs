//! Searching: what is found, where in it, and what it says of the rest.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::harness::Service;

fn ids(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect()
}

/// As in an address.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        write!(encoded, "%{byte:02X}").unwrap();
    }
    encoded
}

/// The parts of an excerpt that were found.
fn found(excerpt: &Value) -> Vec<String> {
    let text: Vec<char> = excerpt["text"].as_str().unwrap().chars().collect();
    let ranges = excerpt["ranges"].as_array().unwrap().iter();
    ranges
        .map(|range| {
            let end = |end: usize| usize::try_from(range[end].as_u64().unwrap()).unwrap();
            text[end(0)..end(1)].iter().collect()
        })
        .collect()
}

#[tokio::test]
async fn text_is_found_in_whatever_form_and_script_it_is_written_and_shown_where() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Untold").await;
    // Taken apart, as macOS writes file names.
    let text = "Meet at Cafe\u{301} Zu\u{308}rich about 데이터베이스성능점검 and 東京都";
    let prompted = alice.prompt(&id, text).await;
    let prompt = prompted["user_message"]["id"].clone();
    for (q, parts) in [
        ("cafe", vec!["Cafe\u{301}"]),
        ("CAFÉ zürich", vec!["Cafe\u{301}", "Zu\u{308}rich"]),
        ("성능", vec!["성능"]),
        ("스성능점", vec!["스성능점"]),
        ("京", vec!["京"]),
        ("untold cafe", vec!["Cafe\u{301}"]),
    ] {
        let query = encoded(q);
        let page = alice
            .get(&format!("/conversations?q={query}"))
            .await
            .expect(200);
        assert_eq!(ids(&page), [&id], "{q}");
        let excerpt = &page["items"][0]["excerpt"];
        if q != "untold cafe" {
            assert_eq!(found(excerpt), parts, "{q}: {excerpt}");
            assert_eq!(excerpt["message_id"], prompt, "{q}");
        }
        assert_eq!(page["indexing"], json!(false));
        assert_eq!(page["next_cursor"], Value::Null);
    }
    // All neighboring characters are there, but nowhere in a row.
    let scattered = "성능 능점 점검";
    let other = alice.create("Scattered").await;
    alice.prompt(&other, scattered).await;
    let query = encoded("성능점검");
    let page = alice
        .get(&format!("/conversations?q={query}"))
        .await
        .expect(200);
    assert_eq!(ids(&page), [&id]);
}

#[tokio::test]
async fn a_page_of_a_search_is_the_same_whatever_is_hidden_from_the_caller() {
    let service = Service::demo().await;
    let (alice, bob) = (service.acting_as("alice"), service.acting_as("bob"));
    let seen = bob.create("A canary of my own").await;
    let paths = [
        "/conversations?q=canary",
        "/conversations?q=canary+sinkhole",
        "/conversations?q=sinkhole",
    ];
    let mut before = Vec::new();
    for path in paths {
        before.push(bob.get(path).await.expect(200));
    }
    assert_eq!(ids(&before[0]), [&seen]);
    for number in 0..30 {
        let id = alice.create(&format!("canary sinkhole {number}")).await;
        alice.prompt(&id, "sinkhole canary").await;
    }
    for (path, before) in paths.iter().zip(before) {
        assert_eq!(bob.get(path).await.expect(200), before, "{path}");
    }
}

#[tokio::test]
async fn a_user_who_searches_more_than_allowed_is_told_when_to_try_again() {
    let service = Service::builder()
        .with("PARLOR_LIMITS__SEARCHES_PER_MINUTE", &1)
        .start()
        .await;
    let alice = service.acting_as("alice");
    let mut refused = 0;
    let searches = 2 * service.instances().len();
    for _ in 0..searches {
        let answer = alice.get("/conversations?q=canary").await;
        if answer.status == 429 {
            let seconds: u64 = answer.headers["retry-after"]
                .to_str()
                .unwrap()
                .parse()
                .unwrap();
            assert!((1..=60).contains(&seconds), "{seconds}");
            answer.expect_problem(429, "rate-limited");
            refused += 1;
        } else {
            answer.expect(200);
        }
    }
    assert_eq!(refused, searches / 2, "one on each instance");
    alice.get("/conversations").await.expect(200);
    let bob = service.acting_as("bob");
    bob.get("/conversations?q=canary").await.expect(200);
}
