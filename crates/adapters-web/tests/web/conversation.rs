//! A conversation's page: who sees which buttons, and what one does with the whole.

use axum::http::StatusCode;
use parlor_domain::{
    access::Action,
    grants::Level,
    ids::{ConversationId, MessageId},
};
use parlor_store_memory::seeds::HUNTERS;
use tokio::time::{Duration, Instant, sleep};

use crate::support::{Answer, Browser, World};

pub const NOWHERE: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c073990";

pub fn path(id: ConversationId, rest: &str) -> String {
    format!("/conversations/{id}{rest}")
}

/// Sends a prompt after a message, and answers where the answer is.
pub async fn prompt(
    browser: &Browser,
    id: ConversationId,
    parent: &str,
    content: &str,
) -> MessageId {
    let fields = [("content", content), ("parent", parent)];
    let sent = browser.post(&path(id, "/messages"), &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    leaf(&sent)
}

/// The end of the path that an answer leads to.
pub fn leaf(answer: &Answer) -> MessageId {
    let (_, leaf) = answer.header("location").split_once("#m-").unwrap();
    leaf.parse().unwrap()
}

/// The page, as soon as it says this.
pub async fn page_with(browser: &Browser, path: &str, words: &str) -> Answer {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let page = browser.get(path).await;
        if page.words().contains(words) {
            return page;
        }
        assert!(
            Instant::now() < deadline,
            "no {words:?} in {}",
            page.words()
        );
        sleep(Duration::from_millis(5)).await;
    }
}

/// The page, as soon as nothing on it is being written.
pub async fn settled(browser: &Browser, path: &str) -> Answer {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let page = browser.get(path).await;
        if !page.text.contains("data-writing") {
            return page;
        }
        assert!(
            Instant::now() < deadline,
            "it goes on and on: {}",
            page.words()
        );
        sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn everybody_has_the_buttons_that_its_access_allows_and_no_others() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let answer = prompt(&alice, id, "root", "who was it?").await;
    page_with(&alice, &path(id, ""), "Hello there").await;
    let edit = path(id, "/messages/");
    let buttons = [
        ("id=\"composer\"", Action::Prompt),
        ("data-edit", Action::Prompt),
        ("/regenerate\"", Action::Prompt),
        ("data-continue", Action::Prompt),
        ("data-rename", Action::Rename),
        ("id=\"privacy-toggle\"", Action::TogglePrivacy),
        ("data-share", Action::ChangeSharing),
        ("/fork\"", Action::Fork),
        ("/delete\"", Action::Delete),
        ("/access\"", Action::ReadPrivilegedReadings),
        ("format=markdown\"", Action::Read),
        ("/tree?leaf=", Action::Read),
    ];
    for grants in [
        (None, &[][..]),
        (Some(Level::View), &[]),
        (Some(Level::Collaborate), &[]),
        (None, &[(HUNTERS, Level::View)]),
        (Some(Level::View), &[(HUNTERS, Level::Collaborate)]),
    ] {
        world.share("max", id, grants.0, grants.1).await;
        for who in [
            "alice", "bob", "carol", "vera", "max", "erin", "admin", "mallory",
        ] {
            let page = world.browser(who).await.get(&path(id, "")).await;
            let caller = world.caller(who).await;
            let get = &world.application.get_conversation;
            let Ok(view) = get.execute(&caller, id).await else {
                assert_eq!(page.status, StatusCode::NOT_FOUND, "{who} {grants:?}");
                continue;
            };
            assert_eq!(page.status, StatusCode::OK, "{who} {grants:?}");
            for (button, action) in buttons {
                let allowed = view.access.allows(action);
                assert_eq!(
                    page.text.contains(button),
                    allowed,
                    "{who} {grants:?} {button}"
                );
            }
            let reads_only = !view.access.allows(Action::Prompt);
            assert_eq!(page.text.contains("data-kind=\"viewer\""), reads_only);
            let edit = format!("{edit}{answer}/edit");
            assert!(!page.text.contains(&edit), "an answer is not edited");
        }
    }
}

#[tokio::test]
async fn every_way_to_a_conversation_answers_the_invisible_like_the_absent() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let answer = prompt(&alice, id, "root", "who was it?").await;
    let message = format!("/messages/{answer}");
    let gets = [
        String::new(),
        format!("?leaf={answer}"),
        format!("?at={answer}"),
        "/tree".to_owned(),
        "/delete".to_owned(),
        "/export?format=json".to_owned(),
        "/export?format=markdown".to_owned(),
        format!("{message}/edit"),
    ];
    let posts: [(String, &[(&str, &str)]); 8] = [
        (
            "/messages".to_owned(),
            &[("content", "x"), ("parent", "root")],
        ),
        (format!("{message}/regenerate"), &[]),
        (format!("{message}/stop"), &[]),
        (
            "/privacy".to_owned(),
            &[("privacy", "private"), ("version", "1")],
        ),
        (
            "/privacy/undo".to_owned(),
            &[("grants", "ov"), ("version", "1")],
        ),
        ("/title".to_owned(), &[("title", "x"), ("version", "1")]),
        ("/delete".to_owned(), &[("version", "1")]),
        ("/fork".to_owned(), &[]),
    ];
    for who in ["bob", "erin", "mallory"] {
        let browser = world.browser(who).await;
        let told = |answer: &Answer, id: &str| {
            (
                answer.status,
                answer.text.replace(id, ""),
                answer.headers.clone(),
            )
        };
        for rest in &gets {
            let hidden = browser.get(&path(id, rest)).await;
            let absent = browser
                .get(&format!("/conversations/{NOWHERE}{rest}"))
                .await;
            assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{who} {rest}");
            assert_eq!(
                told(&hidden, &id.to_string()),
                told(&absent, NOWHERE),
                "{who} {rest}"
            );
        }
        for (rest, fields) in &posts {
            let hidden = browser.post(&path(id, rest), fields).await;
            let absent = format!("/conversations/{NOWHERE}{rest}");
            let absent = browser.post(&absent, fields).await;
            assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{who} {rest}");
            assert_eq!(
                told(&hidden, &id.to_string()),
                told(&absent, NOWHERE),
                "{who} {rest}"
            );
        }
    }
}

#[tokio::test]
async fn no_form_works_without_the_token_of_its_page() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let answer = prompt(&alice, id, "root", "who was it?").await;
    page_with(&alice, &path(id, ""), "Hello there").await;
    let before = alice.get(&path(id, "")).await.words();
    let message = format!("/messages/{answer}");
    let forms: [(&str, &[(&str, &str)]); 8] = [
        ("/messages", &[("content", "x")]),
        (&format!("{message}/regenerate"), &[]),
        (&format!("{message}/stop"), &[]),
        ("/privacy", &[("privacy", "shared"), ("version", "1")]),
        ("/privacy/undo", &[("grants", "ov"), ("version", "1")]),
        ("/title", &[("title", "x"), ("version", "1")]),
        ("/delete", &[("version", "1")]),
        ("/fork", &[]),
    ];
    for (rest, fields) in forms {
        let forged = alice.forge(&path(id, rest), fields).await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN, "{rest}");
        let unknown: Vec<_> = fields.iter().copied().chain([("admin", "1")]).collect();
        let unknown = alice.post(&path(id, rest), &unknown).await;
        assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY, "{rest}");
    }
    assert_eq!(alice.get(&path(id, "")).await.words(), before);
}

#[tokio::test]
async fn an_unknown_query_parameter_is_refused() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    for rest in [
        "?bypass=1",
        "?leaf=x",
        "?before=0",
        &format!("?leaf={NOWHERE}&at={NOWHERE}"),
        "/tree?all=1",
        "/export",
        "/export?format=pdf",
        "/delete?yes=1",
    ] {
        let refused = alice.get(&path(id, rest)).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{rest}");
    }
}

#[tokio::test]
async fn hostile_titles_and_messages_are_text() {
    let world = World::new().await;
    let hostile = "\"><script>alert(1)</script><!--";
    let id = world.conversation("alice", hostile).await;
    let alice = world.browser("alice").await;
    let answer = prompt(&alice, id, "root", "<img src=x onerror=alert(1)>").await;
    for rest in ["", "/tree", "/delete", &format!("?leaf={answer}")] {
        let page = alice.get(&path(id, rest)).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("<script>"), "{rest}");
        assert!(!page.text.contains("<img"), "{rest}");
        assert!(!page.text.contains("<!--"), "{rest}");
    }
}

#[tokio::test]
async fn the_reasons_are_told_in_words() {
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
    for (who, words) in [
        ("alice", "It is yours."),
        ("bob", "One of your groups may collaborate."),
        ("carol", "Everybody in the organization may view it."),
        ("vera", "You hold the permission View private responses."),
        ("max", "You hold the permission Manage responses."),
    ] {
        let page = world.browser(who).await.get(&path(id, "")).await;
        assert!(page.words().contains(words), "{who}: {}", page.words());
    }
    let mut vera = world.browser("vera").await;
    vera.languages = "ko";
    let page = vera.get(&path(id, "")).await;
    assert!(
        page.words()
            .contains("‘AI 개인 응답 보기’ 권한이 있습니다.")
    );
}

#[tokio::test]
async fn a_conversation_is_renamed_in_place_unless_somebody_was_faster() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let rename = async |title: &str, version: &str| {
        let fields = [("title", title), ("version", version), ("leaf", "")];
        alice.post(&path(id, "/title"), &fields).await
    };
    let renamed = rename(" Odd <logins> ", "1").await;
    assert_eq!(renamed.header("location"), path(id, ""));
    let page = alice.get(&path(id, "")).await;
    assert!(page.text.contains("<bdi>Odd &#60;logins&#62;</bdi>"));
    let stale = rename("Mine", "1").await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    assert!(stale.words().contains("Somebody was faster."));
    assert!(stale.text.contains("<bdi>Odd &#60;logins&#62;</bdi>"));
    let bad = rename("  ", "2").await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        bad.words()
            .contains("A title needs at least one character.")
    );
}

#[tokio::test]
async fn a_conversation_is_deleted_after_a_question() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let question = alice.get(&path(id, "/delete")).await;
    assert!(question.words().contains("Delete this conversation?"));
    let version = question.value_of("version").unwrap();
    let gone = alice
        .post(&path(id, "/delete"), &[("version", &version)])
        .await;
    assert_eq!(gone.header("location"), "/conversations?deleted=1");
    let list = alice.get(gone.header("location")).await;
    assert!(list.words().contains("The conversation was deleted."));
    assert_eq!(alice.get(&path(id, "")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_viewer_forks_what_it_reads_and_goes_on_in_its_copy() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    prompt(&alice, id, "root", "who was it?").await;
    page_with(&alice, &path(id, ""), "Hello there").await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let bob = world.browser("bob").await;
    let forked = bob.post(&path(id, "/fork"), &[]).await;
    assert_eq!(forked.status, StatusCode::SEE_OTHER);
    let copy = bob.get(forked.header("location")).await;
    assert!(copy.words().contains("Hello there"));
    assert!(copy.text.contains("id=\"composer\""));
    assert!(copy.words().contains("Forked from another conversation"));
}

#[tokio::test]
async fn an_export_is_a_file_named_by_the_id() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    prompt(&alice, id, "root", "who was it?").await;
    page_with(&alice, &path(id, ""), "Hello there").await;
    for (format, ending, kind) in [
        ("json", "json", "application/json"),
        ("markdown", "md", "text/markdown; charset=utf-8"),
    ] {
        let exported = alice
            .get(&path(id, &format!("/export?format={format}")))
            .await;
        assert_eq!(exported.header("content-type"), kind);
        assert_eq!(
            exported.header("content-disposition"),
            format!("attachment; filename=\"conversation-{id}.{ending}\"")
        );
        assert!(exported.text.contains("who was it?"));
    }
}
