//! The pages in English and in Korean.

use super::{Browser, Language, Pages, Profile, scene::Scene};
use crate::harness::is_left_out;

impl Browser {
    /// What the page says of its own language.
    async fn language(&self) -> String {
        let asked = "return document.documentElement.lang";
        let answer = self.session().execute(asked, []).await.unwrap();
        answer.convert().unwrap()
    }

    /// The first time on the page: as it is shown, and as it is said when one points at it.
    async fn a_time(&self) -> (String, String) {
        let asked = "const time = document.querySelector('main time'); return [time.textContent, time.title]";
        let answer = self.session().execute(asked, []).await.unwrap();
        answer.convert().unwrap()
    }
}

#[tokio::test]
async fn a_browser_that_prefers_korean_is_shown_korean() {
    if is_left_out("browser") {
        return;
    }
    let scene = Scene::set().await;
    let alice = scene
        .pages
        .browser(Profile::desk().reading(Language::Korean))
        .await;
    alice.open("/sign-in").await;
    alice.sees_text("누구로 로그인하시겠습니까?").await;
    // The names of the published product.
    alice.sees_text("AI 개인 응답 보기").await;
    alice.sees_text("AI 응답 관리").await;
    assert_eq!(alice.language().await, "ko");

    alice.sign_in("alice").await;
    alice
        .open(&format!("/conversations/{}", scene.private))
        .await;
    alice.sees_text("비공개").await;
    alice.follow_link("공유").await;
    alice.sees_text("조직의 모든 사용자가 볼 수 있음").await;
    alice.tick("조직의 모든 사용자가 볼 수 있음").await;
    alice.click_button("저장").await;
    alice.sees_text("조직에 공유").await;
    // The page has come anew: it does not come over the next one.
    alice.sees_no_text("변경될 내용").await;
    assert_eq!(alice.language().await, "ko");

    alice.open("/nowhere").await;
    alice.sees_text("찾을 수 없습니다").await;
}

#[tokio::test]
async fn the_reason_by_which_one_sees_something_is_named_in_korean() {
    if is_left_out("browser") {
        return;
    }
    let scene = Scene::set().await;
    let korean = Profile::desk().reading(Language::Korean);
    for (who, reason) in [
        ("vera", "AI 개인 응답 보기 권한이 있습니다."),
        ("max", "AI 응답 관리 권한이 있어"),
    ] {
        let person = scene.somebody(who, korean).await;
        person
            .open(&format!("/conversations/{}/access", scene.private))
            .await;
        person.sees_text(reason).await;
    }
}

#[tokio::test]
async fn one_switches_the_language_and_it_stays() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let alice = pages.browser(Profile::desk()).await;
    alice.open("/sign-in").await;
    alice.sees_text("Who would you like to be?").await;
    alice.click_button("한국어").await;
    alice.sees_text("누구로 로그인하시겠습니까?").await;
    assert_eq!(alice.path().await, "/sign-in", "one stays where one was");

    alice.sign_in("alice").await;
    alice.sees_text("무엇이 궁금하신가요?").await;
    alice.open("/conversations?filter=mine").await;
    alice.click_button("alice: 계정 및 언어").await;
    alice.click_button("English").await;
    alice.sees_text("What would you like to know?").await;
    assert_eq!(alice.path().await, "/conversations?filter=mine");
    assert_eq!(alice.language().await, "en");
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn times_are_written_as_in_the_language_with_scripts_and_without() {
    if is_left_out("browser") {
        return;
    }
    let scene = Scene::set().await;
    let path = format!("/conversations/{}", scene.private);
    let korean = Profile::desk().reading(Language::Korean);

    let alice = scene.somebody("alice", korean).await;
    alice.open(&path).await;
    alice
        .waits_until("the time is the reader's", async |page| {
            let (text, title) = page.a_time().await;
            let is_korean = |text: &str| text.contains("오전") || text.contains("오후");
            Ok(is_korean(&text) && is_korean(&title) && !text.contains("UTC"))
        })
        .await;

    let alice = scene.somebody("alice", korean.without_scripts()).await;
    alice.open(&path).await;
    let (text, _) = alice.a_time().await;
    assert!(text.contains('년') && text.contains('월'), "{text}");
    assert!(text.ends_with("UTC"), "{text}");

    let alice = scene
        .somebody("alice", Profile::desk().without_scripts())
        .await;
    alice.open(&path).await;
    let (text, _) = alice.a_time().await;
    assert!(!text.contains('년') && text.ends_with("UTC"), "{text}");
}
