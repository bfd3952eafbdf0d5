//! The list of conversations.

use serde_json::json;
use thirtyfour::Key;

use super::{Browser, Language, Pages, Profile};
use crate::harness::is_left_out;

#[tokio::test]
async fn the_list_says_whose_each_is_and_who_sees_it_and_has_filters() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| pages.service().acting_as(name));
    alice.create("Mine alone").await;
    let everybody = carol.create("For everybody").await;
    let organization = json!({ "organization": "view", "groups": [] });
    carol.share(&everybody, organization).await.expect(200);
    let hunters = bob.create("For hunters").await;
    bob.share_with_group(&hunters, "Threat Hunting", "view")
        .await;
    bob.create("Hidden").await;
    carol.prompt(&everybody, "The newest activity").await;

    let browser = pages.browser(Profile::desk()).await;
    browser.sign_in("alice").await;
    let all = ["For everybody", "For hunters", "Mine alone"];
    browser.sees_listed(&all).await;
    for (title, icon, owner) in [
        ("For everybody", "Shared with the organization", "carol’s"),
        ("For hunters", "Shared with groups", "bob’s"),
        ("Mine alone", "Private", ""),
    ] {
        let entry = browser.entry(title).await;
        assert!(entry.starts_with(icon), "{entry}");
        assert_eq!(entry.contains('’'), !owner.is_empty(), "{entry}");
        assert!(entry.contains(owner), "{entry}");
    }
    browser.follow_link("Mine").await;
    browser.sees_listed(&["Mine alone"]).await;
    browser.follow_link("Shared with me").await;
    browser.sees_listed(&["For everybody", "For hunters"]).await;
    browser.sees_no_text("Private, by privilege").await;
    browser.follow_link("All").await;
    browser.sees_listed(&all).await;
    browser.noticed_nothing().await;

    // Who views private responses has one filter more.
    browser.is_nobodys().await;
    browser.sign_in("vera").await;
    browser
        .sees_listed(&["For everybody", "Hidden", "For hunters", "Mine alone"])
        .await;
    browser.follow_link("Private, by privilege").await;
    browser.sees_listed(&["Hidden", "Mine alone"]).await;
    let hidden = browser.entry("Hidden").await;
    assert!(
        hidden.starts_with("Private")
            && hidden.contains("bob’s")
            && hidden.contains("By privilege"),
        "{hidden}"
    );
    browser.noticed_nothing().await;
}

#[tokio::test]
async fn the_list_is_searched_as_one_types_and_goes_on_as_one_scrolls() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let alice = pages.service().acting_as("alice");
    let mut titles = Vec::new();
    for number in 0..60 {
        let title = format!("Report {number}");
        alice.create(&title).await;
        titles.push(title);
    }
    titles.reverse();
    let found = alice.create("Beacons").await;
    alice.prompt(&found, "Is there a tangerine?").await;
    titles.insert(0, "Beacons".to_owned());

    let browser = pages.browser(Profile::desk()).await;
    browser.sign_in("alice").await;
    browser.marks_the_page().await;
    browser
        .waits_until("a page of the list is there", async |page| {
            Ok((10..60).contains(&page.listed().await?.len()))
        })
        .await;
    let scrolls = "const entries = document.querySelectorAll('[data-items] > li'); \
        entries[entries.length - 1].scrollIntoView()";
    browser
        .waits_until("all are there at the end", async |page| {
            page.session().execute(scrolls, []).await?;
            Ok(page.listed().await? == titles)
        })
        .await;
    browser.sees_no_text("Show more").await;
    browser.noticed_nothing().await;

    // Words of titles and of messages, without a word said to send them.
    browser.fill("Search titles and messages", "Report 5").await;
    browser
        .waits_until("what was typed is found", async |page| {
            let listed = page.listed().await?;
            Ok(!listed.is_empty() && listed.iter().all(|title| title.starts_with("Report 5")))
        })
        .await;
    browser.fill("Search titles and messages", "tanger").await;
    browser.sees_listed(&["Beacons"]).await;
    browser.keyboard("zzz").await;
    browser.sees_text("Nothing has all of these words.").await;
    browser.sees_listed(&[]).await;
    let focused = browser.focused().await;
    assert_eq!(focused, "Search titles and messages");
    for _ in 0..3 {
        browser.keyboard(Key::Backspace).await;
    }
    browser.sees_listed(&["Beacons"]).await;
    browser.has_not_reloaded().await;
    // The address is that of what is shown.
    let path = browser.path().await;
    assert_eq!(path, "/conversations?q=tanger");
    browser.open(&path).await;
    browser.sees_listed(&["Beacons"]).await;
    browser.noticed_nothing().await;
}

#[tokio::test]
async fn the_list_is_as_long_as_it_was_when_one_comes_back_to_it() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let author = pages.service().acting_as("alice");
    for number in 0..60 {
        author.create(&format!("Report {number}")).await;
    }
    let alice = pages.browser(Profile::phone()).await;
    alice.sign_in("alice").await;
    let scrolls = "const entries = document.querySelectorAll('[data-items] > li'); \
        entries[entries.length - 1].scrollIntoView()";
    alice
        .waits_until("all are there at the end", async |page| {
            page.session().execute(scrolls, []).await?;
            Ok(page.listed().await?.len() == 60)
        })
        .await;
    alice.opens_listed("Report 3").await;
    alice
        .waits_until("the conversation is there", async |page| {
            Ok(page.count("//textarea[@id='composer-content']").await == 1)
        })
        .await;
    alice.session().back().await.unwrap();
    let is_in_sight = "const all = [...document.querySelectorAll('[data-items] .list-title')]; \
        const it = all.find(it => it.textContent.trim() === 'Report 3')?.getBoundingClientRect(); \
        return all.length === 60 && it.top > 0 && it.bottom < innerHeight";
    alice
        .waits_until("the list is where it was", async |page| {
            page.answer(is_in_sight, []).await
        })
        .await;
    alice.noticed_nothing().await;
}

/// Where the entry of this title is in what scrolls, how many entries there are, and how far the page itself is scrolled; nothing as long as
/// the entry is not in sight.
const PLACE: &str = "
    const all = [...document.querySelectorAll('[data-items] .list-title')];
    const it = all.find(it => it.textContent.trim() === arguments[0])?.getBoundingClientRect();
    const list = (document.querySelector('.sidebar') ?? document.querySelector('.list')).getBoundingClientRect();
    return it && it.top >= list.top && it.bottom <= list.bottom ? [it.top - list.top, all.length, scrollY] : null;
";

/// The place of an entry, once it is in sight.
async fn place(browser: &Browser, title: &str) -> (f64, usize, f64) {
    browser
        .waits_for(&format!("{title} is in sight"), async |page| {
            page.answer(PLACE, [json!(title)]).await
        })
        .await
}

/// Clicks an entry where it is.
async fn clicks_entry(browser: &Browser, title: &str) {
    let script = "[...document.querySelectorAll('[data-items] a')] \
        .find(it => it.querySelector('.list-title').textContent.trim() === arguments[0]).click()";
    let title = json!(title);
    browser.session().execute(script, [title]).await.unwrap();
    browser
        .waits_until("the conversation is there", async |page| {
            Ok(page.count("//textarea[@id='composer-content']").await == 1)
        })
        .await;
}

#[tokio::test]
async fn on_a_desk_the_list_keeps_its_place_beside_a_conversation_and_on_the_way_back() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let author = pages.service().acting_as("alice");
    for number in 0..60 {
        author.create(&format!("Report {number}")).await;
    }
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    for width in [1200, 1280, 1920] {
        alice.is_wide(width).await;
        alice.open("/conversations").await;
        let scrolls = "const entries = document.querySelectorAll('[data-items] > li'); \
            entries[entries.length - 1].scrollIntoView()";
        alice
            .waits_until("all are there at the end", async |page| {
                page.session().execute(scrolls, []).await?;
                Ok(page.listed().await?.len() == 60)
            })
            .await;
        alice.session().execute(scrolls, []).await.unwrap();
        let listed = place(&alice, "Report 3").await;
        clicks_entry(&alice, "Report 3").await;
        let beside = place(&alice, "Report 3").await;
        let is_same = |one: (f64, usize, f64), other: (f64, usize, f64)| {
            (one.0 - other.0).abs() < 2.0 && one.1 == other.1 && (one.2 - other.2).abs() < 1.0
        };
        assert!(is_same(listed, beside), "{width}: {listed:?}, {beside:?}");
        let before = place(&alice, "Report 5").await;
        clicks_entry(&alice, "Report 5").await;
        let after = place(&alice, "Report 5").await;
        assert!(is_same(before, after), "{width}: {before:?}, {after:?}");

        // Another one is on top by the time that the user comes back.
        author.create(&format!("Newer {width}")).await;
        alice.session().back().await.unwrap();
        alice.session().back().await.unwrap();
        let back = place(&alice, "Report 3").await;
        assert!(
            (back.0 - listed.0).abs() < 2.0,
            "{width}: {listed:?}, {back:?}"
        );
        assert_eq!(alice.path().await, "/conversations");
        let newest = author.get("/conversations?limit=1").await.expect(200);
        let newest = newest["items"][0]["id"].as_str().unwrap().to_owned();
        author
            .delete(&format!("/conversations/{newest}"))
            .await
            .expect(204);
    }
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn on_a_desk_a_list_that_is_not_longer_than_a_page_of_it_keeps_its_place_too() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let author = pages.service().acting_as("alice");
    for number in 0..20 {
        author.create(&format!("Report {number}")).await;
    }
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice
        .waits_until("all are there", async |page| {
            Ok(page.listed().await?.len() == 20)
        })
        .await;
    let scrolls = "const list = document.querySelector('.list'); list.scrollTop = 10000; return list.scrollTop";
    let top: f64 = alice.answer(scrolls, []).await.unwrap();
    assert!(top > 100.0, "{top}");
    let listed = place(&alice, "Report 5").await;
    clicks_entry(&alice, "Report 5").await;
    let beside = place(&alice, "Report 5").await;
    assert!((beside.0 - listed.0).abs() < 2.0, "{listed:?}, {beside:?}");
    alice.session().back().await.unwrap();
    let back = place(&alice, "Report 5").await;
    assert!((back.0 - listed.0).abs() < 2.0, "{listed:?}, {back:?}");
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn beside_a_conversation_the_list_is_the_one_that_it_was_chosen_from() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let author = pages.service().acting_as("alice");
    for title in ["Beacons", "Report 1", "Report 2"] {
        author.create(title).await;
    }
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.follow_link("Mine").await;
    alice.fill("Search titles and messages", "Report").await;
    alice.sees_listed(&["Report 2", "Report 1"]).await;
    clicks_entry(&alice, "Report 1").await;
    alice.sees_listed(&["Report 2", "Report 1"]).await;
    let current = "return [document.querySelector('[data-filter][aria-current]').dataset.filter, \
        document.getElementById('list-q').value]";
    let current: (String, String) = alice.answer(current, []).await.unwrap();
    assert_eq!(current, ("mine".to_owned(), "Report".to_owned()));
    // Nobody else finds what was searched for, nor anybody after signing out.
    alice.click_button("alice: account and language").await;
    alice.click_button("Sign out").await;
    alice.sees_text("Sign in as alice").await;
    let kept = "return Object.keys(sessionStorage).filter(it => /^(draft|place):/.test(it)).length";
    assert_eq!(alice.answer::<u64>(kept, []).await.unwrap(), 0);
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn the_search_finds_while_a_syllable_is_being_composed() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let author = pages.service().acting_as("alice");
    author.create("성능 점검").await;
    author.create("Beacons").await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.sees_listed(&["Beacons", "성능 점검"]).await;
    let script = "document.getElementById('list-q').focus()";
    alice.session().execute(script, []).await.unwrap();
    for text in ["ㅅ", "서", "성"] {
        let composed = json!({ "text": text, "selectionStart": 1, "selectionEnd": 1 });
        let cdp = alice.session().cdp();
        cdp.send_raw("Input.imeSetComposition", composed)
            .await
            .unwrap();
    }
    // The syllable is still open.
    alice.sees_listed(&["성능 점검"]).await;
    alice.noticed_nothing().await;
}

/// Lists what is wrong with the excerpts of what was found; nothing as long as none is there.
const WRONG_EXCERPT: &str = "
    const excerpts = [...document.querySelectorAll('.list-excerpt')].filter(it => it.checkVisibility());
    if (excerpts.length === 0) return null;
    return excerpts.flatMap(it => {
        const [{ width, left }, title] = [it, it.parentNode.querySelector('.list-title')].map(it => it.getBoundingClientRect());
        const room = it.closest('.list-item').getBoundingClientRect().width;
        return width < room / 2 || Math.abs(left - title.left) > 1 ? [`${width} of ${room} px, at ${left}`] : [];
    });
";

#[tokio::test]
async fn what_was_found_is_read_in_lines_beside_the_icon_in_both_languages_on_a_desk_and_on_a_phone()
 {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let alice = pages.service().acting_as("alice");
    let id = alice.create("Beacons").await;
    let prompt =
        "Is there a tangerine among the hosts that were seen, 점검 결과에 나온 호스트 중에?";
    alice.prompt(&id, prompt).await;
    for (language, field) in [
        (Language::English, "Search titles and messages"),
        (Language::Korean, "제목과 메시지 검색"),
    ] {
        let browser = pages.browser(Profile::desk().reading(language)).await;
        browser.sign_in("alice").await;
        let wrong = async |place: &str| {
            let told = format!("something is found {place}");
            let wrong: Vec<String> = browser
                .waits_for(&told, async |page| page.answer(WRONG_EXCERPT, []).await)
                .await;
            assert!(wrong.is_empty(), "{place}, {field}: {}", wrong.join("\n"));
        };
        browser.is_wide(1280).await;
        browser.open(&format!("/conversations/{id}")).await;
        browser.fill(field, "tangerine").await;
        wrong("beside a conversation").await;
        browser.open("/conversations?q=tangerine").await;
        wrong("in the list").await;
        browser.is_wide(320).await;
        wrong("in the list on a phone").await;
        browser.noticed_nothing().await;
    }
}
