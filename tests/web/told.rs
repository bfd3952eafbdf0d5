//! What a page tells, for as long as it is so, and what it sends.

use serde_json::json;
use thirtyfour::Key;

use super::{
    Browser, Language, Pages, Profile,
    live::{box_text, loses_answers},
    steps::{answer, prompt},
};
use crate::harness::is_left_out;

#[tokio::test]
async fn a_notice_goes_when_somebody_else_changes_what_it_tells() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Told").await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    alice.marks_the_page().await;
    alice.clicks("//button[@id='privacy-toggle']").await;
    alice
        .sees_text("Everyone in the organization who can use AI can view it now.")
        .await;
    // What was told stays as long as nobody changes it.
    owner.prompt(&id, "A tangerine").await;
    alice.sees_text("Hello alice").await;
    alice.sees_answers_end().await;
    alice.sees_text("can view it now.").await;

    let grants = json!({ "organization": null, "groups": [] });
    owner.share(&id, grants).await.expect(200);
    alice.sees_no_text("can view it now.").await;
    alice.sees_no_text("Undo").await;
    alice.has_not_reloaded().await;
    alice.noticed_nothing().await;
}

/// Counts the forms that this page sends from now on.
const COUNTS: &str = "globalThis.sent = 0; const before = globalThis.fetch; \
    globalThis.fetch = (url, options) => { \
        if (options?.method === 'POST') globalThis.sent += 1; \
        return before(url, options); \
    }";

async fn sent(browser: &Browser) -> usize {
    let script = "return globalThis.sent";
    browser.answer(script, []).await.unwrap()
}

impl Browser {
    /// Waits until the answer that repeats this prompt is there as a whole.
    pub async fn sees_answered(&self, text: &str) {
        let answered = answer(text);
        self.waits_until(&format!("{text} is answered"), async |page| {
            Ok(page.count(&answered).await == 1)
        })
        .await;
        self.sees_answers_end().await;
    }
}

async fn may_send(browser: &Browser) -> bool {
    let script = "return !document.querySelector('#composer .composer-row .primary').disabled";
    browser.answer(script, []).await.unwrap()
}

#[tokio::test]
async fn what_is_typed_while_an_answer_is_written_stays_and_nothing_empty_is_sent() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice
        .fill("Your prompt", "Tell me about tangerines !slow !long")
        .await;
    alice.click_button("Begin").await;
    alice.sees_text("is being written …").await;
    alice.fill("Your prompt", "And peaches?").await;
    assert!(!may_send(&alice).await);
    alice.keyboard(Key::Enter).await;
    let typed = "return document.querySelector('#composer-content').value";
    let typed: String = alice.answer(typed, []).await.unwrap();
    assert_eq!(typed, "And peaches?");
    assert_eq!(alice.count(&prompt("")).await, 1);
    alice.click_button("Stop").await;
    alice.sees_answers_end().await;
    alice.session().execute(COUNTS, []).await.unwrap();
    alice.click_button("Send").await;
    alice.sees_answered("And peaches?").await;
    assert_eq!(sent(&alice).await, 1);

    for nothing in ["   ", ""] {
        alice.fill("Your prompt", nothing).await;
        alice.keyboard(Key::Enter).await;
        alice.click_button("Send").await;
    }
    alice.fill("Your prompt", "And plums?").await;
    alice.click_button("Send").await;
    alice.sees_answered("And plums?").await;
    assert_eq!(sent(&alice).await, 2);
    assert_eq!(alice.count(&prompt("")).await, 3);
    alice.noticed_nothing().await;
}

/// What one reads, clicks or writes in is under a sentence at the edge of the page; nothing as long as there is no such sentence.
const COVERED: &str = "
    const toasts = [...document.querySelectorAll('.toast')].filter(it => it.checkVisibility());
    if (toasts.length === 0) return null;
    const parts = document.querySelectorAll('header :is(h1, a, button, summary, label), main :is(h1, a, button, summary, .hint, textarea)');
    return [...parts].filter(it => it.checkVisibility()).filter(it => toasts.some(toast => {
        const [above, { top, bottom, left, right }] = [toast, it].map(it => it.getBoundingClientRect());
        return top < above.bottom && above.top < bottom && left < above.right && above.left < right;
    })).map(it => it.id || it.textContent);
";

/// How many sentences there are at the edge of the page, and how many of them can be seen.
const TOASTS: &str = "const all = [...document.querySelectorAll('.toast')]; \
    return [all.length, all.filter(it => it.checkVisibility()).length]";

#[tokio::test]
async fn that_the_service_is_away_covers_nothing_that_can_be_used_in_both_languages_at_all_widths()
{
    if is_left_out("browser") {
        return;
    }
    let mut pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Away").await;
    let everybody = json!({ "organization": "view", "groups": [] });
    owner.share(&id, everybody).await.expect(200);
    for language in [Language::English, Language::Korean] {
        let [alice, bob] = pages
            .two_browsers([Profile::desk().reading(language); 2])
            .await;
        for (browser, name) in [(&alice, "alice"), (&bob, "bob")] {
            browser.sign_in(name).await;
            browser.open(&format!("/conversations/{id}")).await;
        }
        pages.service_mut().kill();
        for browser in [&alice, &bob] {
            browser
                .waits_until("it says that the service is away", async |page| {
                    let script = "return document.getElementById('toast-live') !== null";
                    page.answer(script, []).await
                })
                .await;
            // What the page asks for by itself is not answered either: a second sentence that says the same.
            let asks = "const box = document.querySelector('[data-search] input'); \
                box.dispatchEvent(new Event('input', { bubbles: true }))";
            browser.session().execute(asks, []).await.unwrap();
            browser
                .waits_until(
                    "both sentences are there, of which one is seen",
                    async |page| Ok(page.answer::<(u32, u32)>(TOASTS, []).await? == (2, 1)),
                )
                .await;
            for width in [320, 360, 768, 1280] {
                browser.is_wide(width).await;
                let covered: Vec<String> = browser
                    .waits_for("a sentence is seen", async |page| {
                        page.answer(COVERED, []).await
                    })
                    .await;
                assert!(covered.is_empty(), "{language:?}, {width}: {covered:?}");
            }
        }
        pages.service_mut().start().await;
    }
}

#[tokio::test]
async fn a_service_that_is_away_is_told_once_and_no_longer_than_that() {
    if is_left_out("browser") {
        return;
    }
    let mut pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Away").await;
    for profile in [Profile::desk(), Profile::phone()] {
        let alice = pages.browser(profile).await;
        alice.sign_in("alice").await;
        alice.open(&format!("/conversations/{id}")).await;
        alice.marks_the_page().await;
        pages.service_mut().kill();
        let away = "No connection to the service. Trying again …";
        alice.sees_text(away).await;

        let told = "No answer came from the service.";
        alice.clicks("//button[@id='privacy-toggle']").await;
        alice.sees_text(told).await;
        alice.sees_no_text(away).await;
        alice
            .sees_no_text("The service did not answer in time")
            .await;

        pages.service_mut().start().await;
        // It was not done, and stays so until the person does something.
        let undone = "your last action was not done";
        alice.sees_text(undone).await;
        alice.sees_no_text(told).await;
        alice.sees_no_text(away).await;
        alice.sees_text(undone).await;
        alice.click_button("Close").await;
        alice.sees_no_text(undone).await;
        alice.has_not_reloaded().await;
    }
}

/// Lets the next form with this in its address be answered, and loses the answer once the page shows by its stream that this holds.
pub async fn loses_an_answer(browser: &Browser, part: &str, happened: &str) {
    let script = format!(
        "globalThis.isLost = false; const {{ fetch }} = globalThis; \
        globalThis.fetch = async (url, options) => {{ \
            if (!String(url).includes(arguments[0]) || options?.method !== 'POST') return fetch(url, options); \
            globalThis.fetch = fetch; \
            await (await fetch(url, options)).text(); \
            while (!({happened})) await new Promise(done => setTimeout(done, 20)); \
            globalThis.isLost = true; \
            throw new TypeError('the connection is lost'); }}"
    )
    .replace("arguments[0]", &format!("'{part}'"));
    browser.session().execute(script, []).await.unwrap();
}

pub const NO_ANSWER: &str = "No answer came";

#[tokio::test]
async fn that_no_answer_came_is_not_told_of_what_the_page_sees_done() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Lost").await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    alice.marks_the_page().await;
    let is_lost = async |what: &str| {
        alice
            .waits_until(&format!("{what}: the answer is lost"), async |page| {
                let script =
                    "return globalThis.isLost && !document.querySelector('form[aria-busy]')";
                page.answer(script, []).await
            })
            .await;
        alice.sees_no_text(NO_ANSWER).await;
    };
    let is_shared = "document.getElementById('privacy-toggle').textContent.includes('Shared')";
    loses_an_answer(&alice, "/privacy", is_shared).await;
    alice.clicks("//button[@id='privacy-toggle']").await;
    is_lost("toggling").await;

    // The field stays open while somebody types in it.
    let is_listed = "document.querySelector('[data-items]').textContent.includes('Found')";
    loses_an_answer(&alice, "/title", is_listed).await;
    alice.click_button("Rename").await;
    alice.fill("Title", "Found").await;
    alice.click_button("Save").await;
    is_lost("renaming").await;
    alice
        .waits_until("it has its title", async |page| {
            let script = "return document.querySelector('h1').textContent === 'Found'";
            page.answer(script, []).await
        })
        .await;

    owner.prompt(&id, "A tangerine").await;
    alice.sees_answered("A tangerine").await;
    let is_second = "document.querySelector('.siblings')?.textContent.includes('2')";
    loses_an_answer(&alice, "/regenerate", is_second).await;
    alice.clicks_in(&answer("A tangerine"), "Regenerate").await;
    is_lost("regenerating").await;
    alice.has_not_reloaded().await;
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn a_prompt_whose_answer_is_lost_is_told_of_only_until_the_page_sees_it() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Lost").await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    // It is stored, and no attempt to find out is ever answered.
    loses_answers(&alice, "/messages", 100, true).await;
    alice.fill("Your prompt", "A tangerine").await;
    alice.keyboard(Key::Enter).await;
    alice.sees_answered("A tangerine").await;
    alice.sees_no_text(NO_ANSWER).await;
    assert_eq!(alice.count("//*[contains(@class, 'pending')]").await, 0);
    assert_eq!(box_text(&alice).await, "");
    assert_eq!(owner.tree(&id).await.len(), 2);

    // It reaches the service after the page has given up.
    alice.session().refresh().await.unwrap();
    loses_answers(&alice, "/messages", 5, false).await;
    alice.fill("Your prompt", "A peach").await;
    alice.keyboard(Key::Enter).await;
    alice.sees_text("your prompt is not stored").await;
    assert_eq!(box_text(&alice).await, "A peach");
    owner.prompt(&id, "A peach").await;
    alice.sees_answered("A peach").await;
    alice.sees_no_text(NO_ANSWER).await;
    assert_eq!(box_text(&alice).await, "");
    alice.noticed_nothing().await;
}
