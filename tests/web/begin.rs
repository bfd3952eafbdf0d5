//! The first prompt of a new conversation.

use thirtyfour::Key;

use super::{
    Browser, Language, Pages, Profile,
    live::loses_answers,
    steps::{answer, prompt},
};
use crate::harness::{As, Service, is_left_out};

const FIELD: &str = "return document.getElementById('start-content')?.value ?? null";

/// What is in the field for the first prompt, once it is there.
async fn field(browser: &Browser) -> String {
    browser
        .waits_for("the field for the first prompt is there", async |page| {
            page.answer(FIELD, []).await
        })
        .await
}

/// How many conversations this person sees.
async fn conversations(person: &As) -> usize {
    let list = person.get("/conversations").await.expect(200);
    list["items"].as_array().unwrap().len()
}

impl Browser {
    async fn is_at_a_conversation(&self) {
        self.waits_until("a conversation is open", async |page| {
            Ok(page.path().await.starts_with("/conversations/"))
        })
        .await;
    }

    async fn goes_back_to_the_list(&self) {
        self.session().back().await.unwrap();
        self.waits_until("the list is open", async |page| {
            let path = page.path().await;
            Ok(path == "/conversations" || path.starts_with("/conversations#"))
        })
        .await;
    }
}

#[tokio::test]
async fn a_prompt_that_began_a_conversation_is_stored_once_when_one_goes_back_and_sends() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    for (profile, name) in [
        (Profile::desk(), "alice"),
        (Profile::desk().without_scripts(), "bob"),
    ] {
        let person = pages.service().acting_as(name);
        let before = conversations(&person).await;
        let browser = pages.browser(profile).await;
        browser.sign_in(name).await;
        browser.fill("Your prompt", "Which hosts beacon?").await;
        browser.click_button("Begin").await;
        browser.is_at_a_conversation().await;
        browser.sees_text("Which hosts beacon?").await;
        browser.goes_back_to_the_list().await;
        // A browser without scripts may keep the whole page, with the key under which the prompt is stored.
        let kept = field(&browser).await;
        assert!(kept.is_empty() || !profile.scripts, "{name}: {kept}");
        browser.click_button("Begin").await;
        if !kept.is_empty() {
            browser.is_at_a_conversation().await;
        }
        assert_eq!(conversations(&person).await, before + 1, "{name}");
    }
}

#[tokio::test]
async fn a_prompt_of_several_lines_does_not_come_back_either() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let person = pages.service().acting_as("alice");
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    for number in 1..=3 {
        alice.fill("Your prompt", "Apples, or").await;
        alice.keyboard(Key::Shift + Key::Enter).await;
        alice.keyboard("pears?").await;
        alice.keyboard(Key::Enter).await;
        alice.is_at_a_conversation().await;
        alice.goes_back_to_the_list().await;
        assert_eq!(field(&alice).await, "");
        assert_eq!(conversations(&person).await, number);
    }
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn a_prompt_that_began_a_conversation_without_scripts_does_not_come_back_below_it() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let id = pages.service().acting_as("alice").create("Apples").await;
    let alice = pages.browser(Profile::desk().without_scripts()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    alice.fill("Your prompt", "Which of them?").await;
    alice.click_button("Send").await;
    alice
        .waits_until("it is stored", async |page| {
            Ok(page.count(&prompt("Which of them?")).await == 1)
        })
        .await;
    alice.session().back().await.unwrap();
    let text = "return document.getElementById('composer-content').value";
    assert_eq!(alice.answer::<String>(text, []).await.unwrap(), "");
}

#[tokio::test]
async fn a_first_prompt_whose_answers_are_lost_begins_one_conversation() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let person = pages.service().acting_as("alice");
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.marks_the_page().await;
    // Nothing of the list is asked for meanwhile.
    loses_answers(&alice, "/conversations", 2, true).await;
    alice.fill("Your prompt", "Only once").await;
    alice.keyboard(Key::Enter).await;
    alice.is_at_a_conversation().await;
    alice
        .waits_until("it is answered", async |page| {
            Ok(page.count(&answer("Only once")).await == 1)
        })
        .await;
    assert_eq!(conversations(&person).await, 1);
    alice.goes_back_to_the_list().await;
    assert_eq!(field(&alice).await, "");
}

#[tokio::test]
async fn a_service_that_does_not_answer_a_first_prompt_is_told_at_once_and_the_text_stays() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    for (language, label, sending, waiting) in [
        (
            Language::English,
            "Your prompt",
            "Sending …",
            "No answer from the service yet.",
        ),
        (
            Language::Korean,
            "프롬프트",
            "보내는 중…",
            "아직 서비스의 응답이 없습니다.",
        ),
    ] {
        let alice = pages.browser(Profile::phone().reading(language)).await;
        alice.sign_in("alice").await;
        alice.open("/conversations#start-content").await;
        let never = "globalThis.asked = 0; globalThis.fetch = (url, options) => { \
            if (options?.method === 'POST') globalThis.asked += 1; \
            return new Promise(() => {}); }";
        alice.session().execute(never, []).await.unwrap();
        alice.fill(label, "Is anybody there?").await;
        // What the page says in the moment in which it is sent.
        let sends = "document.querySelector('.start-form').requestSubmit(); \
            return [document.querySelector('.start-form').innerText, document.querySelector('.start-form').ariaBusy]";
        let (told, busy): (String, String) = alice.answer(sends, []).await.unwrap();
        assert!(told.contains(sending), "{told}");
        assert_eq!(busy, "true");
        alice.keyboard(Key::Enter).await;
        alice.sees_text(waiting).await;
        assert_eq!(field(&alice).await, "Is anybody there?");
        let asked = "return globalThis.asked";
        assert_eq!(alice.answer::<u32>(asked, []).await.unwrap(), 1);
        alice.is_accessible().await;
        alice.noticed_nothing().await;
    }
}

#[tokio::test]
async fn a_first_prompt_that_is_refused_stays_where_it_was_typed_whatever_is_opened_meanwhile() {
    if is_left_out("browser") {
        return;
    }
    let service = Service::builder().with("PARLOR_LIMITS__PROMPTS_PER_MINUTE", "1");
    let pages = Pages::of(service).await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.fill("Your prompt", "The first one").await;
    alice.keyboard(Key::Enter).await;
    alice.is_at_a_conversation().await;
    let first = alice.path().await;
    alice.open("/conversations").await;
    alice.fill("Your prompt", "Too early").await;
    alice.keyboard(Key::Enter).await;
    alice.sees_text("Try again in").await;
    assert_eq!(field(&alice).await, "Too early");
    // It is not stored, so that it is still there after another conversation.
    alice.open(&first).await;
    alice.open("/conversations").await;
    assert_eq!(field(&alice).await, "Too early");
    alice.noticed_only_refusals(&["429"]).await;
}

#[tokio::test]
async fn without_scripts_the_page_of_a_refusal_shows_the_first_prompt_that_was_refused() {
    if is_left_out("browser") {
        return;
    }
    let service = Service::builder().with("PARLOR_LIMITS__PROMPTS_PER_MINUTE", "1");
    let pages = Pages::of(service).await;
    let alice = pages.browser(Profile::phone().without_scripts()).await;
    alice.sign_in("alice").await;
    for text in ["The first one", "Too <b>early</b>"] {
        alice.open("/conversations#start-content").await;
        alice.fill("Your prompt", text).await;
        alice.click_button("Begin").await;
        alice
            .waits_until("the list is left", async |page| {
                let script = "return document.getElementById('start-content') === null";
                page.answer(script, []).await
            })
            .await;
    }
    alice.sees_text("Try again in").await;
    let shown = "return document.querySelector('.unsent textarea').value";
    let shown: String = alice.answer(shown, []).await.unwrap();
    assert_eq!(shown, "Too <b>early</b>");
}
