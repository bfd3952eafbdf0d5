//! The lock: toggling, the question before grants to groups go, and the way back.

use axum::http::StatusCode;
use parlor_domain::{
    grants::{Level, Privacy},
    ids::ConversationId,
};
use parlor_store_memory::seeds::{HUNTERS, RESPONDERS};

use crate::{
    conversation::path,
    share::privacy,
    support::{Answer, Browser, World},
};

async fn toggle(browser: &mut Browser, id: ConversationId, fields: &[(&str, &str)]) -> Answer {
    let page = browser.get(&path(id, "")).await;
    let version = page.value_of("version").unwrap();
    let mut fields = fields.to_vec();
    fields.push(("version", &version));
    browser.post(&path(id, "/privacy"), &fields).await
}

/// The page that an answer leads to, with the cookie that it sets.
async fn follow(browser: &Browser, answer: &Answer) -> Answer {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let cookie = answer.header("set-cookie").split(';').next().unwrap();
    browser.get_with(answer.header("location"), cookie).await
}

#[tokio::test]
async fn a_click_shares_with_the_organization_and_undo_takes_it_back() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let mut alice = world.browser("alice").await;
    let shared = toggle(&mut alice, id, &[("privacy", "shared")]).await;
    let page = follow(&alice, &shared).await;
    assert!(
        page.words()
            .contains("Everyone in the organization who can use AI can view it now.")
    );
    assert!(
        page.header("set-cookie").contains("Max-Age=0"),
        "it is told once"
    );
    let undone = toggle(&mut alice, id, &[("privacy", "private"), ("undo", "yes")]).await;
    assert!(follow(&alice, &undone).await.words().contains("Undone."));
    assert_eq!(privacy(&world, id).await, Privacy::Private);
}

#[tokio::test]
async fn grants_to_groups_go_only_after_a_question_and_come_back_by_undo() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let groups = [(HUNTERS, Level::Collaborate), (RESPONDERS, Level::View)];
    world.share("alice", id, Some(Level::View), &groups).await;
    let before = privacy(&world, id).await;
    let mut alice = world.browser("alice").await;

    let question = toggle(&mut alice, id, &[("privacy", "private")]).await;
    assert_eq!(question.status, StatusCode::OK);
    assert!(question.words().contains("These groups lose their access:"));
    assert!(question.words().contains("Hunters"), "{}", question.words());
    assert_eq!(privacy(&world, id).await, before);
    let version = question.value_of("version").unwrap();
    let part = [("privacy", "private"), ("version", version.as_str())];
    let part = alice
        .post_part(&path(id, "/privacy"), "conversation", &part)
        .await;
    assert!(
        part.text.starts_with("<form class=\"question\""),
        "{}",
        part.text
    );

    let fields = [("privacy", "private"), ("confirmed", "yes")];
    let done = toggle(&mut alice, id, &fields).await;
    assert_eq!(privacy(&world, id).await, Privacy::Private);
    let page = follow(&alice, &done).await;
    let grants = page.value_of("grants").unwrap();
    let (_, form) = page.text.split_once("/privacy/undo").unwrap();
    let (_, version) = form.split_once("name=\"version\" value=\"").unwrap();
    let version = version.split('"').next().unwrap();
    let fields = [("grants", grants.as_str()), ("version", version)];
    let undone = alice.post(&path(id, "/privacy/undo"), &fields).await;
    assert!(follow(&alice, &undone).await.words().contains("Undone."));
    assert_eq!(privacy(&world, id).await, before);
    let stale = alice.post(&path(id, "/privacy/undo"), &fields).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn no_link_makes_an_undo_up_and_none_outlives_another_change() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let mut alice = world.browser("alice").await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let done = toggle(&mut alice, id, &[("privacy", "private")]).await;
    let refused = alice.get(&path(id, "?grants=oc")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    world.share("alice", id, Some(Level::View), &[]).await;
    let page = follow(&alice, &done).await;
    assert!(!page.text.contains("/privacy/undo"));
}

#[tokio::test]
async fn toggling_what_somebody_else_changed_does_nothing() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    world
        .share("max", id, None, &[(HUNTERS, Level::View)])
        .await;
    let before = privacy(&world, id).await;
    for to in ["private", "shared"] {
        let fields = [("privacy", to), ("version", "1")];
        let stale = alice.post(&path(id, "/privacy"), &fields).await;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{to}");
        assert!(stale.words().contains("Somebody was faster."));
    }
    assert_eq!(privacy(&world, id).await, before);
}

#[tokio::test]
async fn who_may_only_see_it_does_not_toggle() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    world
        .share("alice", id, Some(Level::Collaborate), &[])
        .await;
    for who in ["bob", "vera"] {
        let browser = world.browser(who).await;
        for to in ["private", "shared"] {
            let fields = [("privacy", to), ("version", "2")];
            let refused = browser.post(&path(id, "/privacy"), &fields).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who} {to}");
        }
    }
}

#[tokio::test]
async fn a_notice_that_somebody_else_made_up_is_not_told_and_offers_nothing() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let mut alice = world.browser("alice").await;
    let mut bob = world.browser("bob").await;
    // What bob was told of a conversation of his own is true for him alone.
    let his = world.conversation("bob", "His").await;
    let shared = toggle(&mut bob, his, &[("privacy", "shared")]).await;
    let cookie = shared.header("set-cookie").split(';').next().unwrap();
    let (name, value) = cookie.split_once('=').unwrap();
    let (seal, _) = value.split_once('_').unwrap();
    let page = alice.get(&path(id, "")).await;
    let version = page.value_of("version").unwrap();
    for made_up in [
        format!("{id}_{version}_private_oc"),
        format!("{seal}_{id}_{version}_private_oc"),
    ] {
        let page = alice
            .get_with(&path(id, ""), &format!("{name}={made_up}"))
            .await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("/privacy/undo\""), "{made_up}");
        assert!(!page.words().contains("Undo"), "{made_up}");
        assert!(page.header("set-cookie").contains("Max-Age=0"), "it goes");
    }
    let shared = toggle(&mut alice, id, &[("privacy", "shared")]).await;
    assert!(follow(&alice, &shared).await.words().contains("Undo"));
}
