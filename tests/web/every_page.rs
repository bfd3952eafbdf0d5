//! What holds for every page, whoever looks at it, and however.

use serde_json::json;
use thirtyfour::By;

use super::{Browser, Kind, Language, Profile, scene::Scene};
use crate::harness::is_left_out;

/// A page, and what is done on it before one looks.
struct Shown {
    /// Who looks; nobody is signed in for the first ones.
    who: &'static str,
    path: String,
    /// What is clicked, as a selector, and what then appears.
    clicked: Option<(&'static str, &'static str)>,
    /// It says that something cannot be shown.
    is_error: bool,
}

impl Shown {
    fn new(who: &'static str, path: impl Into<String>) -> Self {
        Self {
            who,
            path: path.into(),
            clicked: None,
            is_error: false,
        }
    }

    fn clicking(mut self, what: &'static str, appears: &'static str) -> Self {
        self.clicked = Some((what, appears));
        self
    }

    fn error(who: &'static str, path: impl Into<String>) -> Self {
        Self {
            is_error: true,
            ..Self::new(who, path)
        }
    }
}

const NOBODY: &str = "";
const SHARE: (&str, &str) = ("[data-share]", "dialog[open] .share");
const MAP: (&str, &str) = ("[data-map]", "#conversation-dialog[open] svg");
const MORE: (&str, &str) = (
    ".menu:not(.why, .bar-end) > summary",
    ".menu[open] .menu-sheet",
);

/// Every page, those of one person after the other.
async fn all(scene: &Scene) -> Vec<Shown> {
    let of = |id: &str, rest: &str| format!("/conversations/{id}{rest}");
    let (private, read_only, grouped) = (&scene.private, &scene.read_only, &scene.grouped);
    let entry = format!("/audit/{}", scene.newest_entry().await);
    let edit = format!("/messages/{}/edit", scene.prompt);
    vec![
        Shown::new(NOBODY, "/sign-in"),
        Shown::error(NOBODY, "/nowhere"),
        Shown::new("alice", "/conversations"),
        Shown::new("alice", "/conversations?q=beacons"),
        Shown::new("alice", "/conversations?q=nothing+has+this"),
        Shown::new("alice", "/conversations").clicking(".bar-end > summary", ".bar-end[open] form"),
        Shown::new("alice", of(private, "")),
        Shown::new("alice", of(private, "")).clicking(SHARE.0, SHARE.1),
        Shown::new("alice", of(private, "")).clicking(MAP.0, MAP.1),
        Shown::new("alice", of(private, "")).clicking(MORE.0, MORE.1),
        Shown::new("alice", of(private, ""))
            .clicking("[data-rename] summary", "[data-rename][open] [name=title]"),
        Shown::new("alice", of(private, "")).clicking("[data-edit]", ".edit-form textarea"),
        Shown::new("alice", of(private, "")).clicking(".why > summary", ".why[open] li"),
        Shown::new("alice", of(private, "/sharing")),
        Shown::new("alice", of(private, "/access")),
        Shown::new("alice", of(private, "/tree")),
        Shown::new("alice", of(private, "/delete")),
        Shown::new("alice", of(private, &edit)),
        Shown::new("alice", of(read_only, "")),
        Shown::new("alice", of(read_only, "/access")),
        Shown::error("alice", of(read_only, "/delete")),
        Shown::error(
            "alice",
            "/conversations/0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f",
        ),
        Shown::error("alice", "/audit"),
        Shown::error("alice", "/conversations?unknown=1"),
        Shown::new("carol", of(grouped, ""))
            .clicking("#privacy-toggle", "#conversation-dialog[open] ul"),
        Shown::new("carol", of(grouped, "/sharing")),
        Shown::new("max", of(private, "/access")),
        Shown::new("vera", "/conversations?filter=private"),
        Shown::new("vera", of(private, "")),
        Shown::new("vera", of(private, "/access")),
        Shown::new("vera", "/audit"),
        Shown::error("vera", "/audit?actor=nobody"),
        Shown::new("vera", entry),
        Shown::new("vera", "/settings"),
        Shown::new("erin", "/conversations"),
        Shown::new("admin", "/settings"),
        Shown::new("admin", "/conversations?filter=mine"),
    ]
}

/// Goes from page to page and looks at each; fails with everything that was found.
async fn look_at_all(profile: Profile, looks: impl AsyncFn(&Browser, &Shown) -> Vec<String>) {
    let scene = Scene::set().await;
    let browser = scene.pages.browser(profile).await;
    let mut signed_in = NOBODY;
    let mut found = Vec::new();
    for shown in all(&scene).await {
        if shown.who != signed_in {
            browser.session().delete_all_cookies().await.unwrap();
            browser.sign_in(shown.who).await;
            signed_in = shown.who;
        }
        browser.open(&shown.path).await;
        if let Some((what, appears)) = shown.clicked {
            browser.does(what, appears).await;
        }
        let clicked = shown.clicked.map_or("", |(what, _)| what);
        let place = format!("{} at {} {clicked}", shown.who, shown.path);
        let seen = looks(&browser, &shown).await;
        found.extend(seen.into_iter().map(|seen| format!("{place}: {seen}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

impl Browser {
    /// Clicks the first element of this selector, until another one appears.
    async fn does(&self, what: &str, appears: &str) {
        self.waits_until(&format!("{appears} appears"), async |page| {
            let there = page.session().find(By::Css(appears)).await;
            if let Ok(there) = there {
                return there.is_displayed().await;
            }
            // A script may have been too late for the click before, and may put nothing else in its place.
            let what = page.session().find(By::Css(what)).await?;
            what.scroll_into_view().await?;
            what.click().await?;
            Ok(false)
        })
        .await;
    }

    async fn is_wide(&self, width: u32) {
        let metrics =
            json!({ "width": width, "height": 740, "deviceScaleFactor": 1, "mobile": false });
        let cdp = self.session().cdp();
        cdp.send_raw("Emulation.setDeviceMetricsOverride", metrics)
            .await
            .unwrap();
    }
}

async fn rules_broken(profile: Profile) {
    look_at_all(profile, async |browser, _| {
        let violations = browser.accessibility_violations().await;
        violations.iter().map(ToString::to_string).collect()
    })
    .await;
}

#[tokio::test]
async fn no_page_breaks_a_rule_of_accessibility_in_the_light() {
    if is_left_out("browser") {
        return;
    }
    rules_broken(Profile::desk()).await;
}

#[tokio::test]
async fn no_page_breaks_a_rule_of_accessibility_in_the_dark() {
    if is_left_out("browser") {
        return;
    }
    rules_broken(Profile::desk().in_the_dark()).await;
}

#[tokio::test]
async fn no_page_in_korean_breaks_a_rule_of_accessibility_in_the_light() {
    if is_left_out("browser") {
        return;
    }
    rules_broken(Profile::desk().reading(Language::Korean)).await;
}

#[tokio::test]
async fn no_page_in_korean_breaks_a_rule_of_accessibility_in_the_dark() {
    if is_left_out("browser") {
        return;
    }
    let profile = Profile::desk().reading(Language::Korean);
    rules_broken(profile.in_the_dark()).await;
}

/// What reaches beyond the window, the widest first.
const TOO_WIDE: &str = "
    const page = document.scrollingElement;
    if (page.scrollWidth <= page.clientWidth) return [];
    return [...document.querySelectorAll('body *')]
        .filter(it => it.getBoundingClientRect().right > page.clientWidth + 1)
        .map(it => it.outerHTML.slice(0, 100)).slice(0, 4).concat(`${page.scrollWidth} px`);
";

#[tokio::test]
async fn no_page_scrolls_sideways_on_a_phone_or_on_a_wide_screen() {
    if is_left_out("browser") {
        return;
    }
    look_at_all(Profile::desk(), async |browser, _| {
        let mut wide = Vec::new();
        for width in [360, 768, 1600] {
            browser.is_wide(width).await;
            let found = browser.session().execute(TOO_WIDE, []).await.unwrap();
            let found: Vec<String> = found.convert().unwrap();
            wide.extend(found.iter().map(|it| format!("{width}: {it}")));
        }
        browser.is_wide(1280).await;
        wide
    })
    .await;
}

/// What a page has that only a file may have.
const INLINE: &str = "
    const elements = [...document.querySelectorAll('*')];
    const attributes = elements.flatMap(it => [...it.attributes].filter(({ name, value }) =>
        name === 'style' || name.startsWith('on') || value.trim().toLowerCase().startsWith('javascript:')));
    const texts = [...document.querySelectorAll('style, script:not([src])')];
    return attributes.map(({ name, value }) => `${name}=${value}`).concat(texts.map(it => it.outerHTML));
";

#[tokio::test]
async fn no_page_has_a_script_or_a_style_in_it_and_none_makes_the_browser_complain() {
    if is_left_out("browser") {
        return;
    }
    look_at_all(Profile::desk(), async |browser, shown| {
        let found = browser.session().execute(INLINE, []).await.unwrap();
        let mut found: Vec<String> = found.convert().unwrap();
        for notice in browser.noticed().await {
            // That the page itself is an error is what the browser says.
            if !(shown.is_error && notice.kind == Kind::NotLoaded) {
                found.push(notice.to_string());
            }
        }
        found
    })
    .await;
}

/// What a browser was sent of each of our scripts since it opened this page, in bytes after decompression.
const SCRIPTS: &str = "
    const entries = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'));
    return entries.map(({ name, decodedBodySize }) => [name, decodedBodySize]);
";

#[tokio::test]
async fn all_scripts_together_are_small() {
    if is_left_out("browser") {
        return;
    }
    let scene = Scene::set().await;
    let browser = scene.pages.browser(Profile::desk()).await;
    let mut scripts = std::collections::BTreeMap::new();
    let mut signed_in = NOBODY;
    for shown in all(&scene).await {
        if shown.who != signed_in {
            browser.session().delete_all_cookies().await.unwrap();
            browser.sign_in(shown.who).await;
            signed_in = shown.who;
        }
        browser.open(&shown.path).await;
        let loaded = browser.session().execute(SCRIPTS, []).await.unwrap();
        scripts.extend(loaded.convert::<Vec<(String, u64)>>().unwrap());
    }
    let bytes: u64 = scripts.values().sum();
    assert!(scripts.len() >= 4, "{scripts:?}");
    assert!((1..36_000).contains(&bytes), "{bytes} bytes: {scripts:?}");
}
