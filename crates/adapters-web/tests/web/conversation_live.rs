//! What happens in a conversation, as pieces of its page.

use parlor_application::user_limit::UserLimit;
use std::time::Duration;

use axum::{body::BodyDataStream, http::StatusCode};
use futures::StreamExt;
use parlor_domain::{
    grants::{Level, Privacy},
    ids::ConversationId,
};
use tokio::time::timeout;

use crate::{
    conversation::{page_with, path, prompt},
    share::privacy,
    support::{Browser, World},
};

/// One event of a stream.
#[derive(Debug, Default)]
struct Told {
    name: String,
    id: String,
    data: String,
    retry: bool,
}

/// What a browser follows.
struct Live {
    stream: BodyDataStream,
    buffer: String,
    /// What came last, to tell of it where nothing comes any more.
    last: String,
}

impl Live {
    async fn open(browser: &Browser, id: ConversationId, rest: &str) -> Self {
        let response = browser.open(&path(id, &format!("/live{rest}"))).await;
        assert_eq!(response.status(), StatusCode::OK);
        Self {
            stream: response.into_body().into_data_stream(),
            buffer: String::new(),
            last: String::new(),
        }
    }

    /// From what the page shows.
    async fn of_page(browser: &Browser, id: ConversationId) -> Self {
        let page = browser.get(&path(id, "")).await;
        let (_, after) = page.text.split_once("data-after=\"").unwrap();
        let after = after.split('"').next().unwrap();
        Self::open(browser, id, &format!("?after={after}")).await
    }

    /// The next event; none at the end of the stream.
    async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let told = read(event);
                self.buffer = rest.to_owned();
                if told.retry || !told.name.is_empty() {
                    return Some(told);
                }
                continue;
            }
            let piece = timeout(Duration::from_secs(10), self.stream.next()).await;
            let piece = piece
                .unwrap_or_else(|_| panic!("nothing comes after {}", self.last))?
                .unwrap();
            std::str::from_utf8(&piece)
                .unwrap()
                .clone_into(&mut self.last);
            self.buffer.push_str(&self.last);
        }
    }

    /// The next event with this name and these words in it.
    async fn until(&mut self, name: &str, words: &str) -> Told {
        loop {
            let told = self.next().await.expect("the stream goes on");
            if told.name == name && told.data.contains(words) {
                return told;
            }
        }
    }
}

fn read(event: &str) -> Told {
    let mut told = Told::default();
    for line in event.lines() {
        match line.split_once(": ").unwrap_or((line, "")) {
            ("event", name) => name.clone_into(&mut told.name),
            ("id", id) => id.clone_into(&mut told.id),
            ("retry", _) => told.retry = true,
            ("data", data) => {
                told.data.push_str(data);
                told.data.push('\n');
            }
            _ => {}
        }
    }
    told
}

#[tokio::test]
async fn an_answer_is_told_as_it_grows_and_when_it_is_whole() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let (alice, bob) = (world.browser("alice").await, world.browser("bob").await);
    let mut live = Live::of_page(&bob, id).await;
    let said = world.says.live();
    let answer = prompt(&alice, id, "root", "who **was** it?").await;
    live.until("message", "<strong>was</strong>").await;
    let begun = live.until("message", "data-writing").await;
    assert!(begun.data.contains(&format!("id=\"m-{answer}\"")));
    assert!(
        !begun.data.contains("/stop\""),
        "who only reads does not stop it"
    );
    said.send("It was `mal".to_owned()).unwrap();
    live.until("message", "It was `mal").await;
    said.send("lory`".to_owned()).unwrap();
    drop(said);
    let whole = live.until("message", "has finished the answer").await;
    assert!(whole.data.contains(">mallory</code>"), "{}", whole.data);
    assert!(!whole.data.contains("data-writing"));
}

#[tokio::test]
async fn nothing_is_missed_between_the_page_and_the_stream_and_after_a_break() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let page = alice.get(&path(id, "")).await;
    let (_, after) = page.text.split_once("data-after=\"").unwrap();
    let after = after.split('"').next().unwrap().to_owned();
    let answer = prompt(&alice, id, "root", "who was it?").await;
    page_with(&alice, &path(id, ""), "Hello there").await;
    let mut live = Live::open(&alice, id, &format!("?after={after}")).await;
    let first = live.until("message", "who was it?").await;
    let mut again = Live::open(&alice, id, &format!("?after={}", first.id)).await;
    let rest = again.next().await.unwrap();
    assert!(rest.data.contains(&format!("m-{answer}")), "{}", rest.data);
}

#[tokio::test]
async fn a_toggle_and_another_title_are_told_as_the_header() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let mut live = Live::of_page(&alice, id).await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let header = live
        .until("conversation", "Shared with the organization")
        .await;
    assert!(
        header
            .data
            .starts_with("<header id=\"conversation-header\"")
    );
    let fields = [("title", "<b>Odder</b>"), ("version", "2")];
    alice.post(&path(id, "/title"), &fields).await;
    live.until("conversation", "&#60;b&#62;Odder").await;
}

#[tokio::test]
async fn who_loses_access_is_told_that_and_nothing_of_the_conversation_any_more() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let (alice, bob) = (world.browser("alice").await, world.browser("bob").await);
    let mut live = Live::of_page(&bob, id).await;
    let said = world.says.live();
    prompt(&alice, id, "root", "who was it?").await;
    live.until("message", "data-writing").await;
    world.share("alice", id, None, &[]).await;
    assert_eq!(privacy(&world, id).await, Privacy::Private);
    said.send("It was secretly mallory".to_owned()).unwrap();
    drop(said);
    let mut last = live.next().await.unwrap();
    while last.name == "message" {
        assert!(!last.data.contains("secretly"), "{}", last.data);
        last = live.next().await.unwrap();
    }
    assert_eq!(last.name, "gone");
    assert_eq!(last.data, "You can no longer see this conversation.\n");
    assert!(live.next().await.is_none());
}

#[tokio::test]
async fn who_follows_a_conversation_that_is_deleted_is_told_so() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let mut live = Live::of_page(&alice, id).await;
    alice.post(&path(id, "/delete"), &[("version", "1")]).await;
    let last = live.until("gone", "This conversation was deleted.").await;
    assert_eq!(last.name, "gone");
    assert!(live.next().await.is_none());
}

#[tokio::test]
async fn a_shutdown_ends_the_stream_with_a_hint_when_to_come_back() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let mut live = Live::of_page(&alice, id).await;
    world.shutdown.cancel();
    assert!(live.next().await.unwrap().retry);
    assert!(live.next().await.is_none());
}

#[tokio::test]
async fn somebody_has_so_many_streams_and_no_more() {
    let mut world = World::new().await;
    world.options.streams = UserLimit::per_user(std::num::NonZeroU32::MIN);
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let first = Live::of_page(&alice, id).await;
    let refused = alice.open(&path(id, "/live")).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    drop(first);
    Live::open(&alice, id, "").await;
}

#[tokio::test]
async fn signing_out_closes_the_conversation_wherever_it_is_open() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let (here, there) = (world.browser("alice").await, world.browser("alice").await);
    let mut live = Live::of_page(&there, id).await;
    here.post("/sign-out", &[]).await;
    let last = live.until("gone", "You are signed out.").await;
    assert_eq!(last.name, "gone");
    assert!(live.next().await.is_none());
}
