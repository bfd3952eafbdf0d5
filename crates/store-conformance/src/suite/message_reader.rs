//! Messages one by one, all of them, and as a map. (Paths: `message_paths`.)

use std::num::NonZeroU32;

use parlor_application::ports::{MessageNode, MessagePath, UserRef};
use parlor_domain::{
    message::{AnswerStatus, Message, MessageKind, Role, Usage},
    message_tree::MessageTree,
};

use crate::{Stores, kit::prelude::*, model};

pub async fn a_message_is_found_with_its_author_and_its_siblings(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let id = conversation_id(1);
    let question = prompt(id, 1, None, ALICE, "who logged in?");
    let reply = answer(&question, "Mallory.", AnswerStatus::Complete);
    let mut again = answer(&question, "Nobody.", AnswerStatus::Complete);
    (again.id, again.position) = (message_id(id, 3), 3);
    let another_question = prompt(id, 4, None, BOB, "and yesterday?");
    let messages = [question, reply, again, another_question];
    store
        .create_with(&shared(1, ALICE, organization_view()), &messages)
        .await;
    let tree = MessageTree::from_messages(id, messages.clone()).unwrap();
    for message in &messages {
        let found = store
            .stores
            .message_reader
            .find(in_acme(1), message.id)
            .await
            .unwrap();
        assert_eq!(
            found,
            Some(model::view(&tree, message, user_of_acme)),
            "{}",
            message.position
        );
    }
    let answered = store
        .stores
        .message_reader
        .find(in_acme(1), messages[1].id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answered.author, None);
    assert_eq!(
        answered.siblings.ids,
        [message_id(id, 2), message_id(id, 3)]
    );
    assert_eq!(
        store.messages(in_acme(1)).await,
        model::views(&tree, user_of_acme)
    );
}

pub async fn a_message_of_another_conversation_is_not_found(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let [question, reply] = writing(conversation_id(1), ALICE);
    store
        .create_with(&private(1, ALICE), &[question.clone(), reply.clone()])
        .await;
    let elsewhere = prompt(conversation_id(2), 1, None, ALICE, "elsewhere");
    store
        .create_with(&private(2, ALICE), std::slice::from_ref(&elsewhere))
        .await;
    let reader = &store.stores.message_reader;
    for id in [question.id, reply.id, message_id(conversation_id(3), 1)] {
        assert_eq!(reader.find(in_acme(2), id).await.unwrap(), None);
        assert_eq!(store.path(in_acme(2), Some(id), 0, 10).await, None);
        assert_eq!(reader.find(in_acme(3), id).await.unwrap(), None);
        assert_eq!(store.path(in_acme(3), Some(id), 0, 10).await, None);
        let mut unit = store.begin(ACME).await;
        assert_eq!(
            unit.messages().find(conversation_id(2), id).await.unwrap(),
            None
        );
        assert!(!unit.messages().stop(conversation_id(2), id).await.unwrap());
    }
    assert_eq!(
        store.message(in_acme(1), &reply).await.status(),
        AnswerStatus::Writing
    );
    assert_eq!(store.messages(in_acme(2)).await.len(), 1);
}

pub async fn every_status_and_cost_comes_back_as_it_was_stored(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let id = conversation_id(1);
    let question = prompt(id, 1, None, ALICE, "who logged in?");
    let usages = [
        None,
        Some(Usage {
            prompt_tokens: 0,
            completion_tokens: 0,
        }),
        Some(Usage {
            prompt_tokens: u32::MAX,
            completion_tokens: 7,
        }),
    ];
    let mut messages = vec![question.clone()];
    for (position, (status, usage)) in
        (2..).zip(AnswerStatus::all().flat_map(|status| usages.map(|usage| (status, usage))))
    {
        let kind = MessageKind::Answer {
            model: format!("vendor/модель:{position} 'x'"),
            status,
            usage,
            reasoning: (position % 2 == 0).then(|| content("first, the logs")),
            left_out: NonZeroU32::new(position % 3),
        };
        let base = answer(&question, "", status);
        messages.push(Message {
            id: message_id(id, position),
            position,
            kind,
            ..base
        });
    }
    store.create_with(&private(1, ALICE), &messages).await;
    let read: Vec<Message> = store
        .messages(in_acme(1))
        .await
        .into_iter()
        .map(|view| view.message)
        .collect();
    assert_eq!(read, messages);
    let mut unit = store.begin(ACME).await;
    assert_eq!(unit.messages().all(id).await.unwrap(), messages);
    for message in &messages {
        assert_eq!(
            unit.messages().find(id, message.id).await.unwrap().as_ref(),
            Some(message)
        );
    }
}

pub async fn text_comes_back_character_by_character(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let id = conversation_id(1);
    let texts = [
        String::new(),
        "  two\n\n\tlines\r\n ".to_owned(),
        "'; DROP TABLE messages; -- \\ % _ \" ` $1 ?1 :a @b {}".to_owned(),
        "👩\u{200d}👩\u{200d}👧 e\u{301} 가각 \u{feff}\u{10ffff}\u{fffd}\u{1}".to_owned(),
        "가".repeat(300_000),
    ];
    let mut messages: Vec<Message> = Vec::new();
    for (position, text) in (1..).zip(&texts) {
        messages.push(prompt(id, position, messages.last(), ALICE, text));
    }
    store.create_with(&private(1, ALICE), &messages).await;
    let read = store.messages(in_acme(1)).await;
    for (view, text) in read.iter().zip(&texts) {
        assert!(
            view.message.content.as_str() == text,
            "message {}",
            view.message.position
        );
    }
    assert_eq!(read.len(), texts.len());
}

pub async fn a_stopped_author_keeps_its_name(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let message = prompt(conversation_id(1), 1, None, SAM, "before I left");
    store.create_with(&private(1, ALICE), &[message]).await;
    let author = store.messages(in_acme(1)).await[0].author.clone();
    assert_eq!(
        author,
        Some(UserRef {
            id: SAM,
            name: "Sam of Acme".to_owned()
        })
    );
}

pub async fn the_map_is_paged_in_the_order_in_which_messages_came(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let id = conversation_id(1);
    let first = prompt(id, 1, None, ALICE, "first");
    let reply = answer(&first, "reply", AnswerStatus::Complete);
    let mut messages = vec![first.clone(), reply.clone()];
    messages.push(prompt(id, 3, None, BOB, "beside the first"));
    messages.push(prompt(id, 4, Some(&reply), ALICE, "after the reply"));
    messages.push(prompt(id, 5, Some(&reply), BOB, "beside that"));
    store.create_with(&private(1, ALICE), &messages).await;
    let tree = MessageTree::from_messages(id, messages).unwrap();
    for after in 0..=6 {
        for limit in 1..=6 {
            let page = store.map(in_acme(1), after, limit).await;
            assert_eq!(
                page,
                model::nodes(&tree, after, limit),
                "after {after}, {limit}"
            );
        }
    }
    let following = store.map(in_acme(1), 2, 2).await;
    assert_eq!(
        following
            .iter()
            .map(|node| node.position)
            .collect::<Vec<_>>(),
        [3, 4]
    );
    let map = store.map(in_acme(1), 0, 100).await;
    assert_eq!((map[1].role, map[1].author_id), (Role::Assistant, None));
    assert_eq!((map[2].role, map[2].author_id), (Role::User, Some(BOB)));
}

pub async fn a_preview_is_cut_between_characters(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let id = conversation_id(1);
    let length = MessageNode::PREVIEW_CHARACTERS as usize;
    let texts = [
        "가".repeat(length),
        "가".repeat(length + 1),
        "🕵".repeat(length + 1),
        "e\u{301}".repeat(length),
        "short".to_owned(),
    ];
    let messages: Vec<_> = (1..)
        .zip(&texts)
        .map(|(position, text)| prompt(id, position, None, ALICE, text))
        .collect();
    store.create_with(&private(1, ALICE), &messages).await;
    let map = store.map(in_acme(1), 0, 100).await;
    for (node, text) in map.iter().zip(&texts) {
        assert_eq!(node.preview, text.chars().take(length).collect::<String>());
    }
    assert_eq!(map.len(), texts.len());
}

pub async fn a_conversation_without_messages_has_an_empty_path_and_map(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let path = store.path(in_acme(1), None, 0, 10).await;
    assert_eq!(path, Some(MessagePath::default()));
    assert_eq!(store.map(in_acme(1), 0, 10).await, []);
    assert_eq!(store.messages(in_acme(1)).await, []);
    let mut unit = store.begin(ACME).await;
    assert_eq!(
        unit.messages()
            .find_newest(conversation_id(1))
            .await
            .unwrap(),
        None
    );
    assert_eq!(unit.messages().all(conversation_id(1)).await.unwrap(), []);
}
