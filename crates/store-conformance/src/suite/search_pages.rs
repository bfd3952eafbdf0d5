//! What comes with a hit of a search, and how its pages follow each other.

use parlor_application::ports::{SearchPage, SearchScan, SearchTextQuery, StorePosition};
use parlor_domain::{
    conversation::Conversation, ids::ConversationId, message::Message, principal::Permission,
};

use super::search::with_titles;
use crate::{Stores, kit::prelude::*};

pub async fn a_hit_says_which_message_has_the_first_word(stores: Stores) {
    let store = with_titles(stores, &["Sinkholes", "Nothing"]).await;
    for number in [1, 2] {
        let id = conversation_id(number);
        let first = prompt(id, 1, None, ALICE, "Hello");
        let second = prompt(id, 2, Some(&first), ALICE, "beacons here");
        let third = prompt(id, 3, Some(&second), ALICE, "beacons and sinkholes");
        store.append(in_acme(number), &[first, second, third]).await;
    }
    let alice = store.principal(ACME, ALICE).await;
    for (text, expected) in [
        ("beacon", [(2, Some(2)), (1, Some(2))].as_slice()),
        ("sinkholes", &[(2, Some(3)), (1, Some(3))]),
        ("nothing", &[(2, None)]),
        ("nothing hello", &[(2, None)]),
    ] {
        let page = store.search(&alice, &searching(text)).await;
        let hits: Vec<_> = page
            .hits
            .iter()
            .map(|hit| (hit.summary.id, hit.position))
            .collect();
        let expected = expected.iter();
        let expected: Vec<_> = expected
            .map(|(number, position)| (conversation_id(*number), *position))
            .collect();
        assert_eq!(hits, expected, "{text}");
    }
}

pub async fn the_texts_of_hits_are_read_from_their_places_on(stores: Stores) {
    let store = with_titles(stores, &["One", "Two"]).await;
    for number in [1, 2] {
        let id = conversation_id(number);
        let mut messages = vec![prompt(id, 1, None, ALICE, "1")];
        for position in 2..6 {
            let text = position.to_string();
            messages.push(prompt(id, position, messages.last(), ALICE, &text));
        }
        store.append(in_acme(number), &messages).await;
    }
    let [question, mut reply] = writing(conversation_id(2), ALICE);
    reply.parent_id = Some(message_id(conversation_id(2), 5));
    reply.id = message_id(conversation_id(2), 6);
    (reply.position, reply.depth) = (6, question.depth + 5);
    store.append(in_acme(2), &[reply]).await;
    let long = "가".repeat(SearchTextQuery::CHARACTERS + 1);
    let last = Message {
        parent_id: None,
        depth: 0,
        ..prompt(conversation_id(2), 7, None, ALICE, &long)
    };
    store.append(in_acme(2), &[last]).await;
    let query = |texts| SearchTextQuery {
        places: vec![(conversation_id(2), 5), (conversation_id(1), 2)],
        texts,
        at_least: StorePosition::NEWEST,
    };
    let reader = &store.stores.message_reader;
    for (texts, expected) in [
        (1, vec![(2, 5), (1, 2)]),
        (3, vec![(2, 5), (2, 7), (1, 2), (1, 3), (1, 4)]),
    ] {
        let found = reader.search_texts(ACME, &query(texts)).await.unwrap();
        let places: Vec<_> = found
            .iter()
            .map(|text| (text.conversation_id, text.message_id))
            .collect();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(number, position)| {
                let id = conversation_id(number);
                (id, message_id(id, position))
            })
            .collect();
        assert_eq!(places, expected);
    }
    let found = reader.search_texts(ACME, &query(3)).await.unwrap();
    assert_eq!((found[0].content.as_str(), found[0].is_cut), ("5", false));
    assert_eq!(
        found[1].content.chars().count(),
        SearchTextQuery::CHARACTERS
    );
    assert!(found[1].is_cut);
    assert_eq!(reader.search_texts(GLOBEX, &query(3)).await.unwrap(), []);
}

/// A page looks at a bounded number of conversations, where every word is in many. What is older is on a later page, and what
/// nobody shows the caller is on none.
pub async fn a_search_without_hits_continues_on_the_next_page(stores: Stores) {
    let words: Vec<String> = ('a'..='p').map(|letter| format!("{letter}word")).collect();
    let most = SearchScan::PROBES / 16;
    let all = SearchScan::MATCHES + SearchScan::MATCHES / 8;
    let store = with_titles(stores, &[&words.join(" ")]).await;
    // Each lacks one word.
    let others = (2..=all).map(|number| {
        let mut words = words.clone();
        words.remove(number as usize % words.len());
        Conversation {
            title: title(&words.join(" ")),
            ..private(number, ALICE)
        }
    });
    let hidden = (all + 1..all + 8).map(|number| private(number, BOB));
    store
        .create_all(&others.chain(hidden).collect::<Vec<_>>())
        .await;
    let alice = store.principal(ACME, ALICE).await;
    let all_words = words.join(" ");
    for is_by_audience in [false, true] {
        let query = searching(&all_words);
        let first = store.search(&alice, &query).await;
        assert_eq!(first.hits, [], "by audience: {is_by_audience}");
        let next = first.next.expect("the search goes on");
        assert_eq!(
            next.id,
            conversation_id(all - most + 1),
            "it looked at {most} conversations"
        );
        let query = query.with(|list| list.after = Some(next));
        let second = store.search(&alice, &query).await;
        assert_eq!(second.hits.len(), 1);
        assert_eq!(second.next, None);
        store.index_audiences().await;
    }
}

/// With 16 words and more conversations than a page asks: one that is older than those is found at once by who sees everything.
pub async fn who_sees_everything_finds_a_rare_word_however_old_its_conversation_is(stores: Stores) {
    let words: Vec<String> = ('a'..='p').map(|letter| format!("{letter}word")).collect();
    let text = words.join(" ");
    let most = SearchScan::PROBES / 16;
    let store = with_titles(stores, &[&text, "aword alone", &text]).await;
    store
        .create_all(
            &(4..=most + 5)
                .map(|number| private(number, ALICE))
                .collect::<Vec<_>>(),
        )
        .await;
    let watcher = store.principal(ACME, VERA).await;
    assert!(watcher.may(Permission::ViewPrivateResponses));
    let page = store.search(&watcher, &searching(&text)).await;
    assert_eq!(found(&page), ids(&[3, 1]));
    assert_eq!(page.next, None);
    let none = store.search(&watcher, &searching("nowhere")).await;
    assert_eq!((none.hits, none.next), (vec![], None));

    // A page at a time.
    let query = searching(&text).with(|list| list.limit = 1);
    let first = store.search(&watcher, &query).await;
    assert_eq!(found(&first), ids(&[3]));
    assert_eq!(first.next.expect("one more").id, conversation_id(3));
    let query = query.with(|list| list.after = first.next);
    let second = store.search(&watcher, &query).await;
    assert_eq!((found(&second), second.next), (ids(&[1]), None));

    // What changes is found as it is now.
    store.rename(in_acme(3), title("Nothing")).await;
    store.delete(in_acme(1)).await;
    let page = store.search(&watcher, &searching(&text)).await;
    assert_eq!((found(&page), page.next), (vec![], None));
    let page = store.search(&watcher, &searching("alone awo")).await;
    assert_eq!((found(&page), page.next), (ids(&[2]), None));

    // Who does not see everything looks at what they see, and nobody at another organization's.
    for (organization, user) in [(ACME, BOB), (GLOBEX, VERA)] {
        let principal = store.principal(organization, user).await;
        let page = store.search(&principal, &searching("alone")).await;
        assert_eq!(
            (page.hits, page.next),
            (vec![], None),
            "{organization} {user}"
        );
    }
}

/// A word that more conversations have than are looked up by it is found as everybody finds it.
pub async fn who_sees_everything_finds_a_frequent_word_in_the_order_of_the_list(stores: Stores) {
    let store = with_titles(stores, &["Beacons of old", "Beacons", "Sinkholes"]).await;
    let more = SearchScan::MATCHES + 300;
    let newer = (4..=more).map(|number| Conversation {
        title: title(if number <= more - 250 {
            "Beacons"
        } else {
            "Reports"
        }),
        ..private(number, ALICE)
    });
    store.create_all(&newer.collect::<Vec<_>>()).await;
    let watcher = store.principal(ACME, VERA).await;
    let query = searching("beacons").with(|list| list.limit = 3);
    let page = store.search(&watcher, &query).await;
    let newest = more - 250;
    assert_eq!(found(&page), ids(&[newest, newest - 1, newest - 2]));
    let page = store.search(&watcher, &searching("beacons old")).await;
    assert_eq!((found(&page), page.next), (ids(&[1]), None));
}

fn found(page: &SearchPage) -> Vec<ConversationId> {
    page.hits.iter().map(|hit| hit.summary.id).collect()
}
