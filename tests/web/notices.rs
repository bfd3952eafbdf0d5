//! What a browser notices that no person sees: scripts that fail or are refused, dialogs, requests to others.

use std::fmt::{self, Display, Formatter};

use serde_json::Value;

use super::browser::Browser;

/// What kind of thing was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A script wrote to the console.
    Console,
    /// A script failed, and nothing caught that.
    Exception,
    /// The page's policy (CSP) refused something.
    Policy,
    /// A dialog was opened, as with `alert`.
    Dialog,
    /// Another window or tab was opened.
    Window,
    /// Something was asked for that is not the service's.
    LeftOrigin,
    /// Something could not be loaded.
    NotLoaded,
    /// Another warning of the browser.
    Warning,
}

/// Something that a browser noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub kind: Kind,
    pub text: String,
}

impl Notice {
    fn new(kind: Kind, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { kind, text }
    }
}

impl Display for Notice {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}", self.kind, self.text)
    }
}

impl Browser {
    /// What was noticed since the last time, in all pages that were open since, once the present one is loaded. What a script does
    /// later is noticed later: a test that expects it waits for it.
    pub async fn noticed(&self) -> Vec<Notice> {
        let session = self.session();
        self.waits_until("the page is loaded", async |page| {
            let state = page.session().execute("return document.readyState", []);
            Ok(state.await?.json() == "complete")
        })
        .await;
        let mut notices = Vec::new();
        for entry in session.get_log("browser").await.unwrap() {
            let source = entry.source.unwrap_or_default();
            notices.extend(seen_in_the_console(&entry.level, &source, &entry.message));
        }
        for entry in session.get_log("performance").await.unwrap() {
            notices.extend(self.seen_in_the_record(&entry.message));
        }
        let asked = self.outside().asked();
        notices.extend(
            asked
                .into_iter()
                .map(|request| Notice::new(Kind::LeftOrigin, request)),
        );
        notices
    }

    /// Nothing was noticed since the last time.
    pub async fn noticed_nothing(&self) {
        let notices = self.noticed().await;
        let lines: Vec<String> = notices.iter().map(Notice::to_string).collect();
        assert!(lines.is_empty(), "noticed:\n{}", lines.join("\n"));
    }

    /// An event of the browser's record of what pages do, which is more than is asked for here.
    fn seen_in_the_record(&self, message: &str) -> Option<Notice> {
        let event: Value = serde_json::from_str(message).unwrap();
        let event = &event["message"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let parameters = &event["params"];
        match event["method"].as_str()? {
            "Network.requestWillBeSent" => self.leaves(&text(&parameters["request"]["url"])),
            "Network.webSocketCreated" | "Network.webTransportCreated" => {
                self.leaves(&text(&parameters["url"]))
            }
            "Page.javascriptDialogOpening" => {
                let (kind, said) = (text(&parameters["type"]), text(&parameters["message"]));
                Some(Notice::new(Kind::Dialog, format!("{kind}: {said}")))
            }
            "Page.windowOpen" => Some(Notice::new(Kind::Window, text(&parameters["url"]))),
            _ => None,
        }
    }

    fn leaves(&self, url: &str) -> Option<Notice> {
        // What is in the page itself, or in the browser, is asked of nobody.
        let is_asked_of_nobody = ["about:", "blob:", "chrome:", "data:"]
            .iter()
            .any(|scheme| url.starts_with(scheme));
        let is_own = self.origins().iter().any(|origin| {
            let rest = url.strip_prefix(origin.as_str()).or_else(|| {
                let (_, host) = origin.split_once("://")?;
                url.strip_prefix("ws://")?.strip_prefix(host)
            });
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
        });
        (!is_asked_of_nobody && !is_own).then(|| Notice::new(Kind::LeftOrigin, url))
    }
}

/// An entry of the log that a developer sees in the browser's console.
fn seen_in_the_console(level: &str, source: &str, message: &str) -> Option<Notice> {
    let kind = match source {
        _ if message.contains("Content Security Policy") => Kind::Policy,
        "console-api" => Kind::Console,
        "javascript" => Kind::Exception,
        "network" => Kind::NotLoaded,
        _ if ["SEVERE", "WARNING"].contains(&level) => Kind::Warning,
        // Advice.
        _ => return None,
    };
    Some(Notice::new(kind, format!("{source}: {message}")))
}
