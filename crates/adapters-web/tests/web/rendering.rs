//! How much of the service the pages of one user can take.

use std::time::Duration;

use axum::{body::to_bytes, http::StatusCode};
use parlor_application::ports::ModelEvent;
use parlor_domain::ids::{ConversationId, MessageId};

use crate::{
    conversation::{path, prompt, settled},
    support::{Browser, World},
};

/// How many long pages of a user can wait until they are taken.
const UNREAD: usize = 16;

/// The longest prompt of one kind of text, and the same as an answer. Answers the prompt.
async fn flooded(world: &World, who: &Browser, id: ConversationId, unit: &str) -> MessageId {
    let text = unit.repeat(100_000 / unit.len());
    let finished = ModelEvent::Finished {
        cut: None,
        usage: None,
    };
    let events = vec![Ok(ModelEvent::Text(text.clone())), Ok(finished)];
    world.says.events(events);
    let answer = prompt(who, id, "root", &text).await;
    let page = settled(who, &path(id, &format!("?leaf={answer}"))).await;
    let (_, article) = page.text.split_once(&format!("id=\"m-{answer}\"")).unwrap();
    let (_, parent) = article.split_once("data-parent=\"").unwrap();
    parent.split('"').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_page_has_a_bounded_size_whatever_stands_in_it_and_earlier_messages_are_a_click_away() {
    let world = World::new().await;
    let alice = world.browser("alice").await;
    for unit in ["```\n", "http://a.b ", "`a` "] {
        let id = world.conversation("alice", "Floods").await;
        flooded(&world, &alice, id, unit).await;
        let page = alice.get(&path(id, "")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.len() < 3 << 19, "{unit:?}: {}", page.text.len());
        assert_eq!(page.text.matches("data-message=").count(), 1, "{unit:?}");
        let (_, rest) = page.text.split_once("<p class=\"more\"><a").unwrap();
        let (_, rest) = rest.split_once("href=\"").unwrap();
        let earlier = rest.split('"').next().unwrap();
        let earlier = earlier.replace("&#38;", "&").replace("&amp;", "&");
        let page = alice.get(&earlier).await;
        assert_eq!(page.text.matches("data-message=").count(), 1, "{unit:?}");
        assert!(page.text.contains("class=\"message prompt\""), "{unit:?}");
        assert!(!page.words().contains("Show earlier"), "{unit:?}");
    }
}

#[tokio::test]
async fn whoever_takes_none_of_their_long_pages_is_refused_more_and_nobody_else_is() {
    let mut world = World::new().await;
    world.options.page_wait = Duration::from_millis(100);
    let alice = world.browser("alice").await;
    let bob = world.browser("bob").await;
    let id = world.conversation("alice", "Floods").await;
    let asked = flooded(&world, &alice, id, "a *b* ").await;
    let edit = format!("/messages/{asked}/edit");
    let quiet = world.conversation("bob", "Quiet").await;
    // Each browser has pages of its own; all that alice asks for comes from one.
    let mut unread = Vec::new();
    for _ in 0..UNREAD {
        let response = alice.open(&path(id, "")).await;
        assert_eq!(response.status(), StatusCode::OK);
        unread.push(response);
    }
    // Whatever is as long as what somebody wrote.
    let pages = ["", "/tree", edit.as_str()];
    for (page, part) in pages.iter().flat_map(|page| [(page, false), (page, true)]) {
        let refused = if part {
            alice.get_part(&path(id, page), "conversation").await
        } else {
            alice.get(&path(id, page)).await
        };
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.header("retry-after"), "5");
        assert!(
            refused.words().contains("A little slower"),
            "{}",
            refused.words()
        );
    }
    assert_eq!(bob.get(&path(quiet, "")).await.status, StatusCode::OK);

    let taken = unread.pop().unwrap();
    let html = to_bytes(taken.into_body(), usize::MAX).await.unwrap();
    assert!(html.ends_with(b"</html>\n") || html.ends_with(b"</html>"));
    assert_eq!(alice.get(&path(id, "")).await.status, StatusCode::OK);
    drop(unread);
    for page in pages.iter().cycle().take(2 * UNREAD) {
        assert_eq!(alice.get(&path(id, page)).await.status, StatusCode::OK);
    }
}
