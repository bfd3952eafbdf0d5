//! The share dialog.

use axum::http::StatusCode;
use parlor_domain::{
    grants::{Level, Privacy},
    ids::{ConversationId, GroupId},
};
use parlor_store_memory::seeds::HUNTERS;

use crate::support::{Answer, Browser, World};

const NOWHERE: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c073990";

pub fn sharing_path(id: ConversationId) -> String {
    format!("/conversations/{id}/sharing")
}

/// The hidden fields of a form, as they were sent.
pub fn hidden(page: &Answer) -> Vec<(String, String)> {
    ["version", "opened"]
        .into_iter()
        .map(|name| (name.to_owned(), page.value_of(name).unwrap()))
        .collect()
}

/// Hidden fields and chosen ones together.
pub fn with<'a>(
    hidden: &'a [(String, String)],
    fields: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let hidden = hidden
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    hidden.chain(fields.iter().copied()).collect()
}

pub async fn privacy(world: &World, id: ConversationId) -> Privacy {
    let alice = world.caller("alice").await;
    world
        .application
        .read_sharing
        .execute(&alice, id)
        .await
        .unwrap()
        .privacy
}

/// Looks at what saving would change, and saves it.
pub async fn review_and_save(
    browser: &Browser,
    id: ConversationId,
    fields: &[(&str, &str)],
) -> (Answer, Answer) {
    let path = sharing_path(id);
    let hidden = hidden(&browser.get(&path).await);
    let review = browser
        .post(&format!("{path}/preview"), &with(&hidden, fields))
        .await;
    assert_eq!(review.status, StatusCode::OK, "{}", review.text);
    let reviewed = review.value_of("reviewed").unwrap();
    let mut fields = fields.to_vec();
    fields.push(("reviewed", &reviewed));
    let saved = browser.post(&path, &with(&hidden, &fields)).await;
    (review, saved)
}

pub fn group(id: GroupId, level: &str, name: &str) -> String {
    format!("{id}:{level}:{name}")
}

#[tokio::test]
async fn the_dialog_shows_what_is_granted() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let page = alice.get(&sharing_path(id)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.words().contains("This conversation is private."),
        "{}",
        page.words()
    );
    assert!(page.words().contains("Odd logins"));
    assert!(!page.text.contains(" checked"));

    world
        .share(
            "alice",
            id,
            Some(Level::Collaborate),
            &[(HUNTERS, Level::View)],
        )
        .await;
    let page = alice.get(&sharing_path(id)).await;
    assert!(page.words().contains("This conversation is shared."));
    assert_eq!(page.text.matches(" checked").count(), 2);
    assert!(
        page.text
            .contains(&format!("<option value=\"{HUNTERS}:view:Hunters"))
    );
}

#[tokio::test]
async fn who_may_not_change_the_grants_is_told_so_and_who_sees_nothing_finds_nothing() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    world
        .share("alice", id, Some(Level::Collaborate), &[])
        .await;
    let path = sharing_path(id);
    let preview = format!("{path}/preview");
    let to_private = [
        ("version", "2"),
        ("opened", "collaborate"),
        ("reviewed", "-"),
    ];
    for (who, status) in [
        ("bob", StatusCode::FORBIDDEN),
        ("vera", StatusCode::FORBIDDEN),
        ("erin", StatusCode::NOT_FOUND),
        ("admin", StatusCode::NOT_FOUND),
        ("mallory", StatusCode::NOT_FOUND),
    ] {
        let browser = world.browser(who).await;
        for answer in [
            browser.get(&path).await,
            browser.post(&preview, &to_private).await,
            browser.post(&path, &to_private).await,
        ] {
            assert_eq!(answer.status, status, "{who}");
        }
    }
    assert_ne!(privacy(&world, id).await, Privacy::Private);
    for who in ["alice", "max"] {
        let browser = world.browser(who).await;
        let (_, saved) = review_and_save(&browser, id, &[]).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{who}");
        assert_eq!(privacy(&world, id).await, Privacy::Private, "{who}");
        world.share("alice", id, Some(Level::View), &[]).await;
    }
}

#[tokio::test]
async fn the_invisible_is_the_same_page_as_the_absent() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    for who in ["carol", "mallory"] {
        let browser = world.browser(who).await;
        let invisible = browser.get(&sharing_path(id)).await;
        let absent = browser
            .get(&format!("/conversations/{NOWHERE}/sharing"))
            .await;
        assert_eq!(invisible.status, StatusCode::NOT_FOUND);
        let same = |page: &Answer, id: &str| page.text.replace(id, "");
        assert_eq!(
            same(&invisible, &id.to_string()),
            same(&absent, NOWHERE),
            "{who}"
        );
    }
}

#[tokio::test]
async fn what_will_change_is_said_before_it_is_saved() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let hunters = group(HUNTERS, "collaborate", "Hunters of Acme");
    let fields = [("organization", "on"), ("group", hunters.as_str())];
    let (review, saved) = review_and_save(&alice, id, &fields).await;
    let words = review.words();
    for line in [
        "The conversation is no longer private.",
        "Anyone in the organization: no access → can view",
        "Hunters of Acme: no access → can collaborate",
        "more people can",
        "people will have access (now: ",
    ] {
        assert!(words.contains(line), "{line}: {words}");
    }
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    assert_eq!(saved.header("location"), format!("/conversations/{id}"));
    let wanted = [(HUNTERS, Level::Collaborate)].into();
    assert_eq!(
        privacy(&world, id).await,
        Privacy::from_grants(Some(Level::View), wanted)
    );
}

#[tokio::test]
async fn what_was_not_reviewed_is_not_saved() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let hidden = hidden(&alice.get(&sharing_path(id)).await);
    for fields in [
        &[("organization", "on")][..],
        &[("organization", "on"), ("reviewed", "-")],
        &[
            ("organization", "on"),
            ("collaborate", "on"),
            ("reviewed", "view"),
        ],
    ] {
        let answer = alice.post(&sharing_path(id), &with(&hidden, fields)).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(
            answer
                .words()
                .contains("The conversation is no longer private.")
        );
        assert_eq!(privacy(&world, id).await, Privacy::Private);
    }
}

#[tokio::test]
async fn removing_the_last_grant_makes_it_private_and_says_so() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    world
        .share("alice", id, None, &[(HUNTERS, Level::View)])
        .await;
    let alice = world.browser("alice").await;
    let (review, saved) = review_and_save(&alice, id, &[]).await;
    let words = review.words();
    assert!(
        words.contains("The conversation becomes private: no grants are left."),
        "{words}"
    );
    assert!(
        words.contains("Make private") && words.contains("at once"),
        "{words}"
    );
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    assert_eq!(privacy(&world, id).await, Privacy::Private);
}

#[tokio::test]
async fn nothing_becomes_private_while_private_conversations_are_switched_off() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let admin = world.browser("admin").await;
    admin
        .post("/settings", &[("private_conversations", "off")])
        .await;
    let alice = world.browser("alice").await;
    let hidden = hidden(&alice.get(&sharing_path(id)).await);
    let refused = alice
        .post(&sharing_path(id), &with(&hidden, &[("reviewed", "-")]))
        .await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.words().contains("at least one grant has to stay"),
        "{}",
        refused.words()
    );
    assert_ne!(privacy(&world, id).await, Privacy::Private);
}

#[tokio::test]
async fn a_form_without_its_token_or_with_fields_of_its_own_changes_nothing() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let fields = [
        ("version", "1"),
        ("opened", "-"),
        ("organization", "on"),
        ("reviewed", "view"),
    ];
    for path in [sharing_path(id), format!("{}/preview", sharing_path(id))] {
        assert_eq!(
            alice.forge(&path, &fields).await.status,
            StatusCode::FORBIDDEN
        );
        let mut more = fields.to_vec();
        more.push(("bypass", "true"));
        assert_eq!(
            alice.post(&path, &more).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        let without_version = &fields[1..];
        let answer = alice.post(&path, without_version).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let flag = alice
        .get(&format!("{}?bypass=true", sharing_path(id)))
        .await;
    assert_eq!(flag.status, StatusCode::BAD_REQUEST);
    assert_eq!(privacy(&world, id).await, Privacy::Private);
}

#[tokio::test]
async fn a_script_gets_the_dialog_without_the_page_around_it() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let part = alice.get_part(&sharing_path(id), "share").await;
    assert_eq!(part.status, StatusCode::OK);
    assert!(part.text.contains("<form class=\"share\"") && !part.text.contains("<html"));
    let other = alice.get_part(&sharing_path(id), "everything").await;
    assert_eq!(other.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_dialog_speaks_korean() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let mut alice = world.browser("alice").await;
    alice.languages = "ko-KR,ko;q=0.9";
    let page = alice.get(&sharing_path(id)).await;
    assert!(
        page.words().contains("이 대화는 비공개입니다."),
        "{}",
        page.words()
    );
    assert!(page.text.contains("<html lang=\"ko\""));
}
