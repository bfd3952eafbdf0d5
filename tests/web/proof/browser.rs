//! A browser is as its profile says, and has nothing of another one.

use std::path::Path;

use serde_json::json;

use super::{at, is_without_browser, visitor};
use crate::harness::eventually;
use crate::web::{Browser, Language, Profile, Site};

/// What a script in the page answers.
async fn answer(browser: &Browser, question: &str) -> String {
    let script = format!("return String({question})");
    let answer = browser.session().execute(script.as_str(), []).await;
    answer.unwrap().convert().unwrap()
}

#[tokio::test]
async fn a_browser_is_as_its_profile_says() {
    if is_without_browser() {
        return;
    }
    let site = Site::of("A page").await;
    let korean = Profile::phone().reading(Language::Korean).in_the_dark();
    for (profile, size, accepts, language, dark) in [
        (Profile::desk(), "1280x800", "en-US,en", "en-US", "false"),
        (korean, "360x740", "ko-KR,ko", "ko-KR", "true"),
    ] {
        let browser = visitor(&site, profile).await;
        // Another page is as the first one.
        browser.open("/again").await;
        let accept = format!("accept-language: {accepts}");
        let asked = site.asked().pop().unwrap().to_ascii_lowercase();
        assert!(asked.contains(&accept.to_ascii_lowercase()), "{asked}");
        assert_eq!(
            answer(&browser, "innerWidth + 'x' + innerHeight").await,
            size
        );
        assert_eq!(answer(&browser, "navigator.language").await, language);
        let prefers = "matchMedia('(prefers-color-scheme: dark)').matches";
        assert_eq!(answer(&browser, prefers).await, dark);
    }
}

#[tokio::test]
async fn a_browser_without_scripts_runs_none() {
    if is_without_browser() {
        return;
    }
    let body = "<p id=text>As served</p><script>text.textContent = 'As scripted'</script>";
    let (site, with) = at(body).await;
    let without = visitor(&site, Profile::desk().without_scripts()).await;
    with.sees_text("As scripted").await;
    without.sees_text("As served").await;
    without.noticed_nothing().await;
}

#[tokio::test]
async fn two_browsers_share_nothing() {
    if is_without_browser() {
        return;
    }
    let site = Site::with_headers("set-cookie: visited=yes; Max-Age=600\r\n", "A page").await;
    let (first, second) = futures::join!(
        visitor(&site, Profile::desk()),
        visitor(&site, Profile::desk())
    );
    assert_eq!(answer(&first, "document.cookie").await, "visited=yes");
    let asked = site.asked();
    assert_eq!(asked.len(), 2);
    assert!(
        asked.iter().all(|head| !head.contains("visited")),
        "{asked:?}"
    );
    second.open("/").await;
    assert!(site.asked().pop().unwrap().contains("visited=yes"));
}

#[tokio::test]
async fn a_browser_leaves_nothing_behind() {
    if is_without_browser() {
        return;
    }
    let (_site, browser) = at("A page").await;
    let picture = browser.document_screenshot("page").await;
    let folder = picture.parent().unwrap();
    assert!(folder.is_dir() && processes(folder) > 2);
    drop(browser);
    eventually("the browser has ended", || async {
        (processes(folder) == 0).then_some(())
    })
    .await;
    assert!(!folder.exists(), "nobody writes into it any more");
}

#[tokio::test]
async fn a_tab_that_crashed_says_why() {
    if is_without_browser() {
        return;
    }
    let (_site, browser) = at("A page").await;
    assert_eq!(browser.crash(), None);
    for (address, cause) in [
        ("chrome://crash", "by signal 11, in its thread"),
        ("chrome://kill", "Tab Killed"),
    ] {
        let (_site, browser) = at("A page").await;
        let error = browser.session().goto(address).await.unwrap_err();
        assert!(error.to_string().contains("tab crashed"), "{error}");
        let report = eventually("the crash is written down", || async { browser.crash() }).await;
        assert!(report.contains(cause), "{report}");
    }
}

/// How many processes were started with something in this folder.
fn processes(folder: &Path) -> usize {
    let folder = folder.to_str().unwrap();
    let processes = std::fs::read_dir("/proc").unwrap();
    let commands = processes.filter_map(|process| {
        // Some have ended meanwhile, and others are no processes.
        std::fs::read_to_string(process.ok()?.path().join("cmdline")).ok()
    });
    commands.filter(|command| command.contains(folder)).count()
}

#[tokio::test]
async fn a_picture_shows_what_is_on_the_screen() {
    if is_without_browser() {
        return;
    }
    let (_site, browser) = at("").await;
    let blank = browser.document_screenshot("blank").await;
    let blank = colours(&browser, &std::fs::read(blank).unwrap()).await;
    browser
        .open("data:text/html,<body style='background:rgb(1,2,3)'><h1>Text</h1>")
        .await;
    let text = browser.document_screenshot("text").await;
    let text = colours(&browser, &std::fs::read(text).unwrap()).await;
    assert_eq!(blank, 1);
    assert!(text > 2, "{text} colours");
}

/// How many colours there are in a picture.
async fn colours(browser: &Browser, png: &[u8]) -> u64 {
    let count = "
        const [bytes, done] = arguments;
        createImageBitmap(new Blob([new Uint8Array(bytes)])).then(picture => {
            const canvas = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
            canvas.drawImage(picture, 0, 0);
            const { data } = canvas.getImageData(0, 0, picture.width, picture.height);
            done(new Set(new Uint32Array(data.buffer)).size);
        });
    ";
    let counted = browser.session().execute_async(count, [json!(png)]).await;
    counted.unwrap().convert().unwrap()
}
