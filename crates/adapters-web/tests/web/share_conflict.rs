//! Somebody else saved the grants while the dialog was open.

use axum::http::StatusCode;
use parlor_application::version_condition::VersionCondition;
use parlor_domain::{
    grants::{Level, Privacy},
    text::Title,
};
use parlor_store_memory::seeds::HUNTERS;

use crate::{
    share::{hidden, privacy, sharing_path, with},
    support::World,
};

const TO_VIEW: [(&str, &str); 2] = [("organization", "on"), ("reviewed", "view")];

#[tokio::test]
async fn a_newer_change_is_shown_and_not_overwritten() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let hidden = hidden(&alice.get(&sharing_path(id)).await);
    world
        .share("max", id, None, &[(HUNTERS, Level::Collaborate)])
        .await;
    let theirs = privacy(&world, id).await;

    let answer = alice
        .post(&sharing_path(id), &with(&hidden, &TO_VIEW))
        .await;
    assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(privacy(&world, id).await, theirs, "nothing is overwritten");
    let words = answer.words();
    assert!(
        words.contains("Somebody else has changed this conversation"),
        "{words}"
    );
    assert!(
        words.contains(
            "Hunters of Acme no access can collaborate (changed by somebody else) no access"
        ),
        "{words}"
    );
    assert!(
        words.contains("Anyone in the organization no access no access can view"),
        "{words}"
    );
    // The form is still that of the version that was opened.
    assert_eq!(answer.value_of("version").unwrap(), hidden[0].1);
    let again = alice
        .post(&sharing_path(id), &with(&hidden, &TO_VIEW))
        .await;
    assert_eq!(again.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(privacy(&world, id).await, theirs);
}

#[tokio::test]
async fn who_has_seen_the_newer_change_may_replace_it() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let hidden = hidden(&alice.get(&sharing_path(id)).await);
    world
        .share("max", id, None, &[(HUNTERS, Level::View)])
        .await;
    let answer = alice
        .post(&sharing_path(id), &with(&hidden, &TO_VIEW))
        .await;
    let seen = answer.value_of("confirm").unwrap();
    assert!(
        answer
            .words()
            .contains("Hunters of Acme: can view → no access")
    );

    // Somebody is faster once more.
    world
        .share("max", id, None, &[(HUNTERS, Level::Collaborate)])
        .await;
    let mut confirmed = TO_VIEW.to_vec();
    confirmed.push(("confirm", &seen));
    let outdated = alice
        .post(&sharing_path(id), &with(&hidden, &confirmed))
        .await;
    assert_eq!(outdated.status, StatusCode::PRECONDITION_FAILED);

    let seen = outdated.value_of("confirm").unwrap();
    let mut confirmed = TO_VIEW.to_vec();
    confirmed.push(("confirm", &seen));
    let saved = alice
        .post(&sharing_path(id), &with(&hidden, &confirmed))
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let wanted = Privacy::from_grants(Some(Level::View), [].into());
    assert_eq!(privacy(&world, id).await, wanted);
}

#[tokio::test]
async fn the_newer_change_shows_while_one_still_chooses() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let hidden = hidden(&alice.get(&sharing_path(id)).await);
    world.share("max", id, Some(Level::View), &[]).await;
    let preview = format!("{}/preview", sharing_path(id));
    let part = alice
        .post_part(&preview, "share", &with(&hidden, &[("organization", "on")]))
        .await;
    assert_eq!(part.status, StatusCode::OK);
    let words = part.words();
    assert!(words.contains("Somebody else has changed"), "{words}");
    assert!(
        words.contains("Nothing will change"),
        "both want the same: {words}"
    );
    assert_eq!(part.value_of("confirm"), None, "there is nothing to save");
}

#[tokio::test]
async fn a_new_title_is_no_change_of_the_grants_but_is_said() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let hidden = hidden(&alice.get(&sharing_path(id)).await);
    let max = world.caller("max").await;
    let rename = &world.application.rename_conversation;
    let title = Title::parse("Odder logins").unwrap();
    rename
        .execute(&max, id, &VersionCondition::Any, title)
        .await
        .unwrap();
    let answer = alice
        .post(&sharing_path(id), &with(&hidden, &TO_VIEW))
        .await;
    assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED);
    let words = answer.words();
    assert!(
        words.contains("title or owner was changed; the grants are what they were"),
        "{words}"
    );
    assert!(answer.value_of("confirm").is_some());
    assert_eq!(privacy(&world, id).await, Privacy::Private);
}
