//! A browser that one test has for itself.

use std::{
    env, fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};
use thirtyfour::{WebDriver, prelude::WebDriverResult};
use tokio::time::timeout;

use super::{crash, driver::Driver, outside::Outside, profile::Profile};
use crate::harness::brought;

/// How long a person waits for what they expect to see.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Any value shows the browser on the screen of whoever runs the tests.
const HEADFUL: &str = "PARLOR_TEST_HEADFUL";

/// A folder for the pictures that the documentation shows.
const SCREENSHOTS: &str = "PARLOR_TEST_SCREENSHOTS";

/// A browser with a profile of its own: nobody has used it before. It ends with this value.
///
/// What a person does waits until it can be done, and what they look for until it can be seen; the test fails when that takes
/// more than ten seconds.
pub struct Browser {
    /// Taken when the value is dropped.
    session: Option<WebDriver>,
    origins: Vec<String>,
    outside: Outside,
    driver: Driver,
}

impl Browser {
    /// Opens one. It may go to these origins (`http://address`), of which the first is where paths lead.
    pub async fn start(origins: &[String], profile: Profile) -> Self {
        let outside = Outside::listen().await;
        let driver = Driver::start().await;
        let capabilities = capabilities(&driver, &outside, origins, profile);
        // The driver is on this machine, whatever the environment says about proxies.
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let session = WebDriver::builder(driver.url(), capabilities)
            .client(http)
            .await
            .unwrap_or_else(|error| panic!("no browser: {error}"));
        let browser = Self {
            session: Some(session),
            origins: origins.to_vec(),
            outside,
            driver,
        };
        browser.apply(profile).await.unwrap();
        browser
    }

    /// What of the profile is not said at the start. It holds for the first window.
    async fn apply(&self, profile: Profile) -> WebDriverResult<()> {
        let cdp = self.session().cdp();
        let (width, height) = profile.size;
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        cdp.send_raw("Emulation.setDeviceMetricsOverride", metrics)
            .await?;
        let scheme = if profile.dark { "dark" } else { "light" };
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            // What moves looks different from one picture to the next.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        cdp.send_raw("Emulation.setEmulatedMedia", features).await?;
        let scripts = json!({ "value": !profile.scripts });
        cdp.send_raw("Emulation.setScriptExecutionDisabled", scripts)
            .await?;
        Ok(())
    }

    /// The session with the driver, for what has no word here.
    pub const fn session(&self) -> &WebDriver {
        self.session.as_ref().unwrap()
    }

    /// The origins that are the service's.
    pub fn origins(&self) -> &[String] {
        &self.origins
    }

    /// All else.
    pub const fn outside(&self) -> &Outside {
        &self.outside
    }

    /// Goes to a path of the service, or to a whole URL, and waits until the page is loaded.
    pub async fn open(&self, path: &str) {
        let url = if path.starts_with('/') {
            format!("{}{path}", self.origins[0])
        } else {
            path.to_owned()
        };
        self.session()
            .goto(&url)
            .await
            .unwrap_or_else(|error| panic!("{url} does not open: {error}"));
    }

    /// Waits until the page is as `holds` says. What the driver refuses meanwhile, as of an element that is no longer there, is
    /// a reason to look again.
    pub async fn waits_until(
        &self,
        what: &str,
        holds: impl AsyncFn(&Self) -> WebDriverResult<bool>,
    ) {
        let done = async |page: &Self| holds(page).await.map(|holds| holds.then_some(()));
        self.waits_for(what, done).await;
    }

    /// Waits until `looks` finds something, which it answers.
    pub async fn waits_for<T>(
        &self,
        what: &str,
        looks: impl AsyncFn(&Self) -> WebDriverResult<Option<T>>,
    ) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let refused = match timeout(2 * PATIENCE, looks(self)).await {
                Ok(Ok(Some(found))) => return found,
                Ok(Ok(None)) => String::new(),
                Ok(Err(error)) => format!("\nThe driver says: {error}\nThe page:"),
                Err(elapsed) => panic!("{what}: the browser does not answer: {elapsed}"),
            };
            if Instant::now() > deadline {
                let (path, text) = (self.path().await, self.text().await.unwrap_or_default());
                // What the driver says comes first: the text of a page can be long, and whoever prints this may cut it off.
                panic!("{what}: not within {PATIENCE:?}, at {path}:{refused}\n{text}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Where it is: the path and the query, or the whole URL of what is not the service's.
    pub async fn path(&self) -> String {
        let url = self.session().current_url().await.unwrap().to_string();
        let mut paths = self.origins.iter().map(|origin| url.strip_prefix(origin));
        paths.find_map(|path| path).unwrap_or(&url).to_owned()
    }

    /// The text that can be seen, or scrolled to, with single spaces in it.
    pub async fn text(&self) -> WebDriverResult<String> {
        let text = self
            .session()
            .execute("return document.body ? document.body.innerText : ''", [])
            .await?;
        let text: String = text.convert()?;
        let lines = text.lines().map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.join(" ")
        });
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }

    /// Writes what is on the screen into a file, as PNG.
    pub async fn screenshot(&self, file: &Path) {
        self.session().screenshot(file).await.unwrap();
    }

    /// Whether people will look at the pictures that are made now.
    pub fn is_pictured() -> bool {
        pictures().is_some()
    }

    /// The same for the documentation, where pictures are asked for (`cargo xtask screenshots`), and else into a folder that
    /// goes away with the browser. Answers the file.
    pub async fn document_screenshot(&self, name: &str) -> PathBuf {
        let folder = pictures().unwrap_or_else(|| self.driver.folder().to_owned());
        let file = folder.join(format!("{name}.png"));
        self.screenshot(&file).await;
        file
    }
}

/// The folder for pictures that people will look at, where they are asked for.
fn pictures() -> Option<PathBuf> {
    let folder = env::var_os(SCREENSHOTS).filter(|folder| !folder.is_empty());
    folder.map(PathBuf::from)
}

impl Browser {
    /// Why a tab crashed, if one did.
    pub fn crash(&self) -> Option<String> {
        crash::report(self.driver.folder())
    }

    /// Says why a tab crashed, and keeps the dumps, since the folder goes away.
    fn explain_crash(&self) {
        let Some(report) = self.crash() else { return };
        eprintln!("A tab of the browser crashed. {report}");
        for dump in crash::dumps(self.driver.folder()) {
            let kept = env::temp_dir().join(dump.file_name().unwrap());
            if fs::copy(&dump, &kept).is_ok() {
                eprintln!("Its dump is kept: {}", kept.display());
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if thread::panicking() {
            self.explain_crash();
        }
        // The driver is about to be killed, and the browser with it; nobody need ask it to end.
        if let Some(session) = self.session.take() {
            let _ = session.leak();
        }
    }
}

fn capabilities(
    driver: &Driver,
    outside: &Outside,
    origins: &[String],
    profile: Profile,
) -> thirtyfour::Capabilities {
    let (width, height) = profile.size;
    let own: Vec<&str> = origins
        .iter()
        .map(|origin| origin.split_once("://").unwrap().1)
        .collect();
    let mut arguments = vec![
        // It ends when the driver does.
        "--remote-debugging-pipe".to_owned(),
        "--no-sandbox".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--no-first-run".to_owned(),
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp".to_owned(),
        format!(
            "--user-data-dir={}",
            driver.folder().join("profile").display()
        ),
        format!("--lang={}", profile.language.tag()),
        format!("--window-size={width},{height}"),
        format!("--proxy-server=http://{}", outside.address()),
        // This machine is outside, too, as far as it is not named after that.
        format!("--proxy-bypass-list=<-loopback>;{}", own.join(";")),
    ];
    if env::var_os(HEADFUL).is_none() {
        arguments.push("--headless=new".to_owned());
    }
    let capabilities = json!({
        "browserName": "chrome",
        // A person would have answered; that they were asked is in the log.
        "unhandledPromptBehavior": "accept",
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        "goog:chromeOptions": {
            "binary": brought("PARLOR_TEST_BROWSER_BIN"),
            "args": arguments,
            "prefs": { "intl.accept_languages": profile.language.accepted() },
        },
    });
    let capabilities: Map<String, Value> = serde_json::from_value(capabilities).unwrap();
    capabilities.into()
}
