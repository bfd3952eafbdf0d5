//! What a person does with a page, in the words of what they see.

use serde_json::json;
use thirtyfour::{
    By, Key, RequestData, SessionId, TypingData, WebElement, common::command::FormatRequestData,
    prelude::WebDriverResult,
};

use super::browser::Browser;

const BUTTONS: &str = "button, summary, input[type=submit], input[type=button], input[type=image], \
    [role=button], [role=menuitem], [role=switch], [role=tab]";
const LINKS: &str = "a[href], area[href], [role=link]";
const FIELDS: &str = "input:not([type=hidden], [type=submit], [type=button], [type=image]), textarea, select, \
    [contenteditable=true], [role=textbox], [role=combobox], [role=searchbox]";

/// Asks for the name by which assistive technology calls an element (`WebDriver`, "Get Computed Label").
#[derive(Debug)]
struct ComputedLabel(String);

impl FormatRequestData for ComputedLabel {
    fn format_request(&self, session: &SessionId) -> RequestData {
        let path = format!("session/{session}/element/{}/computedlabel", self.0);
        RequestData::new(reqwest::Method::GET, path)
    }
}

impl Browser {
    /// Waits until this text can be seen.
    pub async fn sees_text(&self, text: &str) {
        self.waits_until(&format!("`{text}` can be seen"), async |page| {
            Ok(page.text().await?.contains(text))
        })
        .await;
    }

    /// Waits until this text cannot be seen, or no longer.
    pub async fn sees_no_text(&self, text: &str) {
        self.waits_until(&format!("`{text}` cannot be seen"), async |page| {
            Ok(!page.text().await?.contains(text))
        })
        .await;
    }

    /// Clicks the one button of this name.
    pub async fn click_button(&self, name: &str) {
        self.does_with(BUTTONS, "button", name, async |button| button.click().await)
            .await;
    }

    /// Follows the one link of this name.
    pub async fn follow_link(&self, name: &str) {
        self.does_with(LINKS, "link", name, async |link| link.click().await)
            .await;
    }

    /// Writes into the one field of this name, in place of what is in it.
    pub async fn fill(&self, name: &str, text: &str) {
        self.does_with(FIELDS, "field", name, async |field| {
            field.clear().await?;
            field.send_keys(text).await
        })
        .await;
    }

    /// Chooses what is called so in the one list of this name.
    pub async fn choose(&self, name: &str, option: &str) {
        let choice = format!("./option[normalize-space()='{option}']");
        self.does_with(FIELDS, "list", name, async |list| {
            list.find(By::XPath(choice.as_str())).await?.click().await
        })
        .await;
    }

    /// Ticks the one box of this name, or takes the tick away, or chooses the one circle of this name.
    pub async fn tick(&self, name: &str) {
        self.does_with(FIELDS, "box", name, async |field| field.click().await)
            .await;
    }

    /// Presses keys, one after the other, wherever the focus is. [`Key::Shift`] and its like are held until the end.
    pub async fn keyboard(&self, keys: impl Into<TypingData>) {
        let mut held = Vec::new();
        let mut actions = self.session().action_chain();
        for key in keys.into().as_vec() {
            let is_held = [Key::Shift, Key::Control, Key::Alt, Key::Meta]
                .map(char::from)
                .contains(&key);
            actions = actions.key_down(key);
            if is_held {
                held.push(key);
            } else {
                actions = actions.key_up(key);
            }
        }
        for key in held {
            actions = actions.key_up(key);
        }
        actions.perform().await.unwrap();
    }

    /// The name of what has the focus; empty where nothing has it.
    pub async fn focused(&self) -> String {
        // What had it may be gone when one asks for its name.
        self.waits_for("something has the focus", async |page| {
            let active = page.session().active_element().await?;
            page.name_of(&active).await.map(Some)
        })
        .await
    }

    /// Signs in on the page for that as one of the demo's people.
    pub async fn sign_in(&self, persona: &str) {
        self.open("/sign-in").await;
        self.waits_for(&format!("{persona} can sign in"), async |page| {
            let button = format!(
                "//form[.//*[@value='{persona}']]//button | //form//button[@value='{persona}']"
            );
            match page.session().find(By::XPath(button.as_str())).await {
                Ok(button) => button.click().await.map(Some),
                Err(_) => Ok(None),
            }
        })
        .await;
        self.waits_until("the sign-in is over", async |page| {
            Ok(!page.path().await.starts_with("/sign-in"))
        })
        .await;
    }

    /// Leaves the page, and forgets who was signed in. What the page still asks for is not refused meanwhile.
    pub async fn is_nobodys(&self) {
        self.session().goto("about:blank").await.unwrap();
        let cdp = self.session().cdp();
        cdp.send_raw("Network.clearBrowserCookies", json!({}))
            .await
            .unwrap();
    }

    /// Waits until there is exactly one visible element of this name, and `does` can be done with it.
    async fn does_with(
        &self,
        selector: &str,
        role: &str,
        name: &str,
        does: impl AsyncFn(&WebElement) -> WebDriverResult<()>,
    ) {
        self.waits_for(&format!("there is one {role} `{name}`"), async |page| {
            let mut called_so = Vec::new();
            for element in page.session().find_all(By::Css(selector)).await? {
                if page.name_of(&element).await? == name && element.is_displayed().await? {
                    called_so.push(element);
                }
            }
            match called_so.as_slice() {
                [only] => {
                    // What sticks to the edges of the page is not to be in the way.
                    only.scroll_into_view().await?;
                    does(only).await.map(Some)
                }
                _ => Ok(None),
            }
        })
        .await;
    }

    async fn name_of(&self, element: &WebElement) -> WebDriverResult<String> {
        let question = ComputedLabel(element.element_id().to_string());
        self.session().cmd(question).await?.value()
    }
}
