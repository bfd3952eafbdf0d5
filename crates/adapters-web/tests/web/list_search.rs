//! What the page of a search shows of a hit.

use axum::http::StatusCode;
use parlor_domain::ids::ConversationId;

use crate::{
    conversation::{page_with, path, prompt},
    list::listed,
    support::{Browser, World},
};

/// In each language: a message, a word of it, what the excerpt is around that word, and what the page says of no hits.
const CASES: [[&str; 6]; 2] = [
    [
        "en",
        "They wrote <b>beacon</b> & \"left\" it",
        "beacon",
        "&#60;b&#62;<mark>beacon</mark>&#60;/b&#62; &#38; &#34;left&#34; it",
        "Nothing has all of these words.",
        "Private",
    ],
    [
        "ko",
        "어제 <script>alert(1)</script> 비콘을 & 보았습니다",
        "비콘",
        "&#60;script&#62;alert(1)&#60;/script&#62; <mark>비콘</mark>을 &#38; 보았습니다",
        "이 단어를 모두 포함하는 대화가 없습니다.",
        "비공개",
    ],
];

async fn searched(browser: &Browser, q: &str) -> String {
    let query = serde_html_form::to_string([("q", q)]).unwrap();
    let page = browser.get(&format!("/conversations?{query}")).await;
    assert_eq!(page.status, StatusCode::OK);
    page.text
}

/// The entry of the only hit.
fn hit(page: &str, id: ConversationId) -> &str {
    assert_eq!(listed(page), [id]);
    let (_, entry) = page.split_once(&format!("id=\"listed-{id}\"")).unwrap();
    entry.split_once("</li>").unwrap().0
}

#[tokio::test]
async fn a_hit_shows_the_words_around_it_marked_and_escaped_and_leads_to_the_message() {
    let world = World::new().await;
    let mut alice = world.browser("alice").await;
    for [language, text, word, excerpt, none, private] in CASES {
        alice.languages = language;
        let id = world.conversation("alice", "Odd logins").await;
        prompt(&alice, id, "root", text).await;
        let page = searched(&alice, word).await;
        assert!(
            page.contains(&format!("<html lang=\"{language}\"")),
            "{page}"
        );
        let entry = hit(&page, id);
        let (_, shown) = entry
            .split_once("<span class=\"list-excerpt\"><bdi>")
            .unwrap();
        let (shown, _) = shown.split_once("</bdi>").unwrap();
        assert!(shown.contains(excerpt), "{shown}");
        assert!(entry.contains(private), "{entry}");

        // To the message itself, which the page that it leads to shows.
        let (_, href) = entry.split_once("href=\"").unwrap();
        let (href, _) = href.split_once('"').unwrap();
        let start = format!("{}?at=", path(id, ""));
        let (message, anchor) = href
            .strip_prefix(&start)
            .and_then(|rest| rest.split_once("#m-"))
            .unwrap_or_else(|| panic!("{href}"));
        assert_eq!(message, anchor);
        let (address, _) = href.split_once('#').unwrap();
        let page = alice.get(address).await;
        let (_, article) = page
            .text
            .split_once(&format!("id=\"m-{message}\""))
            .unwrap();
        let (article, _) = article.split_once("</article>").unwrap();
        assert!(article.contains(word), "{article}");

        let nothing = searched(&alice, &format!("{word} zebra")).await;
        assert!(listed(&nothing).is_empty());
        assert!(nothing.contains(none), "{nothing}");
        assert!(!nothing.contains("<mark>"));
    }
}

#[tokio::test]
async fn a_hit_in_a_title_has_no_excerpt_and_leads_to_the_conversation() {
    let world = World::new().await;
    let alice = world.browser("alice").await;
    let id = world.conversation("alice", "Odd <b>beacon</b>").await;
    prompt(&alice, id, "root", "Which hosts?").await;
    page_with(&alice, &path(id, ""), "Which hosts?").await;
    let page = searched(&alice, "odd").await;
    let entry = hit(&page, id);
    assert!(
        entry.contains(&format!("href=\"{}\"", path(id, ""))),
        "{entry}"
    );
    assert!(!entry.contains("list-excerpt"), "{entry}");
    assert!(!page.contains("<b>"));
}

#[tokio::test]
async fn what_somebody_else_wrote_in_private_is_not_in_the_page_of_a_search() {
    let world = World::new().await;
    let [alice, bob] = [world.browser("alice").await, world.browser("bob").await];
    let id = world.conversation("alice", "Odd logins").await;
    prompt(&alice, id, "root", "The tangerine beacon").await;
    let page = searched(&bob, "tangerine").await;
    assert!(listed(&page).is_empty());
    assert!(!page.contains("beacon") && !page.contains(&id.to_string()));
}
