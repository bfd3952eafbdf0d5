//! No page is longer than the docs say, whatever people and models wrote.

use axum::http::StatusCode;
use chrono::DateTime;
use parlor_domain::{
    grants::Level,
    ids::{ConversationId, MessageId},
    message::{AnswerStatus, Message, MessageKind},
    text::{Content, Title},
};
use parlor_store_memory::seeds::{ACME, ALICE};
use uuid::Uuid;

use crate::{
    conversation::path,
    support::{Answer, Browser, World, live::Live},
};

/// The most bytes of a page.
const PAGE: usize = 1 << 20;
/// The most bytes of an answer of a provider, and of what it thought.
const ANSWER: usize = 1 << 20;
/// The longest prompt.
const PROMPT: usize = 100_000;

/// What is longer on a page than in a text: references, labels of invisible characters, and much of one byte or of four.
const UNITS: [&str; 7] = ["&", "<", "\"", "\u{200b}", "a ", "🦜", "`&`\n\n"];

fn many(unit: &str, bytes: usize) -> String {
    unit.repeat(bytes / unit.len())
}

fn fenced(unit: &str, bytes: usize) -> String {
    format!("```\n{}\n```", many(unit, bytes - 8))
}

fn id(conversation: ConversationId, number: u32) -> MessageId {
    let base = conversation.as_uuid().as_u128() & !0xffff_ffff;
    MessageId::from_uuid(Uuid::from_u128(base | u128::from(number)))
}

/// A path of these texts: prompts and answers in turn.
fn messages(conversation_id: ConversationId, texts: &[String], reasoning: &str) -> Vec<Message> {
    let mut messages = Vec::new();
    for (number, text) in (1..).zip(texts) {
        let content = Content::from_trusted(text.clone());
        let kind = if number % 2 == 1 {
            MessageKind::Prompt { author_id: ALICE }
        } else {
            MessageKind::Answer {
                model: "echo".to_owned(),
                status: AnswerStatus::Complete,
                usage: None,
                reasoning: (!reasoning.is_empty())
                    .then(|| Content::from_trusted(reasoning.to_owned())),
                left_out: None,
            }
        };
        messages.push(Message {
            id: id(conversation_id, number),
            conversation_id,
            parent_id: (number > 1).then(|| id(conversation_id, number - 1)),
            position: number,
            depth: number - 1,
            content,
            created_at: DateTime::UNIX_EPOCH,
            kind,
        });
    }
    messages
}

async fn store(world: &World, messages: Vec<Message>) {
    let conversation = messages[0].conversation_id;
    world
        .store
        .change(ACME, |organization| {
            organization.messages.insert(conversation, messages)
        })
        .await;
}

/// Everybody, every group and every conversation has a name that is five times as long on a page.
async fn hostile_names(world: &World) {
    let name = |unit: &str| unit.repeat(200);
    world
        .store
        .change(ACME, |organization| {
            for (user, unit) in organization
                .seed
                .users
                .iter_mut()
                .zip(["\"", "&", "<"].iter().cycle())
            {
                user.name = name(unit);
            }
            for group in &mut organization.seed.groups {
                group.name = name("\"");
            }
            for conversation in organization.conversations.values_mut() {
                conversation.title = Title::parse(&name("\"")).unwrap();
            }
        })
        .await;
}

#[track_caller]
fn assert_has_room(page: &Answer, of: &str) {
    assert!(page.text.len() <= PAGE, "{of}: {} bytes", page.text.len());
    let ends = ["</html>", "</section>", "</div>", "</ol>", "</footer>"];
    let end = page.text.trim_end();
    assert!(
        end.is_empty() || ends.iter().any(|it| end.ends_with(it)),
        "{of} is whole"
    );
}

/// Follows the links to earlier messages to the first one; answers how many articles there were.
async fn read_all(browser: &Browser, first: &str, of: &str) -> usize {
    let mut articles = 0;
    let mut next = Some(first.to_owned());
    while let Some(address) = next {
        let page = browser.get(&address).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_has_room(&page, of);
        articles += page.text.matches("<article id=").count();
        let links = page
            .text
            .split("<p class=\"more\"><a class=\"button\" href=\"");
        let mut links = links.skip(1).map(|rest| rest.split('"').next().unwrap());
        let earlier = links.find(|link| link.contains("before="));
        next = earlier.map(|link| link.replace("&amp;", "&"));
    }
    articles
}

#[tokio::test]
async fn no_page_of_a_conversation_is_longer_and_every_message_is_on_one() {
    let world = World::new().await;
    let alice = world.browser("alice").await;
    for unit in UNITS {
        for write in [many, fenced] {
            let id = world.conversation("alice", "Odd logins").await;
            let texts: Vec<_> = (0..8).map(|_| write(unit, 60_000)).collect();
            store(&world, messages(id, &texts, "")).await;
            let found = read_all(&alice, &path(id, ""), &format!("{unit:?}")).await;
            assert_eq!(found, 8, "{unit:?}");
            let part = alice.get_part(&path(id, ""), "conversation").await;
            assert_has_room(&part, &format!("a part of {unit:?}"));
        }
    }
}

#[tokio::test]
async fn a_message_that_is_too_long_for_a_page_shows_its_beginning_and_leads_to_the_export() {
    let world = World::new().await;
    let alice = world.browser("alice").await;
    for (unit, is_cut, is_copied) in [
        ("&", true, false),
        ("\u{200b}", true, false),
        // As long as it is, it has room, but not twice.
        ("\"a", false, false),
    ] {
        let id = world.conversation("alice", "Odd logins").await;
        let length = if is_cut { ANSWER } else { 900_000 };
        let texts = ["Which?".to_owned(), fenced(unit, length)];
        store(&world, messages(id, &texts, "")).await;
        let page = alice.get(&path(id, "")).await;
        assert_has_room(&page, unit);
        assert_eq!(page.text.contains("data-cut"), is_cut, "{unit:?}");
        assert_eq!(
            page.text.matches("data-copy-message").count(),
            usize::from(is_copied)
        );
        assert!(page.text.len() > PAGE / 2, "{unit:?} shows too little");
        if is_cut {
            let words = page.words();
            assert!(words.contains("only its beginning is shown"), "{unit:?}");
            let export = alice.get(&path(id, "/export?format=markdown")).await;
            assert!(export.text.contains(&many(unit, ANSWER - 8)), "{unit:?}");
        }
    }
    // What it thought, too.
    let id = world.conversation("alice", "Odd logins").await;
    let texts = ["Which?".to_owned(), "This one.".to_owned()];
    store(&world, messages(id, &texts, &many("<", ANSWER))).await;
    let page = alice.get(&path(id, "")).await;
    assert_has_room(&page, "reasoning");
    assert!(page.words().contains("This one."));
}

#[tokio::test]
async fn code_full_of_quotes_is_shown_and_copied_whole() {
    let world = World::new().await;
    let alice = world.browser("alice").await;
    let id = world.conversation("alice", "Odd logins").await;
    let json = format!("```json\n[{}\"end\"]\n```", "\"key\", ".repeat(40_000));
    store(&world, messages(id, &["Which?".to_owned(), json], "")).await;
    let page = alice.get(&path(id, "")).await;
    assert_has_room(&page, "quotes");
    assert!(!page.text.contains("data-cut"));
    assert_eq!(page.text.matches("data-copy-message").count(), 2);
}

#[tokio::test]
async fn an_article_of_a_stream_is_no_longer_than_that_of_a_page() {
    let world = World::new().await;
    let alice = world.browser("alice").await;
    let id = world.conversation("alice", "Odd logins").await;
    let mut live = Live::of_page(&alice, id).await;
    store(&world, messages(id, &[fenced("&", ANSWER)], "")).await;
    let event = live.until("message", "data-cut").await;
    assert!(event["html"].as_str().unwrap().len() <= PAGE);
}

#[tokio::test]
async fn no_other_page_is_longer_whatever_titles_and_names_say() {
    let world = World::new().await;
    let alice = world.browser("alice").await;
    let [max, admin] = [world.browser("max").await, world.browser("admin").await];
    let mut ids = Vec::new();
    for _ in 0..60 {
        ids.push(world.conversation("alice", "Odd logins").await);
    }
    let id = ids[0];
    let texts: Vec<_> = (0..1_100).map(|_| many("&", 200)).collect();
    store(&world, messages(id, &texts, "")).await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let prompt = self::id(id, 1_101);
    let mut longest = messages(id, &[many("&", PROMPT)], "").remove(0);
    (longest.id, longest.position, longest.depth) = (prompt, 1_101, 0);
    world
        .store
        .change(ACME, |organization| {
            organization.messages.get_mut(&id).unwrap().push(longest);
        })
        .await;
    hostile_names(&world).await;
    max.get(&path(id, "")).await;

    let entry = admin.get("/audit").await;
    let (_, entry) = entry.text.split_once("href=\"/audit/").unwrap();
    let entry = format!("/audit/{}", entry.split('"').next().unwrap());
    let long = many("%26", 4_000);
    let mut seen = 0;
    for (browser, address) in [
        (&alice, "/sign-in".to_owned()),
        (&alice, "/settings".to_owned()),
        (&admin, "/settings".to_owned()),
        (&alice, "/conversations".to_owned()),
        (&max, "/conversations?filter=private".to_owned()),
        (&alice, format!("/conversations?q={long}")),
        (&alice, path(id, &format!("/messages/{prompt}/edit"))),
        (&alice, path(id, &format!("?leaf={prompt}"))),
        (&alice, path(id, "/tree")),
        (&alice, path(id, "/access")),
        (&alice, path(id, "/sharing")),
        (&alice, path(id, "/delete")),
        (&admin, "/audit".to_owned()),
        (&admin, format!("/audit?actor={long}")),
        (&admin, entry),
        (&alice, "/nowhere".to_owned()),
    ] {
        let page = browser.get(&address).await;
        assert_has_room(&page, &address);
        seen += usize::from(page.status == StatusCode::OK);
    }
    assert!(seen >= 12, "{seen} pages were shown");

    // The map goes on where a part of it ends, to the last message.
    let mut drawn = 0;
    let mut next = Some(path(id, "/tree"));
    while let Some(address) = next {
        let page = alice.get(&address).await;
        assert_has_room(&page, &address);
        drawn += page.text.matches("map-node").count();
        let part = alice.get_part(&address, "map").await;
        assert_has_room(&part, "a part of the map");
        let link = format!("<a href=\"{}", path(id, "/tree?after="));
        next = page.text.split(&link).nth(1).map(|rest| {
            let after = rest.split('"').next().unwrap();
            path(id, &format!("/tree?after={after}"))
        });
    }
    assert_eq!(drawn, 1_101);

    // What was typed comes back with what is wrong with it.
    let typed = many("&", PROMPT);
    let fields = [("content", typed.as_str()), ("model", "gone")];
    let refused = alice.post(&path(id, "/messages"), &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_has_room(&refused, "a prompt that comes back");
    assert!(refused.text.matches("&amp;").count() >= PROMPT);
}

/// What is shown of an answer after this event: it takes nothing back, and has room on a page.
#[track_caller]
fn grown(event: &serde_json::Value, length: usize) -> usize {
    let keep = usize::try_from(event["keep"].as_u64().unwrap()).unwrap();
    assert!(keep + 64 >= length, "{keep} of {length} stay");
    let length = keep + event["html"].as_str().unwrap().len();
    assert!(length <= PAGE, "{length}");
    length
}

#[tokio::test]
async fn an_answer_that_grows_beyond_a_page_stays_as_it_is_shown() {
    let piece = format!("{}\n\n", many("&", 25_000));
    let world = World::new().await;
    let alice = world.browser("alice").await;
    let id = world.conversation("alice", "Odd logins").await;
    let mut live = Live::of_page(&alice, id).await;
    let said = world.says.live();
    crate::conversation::prompt(&alice, id, "root", "Which?").await;
    live.until("message", "data-writing").await;
    let mut length = 0;
    // There is room for these: each one grows what is shown.
    for _ in 0..3 {
        said.send(piece.clone()).unwrap();
        let longer = grown(&live.until("growth", "").await, length);
        assert!(longer > length, "{longer} after {length}");
        length = longer;
    }
    // And not for all of these.
    for _ in 0..9 {
        said.send(piece.clone()).unwrap();
    }
    drop(said);
    loop {
        let event = live.next().await.expect("the stream goes on");
        if event["is"] == "growth" {
            length = grown(&event, length);
        } else if event["is"] == "message" {
            let html = event["html"].as_str().unwrap();
            assert!(html.len() <= PAGE);
            if html.contains("data-cut") {
                break;
            }
        }
    }
    assert!(length > PAGE / 4, "{length}");
}
