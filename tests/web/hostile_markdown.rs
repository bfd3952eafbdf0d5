//! Texts that try to be more than texts. None does anything in a browser, wherever it is shown.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::json;
use thirtyfour::By;

use super::{Browser, Pages, Profile};
use crate::harness::{As, Service, is_left_out};

/// The attacks, by the names of their files.
fn attacks() -> BTreeMap<String, String> {
    let folder = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/web/hostile"
    ));
    let files = fs::read_dir(folder).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        // The one character that the service does not take.
        (name, fs::read_to_string(path).unwrap().replace('\0', ""))
    });
    let attacks: BTreeMap<_, _> = files.collect();
    assert!(attacks.len() >= 30, "{}", attacks.len());
    attacks
}

/// Attacks that fit into a title, which is one line of at most 200 characters.
fn titles() -> Vec<String> {
    let whole = attacks()
        .into_values()
        .map(|attack| attack.replace(char::is_control, " "));
    let lines = whole.map(|attack| attack.trim().chars().take(200).collect::<String>());
    let own = [
        "</title><script>alert(1)</script>",
        "</bdi></h1></main><img src=x onerror=alert(1)>",
        "\" onfocus=alert(1) autofocus x=\"",
        "{{ 7 * 7 }} ${7 * 7} <%= 7 * 7 %>",
        "\u{202E}moc.live \u{2066}\u{2067}\u{2068}\u{202A}\u{202B}\u{202D}",
        "نص عربي بلا نهاية (((",
        "Wide\u{FDFD}\u{FDFD}\u{FDFD}\u{FDFD}\u{FDFD}\u{FDFD}\u{FDFD}\u{FDFD}\u{FDFD}\u{FDFD}\u{FDFD}\u{FDFD}",
    ];
    let long = ["W".repeat(200), "\u{A0}x".repeat(100)];
    lines.chain(own.map(str::to_owned)).chain(long).collect()
}

/// What is wrong with a page that shows texts of others.
const WRONG: &str = r"
    const wrong = [];
    const no = (holds, what) => holds || wrong.push(what);
    const all = (selector, within = document) => [...within.querySelectorAll(selector)];
    const described = it => it.outerHTML.slice(0, 160);

    // The frame is as it was, and what is shown stays in it.
    const page = document.scrollingElement;
    no(page.scrollWidth <= page.clientWidth, `it scrolls sideways, to ${page.scrollWidth} px`);
    for (const one of ['html', 'head', 'head > title', 'body', 'main#main', 'header.bar', '#announcer'])
        no(all(one).length === 1, `there are ${all(one).length} ${one}`);
    no(document.title.endsWith(' – Parlor'), `it is called ${document.title}`);
    for (const one of all('article, .markdown, .conversation-head, .conversation-foot, .map-node'))
        no(one.closest('main, dialog'), `outside of the page's content: ${described(one)}`);
    const own = ['SCRIPT', 'A', 'HEADER', 'DIV', 'DIALOG'];
    for (const one of document.body.children)
        no((own.includes(one.tagName) || one.matches('template#unsent, template#gone')) && !one.closest('.markdown'), `beside the page: ${described(one)}`);
    const ids = all('[id]').map(({ id }) => id);
    for (const id of ids.filter((id, at) => ids.indexOf(id) !== at)) wrong.push(`two are #${id}`);

    // Texts have become nothing but what texts may become.
    const never = 'script, style, link, meta, base, title, iframe, frame, object, embed, applet, form, textarea, select, dialog, \
        img, picture, video, audio, source, svg, math, template, slot, noscript, details, marquee, [style], [id], [name], [autofocus], \
        [contenteditable], [popover], [srcdoc], [is]';
    for (const text of all('.markdown')) {
        for (const it of all(never, text)) no(it.closest('.code-block button'), `in a text: ${described(it)}`);
        for (const it of all('input', text)) no(it.type === 'checkbox' && it.disabled, `in a text: ${described(it)}`);
        for (const it of all('*', text)) {
            const { position } = getComputedStyle(it);
            no(position !== 'fixed' && position !== 'sticky', `it leaves its text: ${described(it)}`);
            no(!it.shadowRoot, `it has a shadow: ${described(it)}`);
        }
        const { left, right } = text.getBoundingClientRect();
        for (const it of text.children) {
            const box = it.getBoundingClientRect();
            no(box.left >= left - 1 && box.right <= right + 1, `it is wider than its text: ${described(it)}`);
        }
    }
    for (const it of all('*')) {
        for (const { name } of it.attributes) no(!name.startsWith('on'), `${name} on ${described(it)}`);
        if (it.localName !== 'a') continue;
        const { protocol } = new URL(it.getAttribute('href')?.baseVal ?? it.getAttribute('href') ?? '', location.href);
        no(['http:', 'https:', 'mailto:'].includes(protocol), `${protocol} in ${described(it)}`);
    }

    // Nobody's text turns our own words around: what comes first stands left.
    const words = all('time, .list-owner, .badge, h2 + time, .conversation-actions .button > span:not(.visually-hidden)');
    for (const word of words) {
        const text = word.lastChild;
        if (text?.nodeType !== 3 || text.length < 2 || !word.getClientRects().length) continue;
        const edge = at => {
            const range = document.createRange();
            range.setStart(text, at);
            range.setEnd(text, at + 1);
            return range.getBoundingClientRect();
        };
        const [first, last] = [edge(0), edge(text.length - 1)];
        no(first.top < last.top - 2 || first.left < last.left, `turned around: ${described(word)}`);
    }
    return wrong;
";

impl Browser {
    /// What is wrong with the page, and what the browser noticed since the last time.
    async fn wrong(&self, place: &str) -> Vec<String> {
        let found = self.session().execute(WRONG, []).await.unwrap();
        let mut wrong: Vec<String> = found.convert().unwrap();
        wrong.extend(self.noticed().await.iter().map(ToString::to_string));
        wrong
            .into_iter()
            .map(|it| format!("{place}: {it}"))
            .collect()
    }

    /// How many elements there are of this selector.
    async fn how_many(&self, selector: &str) -> usize {
        let found = self.session().find_all(By::Css(selector)).await;
        found.map_or(0, |found| found.len())
    }
}

fn nothing(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Alice, and a conversation of hers for each so many attacks.
async fn posted(alice: &As, at_once: usize) -> Vec<(String, String)> {
    let attacks: Vec<_> = attacks().into_iter().collect();
    let mut conversations = Vec::new();
    for some in attacks.chunks(at_once) {
        let id = alice.create("Attacks").await;
        for (_, attack) in some {
            alice.prompt(&id, attack).await;
        }
        let names: Vec<&str> = some.iter().map(|(name, _)| name.as_str()).collect();
        conversations.push((id, names.join(", ")));
    }
    conversations
}

#[tokio::test]
async fn no_message_does_anything_but_be_read() {
    const AT_ONCE: usize = 6;
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let conversations = posted(&pages.service().acting_as("alice"), AT_ONCE).await;
    let mut wrong = Vec::new();
    for profile in [Profile::desk(), Profile::phone().in_the_dark()] {
        let alice = pages.browser(profile).await;
        alice.sign_in("alice").await;
        for (id, names) in &conversations {
            alice.open(&format!("/conversations/{id}")).await;
            let articles = alice.how_many("main article.message").await;
            let prompts = names.split(", ").count();
            assert_eq!(articles, 2 * prompts, "{names}");
            assert_eq!(
                alice.how_many("main #composer textarea").await,
                1,
                "{names}"
            );
            wrong.extend(alice.wrong(names).await);
            alice.open(&format!("/conversations/{id}/tree")).await;
            assert_eq!(alice.how_many(".map-node").await, 2 * prompts, "{names}");
            wrong.extend(alice.wrong(&format!("{names}, in the map")).await);
        }
    }
    nothing(&wrong);
}

#[tokio::test]
async fn no_message_that_comes_while_one_looks_does_either() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let api = pages.service().acting_as("alice");
    let id = api.create("Attacks").await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    let mut wrong = Vec::new();
    for (number, (name, attack)) in attacks().into_iter().enumerate() {
        api.prompt(&id, &attack).await;
        let expected = 2 * (number + 1);
        alice
            .waits_until(&format!("{name} and its answer are there"), async |page| {
                let writing = page.how_many("article[aria-busy]").await;
                Ok(writing == 0 && page.how_many("main article.message").await == expected)
            })
            .await;
        wrong.extend(alice.wrong(&name).await);
    }
    nothing(&wrong);
}

#[tokio::test]
async fn no_title_is_more_than_a_title() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let api = pages.service().acting_as("bob");
    let alice = pages.browser(Profile::phone()).await;
    alice.sign_in("alice").await;
    let mut wrong = Vec::new();
    let mut ids = Vec::new();
    let titles = titles();
    for title in &titles {
        let id = api.create(title).await;
        api.put(
            &format!("/conversations/{id}/privacy"),
            json!({ "privacy": "shared" }),
        )
        .await
        .expect(200);
        ids.push(id);
    }
    // They came into the list while it was open.
    alice
        .waits_until("the last one is listed", async |page| {
            Ok(page
                .how_many(&format!("#listed-{}", ids.last().unwrap()))
                .await
                == 1)
        })
        .await;
    wrong.extend(alice.wrong("in the list that was open").await);
    alice.open("/conversations").await;
    wrong.extend(alice.wrong("in the list").await);

    let bob = pages.browser(Profile::desk()).await;
    bob.sign_in("bob").await;
    for (id, title) in ids.iter().zip(&titles) {
        for rest in ["", "/sharing", "/access", "/delete", "/tree"] {
            bob.open(&format!("/conversations/{id}{rest}")).await;
            wrong.extend(bob.wrong(&format!("{title}{rest}")).await);
        }
    }
    nothing(&wrong);
}

/// About a megabyte of what is nested, or seems to be.
fn megabytes() -> Vec<(&'static str, String)> {
    let many = |unit: &str| unit.repeat((1 << 20) / unit.len());
    let half = |unit: &str| unit.repeat((1 << 19) / unit.len());
    vec![
        ("quotes", many(">")),
        ("lists", many("- ")),
        ("brackets", many("[")),
        ("emphasis", format!("{}a{}", half("*"), half("*"))),
        ("elements", many("<div>")),
        (
            "images",
            format!("{}{}", half("!["), half("](https://a.example)")),
        ),
        ("scripts", many("<script>alert(1)</script>")),
        ("one word", many("W")),
        (
            "a fence without an end",
            format!("```html\n{}", many("<b onclick=alert(1)>")),
        ),
        ("cells", format!("{}\n{}\n", half("|a"), half("|-"))),
        ("bidirectional controls", half("\u{202E}\u{2066}a")),
    ]
}

/// A service that takes prompts of a megabyte.
async fn patient() -> Pages {
    let service = Service::builder()
        .with("PARLOR_LIMITS__MESSAGE_CHARACTERS", &(2 << 20))
        .with("PARLOR_LIMITS__BODY_BYTES", &(8 << 20));
    Pages::of(service).await
}

#[tokio::test]
async fn a_megabyte_of_nesting_is_shown_and_harms_nothing() {
    shows_megabytes(0).await;
}

#[tokio::test]
async fn a_megabyte_of_other_nesting_is_shown_and_harms_nothing() {
    shows_megabytes(1).await;
}

/// Every second of them: all together take longer than a test may.
async fn shows_megabytes(from: usize) {
    if is_left_out("browser") {
        return;
    }
    let pages = patient().await;
    let api = pages.service().acting_as("alice");
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    let mut wrong = Vec::new();
    for (name, text) in megabytes().into_iter().skip(from).step_by(2) {
        let id = api.create(name).await;
        api.prompt(&id, &text).await;
        alice.open(&format!("/conversations/{id}")).await;
        let mut shown = alice.how_many("main article.message").await;
        assert_eq!(alice.how_many("main #composer textarea").await, 1, "{name}");
        wrong.extend(alice.wrong(name).await);
        // A page has a bounded size: of these two, each may have one of its own.
        if shown == 1 {
            alice.follow_link("Show earlier messages").await;
            alice.sees_text("Back to the newest messages").await;
            shown += alice.how_many("main article.message").await;
            wrong.extend(alice.wrong(name).await);
        }
        assert_eq!(shown, 2, "{name}");
    }
    nothing(&wrong);
}

/// What looks for what is wrong sees it.
#[tokio::test]
async fn a_text_that_does_something_would_be_seen() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let api = pages.service().acting_as("alice");
    let id = api.create("Attacks").await;
    api.prompt(&id, "Hello").await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    nothing(&alice.wrong("as it is").await);
    for (script, expected) in [
        (
            "document.querySelector('.markdown').append(document.createElement('iframe'))",
            "in a text: <iframe",
        ),
        (
            "document.querySelector('.markdown').innerHTML += ''",
            "requires 'TrustedHTML' assignment",
        ),
        (
            "document.body.append(document.querySelector('article'))",
            "outside of the page's content",
        ),
        (
            "document.querySelector('.message time').textContent = '\\u202E12:00'",
            "turned around",
        ),
        (
            "const a = document.createElement('a'); a.href = 'javascript:x'; document.querySelector('.markdown').append(a)",
            "javascript: in",
        ),
        (
            "document.querySelector('main').append(Object.assign(document.createElement('pre'), { textContent: 'W'.repeat(999) }))",
            "it scrolls sideways",
        ),
    ] {
        // Some are refused, which is what is seen of them.
        let _ = alice.session().execute(script, []).await;
        let wrong = alice.wrong("now").await.join("\n");
        assert!(wrong.contains(expected), "{script}: {wrong}");
        alice.open(&format!("/conversations/{id}")).await;
        let _ = alice.noticed().await;
    }
}
