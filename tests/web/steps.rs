//! What a person does with the list and with a conversation.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::{By, WebElement, prelude::WebDriverResult};

use super::browser::Browser;

/// The titles of the entries of the list, from the top down.
const TITLES: &str = "return [...document.querySelectorAll('[data-items] .list-title')].map(it => it.textContent.trim())";

/// The kinds and the beginnings of the messages, from the top down.
const MESSAGES: &str = "return [...document.querySelectorAll('article.message')].map(it => \
    it.querySelector('.markdown').textContent.trim().split('\\n')[0])";

/// The places of the navigators that there are, from the top down.
const NAVIGATORS: &str = "return [...document.querySelectorAll('.siblings')].map(it => it.textContent.replace(/\\s+/g, ' ').trim())";

/// How many elements of an `XPath` can be seen: asked of one moment, in which none of them can go away.
const COUNT: &str = "const found = document.evaluate(arguments[0], document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE); \
    const elements = Array.from({ length: found.snapshotLength }, (_, place) => found.snapshotItem(place)); \
    return document.readyState === 'complete' ? elements.filter(it => it.checkVisibility({ visibilityProperty: true })).length : null";

/// A prompt in which this text stands, as `XPath`.
pub fn prompt(text: &str) -> String {
    message("prompt", text)
}

/// An answer in which this text stands: the echo model repeats the prompt.
pub fn answer(text: &str) -> String {
    message("answer", text)
}

fn message(kind: &str, text: &str) -> String {
    format!(
        "//article[contains(@class, '{kind}')][div[@class='markdown'][contains(normalize-space(.), '{text}')]]"
    )
}

impl Browser {
    /// What a script in the page answers.
    pub async fn answer<T: DeserializeOwned>(
        &self,
        script: &str,
        arguments: impl Into<Vec<Value>> + Send,
    ) -> WebDriverResult<T> {
        let answer = self.session().execute(script, arguments.into()).await?;
        answer.convert()
    }

    /// Leaves a mark in the page that is gone when another one is loaded.
    pub async fn marks_the_page(&self) {
        let marked = self.session().execute("globalThis.marked = true", []).await;
        marked.unwrap();
    }

    /// It is still the page that was marked.
    pub async fn has_not_reloaded(&self) {
        let script = "return globalThis.marked === true";
        assert!(self.answer::<bool>(script, []).await.unwrap(), "reloaded");
    }

    /// Waits until the list has these titles, from the top down, and no others.
    pub async fn sees_listed(&self, titles: &[&str]) {
        self.waits_until(&format!("the list is {titles:?}"), async |page| {
            Ok(page.listed().await? == titles)
        })
        .await;
    }

    /// The titles of the entries of the list, from the top down.
    pub async fn listed(&self) -> WebDriverResult<Vec<String>> {
        self.answer(TITLES, []).await
    }

    /// All that the entry of this title says, also to who does not see its icon.
    pub async fn entry(&self, title: &str) -> String {
        let script = "return [...document.querySelectorAll('[data-items] .list-item')] \
            .filter(it => it.querySelector('.list-title').textContent.trim() === arguments[0]) \
            .map(it => it.textContent.replace(/\\s+/g, ' ').trim())";
        let entries: Vec<String> = self.answer(script, [json!(title)]).await.unwrap();
        assert_eq!(entries.len(), 1, "{title}: {entries:?}");
        entries.concat()
    }

    /// Opens the conversation that is listed under this title.
    pub async fn opens_listed(&self, title: &str) {
        let link =
            format!("//*[@data-items]//a[.//*[@class='list-title'][normalize-space(.)='{title}']]");
        self.clicks(&link).await;
        self.waits_until("a conversation is there", async |page| {
            Ok(page.path().await.starts_with("/conversations/"))
        })
        .await;
    }

    /// Waits until the first lines of the prompts and answers are these.
    pub async fn sees_messages(&self, lines: &[&str]) {
        self.waits_until(&format!("the messages are {lines:?}"), async |page| {
            Ok(page.answer::<Vec<String>>(MESSAGES, []).await? == lines)
        })
        .await;
    }

    /// Waits until the navigators between siblings are at these places, from the top down, and there are no others.
    pub async fn sees_navigators(&self, places: &[&str]) {
        self.waits_until(&format!("the navigators are {places:?}"), async |page| {
            Ok(page.answer::<Vec<String>>(NAVIGATORS, []).await? == places)
        })
        .await;
    }

    /// Waits until no answer is being written.
    pub async fn sees_answers_end(&self) {
        self.waits_until("no answer is being written", async |page| {
            let script = "return document.querySelector('[data-writing]') === null";
            page.answer(script, []).await
        })
        .await;
    }

    /// Waits until there is one visible element for this `XPath`, and clicks it.
    pub async fn clicks(&self, xpath: &str) {
        self.waits_for(&format!("there is one {xpath}"), async |page| {
            let mut visible = page.visible(xpath).await?;
            let (Some(only), 0) = (visible.pop(), visible.len()) else {
                return Ok(None);
            };
            // What sticks to the edges of the page is not to be in the way.
            let script = "arguments[0].scrollIntoView({ block: 'center' })";
            page.session().execute(script, [only.to_json()?]).await?;
            only.click().await.map(Some)
        })
        .await;
    }

    /// Clicks the one button or link of this name within something.
    pub async fn clicks_in(&self, xpath: &str, name: &str) {
        let named = format!("[@aria-label='{name}' or normalize-space(.)='{name}']");
        self.clicks(&format!(
            "{xpath}//*[self::a or self::button or self::summary]{named}"
        ))
        .await;
    }

    /// How many of these can be seen on the page, once all of it is there.
    pub async fn count(&self, xpath: &str) -> usize {
        self.waits_for("the page is whole", async |page| {
            page.answer(COUNT, [json!(xpath)]).await
        })
        .await
    }

    async fn visible(&self, xpath: &str) -> WebDriverResult<Vec<WebElement>> {
        let mut visible = Vec::new();
        for element in self.session().find_all(By::XPath(xpath)).await? {
            if element.is_displayed().await? {
                visible.push(element);
            }
        }
        Ok(visible)
    }

    /// Nowhere in the page is any of this, seen or not.
    pub async fn holds_nothing_of(&self, texts: &[&str]) {
        let script = "return document.documentElement.outerHTML + document.title";
        let page: String = self.answer(script, []).await.unwrap();
        for text in texts {
            assert!(!page.contains(text), "`{text}` is in the page:\n{page}");
        }
    }

    /// Nothing was noticed since the last time but refusals with these statuses, which the browser writes down.
    pub async fn noticed_only_refusals(&self, statuses: &[&str]) {
        let notices = self.noticed().await;
        let is_expected = |text: &str| {
            let mut expected = statuses.iter();
            expected.any(|status| text.contains(&format!("a status of {status} ")))
        };
        let others: Vec<String> = notices
            .iter()
            .map(ToString::to_string)
            .filter(|text| !is_expected(text))
            .collect();
        assert!(others.is_empty(), "noticed:\n{}", others.join("\n"));
    }
}
