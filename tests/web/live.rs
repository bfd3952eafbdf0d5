//! Many pages of one person: one connection for all of them, and nothing that was typed is lost.

use std::time::{Duration, Instant};

use serde_json::json;
use thirtyfour::{Key, WindowHandle};

use super::{Browser, Pages, Profile};
use crate::harness::{Service, is_left_out};

const BOX: &str = "return document.getElementById('composer-content').value";

/// Opens conversations, each in a tab of its own.
async fn opens_in_tabs(browser: &Browser, ids: &[String]) -> Vec<WindowHandle> {
    let mut tabs = Vec::new();
    for (number, id) in ids.iter().enumerate() {
        if number > 0 {
            let tab = browser.session().new_tab().await.unwrap();
            browser.session().switch_to_window(tab).await.unwrap();
        }
        browser.open(&format!("/conversations/{id}")).await;
        tabs.push(browser.session().window().await.unwrap());
    }
    tabs
}

pub async fn box_text(browser: &Browser) -> String {
    browser.answer(BOX, []).await.unwrap()
}

/// Lets requests with this in their address fail after the service has answered them, so often; or before it is asked.
pub async fn loses_answers(browser: &Browser, part: &str, times: u32, is_asked: bool) {
    let script = "const [part, times, isAsked] = arguments; const { fetch } = globalThis; globalThis.lost = 0; \
        globalThis.fetch = async (url, options) => { \
            if (!String(url).includes(part) || globalThis.lost >= times) return fetch(url, options); \
            globalThis.lost += 1; \
            if (isAsked) await (await fetch(url, options)).text(); \
            throw new TypeError('the connection is lost'); }";
    let arguments = [json!(part), json!(times), json!(is_asked)];
    browser.session().execute(script, arguments).await.unwrap();
}

#[tokio::test]
async fn twelve_tabs_share_a_connection_and_each_prompt_is_stored_and_shown_within_two_seconds() {
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
    let tabs = opens_in_tabs(&alice, &ids).await;
    for (number, tab) in tabs.iter().enumerate() {
        alice.session().switch_to_window(tab.clone()).await.unwrap();
        let began = Instant::now();
        let text = format!("Prompt {number} !slow");
        let script = "const box = document.getElementById('composer-content'); box.value = arguments[0]; \
            box.form.requestSubmit()";
        alice
            .session()
            .execute(script, [json!(text)])
            .await
            .unwrap();
        alice
            .waits_until("the prompt is shown as stored", async |page| {
                let script = "return [...document.querySelectorAll('article.prompt .markdown')] \
                    .some(it => it.textContent.includes(arguments[0]))";
                page.answer(script, [json!(text)]).await
            })
            .await;
        let took = began.elapsed();
        assert!(took < Duration::from_secs(2), "tab {number}: {took:?}");
        assert!(!author.tree(&ids[number]).await.is_empty(), "it is stored");
    }
    // Twelve answers are being written, and come over one connection.
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn what_is_typed_while_a_prompt_is_sent_stays_in_the_box() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let id = pages.service().acting_as("alice").create("Typing").await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    // The answer to the form waits until it is let go.
    let script = "const { fetch } = globalThis; globalThis.fetch = async (url, options) => { \
        const response = await fetch(url, options); \
        if (options?.method === 'POST') await new Promise((go) => (globalThis.go = go)); \
        return response; }";
    alice.session().execute(script, []).await.unwrap();
    alice.fill("Your prompt", "The first one").await;
    alice.keyboard(Key::Enter).await;
    alice.keyboard("typed meanwhile").await;
    assert_eq!(box_text(&alice).await, "typed meanwhile");
    alice
        .waits_until("the answer is there", async |page| {
            page.answer("return 'go' in globalThis", []).await
        })
        .await;
    alice.keyboard(" and after").await;
    alice.session().execute("go()", []).await.unwrap();
    alice
        .sees_messages(&["The first one", "Hello alice, you wrote:"])
        .await;
    alice.sees_answers_end().await;
    assert_eq!(box_text(&alice).await, "typed meanwhile and after");
    assert_eq!(alice.focused().await, "Your prompt");
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn a_prompt_that_is_refused_comes_back_before_what_was_typed_since() {
    if is_left_out("browser") {
        return;
    }
    let service = Service::builder().with("PARLOR_LIMITS__PROMPTS_PER_MINUTE", "1");
    let pages = Pages::of(service).await;
    let author = pages.service().acting_as("alice");
    let id = author.create("Refused").await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    alice.fill("Your prompt", "The first one").await;
    alice.keyboard(Key::Enter).await;
    alice.sees_text("Hello alice").await;
    alice.sees_answers_end().await;
    // One a minute: this one is refused.
    alice.fill("Your prompt", "Too early").await;
    alice.keyboard(Key::Enter).await;
    alice.keyboard("typed since").await;
    alice.sees_text("Not sent.").await;
    let text = box_text(&alice).await;
    assert!(text.starts_with("Too early"), "{text}");
    assert!(text.ends_with("typed since"), "{text}");
    alice.noticed_only_refusals(&["429"]).await;
}

#[tokio::test]
async fn after_a_lost_answer_the_page_finds_out_that_the_prompt_is_stored_and_stores_it_once() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let author = pages.service().acting_as("alice");
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    for (is_asked, title) in [(true, "Answered"), (false, "Unasked")] {
        let id = author.create(title).await;
        alice.open(&format!("/conversations/{id}")).await;
        loses_answers(&alice, "/messages", 2, is_asked).await;
        alice.fill("Your prompt", "Only once !slow").await;
        alice.keyboard(Key::Enter).await;
        // Where it is stored, the stream shows that before one can read this.
        if !is_asked {
            alice
                .sees_text("Checking whether your prompt is stored")
                .await;
        }
        alice
            .sees_messages(&["Only once !slow", "Hello alice, you wrote:"])
            .await;
        alice
            .sees_no_text("Checking whether your prompt is stored")
            .await;
        assert_eq!(box_text(&alice).await, "");
        alice.click_button("Stop").await;
        alice.sees_answers_end().await;
        assert_eq!(author.tree(&id).await.len(), 2, "{title}");
    }
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn a_draft_survives_reload_and_a_forced_sign_out_and_is_nobody_elses() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let author = pages.service().acting_as("alice");
    let id = author.create("Drafted").await;
    let organization = json!({ "organization": "collaborate", "groups": [] });
    author.share(&id, organization).await.expect(200);
    let address = format!("/conversations/{id}");
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&address).await;
    alice.fill("Your prompt", "my unsent words").await;
    alice.session().refresh().await.unwrap();
    assert_eq!(box_text(&alice).await, "my unsent words");

    // Signed out in another browser: this page notices, and goes to the sign-in page.
    let elsewhere = pages.browser(Profile::desk()).await;
    elsewhere.sign_in("alice").await;
    elsewhere.click_button("alice: account and language").await;
    elsewhere.click_button("Sign out").await;
    alice
        .waits_until("it is signed out", async |page| {
            Ok(page.path().await.starts_with("/sign-in"))
        })
        .await;
    alice.click_button("Sign in as alice").await;
    alice.sees_text("Drafted").await;
    assert_eq!(box_text(&alice).await, "my unsent words");

    // Somebody else in the same tab finds nothing, and neither does the first one after that.
    alice.session().delete_all_cookies().await.unwrap();
    alice.sign_in("bob").await;
    alice.open(&address).await;
    assert_eq!(box_text(&alice).await, "");
    let kept = "return Object.keys(sessionStorage).filter(it => it.startsWith('draft:')).length";
    assert_eq!(alice.answer::<u64>(kept, []).await.unwrap(), 0);
    alice.noticed().await;
}

#[tokio::test]
async fn sending_and_signing_out_remove_the_draft() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let id = pages.service().acting_as("alice").create("Drafted").await;
    let kept = "return Object.keys(sessionStorage).filter(it => it.startsWith('draft:')).length";
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    alice.fill("Your prompt", "to be sent").await;
    assert_eq!(alice.answer::<u64>(kept, []).await.unwrap(), 1);
    alice.keyboard(Key::Enter).await;
    alice
        .sees_messages(&["to be sent", "Hello alice, you wrote:"])
        .await;
    alice
        .waits_until("no draft is kept", async |page| {
            Ok(page.answer::<u64>(kept, []).await? == 0)
        })
        .await;
    alice.fill("Your prompt", "to be left").await;
    assert_eq!(alice.answer::<u64>(kept, []).await.unwrap(), 1);
    alice.click_button("alice: account and language").await;
    alice.click_button("Sign out").await;
    alice.sees_text("Sign in as alice").await;
    assert_eq!(alice.answer::<u64>(kept, []).await.unwrap(), 0);
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn who_loses_access_keeps_what_was_typed_and_finds_ways_on() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Secret plans").await;
    let collaborate = json!({ "organization": "collaborate", "groups": [] });
    owner.share(&id, collaborate).await.expect(200);
    let bob = pages.browser(Profile::desk()).await;
    bob.sign_in("bob").await;
    bob.open(&format!("/conversations/{id}")).await;
    bob.fill("Your prompt", "a long question of mine").await;
    let typed = "return document.querySelector('.unsent textarea')?.value";

    // Lowered.
    let view = json!({ "organization": "view", "groups": [] });
    owner.share(&id, view).await.expect(200);
    bob.sees_text("This conversation is read-only").await;
    let value: String = bob.answer(typed, []).await.unwrap();
    assert_eq!(value, "a long question of mine");

    // Lost, in the open page and in the one that a reload shows.
    let nobody = json!({ "organization": null, "groups": [] });
    owner.share(&id, nobody).await.expect(200);
    bob.sees_text("You can no longer see this conversation.")
        .await;
    bob.sees_listed(&[]).await;
    for heading in [
        "You can no longer see this conversation.",
        "There is nothing here",
    ] {
        bob.sees_text(heading).await;
        let value: String = bob.answer(typed, []).await.unwrap();
        assert_eq!(value, "a long question of mine");
        bob.holds_nothing_of(&["Secret plans"]).await;
        bob.is_accessible().await;
        bob.session().refresh().await.unwrap();
    }
    bob.follow_link("To the conversations").await;
    bob.sees_text("All").await;
    bob.noticed_only_refusals(&["404"]).await;
}

#[tokio::test]
async fn the_address_names_a_branch_only_after_one_was_chosen() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let author = pages.service().acting_as("alice");
    let id = author.create("Addresses").await;
    let address = format!("/conversations/{id}");
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&address).await;
    let hello = "Hello alice, you wrote:";
    alice.fill("Your prompt", "Apples").await;
    alice.keyboard(Key::Enter).await;
    alice.sees_messages(&["Apples", hello]).await;
    alice.sees_answers_end().await;
    alice.clicks("//button[@id='privacy-toggle']").await;
    alice.sees_text("Shared.").await;
    assert_eq!(alice.path().await, address);

    // What comes later is in a page that is loaded from that address.
    author.prompt(&id, "Pears").await;
    alice.session().refresh().await.unwrap();
    alice
        .sees_messages(&["Apples", hello, "Pears", hello])
        .await;
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn while_an_answer_grows_selection_and_scrolling_are_the_readers() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let author = pages.service().acting_as("alice");
    let id = author.create("Growing").await;
    let lines: Vec<String> = (0..60).map(|line| format!("line {line}\n")).collect();
    author.prompt(&id, &lines.join("\n")).await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    alice.fill("Your prompt", "Tell me !slow !long").await;
    alice.keyboard(Key::Enter).await;
    let length = "return document.querySelector('article.answer[data-writing] .markdown')?.textContent.length ?? 0";
    let grows = async |by: u64| {
        let before: u64 = alice.answer(length, []).await.unwrap();
        alice
            .waits_until("the answer grows", async |page| {
                Ok(page.answer::<u64>(length, []).await? >= before + by)
            })
            .await;
    };
    let at_end = "return scrollY + innerHeight >= document.documentElement.scrollHeight - 2";
    grows(40).await;
    alice
        .waits_until("the page follows", async |page| {
            page.answer(at_end, []).await
        })
        .await;
    // A reader selects, and scrolls up a little.
    let script = "const [p] = document.querySelectorAll('article.answer[data-writing] .markdown p'); \
        getSelection().selectAllChildren(p); scrollBy(0, -30); return [String(getSelection()), scrollY]";
    let (selected, top): (String, f64) = alice.answer(script, []).await.unwrap();
    assert!(!selected.is_empty());
    grows(60).await;
    let script = "return [String(getSelection()), scrollY]";
    let (still, now): (String, f64) = alice.answer(script, []).await.unwrap();
    assert!((now - top).abs() < 2.0, "pulled from {top} to {now}");
    assert!(still.starts_with(&selected), "{still:?} was {selected:?}");
    // At the end it follows again.
    let script = "scrollTo(0, document.documentElement.scrollHeight)";
    alice.session().execute(script, []).await.unwrap();
    grows(60).await;
    alice
        .waits_until("it follows again", async |page| {
            page.answer(at_end, []).await
        })
        .await;
    alice.click_button("Stop").await;
    alice.noticed_nothing().await;
}
