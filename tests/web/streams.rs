//! How many event streams the pages of one browser hold, counted at the service.

use std::time::Duration;

use serde_json::json;

use super::{Browser, Pages, Profile, Site};
use crate::harness::{is_left_out, within};

/// How long the stream of a page that was left can be open: as the documentation promises.
const LEFT: Duration = Duration::from_secs(5);

/// How many streams the service has open, at all its instances.
async fn streams(pages: &Pages) -> f64 {
    let metrics = pages.service().metrics().await;
    let lines = metrics.lines();
    let counts = lines.filter_map(|line| line.strip_prefix("parlor_streams "));
    counts.map(|count| count.parse::<f64>().unwrap()).sum()
}

/// Waits until the service has so many streams open.
async fn has_streams(pages: &Pages, browser: &Browser, count: u32) {
    let what = format!("{count} streams are open");
    let holds = async |_: &Browser| Ok((streams(pages).await - f64::from(count)).abs() < 0.5);
    browser.waits_until(&what, holds).await;
}

/// Opens a conversation in another tab, and waits until the page has its events.
async fn opens_in_a_new_tab(browser: &Browser, id: &str) {
    let tab = browser.session().new_tab().await.unwrap();
    browser.session().switch_to_window(tab).await.unwrap();
    browser.open(&format!("/conversations/{id}")).await;
}

#[tokio::test]
async fn twelve_tabs_hold_one_event_stream() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let author = pages.service().acting_as("alice");
    let mut ids = Vec::new();
    for number in 0..12 {
        ids.push(author.create(&format!("Tab {number}")).await);
    }
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    for id in &ids {
        opens_in_a_new_tab(&alice, id).await;
    }
    has_streams(&pages, &alice, 1).await;
    // It is the one over which events come.
    let last = ids.last().unwrap();
    author.prompt(last, "A tangerine").await;
    alice.sees_text("A tangerine").await;
    has_streams(&pages, &alice, 1).await;
    // A second browser has one of its own.
    let bob = pages.browser(Profile::desk()).await;
    bob.sign_in("bob").await;
    has_streams(&pages, &bob, 2).await;
    drop(bob);
    has_streams(&pages, &alice, 1).await;
    alice.noticed_nothing().await;
}

/// A browser without shared workers, whose page says that it is hidden when it is told so.
async fn without_shared_workers(browser: &Browser) {
    let source = "delete globalThis.SharedWorker; let hidden = false; \
        Object.defineProperty(document, 'hidden', { get: () => hidden }); \
        globalThis.hide = (it) => { hidden = it; document.dispatchEvent(new Event('visibilitychange')); }";
    let cdp = browser.session().cdp();
    cdp.send_raw(
        "Page.addScriptToEvaluateOnNewDocument",
        json!({ "source": source }),
    )
    .await
    .unwrap();
}

async fn hides(browser: &Browser, is_hidden: bool) {
    let script = "hide(arguments[0])";
    let hidden = browser.session().execute(script, [json!(is_hidden)]).await;
    hidden.unwrap();
}

#[tokio::test]
async fn without_shared_workers_hidden_pages_hold_no_stream_and_miss_nothing() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let author = pages.service().acting_as("alice");
    let id = author.create("Hidden").await;
    let alice = pages.browser(Profile::desk()).await;
    without_shared_workers(&alice).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    let has_none = "return !('SharedWorker' in globalThis)";
    assert!(alice.answer::<bool>(has_none, []).await.unwrap());
    author.prompt(&id, "Said before").await;
    alice.sees_text("Said before").await;
    has_streams(&pages, &alice, 1).await;
    hides(&alice, true).await;
    has_streams(&pages, &alice, 0).await;
    author.prompt(&id, "Said meanwhile").await;
    assert!(streams(&pages).await < 0.5, "it asked for nothing");
    alice.sees_no_text("Said meanwhile").await;
    hides(&alice, false).await;
    alice.sees_text("Said meanwhile").await;
    has_streams(&pages, &alice, 1).await;
    alice.noticed_nothing().await;
}

/// A page that the browser kept would be frozen, with its worker and its stream.
#[tokio::test]
async fn pages_that_were_left_hold_no_stream_and_are_live_again_when_one_comes_back() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let author = pages.service().acting_as("alice");
    let elsewhere = Site::of("Another site").await;
    let origins = [
        pages.service().base().to_owned(),
        elsewhere.origin().to_owned(),
    ];
    for (round, has_workers) in [true, false].into_iter().enumerate() {
        let browser = Browser::start(&origins, Profile::phone()).await;
        if !has_workers {
            without_shared_workers(&browser).await;
        }
        browser.sign_in("alice").await;
        for (place, away) in ["/settings", elsewhere.origin()].into_iter().enumerate() {
            let title = |what: &str| format!("{what} {round}.{place}");
            let id = author.create(&title("Left")).await;
            browser.open(&format!("/conversations/{id}")).await;
            has_streams(&pages, &browser, 1).await;
            leaves(&pages, &browser, away).await;
            author.prompt(&id, "Said meanwhile").await;
            browser.session().back().await.unwrap();
            browser.sees_text("Said meanwhile").await;
            has_streams(&pages, &browser, 1).await;
            author.prompt(&id, "Said after").await;
            browser.sees_text("Said after").await;

            browser.open("/conversations").await;
            has_streams(&pages, &browser, 1).await;
            leaves(&pages, &browser, away).await;
            author.create(&title("Made meanwhile")).await;
            browser.session().back().await.unwrap();
            browser.sees_text(&title("Made meanwhile")).await;
            has_streams(&pages, &browser, 1).await;
            author.create(&title("Made after")).await;
            browser.sees_text(&title("Made after")).await;
        }
        browser.noticed_nothing().await;
        leaves(&pages, &browser, "/settings").await;
    }
}

/// Goes to another page, and waits until the service has no stream of the one before.
async fn leaves(pages: &Pages, browser: &Browser, away: &str) {
    browser.open(away).await;
    within(LEFT, &format!("{away}: no stream is open"), || async {
        (streams(pages).await < 0.5).then_some(())
    })
    .await;
}
