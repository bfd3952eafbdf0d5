//! What a model thinks before it answers, as it comes into an open page.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};

use super::{Browser, Pages, Profile};
use crate::harness::{ModelServer, Service, is_left_out};

/// What the page shows of the thoughts: whether they are open, whether they can be seen, their text, and how many elements are in it.
const SHOWN: &str = "const it = document.querySelector('article.answer [data-reasoning]'); if (!it) return null; \
    const text = it.querySelector('.reasoning-text'); \
    return [it.open, text.checkVisibility({ contentVisibilityAuto: true }) && text.getClientRects().length > 0, \
        text.textContent, text.childElementCount]";

/// Open, visible, text, elements.
type Shown = (bool, bool, String, u32);

async fn shows_thoughts(browser: &Browser, text: &str) -> Shown {
    browser
        .waits_for(&format!("the thoughts are {text:?}"), async |page| {
            let shown: Option<Shown> = page.answer(SHOWN, []).await?;
            Ok(shown.filter(|shown| shown.2 == text))
        })
        .await
}

/// A model that sends what the test tells it, and ends when the test has nothing more to say.
async fn told() -> (ModelServer, mpsc::UnboundedSender<Value>) {
    let (says, said) = mpsc::unbounded_channel::<Value>();
    let said = Arc::new(Mutex::new(said));
    let server = ModelServer::start(move |mut connection| {
        let said = Arc::clone(&said);
        async move {
            connection.begin().await;
            let mut said = said.lock().await;
            while let Some(delta) = said.recv().await {
                let event = json!({ "choices": [{ "index": 0, "delta": delta }] });
                connection.chunk(format!("data: {event}\n\n")).await;
            }
            connection.finish().await;
        }
    })
    .await;
    (server, says)
}

fn thinks(text: &str) -> Value {
    json!({ "reasoning_content": text })
}

#[tokio::test]
async fn thoughts_grow_in_the_open_page_folded_and_as_plain_text() {
    if is_left_out("browser") {
        return;
    }
    let (server, says) = told().await;
    let configuration = format!(
        "[[model.providers]]\nkind = \"openai\"\nname = \"tests\"\nbase_url = \"{}\"\n\
         models = [\"scripted\"]\nidle_timeout_ms = 30000\n",
        server.base_url()
    );
    let service = Service::builder().file("parlor.toml", configuration);
    let pages = Pages::of(service).await;
    let author = pages.service().acting_as("alice");
    let id = author.create("Thinking").await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    alice.fill("Your prompt", "Who is it?").await;
    alice.keyboard(thirtyfour::Key::Enter).await;

    // The first of them.
    let mut thought = "Perhaps **Mallory** <b>or</b> <img src=x onerror=alert(1)>".to_owned();
    says.send(thinks(&thought)).unwrap();
    let (is_open, is_visible, _, elements) = shows_thoughts(&alice, &thought).await;
    assert!(!is_open && !is_visible, "folded");
    assert_eq!(elements, 0, "plain text");
    alice.sees_no_text("Perhaps").await;

    // Each piece is added to the same element, folded or not.
    let script = "globalThis.first = document.querySelector('[data-reasoning]')";
    alice.session().execute(script, []).await.unwrap();
    for (piece, opens) in [
        ("\n\n- or *not*", false),
        (" & <i>then</i>", true),
        ("\n```\nagain", false),
    ] {
        if opens {
            alice.clicks("//details[@data-reasoning]/summary").await;
            alice.sees_text("Perhaps **Mallory** <b>or</b>").await;
        }
        thought.push_str(piece);
        says.send(thinks(piece)).unwrap();
        let (is_open, is_visible, _, elements) = shows_thoughts(&alice, &thought).await;
        // Once it is open, it stays open.
        let expected = !piece.contains("not");
        assert_eq!((is_open, is_visible), (expected, expected), "{piece}");
        assert_eq!(elements, 0, "{piece}");
        let is_same = "return document.querySelector('[data-reasoning]') === globalThis.first";
        assert!(alice.answer::<bool>(is_same, []).await.unwrap(), "{piece}");
    }

    // The answer comes beside them, and has nothing of them in it.
    says.send(json!({ "content": "It is **Mallory**." }))
        .unwrap();
    alice.sees_messages(&["Who is it?", "It is Mallory."]).await;
    shows_thoughts(&alice, &thought).await;
    drop(says);
    alice.sees_answers_end().await;
    let (.., elements) = shows_thoughts(&alice, &thought).await;
    assert_eq!(elements, 0);

    // And a page that is loaded later shows the same, folded.
    alice.session().refresh().await.unwrap();
    let (is_open, is_visible, _, elements) = shows_thoughts(&alice, &thought).await;
    assert_eq!((is_open, is_visible, elements), (false, false, 0));
    alice.noticed_nothing().await;
}
