//! What a search finds, and what it must not.

use parlor_application::ports::ConversationFilter;
use parlor_domain::{conversation::Conversation, grants::Level, ids::ConversationId};

use crate::{Stores, kit::prelude::*};

/// A store with one private conversation of Alice's for each title, numbered from 1.
pub(super) async fn with_titles(stores: Stores, titles: &[&str]) -> Filled {
    let store = Filled::with_two_organizations(stores).await;
    for (number, text) in (1..).zip(titles) {
        store
            .create(&Conversation {
                title: title(text),
                ..private(number, ALICE)
            })
            .await;
    }
    store
}

pub(super) async fn found_by_alice(store: &Filled, text: &str) -> Vec<ConversationId> {
    let alice = store.principal(ACME, ALICE).await;
    store.listed(&alice, &searching(text)).await
}

pub async fn a_word_is_found_by_its_beginning(stores: Stores) {
    let store = with_titles(
        stores,
        &["Beacons on port 10443", "A lone beacon", "Reports"],
    )
    .await;
    let expected: [(&str, &[u32]); 8] = [
        ("beacon", &[2, 1]),
        ("beacons", &[1]),
        ("bea", &[2, 1]),
        ("b", &[2, 1]),
        ("eacon", &[]),
        ("port", &[1]),
        ("104", &[1]),
        ("443", &[]),
    ];
    for (text, numbers) in expected {
        assert_eq!(found_by_alice(&store, text).await, ids(numbers), "{text}");
    }
}

pub async fn korean_words_are_found_by_any_part_of_them(stores: Stores) {
    let store = with_titles(
        stores,
        &["의심스러운 로그인 분석", "로그 보관 정책", "로그인"],
    )
    .await;
    let expected: [(&str, &[u32]); 10] = [
        ("로그인", &[3, 1]),
        ("로그", &[3, 2, 1]),
        ("로", &[3, 2, 1]),
        ("의심", &[1]),
        ("분석 의심", &[1]),
        ("분석가", &[]),
        ("그인", &[3, 1]),
        ("스러운", &[1]),
        ("인", &[3, 1]),
        ("책", &[2]),
    ];
    for (text, numbers) in expected {
        assert_eq!(found_by_alice(&store, text).await, ids(numbers), "{text}");
    }
}

pub async fn neither_case_nor_diacritics_matter(stores: Stores) {
    let store = with_titles(
        stores,
        &[
            "ÜBERWACHUNG im Café",
            "überwachung",
            "УГРОЗЫ и Δίκτυο",
            "Uber İstanbul",
            "Große STRASSE",
        ],
    )
    .await;
    let expected: [(&str, &[u32]); 12] = [
        ("überwachung", &[2, 1]),
        ("ÜBER", &[4, 2, 1]),
        ("uber", &[4, 2, 1]),
        ("CAFÉ", &[1]),
        ("cafe", &[1]),
        ("угрозы", &[3]),
        ("δίκτ", &[3]),
        ("ΔΙΚΤΥΟ", &[3]),
        ("istanbul", &[4]),
        ("grosse", &[5]),
        ("straße", &[5]),
        ("ｕｂｅｒ", &[4, 2, 1]),
    ];
    for (text, numbers) in expected {
        assert_eq!(found_by_alice(&store, text).await, ids(numbers), "{text}");
    }
}

pub async fn the_unicode_form_does_not_matter(stores: Stores) {
    // Taken apart as macOS writes file names, and composed.
    let apart = "Cafe\u{301} \u{1109}\u{1165}\u{11bc}\u{1102}\u{1173}\u{11bc} か\u{3099}";
    let store = with_titles(stores, &[apart, "Café 성능 が", "ｶﾞ"]).await;
    let expected: [(&str, &[u32]); 6] = [
        (apart, &[2, 1]),
        ("café", &[2, 1]),
        ("cafe\u{301}", &[2, 1]),
        ("성능", &[2, 1]),
        ("\u{1109}\u{1165}\u{11bc}", &[2, 1]),
        ("が", &[2, 1]),
    ];
    for (text, numbers) in expected {
        assert_eq!(found_by_alice(&store, text).await, ids(numbers), "{text}");
    }
    assert_eq!(found_by_alice(&store, "ガ").await, ids(&[3]));
}

pub async fn what_is_written_without_spaces_is_found_by_any_part_of_it(stores: Stores) {
    let titles = [
        "데이터베이스성능점검",
        "東京都の天気予報",
        "数据库性能检查",
        "GPT모델 비교",
        "日",
    ];
    let store = with_titles(stores, &titles).await;
    let expected: [(&str, &[u32]); 13] = [
        ("성능", &[1]),
        ("스성능점", &[1]),
        ("능", &[1]),
        ("검", &[1]),
        ("점검표", &[]),
        ("京都", &[2]),
        ("天気", &[2]),
        ("の", &[2]),
        ("性能检查", &[3]),
        ("查", &[3]),
        ("gpt모델", &[4]),
        ("모 비", &[4]),
        ("日", &[5]),
    ];
    for (text, numbers) in expected {
        assert_eq!(found_by_alice(&store, text).await, ids(numbers), "{text}");
    }
}

pub async fn everything_but_letters_and_digits_separates_words(stores: Stores) {
    let titles = [
        "malware.example.com",
        "10.20.30.40:8080",
        "well-known/secret_file",
        "alice@acme.example",
        "-5 to 1e5, CVE-2026-45349",
        "C:\\Windows\\System32",
        "\"quoted\" (bracketed) <tagged>",
    ];
    let store = with_titles(stores, &titles).await;
    let expected: [(&str, &[u32]); 20] = [
        ("example", &[4, 1]),
        ("malware.example", &[1]),
        ("com", &[1]),
        ("20.30", &[2]),
        ("8080", &[2]),
        ("known", &[3]),
        ("secret", &[3]),
        ("file", &[3]),
        ("well-known", &[3]),
        ("acme", &[4]),
        ("alice@acme", &[4]),
        ("5", &[5]),
        ("1e5", &[5]),
        ("45349", &[5]),
        ("cve-2026", &[5]),
        ("windows", &[6]),
        ("system32", &[6]),
        ("quoted", &[7]),
        ("bracketed", &[7]),
        ("tagged", &[7]),
    ];
    for (text, numbers) in expected {
        assert_eq!(found_by_alice(&store, text).await, ids(numbers), "{text}");
    }
}

pub async fn operators_of_a_query_language_are_only_words(stores: Stores) {
    let store = with_titles(stores, &["and near or not", "beacon", "title of it"]).await;
    let expected: [(&str, &[u32]); 18] = [
        ("AND", &[1]),
        ("or", &[1]),
        ("NOT beacon", &[]),
        ("beacon OR title", &[]),
        ("beacon AND", &[]),
        ("NEAR(beacon)", &[]),
        ("near", &[1]),
        ("\"beacon", &[2]),
        ("beacon\"", &[2]),
        ("'beacon'", &[2]),
        ("beacon*", &[2]),
        ("*beacon", &[2]),
        ("^beacon", &[2]),
        ("-beacon", &[2]),
        ("title:beacon", &[]),
        ("{title}: of", &[3]),
        ("beacon & !beacon | (beacon:*)", &[2]),
        ("beacon\\ %_; --", &[2]),
    ];
    for (text, numbers) in expected {
        assert_eq!(found_by_alice(&store, text).await, ids(numbers), "{text}");
    }
}

pub async fn all_words_must_be_in_the_title_and_the_messages_of_one_conversation(stores: Stores) {
    let store = with_titles(stores, &["red green", "red"]).await;
    let first = prompt(conversation_id(2), 1, None, ALICE, "green");
    let second = prompt(
        conversation_id(2),
        2,
        Some(&first),
        ALICE,
        "blue, then red and yellow",
    );
    store.append(in_acme(2), &[first, second]).await;
    let expected: [(&str, &[u32]); 7] = [
        ("green red", &[2, 1]),
        ("red", &[2, 1]),
        ("green", &[2, 1]),
        ("yellow red", &[2]),
        ("red blue yellow", &[2]),
        ("green blue", &[2]),
        ("red red re", &[2, 1]),
    ];
    for (text, numbers) in expected {
        assert_eq!(found_by_alice(&store, text).await, ids(numbers), "{text}");
    }
}

pub async fn as_many_words_as_a_search_may_have_are_looked_for(stores: Stores) {
    let words: Vec<String> = ('a'..='p').map(|letter| format!("{letter}word")).collect();
    let store = with_titles(stores, &[&words.join(" "), &words[1..].join(" ")]).await;
    assert_eq!(found_by_alice(&store, &words.join(" ")).await, ids(&[1]));
}

pub async fn what_is_not_visible_is_not_found_by_any_of_its_words(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let visibilities = [
        private(1, ALICE),
        shared(2, ALICE, grants(None, &[(HUNTERS, Level::View)])),
        shared(3, ALICE, organization_view()),
    ];
    for conversation in visibilities {
        let message = prompt(conversation.id, 1, None, ALICE, "sinkholes");
        store
            .create_with(
                &Conversation {
                    title: title("Beacons"),
                    ..conversation
                },
                &[message],
            )
            .await;
    }
    let expected: [(_, &[u32]); 8] = [
        (ALICE, &[3, 2, 1]),
        (BOB, &[3, 2]),
        (CAROL, &[3]),
        (DORA, &[3, 2]),
        (ERIN, &[]),
        (PAUL, &[3, 2, 1]),
        (MAX, &[3, 2, 1]),
        (ADMIN, &[]),
    ];
    for (user, numbers) in expected {
        let principal = store.principal(ACME, user).await;
        for text in ["beacons", "sinkholes"] {
            assert_eq!(
                store.listed(&principal, &searching(text)).await,
                ids(numbers),
                "{user} {text}"
            );
        }
    }
}

pub async fn a_search_keeps_to_its_filter(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let conversations = [
        private(1, VERA),
        shared(2, VERA, organization_view()),
        shared(3, BOB, organization_view()),
        private(4, BOB),
    ];
    for conversation in conversations {
        store
            .create(&Conversation {
                title: title("Beacons"),
                ..conversation
            })
            .await;
    }
    store.create(&shared(5, BOB, organization_view())).await;
    let vera = store.principal(ACME, VERA).await;
    let expected: [(_, &[u32]); 4] = [
        (ConversationFilter::All, &[4, 3, 2, 1]),
        (ConversationFilter::Mine, &[2, 1]),
        (ConversationFilter::Shared, &[3]),
        (ConversationFilter::Private, &[4]),
    ];
    for (filter, numbers) in expected {
        let query = searching_in(query(filter), "beacons");
        assert_eq!(
            store.listed(&vera, &query).await,
            ids(numbers),
            "{filter:?}"
        );
    }
}

pub async fn what_is_found_comes_once_and_in_the_order_of_the_list(stores: Stores) {
    let store = with_titles(
        stores,
        &["Beacons beacons beacons", "A beacon", "Nothing", "Beacons"],
    )
    .await;
    let mut messages = vec![prompt(conversation_id(3), 1, None, ALICE, "beacons")];
    for position in 2..8 {
        let next = prompt(
            conversation_id(3),
            position,
            messages.last(),
            ALICE,
            "beacons and beacons",
        );
        messages.push(next);
    }
    store.append(in_acme(3), &messages).await;
    store.note_activity(in_acme(2), 90).await;
    let alice = store.principal(ACME, ALICE).await;
    assert_eq!(
        store.listed(&alice, &searching("beacon")).await,
        ids(&[2, 4, 3, 1])
    );
    for limit in 1..=5 {
        let query = searching("beacon").with(|list| list.limit = limit);
        let found = store.all_pages(&alice, &query).await;
        let found: Vec<_> = found.into_iter().map(|summary| summary.id).collect();
        assert_eq!(found, ids(&[2, 4, 3, 1]), "pages of {limit}");
    }
}
