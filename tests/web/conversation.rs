//! A conversation: its messages, its branches, its map.

use std::collections::BTreeSet;

use serde_json::json;
use thirtyfour::Key;

use super::steps::{answer, prompt};
use super::{Browser, Pages, Profile};
use crate::harness::is_left_out;

/// How much of the one answer is there.
async fn written(browser: &Browser) -> usize {
    let script = "return document.querySelector('article.answer .markdown').textContent.length";
    browser.answer(script, []).await.unwrap()
}

#[tokio::test]
async fn an_answer_appears_as_it_is_written_and_stops_when_told() {
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
    alice.marks_the_page().await;
    alice.sees_text("Hello alice").await;
    let before = written(&alice).await;
    alice
        .waits_until("the answer grows", async |page| {
            Ok(written(page).await > before)
        })
        .await;
    alice.click_button("Stop").await;
    alice.sees_text("Stopped. What was written stays.").await;
    alice.sees_no_text("is being written …").await;
    alice.has_not_reloaded().await;
    // What the model says at the end is not there.
    alice.sees_text("Hello alice").await;
    alice.sees_no_text("Paragraph 200 of 200").await;

    // Everybody sees who wrote what, and when.
    let authors = "return [...document.querySelectorAll('article.message')] \
        .map(it => it.querySelector('h2').textContent.trim() + ' ' \
            + (it.querySelector('time').dateTime.startsWith('20') && it.querySelector('time').textContent !== ''))";
    let authors: Vec<String> = alice.answer(authors, []).await.unwrap();
    assert_eq!(authors, ["alice true", "Echo true"]);
    // The conversation is named after its first prompt, also in the list beside it.
    alice
        .sees_listed(&["Tell me about tangerines !slow !long"])
        .await;
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn markdown_is_shown_with_highlighted_code_that_can_be_copied_tables_and_formulas() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let author = pages.service().acting_as("alice");
    let id = author.create("Markdown").await;
    let markdown = "Some **bold** words\n\n```rust\nfn main() { let answer = 42; }\n```\n\n\
        | host | count |\n| --- | --- |\n| tangerine | 3 |\n\nand $a^2 + b^2$ as text";
    author.prompt(&id, markdown).await;

    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    alice.sees_text("fn main() { let answer = 42; }").await;
    // The first code of a language takes a slow machine longer than a page waits for colours: the next page has them.
    alice
        .waits_until("code is highlighted", async |page| {
            let script =
                "return document.querySelectorAll('article.prompt pre code span[class]').length";
            let highlighted = page.answer::<u64>(script, []).await? > 2;
            if !highlighted {
                page.session().refresh().await?;
            }
            Ok(highlighted)
        })
        .await;
    let there = "const it = document.querySelector('article.prompt .markdown'); return [ \
        it.querySelectorAll('strong').length, it.querySelectorAll('pre code span[class]').length > 2, \
        it.querySelector('th').textContent, it.querySelector('td').textContent, \
        it.textContent.includes('a^2 + b^2')]";
    let there: serde_json::Value = alice.answer(there, []).await.unwrap();
    assert_eq!(there, json!([1, true, "host", "tangerine", true]));

    let origin = &alice.origins()[0];
    let permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"];
    let grant = json!({ "origin": origin, "permissions": permissions });
    let cdp = alice.session().cdp();
    cdp.send_raw("Browser.grantPermissions", grant)
        .await
        .unwrap();
    alice.clicks_in(&prompt("Some bold words"), "Copy").await;
    alice
        .waits_until("it is said that it was copied", async |page| {
            let script = "return document.getElementById('announcer').textContent";
            Ok(page.answer::<String>(script, []).await? == "Copied")
        })
        .await;
    alice.clicks("//textarea[@id='composer-content']").await;
    alice.keyboard(Key::Control + "v").await;
    let pasted = "return document.getElementById('composer-content').value";
    alice
        .waits_until("the code was copied", async |page| {
            Ok(page.answer::<String>(pasted, []).await? == "fn main() { let answer = 42; }")
        })
        .await;

    // A message is copied as it was written, with the clipboard's interface and, as over plain HTTP, without it.
    let without = "Object.defineProperty(navigator, 'clipboard', { value: undefined }); \
        document.getElementById('composer-content').value = ''";
    for script in [
        "document.getElementById('composer-content').value = ''",
        without,
    ] {
        alice.session().execute(script, []).await.unwrap();
        alice
            .clicks_in(&prompt("Some bold words"), "Copy message")
            .await;
        alice
            .waits_until("it is seen that it was copied", async |page| {
                let script = "const it = document.querySelector('article.prompt [data-copy-message]'); \
                    return getComputedStyle(it, '::after').content";
                Ok(page.answer::<String>(script, []).await? == "\"Copied\"")
            })
            .await;
        alice.clicks("//textarea[@id='composer-content']").await;
        alice.keyboard(Key::Control + "v").await;
        alice
            .waits_until("the Markdown was copied", async |page| {
                Ok(page.answer::<String>(pasted, []).await? == markdown)
            })
            .await;
    }
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn answers_again_edits_and_inner_messages_make_branches_between_which_one_goes() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.fill("Your prompt", "Apples").await;
    alice.keyboard(Key::Enter).await;
    let hello = "Hello alice, you wrote:";
    alice.sees_messages(&["Apples", hello]).await;
    alice.sees_answers_end().await;
    alice.marks_the_page().await;
    alice.sees_navigators(&[]).await;

    // Another answer.
    alice.clicks_in(&answer("Apples"), "Regenerate").await;
    alice.sees_navigators(&["2 / 2"]).await;
    alice.sees_answers_end().await;
    alice.fill("Your prompt", "More of them").await;
    alice.click_button("Send").await;
    alice
        .sees_messages(&["Apples", hello, "More of them", hello])
        .await;
    alice.sees_answers_end().await;

    // Other prompts in place of the first one.
    for (edited, place) in [("Pears", "2 / 2"), ("Plums", "3 / 3")] {
        let before = if edited == "Pears" { "Apples" } else { "Pears" };
        alice
            .clicks_in(&prompt(before), "Edit as a new branch")
            .await;
        alice.fill("Another version of this prompt", edited).await;
        alice.click_button("Send as a branch").await;
        alice.sees_messages(&[edited, hello]).await;
        alice.sees_navigators(&[place]).await;
        alice.sees_answers_end().await;
    }

    // The sibling comes with all that is below it.
    alice.clicks_in(&prompt("Plums"), "Previous version").await;
    alice.sees_messages(&["Pears", hello]).await;
    alice.sees_navigators(&["2 / 3"]).await;
    alice.clicks_in(&prompt("Pears"), "Previous version").await;
    alice
        .sees_messages(&["Apples", hello, "More of them", hello])
        .await;
    alice.sees_navigators(&["1 / 3", "2 / 2"]).await;
    alice.clicks_in(&answer("Apples"), "Previous version").await;
    alice.sees_messages(&["Apples", hello]).await;
    alice.sees_navigators(&["1 / 3", "1 / 2"]).await;
    alice.clicks_in(&answer("Apples"), "Next version").await;
    alice
        .sees_messages(&["Apples", hello, "More of them", hello])
        .await;

    // From a message that has some below it already, and by keyboard.
    alice
        .clicks_in(&answer("Apples"), "Continue from here")
        .await;
    alice
        .sees_text("What you send begins a branch after the message of")
        .await;
    assert_eq!(alice.focused().await, "Your prompt");
    alice.keyboard("Fewer of them").await;
    alice.keyboard(Key::Enter).await;
    alice
        .sees_messages(&["Apples", hello, "Fewer of them", hello])
        .await;
    alice.sees_navigators(&["1 / 3", "2 / 2", "2 / 2"]).await;
    alice.sees_answers_end().await;

    // The map has all of them: 3 first prompts with 4 answers, and 2 second prompts with 2.
    alice.follow_link("Map").await;
    alice.sees_text("Every message, from the top down.").await;
    let nodes =
        "return [...document.querySelectorAll('dialog svg a title')].map(it => it.textContent)";
    let nodes: Vec<String> = alice.answer(nodes, []).await.unwrap();
    assert_eq!(nodes.len(), 11, "{nodes:?}");
    let prompts: BTreeSet<&str> = nodes
        .iter()
        .filter_map(|node| node.strip_prefix("alice: "))
        .collect();
    let all = ["Apples", "Fewer of them", "More of them", "Pears", "Plums"];
    assert_eq!(prompts, BTreeSet::from(all));
    alice
        .clicks("//dialog//*[name()='svg']//*[name()='a'][*[name()='title'][.='alice: Pears']]")
        .await;
    alice.sees_messages(&["Pears", hello]).await;
    alice
        .sees_no_text("Every message, from the top down.")
        .await;
    // The way back is where it always is.
    alice.session().back().await.unwrap();
    alice
        .sees_messages(&["Apples", hello, "Fewer of them", hello])
        .await;
    alice.has_not_reloaded().await;
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn who_may_only_view_reads_whose_it_is_and_goes_on_in_a_fork() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("To be read").await;
    owner.prompt(&id, "A tangerine").await;
    let organization = json!({ "organization": "view", "groups": [] });
    owner.share(&id, organization).await.expect(200);

    let bob = pages.browser(Profile::desk()).await;
    bob.sign_in("bob").await;
    bob.opens_listed("To be read").await;
    bob.sees_text("This conversation is read-only for you. It belongs to alice.")
        .await;
    bob.sees_text("A tangerine").await;
    for control in [
        "textarea",
        "form[contains(@action, '/messages')]",
        "a[@data-edit]",
    ] {
        assert_eq!(bob.count(&format!("//main//{control}")).await, 0);
    }
    let text = bob.text().await.unwrap();
    for action in ["Share\n", "Rename", "Regenerate"] {
        assert!(!text.contains(action), "{action}: {text}");
    }

    // What becomes of the rights shows at once, there and back.
    let collaborate = json!({ "organization": "collaborate", "groups": [] });
    owner.share(&id, collaborate).await.expect(200);
    bob.sees_no_text("This conversation is read-only").await;
    bob.fill("Your prompt", "A peach").await;
    let view = json!({ "organization": "view", "groups": [] });
    owner.share(&id, view).await.expect(200);
    bob.sees_text("This conversation is read-only").await;

    bob.click_button("Fork it to go on in a copy of your own")
        .await;
    bob.sees_text("This is your copy.").await;
    bob.sees_text("A tangerine").await;
    bob.fill("Your prompt", "And a peach").await;
    bob.click_button("Send").await;
    bob.sees_text("Hello bob").await;
    bob.sees_answers_end().await;
    assert_eq!(owner.tree(&id).await.len(), 2, "the original is as it was");
    bob.noticed_nothing().await;
}
