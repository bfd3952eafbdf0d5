//! The organization's settings.

use axum::http::StatusCode;

use crate::support::World;

const OFF: [(&str, &str); 1] = [("private_conversations", "off")];

async fn is_on(world: &World, who: &str) -> bool {
    let caller = world.caller(who).await;
    world
        .application
        .read_settings
        .execute(&caller)
        .await
        .unwrap()
        .private_conversations
}

#[tokio::test]
async fn everybody_finds_and_reads_them_and_only_who_may_gets_the_form() {
    let world = World::new().await;
    for (who, may) in [
        ("admin", true),
        ("alice", false),
        ("max", false),
        ("erin", false),
    ] {
        let page = world.browser(who).await.get("/settings").await;
        assert_eq!(page.status, StatusCode::OK, "{who}");
        assert_eq!(page.text.contains("action=\"/settings\""), may, "{who}");
        assert_eq!(page.text.matches("href=\"/settings\"").count(), 1, "{who}");
        let words = page.words();
        assert!(
            words.contains("nobody sees more or less than before"),
            "{who}: {words}"
        );
        assert_eq!(
            words.contains("Private conversations are switched on."),
            !may,
            "{who}"
        );
    }
}

#[tokio::test]
async fn they_are_changed_by_who_may_for_its_own_organization() {
    let world = World::new().await;
    let admin = world.browser("admin").await;
    let answer = admin.post("/settings", &OFF).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(!is_on(&world, "alice").await);
    assert!(
        is_on(&world, "mallory").await,
        "the other organization's are its own"
    );
    let page = admin.get(answer.header("location")).await;
    assert!(page.words().contains("The settings are saved."));
}

/// By the setting, in both languages, beside the field for a first prompt.
#[tokio::test]
async fn the_list_says_exactly_who_sees_a_new_conversation() {
    let world = World::new().await;
    let mut alice = world.browser("alice").await;
    for (switched, texts) in [
        (
            "on",
            [
                "Until you share it, only you and people with privileged access can see it.",
                "공유하기 전까지 나와 특별 열람 권한이 있는 사용자만 볼 수 있습니다.",
            ],
        ),
        (
            "off",
            [
                "Everyone in your organization who can use AI, and people with privileged access, can see it.",
                "조직에서 AI를 사용할 수 있는 모든 사용자와 특별 열람 권한이 있는 사용자가 볼 수 있습니다.",
            ],
        ),
    ] {
        let admin = world.browser("admin").await;
        let answer = admin
            .post("/settings", &[("private_conversations", switched)])
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        for (languages, text) in ["en", "ko"].into_iter().zip(texts) {
            alice.languages = languages;
            let words = alice.get("/conversations").await.words();
            assert!(words.contains(text), "{languages}: {words}");
        }
    }
}

#[tokio::test]
async fn nobody_else_changes_them() {
    let world = World::new().await;
    for who in ["alice", "max", "vera", "erin"] {
        let answer = world.browser(who).await.post("/settings", &OFF).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{who}");
    }
    assert!(is_on(&world, "alice").await);
}

#[tokio::test]
async fn a_form_without_its_token_or_with_other_fields_changes_nothing() {
    let world = World::new().await;
    let admin = world.browser("admin").await;
    assert_eq!(
        admin.forge("/settings", &OFF).await.status,
        StatusCode::FORBIDDEN
    );
    for fields in [
        &[("private_conversations", "maybe")][..],
        &[],
        &[("private_conversations", "off"), ("everything", "on")],
    ] {
        let answer = admin.post("/settings", fields).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{fields:?}"
        );
    }
    assert!(is_on(&world, "alice").await);
}
