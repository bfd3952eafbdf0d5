//! Why the reader can see a conversation, who else can, and who viewed it with privileged access.

use axum::http::StatusCode;
use parlor_domain::{grants::Level, ids::ConversationId};
use parlor_store_memory::seeds::HUNTERS;

use crate::support::World;

const WHO: &str = "Who can see this?";
const LOOKED: &str = "Privileged views";

fn path(id: ConversationId) -> String {
    format!("/conversations/{id}/access")
}

#[tokio::test]
async fn every_viewer_is_told_why_and_those_who_manage_it_who_else() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    world
        .share(
            "alice",
            id,
            Some(Level::View),
            &[(HUNTERS, Level::Collaborate)],
        )
        .await;
    for (who, reason, manages) in [
        ("alice", "It is your conversation.", true),
        (
            "bob",
            "It is shared with a group of yours for collaboration.",
            false,
        ),
        (
            "carol",
            "It is shared with the whole organization for viewing.",
            false,
        ),
        (
            "vera",
            "You hold the permission to view private responses.",
            false,
        ),
        ("max", "You hold the permission to manage responses", true),
    ] {
        let page = world.browser(who).await.get(&path(id)).await;
        assert_eq!(page.status, StatusCode::OK, "{who}");
        let words = page.words();
        assert!(
            words.contains("Why can I see this?") && words.contains(reason),
            "{who}: {words}"
        );
        assert_eq!(words.contains(WHO), manages, "{who}");
        assert_eq!(words.contains(LOOKED), manages, "{who}");
    }
}

#[tokio::test]
async fn who_sees_it_by_privilege_alone_is_told_that_it_shows() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let vera = world.browser("vera").await.get(&path(id)).await;
    assert!(
        vera.words().contains("You see it by privilege alone"),
        "{}",
        vera.words()
    );
    let alice = world.browser("alice").await.get(&path(id)).await;
    let words = alice.words();
    let (_, looked) = words.split_once(LOOKED).unwrap();
    assert!(
        looked.contains("Vera of Acme opened it 21 Sep 2026"),
        "{words}"
    );
}

#[tokio::test]
async fn a_visit_is_one_line_whatever_was_looked_at() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let [vera, max] = [world.browser("vera").await, world.browser("max").await];
    for _ in 0..2 {
        for page in ["", "/tree", "/access"] {
            let opened = vera.get(&format!("/conversations/{id}{page}")).await;
            assert_eq!(opened.status, StatusCode::OK, "{page}");
        }
        max.get(&path(id)).await;
    }
    let alice = world.browser("alice").await.get(&path(id)).await;
    let words = alice.words();
    let (_, looked) = words.split_once(LOOKED).unwrap();
    for who in ["Vera", "Max"] {
        let line = format!("{who} of Acme opened it");
        assert_eq!(looked.matches(&line).count(), 1, "{words}");
    }
}

#[tokio::test]
async fn those_who_see_it_are_listed_with_every_reason() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    world
        .share("alice", id, None, &[(HUNTERS, Level::Collaborate)])
        .await;
    let page = world.browser("alice").await.get(&path(id)).await;
    let words = page.words();
    let (_, people) = words.split_once(WHO).unwrap();
    for line in [
        "Alice of Acme (you) manage owner · shared with a group, to collaborate",
        "Bob of Acme collaborate shared with a group, to collaborate",
        "Max of Acme manage may manage responses · may view private responses",
        "Vera of Acme view may view private responses",
    ] {
        assert!(people.contains(line), "{line}: {people}");
    }
    for nobody in ["Carol of Acme", "Erin of Acme", "of Globex"] {
        assert!(!people.contains(nobody), "{nobody}: {people}");
    }
}

#[tokio::test]
async fn more_of_a_list_is_refused_to_who_may_not_see_it() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let carol = world.browser("carol").await;
    for query in [
        "?readings=0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f",
        "?people=0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f:Bob",
    ] {
        let answer = carol.get(&format!("{}{query}", path(id))).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{query}");
    }
    for query in ["?bypass=true", "?readings=1", "?people=Bob"] {
        let answer = carol.get(&format!("{}{query}", path(id))).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn a_list_goes_on_after_the_place_that_is_named() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let max = world.caller("max").await;
    let after = format!("{}:Max%20of%20Acme", max.user_id());
    let page = alice.get(&format!("{}?people={after}", path(id))).await;
    let words = page.words();
    let (_, people) = words.split_once(WHO).unwrap();
    assert!(
        people.contains("Vera of Acme") && !people.contains("Alice of Acme"),
        "{people}"
    );
    assert!(people.contains("Back to the first people"), "{people}");
}

#[tokio::test]
async fn what_one_cannot_see_has_no_access_page() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    for who in ["carol", "erin", "admin", "mallory"] {
        let answer = world.browser(who).await.get(&path(id)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{who}");
    }
}
