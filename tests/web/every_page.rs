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
            browser.is_nobodys().await;
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

    /// Gives the window this width.
    pub async fn is_wide(&self, width: u32) {
        let metrics =
            json!({ "width": width, "height": 740, "deviceScaleFactor": 1, "mobile": false });
        let cdp = self.session().cdp();
        cdp.send_raw("Emulation.setDeviceMetricsOverride", metrics)
            .await
            .unwrap();
        // The page is laid out anew, and its media queries are asked again, in the next frame.
        let frames = "const done = arguments[0]; \
            requestAnimationFrame(() => requestAnimationFrame(() => done(innerWidth)))";
        let frames = self.session().execute_async(frames, []).await.unwrap();
        assert_eq!(frames.convert::<u32>().unwrap(), width);
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

/// Lists what does not fit the window: what makes the page scroll sideways, and open menus and dialogs that are cut off.
const DOES_NOT_FIT: &str = "
    const { scrollWidth } = document.documentElement;
    const found = [];
    if (scrollWidth > innerWidth) {
        const wide = [...document.querySelectorAll('body *')].filter(it => it.getBoundingClientRect().right > innerWidth);
        found.push(`${scrollWidth} px`, ...wide.map(it => it.outerHTML.slice(0, 100)).slice(0, 4));
    }
    for (const it of document.querySelectorAll('.menu[open] .menu-sheet, dialog[open]')) {
        const { left, right } = it.getBoundingClientRect();
        if (left < 0 || right > innerWidth) found.push(`${it.className} from ${left} to ${right}`);
        if (it.scrollWidth > it.clientWidth) found.push(`${it.className} scrolls sideways`);
    }
    return found;
";

/// Lists the visible fields whose text is so small that a phone zooms into the page when they get the focus.
const SMALL_FIELDS: &str = "
    return [...document.querySelectorAll('input:not([type=checkbox], [type=radio], [type=hidden]), select, textarea')]
        .filter(it => it.checkVisibility() && parseFloat(getComputedStyle(it).fontSize) < 16)
        .map(it => `${it.tagName} ${it.id} has ${getComputedStyle(it).fontSize}`);
";

async fn fits(language: Language) {
    look_at_all(Profile::desk().reading(language), async |browser, _| {
        let mut found = Vec::new();
        for width in [320, 390, 768, 1600] {
            browser.is_wide(width).await;
            let mut here: Vec<String> = browser.answer(DOES_NOT_FIT, []).await.unwrap();
            if width < 768 {
                here.extend(
                    browser
                        .answer::<Vec<String>>(SMALL_FIELDS, [])
                        .await
                        .unwrap(),
                );
            }
            found.extend(here.iter().map(|it| format!("{width}: {it}")));
        }
        browser.is_wide(1280).await;
        found
    })
    .await;
}

#[tokio::test]
async fn every_page_fits_phones_and_wide_screens() {
    if is_left_out("browser") {
        return;
    }
    fits(Language::English).await;
}

#[tokio::test]
async fn every_page_in_korean_fits_phones_and_wide_screens() {
    if is_left_out("browser") {
        return;
    }
    fits(Language::Korean).await;
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
            browser.is_nobodys().await;
            browser.sign_in(shown.who).await;
            signed_in = shown.who;
        }
        browser.open(&shown.path).await;
        let loaded = browser.session().execute(SCRIPTS, []).await.unwrap();
        scripts.extend(loaded.convert::<Vec<(String, u64)>>().unwrap());
    }
    let bytes: u64 = scripts.values().sum();
    assert!(scripts.len() >= 4, "{scripts:?}");
    assert!((1..48_000).contains(&bytes), "{bytes} bytes: {scripts:?}");
}
