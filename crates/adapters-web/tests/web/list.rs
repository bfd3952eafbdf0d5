//! The list of conversations: what it shows to whom, and where it goes on.

use axum::http::StatusCode;
use parlor_application::{
    caller::Caller,
    conversations::{ConversationListRequest, ConversationSearchRequest},
    paging::PageSize,
    ports::{ConversationFilter, SearchTerms},
};
use parlor_domain::{grants::Level, ids::ConversationId};
use parlor_store_memory::seeds::{HUNTERS, RESPONDERS};

use crate::support::World;

const EVERYBODY: [&str; 8] = [
    "alice", "bob", "carol", "vera", "max", "erin", "admin", "mallory",
];

/// The ids of the entries, in their order.
pub fn listed(text: &str) -> Vec<ConversationId> {
    let entries = text.split("data-id=\"").skip(1);
    entries
        .map(|entry| entry.split('"').next().unwrap().parse().unwrap())
        .collect()
}

/// The entry of a conversation.
fn entry(text: &str, id: ConversationId) -> &str {
    let (_, rest) = text.split_once(&format!("id=\"listed-{id}\"")).unwrap();
    rest.split("</li>").next().unwrap()
}

/// Conversations of several people, private and shared in every way.
async fn filled() -> (World, Vec<ConversationId>) {
    let world = World::new().await;
    let mut ids = Vec::new();
    for (owner, organization, groups) in [
        ("alice", None, &[][..]),
        ("alice", Some(Level::View), &[]),
        ("bob", None, &[(HUNTERS, Level::Collaborate)]),
        ("bob", None, &[]),
        ("carol", None, &[(RESPONDERS, Level::View)]),
        ("max", None, &[]),
        ("erin", Some(Level::Collaborate), &[]),
        ("mallory", Some(Level::View), &[]),
    ] {
        let id = if owner == "erin" {
            // It may begin none itself.
            let id = world.conversation("max", "Odd logins of erin").await;
            let transfer = &world.application.transfer_conversation;
            let erin = world.caller("erin").await.user_id();
            let max = world.caller("max").await;
            let any = parlor_application::version_condition::VersionCondition::Any;
            transfer.execute(&max, id, &any, erin).await.unwrap();
            id
        } else {
            world
                .conversation(owner, &format!("Odd logins of {owner}"))
                .await
        };
        if organization.is_some() || !groups.is_empty() {
            world.share(owner, id, organization, groups).await;
        }
        ids.push(id);
    }
    (world, ids)
}

/// What the use cases answer.
async fn expected(
    world: &World,
    caller: &Caller,
    filter: ConversationFilter,
    q: &str,
) -> Vec<ConversationId> {
    let size = PageSize::DEFAULT;
    if let Some(terms) = SearchTerms::parse(q) {
        let request = ConversationSearchRequest {
            terms,
            filter,
            after: None,
            size,
        };
        let search = &world.application.search_conversations;
        let found = search.execute(caller, request).await.unwrap();
        let items = found.items.iter();
        return items.map(|found| found.view.summary.id).collect();
    }
    let request = ConversationListRequest {
        filter,
        after: None,
        size,
    };
    let list = &world.application.list_conversations;
    let page = list.execute(caller, request).await.unwrap();
    page.items.iter().map(|view| view.summary.id).collect()
}

#[tokio::test]
async fn everybody_is_shown_exactly_what_the_use_case_lists() {
    let (world, all) = filled().await;
    let mut shown = 0;
    for who in EVERYBODY {
        let browser = world.browser(who).await;
        let caller = world.caller(who).await;
        for filter in ConversationFilter::ALL {
            for q in ["", "odd", "odd alice", "nothing"] {
                let expected = expected(&world, &caller, filter, q).await;
                let query = q.replace(' ', "+");
                let path = format!("/conversations?filter={}&q={query}", filter.as_str());
                assert_eq!(
                    listed(&browser.get(&path).await.text),
                    expected,
                    "{who} {path}"
                );
                let part = browser.get_part(&path, "list").await;
                assert_eq!(listed(&part.text), expected, "{who} {path}");
                assert!(!part.text.contains("<html"));
                shown += expected.len();
            }
        }
    }
    assert!(shown > all.len(), "{shown}");
}

#[tokio::test]
async fn an_entry_tells_by_whom_it_can_be_seen_and_whose_it_is() {
    let (world, ids) = filled().await;
    let page = world
        .browser("alice")
        .await
        .get("/conversations")
        .await
        .text;
    for (number, privacy, owner) in [
        (0, "Private", None),
        (1, "Shared with the organization", None),
        (2, "Shared with groups", Some("Bob of Acme’s")),
    ] {
        let entry = entry(&page, ids[number]);
        assert!(
            entry.contains(&format!("<span class=\"visually-hidden\">{privacy}</span>")),
            "{entry}"
        );
        assert_eq!(entry.contains("list-owner"), owner.is_some(), "{entry}");
        assert!(owner.is_none_or(|owner| entry.contains(owner)), "{entry}");
        assert!(!entry.contains("By privilege"), "{entry}");
    }
    let page = world.browser("vera").await.get("/conversations").await.text;
    let of_bob = entry(&page, ids[3]);
    assert!(of_bob.contains("By privilege"), "{of_bob}");
    assert!(!entry(&page, ids[1]).contains("By privilege"));
}

#[tokio::test]
async fn the_filter_for_privilege_is_offered_to_who_has_one() {
    let world = World::new().await;
    for who in EVERYBODY {
        let page = world.browser(who).await.get("/conversations").await;
        let may = ["vera", "max", "mallory"].contains(&who);
        let offered = page.text.contains("href=\"/conversations?filter=private\"");
        assert_eq!(offered, may, "{who}");
    }
}

#[tokio::test]
async fn the_list_goes_on_page_by_page_until_everything_was_shown_once() {
    let world = World::new().await;
    let mut created = Vec::new();
    for number in 0..120 {
        created.push(
            world
                .conversation("alice", &format!("Number {number}"))
                .await,
        );
    }
    created.reverse();
    let alice = world.browser("alice").await;
    let mut shown = Vec::new();
    let mut next = Some("/conversations?filter=mine&q=number".to_owned());
    let mut pages = 0;
    while let Some(path) = next {
        let part = alice.get_part(&path, "list").await;
        assert_eq!(part.status, StatusCode::OK, "{path}");
        shown.extend(listed(&part.text));
        pages += 1;
        let link = part.text.split_once("rel=\"next\" href=\"");
        next = link.map(|(_, rest)| rest.split('"').next().unwrap().replace("&#38;", "&"));
        assert!(pages < 10);
    }
    assert_eq!(shown, created);
    assert_eq!(pages, 3);
}

#[tokio::test]
async fn what_has_no_word_in_it_is_found_nowhere_and_white_space_is_no_search() {
    let (world, _) = filled().await;
    let alice = world.browser("alice").await;
    assert!(listed(&alice.get("/conversations?q=%2A%25").await.text).is_empty());
    let all = listed(&alice.get("/conversations").await.text);
    assert_eq!(listed(&alice.get("/conversations?q=%20+").await.text), all);
    let page = alice.get("/conversations?q=%22%3E%3Cscript%3E").await;
    assert!(!page.text.contains("<script>"));
    assert_eq!(page.value_of("q").as_deref(), Some("\"><script>"));
}

#[tokio::test]
async fn a_title_is_text_whatever_it_says() {
    let world = World::new().await;
    let title = "<img src=x onerror=alert(1)> & \"co\"";
    let id = world.conversation("alice", title).await;
    let page = world.browser("alice").await.get("/conversations").await;
    assert!(page.words().contains(title));
    assert!(!page.text.contains("<img"));
    assert!(entry(&page.text, id).contains("<bdi>"));
}

#[tokio::test]
async fn a_conversation_is_stored_with_its_first_prompt_and_not_before() {
    let world = World::new().await;
    let alice = world.browser("alice").await;
    for nothing in [&[][..], &[("content", "")], &[("content", " \n ")]] {
        let answer = alice.post("/conversations", nothing).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.header("location"), "/conversations#start-content");
        assert!(listed(&alice.get("/conversations").await.text).is_empty());
    }
    let prompt = [("content", "Which hosts beacon?")];
    let answer = alice.post("/conversations", &prompt).await;
    let page = alice.get(answer.header("location")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", answer.header("location"));
    assert!(page.words().contains("Which hosts beacon?"));
    assert_eq!(listed(&alice.get("/conversations").await.text).len(), 1);
}

#[tokio::test]
async fn who_may_not_run_ai_is_offered_no_new_conversation_and_gets_none() {
    let world = World::new().await;
    for who in ["erin", "admin"] {
        let browser = world.browser(who).await;
        let page = browser.get("/conversations").await;
        assert!(
            !page
                .text
                .contains("action=\"/conversations\" method=\"post\"")
        );
        assert!(!page.words().contains("New conversation"), "{who}");
        let answer = browser.post("/conversations", &[]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{who}");
    }
}
