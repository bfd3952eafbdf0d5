//! Rare words, which are looked up by the caller's audiences, while what these see changes.

use parlor_application::ports::{AnswerEnding, ConversationFilter, IndexingProgress};
use parlor_domain::{
    conversation::Conversation,
    grants::{Level, Privacy},
    ids::{ConversationId, UserId},
    message::AnswerStatus,
};

use super::search::with_titles;
use crate::{Stores, kit::prelude::*};

/// What a user finds, a conversation at a time: what the newest two do not have is looked up by its rarest word.
async fn found(store: &Filled, user_id: UserId, text: &str) -> Vec<ConversationId> {
    let principal = store.principal(ACME, user_id).await;
    let mut query = searching(text).with(|list| list.limit = 1);
    let mut found = Vec::new();
    loop {
        let page = store.search(&principal, &query).await;
        found.extend(page.hits.iter().map(|hit| hit.summary.id));
        if page.next.is_none() {
            return found;
        }
        query = query.with(|list| list.after = page.next);
    }
}

/// Conversations 1 to 3 with titles of Alice's, and newer ones that Alice and Bob both see.
async fn with_newer_ones(stores: Stores) -> Filled {
    let titles = ["Xylophone lessons", "Yacht lessons", "Zebra lessons"];
    let store = with_titles(stores, &titles).await;
    let newer = (4..=9).map(|number| shared(number, ALICE, organization_view()));
    store.create_all(&newer.collect::<Vec<_>>()).await;
    store
}

pub async fn a_rare_word_is_found_however_old_its_conversation_is(stores: Stores) {
    let store = with_titles(stores, &["Xylophone", "Yacht"]).await;
    let newer = (3..=400).map(|number| private(number, ALICE));
    store.create_all(&newer.collect::<Vec<_>>()).await;
    for _ in 0..2 {
        for (text, numbers) in [
            ("xylo", [1].as_slice()),
            ("yacht", &[2]),
            ("xylophone conversation", &[]),
            ("nowhere", &[]),
        ] {
            assert_eq!(found(&store, ALICE, text).await, ids(numbers), "{text}");
            assert_eq!(found(&store, BOB, text).await, [], "{text}");
        }
        store.index_audiences().await;
    }
}

/// At once, and as long as nothing else changes.
pub async fn who_gains_or_loses_access_finds_or_finds_no_longer(stores: Stores) {
    let store = with_newer_ones(stores).await;
    let view = Level::View;
    let steps: [(Privacy, &[u32]); 6] = [
        (grants(None, &[(HUNTERS, view)]), &[1]),
        (grants(Some(view), &[]), &[1]),
        (Privacy::Private, &[]),
        (grants(Some(view), &[(HUNTERS, view)]), &[1]),
        (grants(None, &[(RESPONDERS, view)]), &[]),
        (Privacy::Private, &[]),
    ];
    let bobs_groups = store.principal(ACME, BOB).await.groups;
    assert!(bobs_groups.contains(&HUNTERS) && !bobs_groups.contains(&RESPONDERS));
    for is_up_to_date in [true, false] {
        store.index_audiences().await;
        for (privacy, expected) in steps.clone() {
            store.share(in_acme(1), privacy.clone()).await;
            for _ in 0..2 {
                let bobs = found(&store, BOB, "xylophone").await;
                assert_eq!(bobs, ids(expected), "{privacy:?}");
                assert_eq!(found(&store, ALICE, "xylophone").await, ids(&[1]));
                if is_up_to_date {
                    store.index_audiences().await;
                }
            }
        }
    }
}

pub async fn a_transferred_conversation_is_found_by_its_new_owner_alone(stores: Stores) {
    let store = with_newer_ones(stores).await;
    for number in [1, 2] {
        if number == 1 {
            store.index_audiences().await;
        }
        store
            .change(in_acme(number), |conversation| conversation.transfer(BOB))
            .await;
        for _ in 0..2 {
            let text = ["xylophone", "yacht"][number as usize - 1];
            assert_eq!(found(&store, BOB, text).await, ids(&[number]));
            assert_eq!(found(&store, ALICE, text).await, []);
            store.index_audiences().await;
        }
    }
}

pub async fn what_is_renamed_continued_or_deleted_is_found_as_it_is_now(stores: Stores) {
    let store = with_newer_ones(stores).await;
    for is_up_to_date in [true, false] {
        let first = if is_up_to_date { 1 } else { 2 };
        let id = conversation_id(first);
        store.index_audiences().await;
        store.rename(in_acme(first), title("Quokkas")).await;
        let said = prompt(id, 1, None, ALICE, "An okapi?");
        store
            .append(in_acme(first), std::slice::from_ref(&said))
            .await;
        if is_up_to_date {
            store.index_audiences().await;
        }
        let more = prompt(id, 2, Some(&said), ALICE, "An ocelot, then");
        store.append(in_acme(first), &[more]).await;
        for _ in 0..2 {
            for text in ["quokka", "okapi", "ocelot", "quokkas okapi ocelot"] {
                assert_eq!(found(&store, ALICE, text).await, ids(&[first]), "{text}");
            }
            let before = ["xylophone", "yacht"][first as usize - 1];
            assert_eq!(found(&store, ALICE, before).await, []);
            if is_up_to_date {
                store.index_audiences().await;
            }
        }
        store.delete(in_acme(first)).await;
        for _ in 0..2 {
            assert_eq!(found(&store, ALICE, "okapi").await, []);
            store.index_audiences().await;
        }
    }
    assert_eq!(found(&store, ALICE, "zebra").await, ids(&[3]));
}

/// More terms than one part has.
pub async fn a_long_conversation_is_found_while_its_terms_are_brought_up_to_date_in_parts(
    stores: Stores,
) {
    let store = with_newer_ones(stores).await;
    store.index_audiences().await;
    let id = conversation_id(1);
    let mut last = None;
    for position in 1..=5 {
        let words: Vec<String> = (0..900).map(|n| format!("w{position}x{n}")).collect();
        let said = prompt(id, position, last.as_ref(), ALICE, &words.join(" "));
        store.append(in_acme(1), std::slice::from_ref(&said)).await;
        last = Some(said);
    }
    store.share(in_acme(1), organization_view()).await;
    for part in 0.. {
        for text in ["w1x7", "w5x899", "w3x1 w2x1", "xylophone w4x4"] {
            for user in [ALICE, BOB] {
                assert_eq!(found(&store, user, text).await, ids(&[1]), "{part} {text}");
            }
        }
        if part == 2 {
            let more = prompt(id, 6, last.as_ref(), ALICE, "And a wombat, w1");
            store.append(in_acme(1), &[more]).await;
        }
        if part >= 2 {
            assert_eq!(found(&store, BOB, "wombat").await, ids(&[1]), "{part}");
        }
        let progress = store.stores.indexer.index_audiences().await.unwrap();
        if progress == IndexingProgress::Complete && part > 2 {
            break;
        }
    }
    // The other way round.
    store.share(in_acme(1), Privacy::Private).await;
    for _ in 0..3 {
        assert_eq!(found(&store, BOB, "w1x7").await, []);
        store.stores.indexer.index_audiences().await.unwrap();
    }
    store.share(in_acme(1), organization_view()).await;
    store.index_audiences().await;
    for text in ["w1x7", "w5x899", "wombat"] {
        assert_eq!(found(&store, BOB, text).await, ids(&[1]), "{text}");
    }
}

pub async fn a_filter_looks_up_its_own_audiences(stores: Stores) {
    let store = with_newer_ones(stores).await;
    let bobs = Conversation {
        title: title("Xylophones of Bob"),
        ..shared(10, BOB, organization_view())
    };
    store.create(&bobs).await;
    let newest = (11..=16).map(|number| shared(number, BOB, organization_view()));
    store.create_all(&newest.collect::<Vec<_>>()).await;
    let alice = store.principal(ACME, ALICE).await;
    for _ in 0..2 {
        for (filter, numbers) in [
            (ConversationFilter::All, [10, 1].as_slice()),
            (ConversationFilter::Mine, &[1]),
            (ConversationFilter::Shared, &[10]),
            (ConversationFilter::Private, &[]),
        ] {
            let query = searching_in(query(filter), "xylophone").with(|list| list.limit = 1);
            let listed = store.all_pages(&alice, &query).await;
            let listed: Vec<_> = listed.into_iter().map(|summary| summary.id).collect();
            assert_eq!(listed, ids(numbers), "{filter:?}");
        }
        store.index_audiences().await;
    }
}

/// A term is noted by the first message that has it. That can become an earlier one before an audience has the term.
pub async fn a_word_whose_first_message_becomes_an_earlier_one_is_found(stores: Stores) {
    let store = with_newer_ones(stores).await;
    for (number, is_begun) in [(1, false), (2, true)] {
        let id = conversation_id(number);
        let said = prompt(id, 1, None, ALICE, "What is it?");
        let reply = answer(&said, "falafel", AnswerStatus::Writing);
        store
            .append(in_acme(number), &[said.clone(), reply.clone()])
            .await;
        store.index_audiences().await;
        if is_begun {
            // So many terms that a first part does not reach the word.
            let words: Vec<String> = (0..1_500).map(|n| format!("a{n}")).collect();
            let mut long = prompt(id, 3, None, ALICE, &words.join(" "));
            long.depth = 0;
            store.append(in_acme(number), &[long]).await;
            store.stores.indexer.index_audiences().await.unwrap();
        }
        let position = if is_begun { 4 } else { 3 };
        let mut other = prompt(id, position, None, ALICE, "falafel?");
        other.depth = 0;
        store.append(in_acme(number), &[other]).await;
        let ending = AnswerEnding {
            text: content("falafel").into(),
            status: AnswerStatus::Complete,
            usage: None,
            at: at(2_000),
        };
        let journal = &store.stores.journal;
        journal
            .finish(in_acme(number), reply.id, &ending)
            .await
            .unwrap();
        let found_before = found(&store, ALICE, "falafel").await;
        assert!(found_before.contains(&id), "{number}");
        store.index_audiences().await;
        let found_after = found(&store, ALICE, "falafel").await;
        assert!(found_after.contains(&id), "{number}");
    }
}

/// A term that the title loses stays, where a message has it, too.
pub async fn a_word_that_a_message_keeps_when_the_title_loses_it_is_found(stores: Stores) {
    let store = with_newer_ones(stores).await;
    store.index_audiences().await;
    store.rename(in_acme(1), title("Quokkas")).await;
    let said = prompt(conversation_id(1), 1, None, ALICE, "quokkas");
    store.append(in_acme(1), &[said]).await;
    store.rename(in_acme(1), title("Zebras")).await;
    for _ in 0..2 {
        assert_eq!(found(&store, ALICE, "quokkas").await, ids(&[1]));
        store.index_audiences().await;
    }
}
