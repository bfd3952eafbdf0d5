//! Each page as people see it.

use crate::{
    harness::is_left_out,
    web::{Browser, Language, Profile, scene::Scene},
};

/// Signs somebody in, goes there, and keeps what is seen.
async fn picture(scene: &Scene, who: &str, profile: Profile, path: &str, name: &str) -> Browser {
    let browser = scene.somebody(who, profile).await;
    browser.open(path).await;
    keep(&browser, name).await;
    browser
}

/// What is worth seeing comes into sight.
async fn scroll(browser: &Browser, script: &str) {
    browser.session().execute(script, []).await.unwrap();
}

async fn keep(browser: &Browser, name: &str) {
    browser
        .waits_until("what is asked for is there", async |page| {
            let busy = "return document.querySelectorAll('[aria-busy=true]').length";
            Ok(page.session().execute(busy, []).await?.json() == 0)
        })
        .await;
    assert!(browser.document_screenshot(name).await.is_file());
}

#[tokio::test]
async fn the_pages_of_whoever_asks_are_pictured() {
    if is_left_out("browser") {
        return;
    }
    let scene = Scene::set().await;
    let conversation = format!("/conversations/{}", scene.private);
    let (desk, phone) = (Profile::desk(), Profile::phone());

    let visitor = scene.pages.browser(desk).await;
    visitor.open("/sign-in").await;
    keep(&visitor, "sign-in").await;

    let alice = picture(&scene, "alice", desk, "/conversations", "list").await;
    alice.open(&conversation).await;
    alice.sees_text("The phishing mails of Monday").await;
    if Browser::is_pictured() {
        has_colours(&alice).await;
    }
    alice.sees_text("The phishing mails of Monday").await;
    scroll(&alice, "window.scrollTo(0, 0)").await;
    keep(&alice, "conversation").await;
    alice.follow_link("Share").await;
    alice.tick("Anyone in the organization can view").await;
    alice.sees_text("more people can view it").await;
    let summary = "document.querySelector('#share-summary').scrollIntoView()";
    scroll(&alice, summary).await;
    keep(&alice, "share").await;
    alice.open(&conversation).await;
    alice.follow_link("Map").await;
    alice.sees_text("Choose one to go there").await;
    keep(&alice, "map").await;

    picture(&scene, "alice", phone, "/conversations", "list-narrow").await;
    let dark = phone.in_the_dark();
    picture(
        &scene,
        "alice",
        dark,
        &conversation,
        "conversation-narrow-dark",
    )
    .await;
    let korean = desk.reading(Language::Korean);
    let read_only = format!("/conversations/{}", scene.read_only);
    let alice = scene.somebody("alice", korean).await;
    alice.open(&read_only).await;
    alice.sees_text("The phishing mails of Monday").await;
    keep(&alice, "read-only-korean").await;
}

#[tokio::test]
async fn the_pages_of_whoever_looks_after_others_are_pictured() {
    if is_left_out("browser") {
        return;
    }
    let scene = Scene::set().await;
    let access = format!("/conversations/{}/access", scene.private);
    let desk = Profile::desk();
    picture(&scene, "alice", desk, &access, "access").await;
    picture(&scene, "vera", desk.in_the_dark(), "/audit", "audit-dark").await;
    let korean = Profile::phone().reading(Language::Korean);
    picture(
        &scene,
        "admin",
        korean,
        "/settings",
        "settings-narrow-korean",
    )
    .await;
}

/// Colours have little time, which a slow machine may not have left at first: only a picture that people look at waits for them.
async fn has_colours(browser: &Browser) {
    browser
        .waits_until("code has its colours", async |page| {
            let coloured = "return document.querySelector('.hl-keyword') !== null";
            let coloured: bool = page.session().execute(coloured, []).await?.convert()?;
            if !coloured {
                page.session().refresh().await?;
            }
            Ok(coloured)
        })
        .await;
}
