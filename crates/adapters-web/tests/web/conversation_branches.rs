//! Branches: editing, asking again, the way between siblings, and the map.

use axum::http::StatusCode;
use parlor_domain::ids::{ConversationId, MessageId};

use crate::{
    conversation::{NOWHERE, leaf, page_with, path, prompt, settled},
    support::{Browser, World},
};

async fn begun(world: &World) -> (ConversationId, Browser, MessageId) {
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let answer = prompt(&alice, id, "root", "who was it?").await;
    settled(&alice, &path(id, "")).await;
    (id, alice, answer)
}

/// The first address that leads to a sibling in this direction.
fn sibling(page: &str, direction: &str) -> Option<String> {
    let (before, _) = page.split_once(&format!("aria-label=\"{direction}\""))?;
    let (_, link) = before.rsplit_once("href=\"")?;
    Some(link.split(['"', '#']).next()?.to_owned())
}

#[tokio::test]
async fn an_edited_prompt_is_a_sibling_and_both_are_reached_from_each_other() {
    let world = World::new().await;
    let (id, alice, answer) = begun(&world).await;
    let first = prompt(&alice, id, &answer.to_string(), "and when?").await;
    page_with(&alice, &path(id, ""), "and when?").await;

    let page = alice.get(&path(id, &format!("?leaf={answer}"))).await;
    let (_, edit) = page.text.split_once("/messages/").unwrap();
    let edited: MessageId = edit.split('/').next().unwrap().parse().unwrap();
    let form = alice
        .get(&path(id, &format!("/messages/{edited}/edit")))
        .await;
    assert!(
        form.text.contains(">who was it?</textarea>"),
        "{}",
        form.text
    );
    assert_eq!(form.value_of("parent").as_deref(), Some("root"));
    let second = prompt(&alice, id, "root", "who was it not?").await;

    let page = alice.get(&path(id, &format!("?leaf={second}"))).await;
    assert!(page.words().contains("2 / 2"), "{}", page.words());
    assert!(!page.words().contains("and when?"));
    assert_eq!(sibling(&page.text, "Next version"), None);
    let back = sibling(&page.text, "Previous version").unwrap();
    let page = alice.get(&back).await;
    assert!(page.words().contains("1 / 2"));
    assert!(page.words().contains("and when?"), "all below it is loaded");
    assert!(page.text.contains(&format!("data-leaf=\"{first}\"")));
    let forth = sibling(&page.text, "Next version").unwrap();
    assert!(alice.get(&forth).await.words().contains("who was it not?"));
}

#[tokio::test]
async fn only_a_prompt_is_edited_and_only_by_who_may_prompt() {
    let world = World::new().await;
    let (id, alice, answer) = begun(&world).await;
    for message in [answer.to_string(), NOWHERE.to_owned()] {
        let edit = alice
            .get(&path(id, &format!("/messages/{message}/edit")))
            .await;
        assert_eq!(edit.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn asking_again_leads_to_another_answer_beside_the_one_that_is_there() {
    let world = World::new().await;
    let (id, alice, answer) = begun(&world).await;
    let again = path(id, &format!("/messages/{answer}/regenerate"));
    let begun = alice.post(&again, &[("model", "parrot")]).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER);
    let page = alice.get(begun.header("location")).await;
    assert!(page.words().contains("The parrot"), "{}", page.words());
    assert!(page.words().contains("2 / 2"));
    assert_ne!(leaf(&begun), answer);
}

#[tokio::test]
async fn an_answer_is_stopped_and_what_was_written_stays() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let said = world.says.live();
    let answer = prompt(&alice, id, "root", "who was it?").await;
    said.send("It was".to_owned()).unwrap();
    page_with(&alice, &path(id, ""), "It was").await;
    let stop = path(id, &format!("/messages/{answer}/stop"));
    let stopped = alice.post(&stop, &[]).await;
    let page = alice.get(stopped.header("location")).await;
    assert!(page.words().contains("It was Stopped."), "{}", page.words());
}

#[tokio::test]
async fn one_goes_on_from_any_message_and_sees_that_more_follows() {
    let world = World::new().await;
    let (id, alice, answer) = begun(&world).await;
    let last = prompt(&alice, id, &answer.to_string(), "and when?").await;
    let page = alice.get(&path(id, &format!("?leaf={answer}"))).await;
    assert!(!page.words().contains("and when?"));
    assert!(
        page.words()
            .contains("The path ends here, though more follows")
    );
    assert!(page.text.contains(&format!("?at={last}\" data-go")));
    assert!(
        page.text
            .contains(&format!("name=\"parent\" value=\"{answer}\""))
    );
    let whole = alice.get(&path(id, &format!("?leaf={last}"))).await;
    assert!(!whole.words().contains("The path ends here"));
}

#[tokio::test]
async fn of_a_long_path_the_end_is_shown_and_the_rest_is_a_click_away() {
    let world = World::new().await;
    let id = world.conversation("alice", "Long").await;
    let alice = world.browser("alice").await;
    let mut parent = "root".to_owned();
    for number in 0..101 {
        let answer = prompt(&alice, id, &parent, &format!("question {number}.")).await;
        parent = answer.to_string();
        settled(&alice, &path(id, &format!("?leaf={answer}"))).await;
    }
    let page = alice.get(&path(id, "")).await;
    assert_eq!(page.text.matches("<article").count(), 200);
    assert!(!page.words().contains("question 0."));
    let (before, _) = page.text.split_once("\">Show earlier messages").unwrap();
    let (_, link) = before.rsplit_once("href=\"").unwrap();
    let earlier = alice.get(&link.replace("&amp;", "&")).await;
    assert!(earlier.words().contains("question 0."));
    assert_eq!(earlier.text.matches("<article").count(), 2);
    assert!(earlier.words().contains("Back to the newest messages"));
}

#[tokio::test]
async fn the_map_shows_every_message_and_marks_the_path() {
    let world = World::new().await;
    let (id, alice, answer) = begun(&world).await;
    let other = prompt(&alice, id, "root", "who was it not?").await;
    let map = alice.get(&path(id, &format!("/tree?leaf={answer}"))).await;
    assert_eq!(map.text.matches("class=\"map-node").count(), 4);
    assert_eq!(map.text.matches("class=\"map-node on-path").count(), 2);
    assert_eq!(map.text.matches("aria-current=\"true\"").count(), 2);
    assert!(map.text.contains(&format!("?at={other}#m-{other}")));
    assert!(
        map.words()
            .contains("Branch 2 of 2 Alice of Acme: who was it not?"),
        "{}",
        map.words()
    );
    assert!(!map.text.contains("style="));
    let part = alice.get_part(&path(id, "/tree"), "dialog").await;
    assert!(part.text.trim_start().starts_with("<section class=\"map\""));
}

#[tokio::test]
async fn a_conversation_without_messages_has_an_empty_page_and_an_empty_map() {
    let world = World::new().await;
    let id = world.conversation("alice", "New").await;
    let alice = world.browser("alice").await;
    let page = alice.get(&path(id, "")).await;
    assert!(page.words().contains("Nothing has been said here yet."));
    assert!(page.text.contains("name=\"parent\" value=\"root\""));
    assert!(
        alice
            .get(&path(id, "/tree"))
            .await
            .words()
            .contains("Nothing has been said")
    );
}
