//! Followers on a stage, under a clock that stands still unless everything waits.

mod followed;
mod privileged;

use std::time::Duration;

use parlor_domain::{
    grants::Level::View,
    message::{AnswerFailure, AnswerStatus},
};
use serde_json::json;
use tokio::time::{Instant, timeout};

use self::followed::*;
use super::*;
use crate::{
    answering::AnswerPiece,
    kit::*,
    ports::{AnswerText, StoreError},
};

fn created(event: Option<ConversationEventKind>) -> String {
    match event {
        Some(ConversationEventKind::MessageCreated(view)) => view.message.content.into_string(),
        other => panic!("{other:?}"),
    }
}

fn delta(text: &str) -> ConversationEventKind {
    ConversationEventKind::MessageDelta {
        message_id: message_id(2),
        piece: AnswerPiece::Text(text.to_owned()),
    }
}

#[tokio::test(start_paused = true)]
async fn what_happened_before_is_not_told_and_what_happens_then_is() {
    let mut followed = followed(private(), AnswerStatus::Complete, &alice()).await;
    followed.assert_nothing_comes(Duration::from_mins(1)).await;
    let next = prompt(3, Some(&followed.stage.message(message_id(2))));
    followed.stage.change(|stored| stored.messages.push(next));
    followed.happenings.tell(Happened::Created(message_id(3)));
    let Some(ConversationEventKind::MessageCreated(view)) = followed.next().await else {
        panic!("not told");
    };
    assert_eq!(view.message.id, message_id(3));
    followed.assert_nothing_comes(Duration::from_mins(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_change_that_is_seen_before_its_event_is_told_once() {
    let mut followed = followed(private(), AnswerStatus::Complete, &alice()).await;
    for name in ["Beacons", "Implants"] {
        followed.change(|conversation| conversation.title = title(name));
        let told = followed.next().await;
        let Some(ConversationEventKind::ConversationChanged(view)) = told else {
            panic!("{told:?}");
        };
        assert_eq!(view.summary.title, title(name));
        followed.happenings.tell(Happened::Changed);
        followed.assert_nothing_comes(Duration::from_mins(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_hint_costs_no_more_than_the_patience() {
    let mut followed = followed(private(), AnswerStatus::Complete, &alice()).await;
    followed.change(|conversation| conversation.title = title("Beacons"));
    followed.happenings.happen(Happened::Changed);
    let told = timeout(ChangeBoard::PATIENCE * 2, followed.events.next()).await;
    assert!(told.unwrap().unwrap().is_some());
    followed.happenings.board.set_deaf(true);
    followed.assert_nothing_comes(Duration::from_secs(2)).await;
    followed.change(|conversation| conversation.title = title("Implants"));
    followed.happenings.happen(Happened::Changed);
    let told = timeout(Duration::from_secs(1), followed.events.next()).await;
    assert!(told.unwrap().unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn who_waits_asks_the_store_seldom() {
    let mut followed = followed(private(), AnswerStatus::Complete, &alice()).await;
    followed.assert_nothing_comes(Duration::from_mins(10)).await;
    let looks = followed.calls_of("look");
    assert!((50..70).contains(&looks), "{looks} in ten minutes");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_being_written_is_told_as_far_as_it_is_and_then_as_it_grows() {
    let mut followed = followed(private(), AnswerStatus::Writing, &alice()).await;
    assert_eq!(created(followed.next().await), "nobody did");
    followed.grow("nobody did, yet");
    assert_eq!(followed.next().await, Some(delta(", yet")));
    followed.end("nobody did, yet, or so", AnswerStatus::Complete);
    assert_eq!(followed.next().await, Some(delta(", or so")));
    let Some(ConversationEventKind::MessageCompleted(view)) = followed.next().await else {
        panic!("not completed");
    };
    assert_eq!(view.message.content.as_str(), "nobody did, yet, or so");
    let reads = followed.calls_of("read_message");
    followed.assert_nothing_comes(Duration::from_mins(1)).await;
    assert!(
        followed.calls_of("read_message") <= reads + 1,
        "nobody reads along any more"
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_fails_is_told_with_what_was_written() {
    let mut followed = followed(private(), AnswerStatus::Writing, &alice()).await;
    created(followed.next().await);
    followed.end(
        "nobody did",
        AnswerStatus::Failed(AnswerFailure::ModelError),
    );
    let failed = followed.next().await;
    assert!(
        matches!(failed, Some(ConversationEventKind::MessageFailed(_))),
        "{failed:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_whose_text_turns_out_to_be_reasoning_is_told_anew() {
    for has_ended in [false, true] {
        let mut followed = followed(private(), AnswerStatus::Writing, &alice()).await;
        assert_eq!(created(followed.next().await), "nobody did");
        followed.stage.change(|stored| {
            let answer = message_mut(stored, message_id(2));
            let text = AnswerText {
                content: content("It was Mallory."),
                reasoning: Some(content("nobody did, or was it")),
                left_out: None,
            };
            set_text(answer, &text);
        });
        if has_ended {
            followed.end("It was Mallory.", AnswerStatus::Complete);
        }
        let Some(ConversationEventKind::MessageCreated(view)) = followed.next().await else {
            panic!("not told anew");
        };
        assert_eq!(view.message, followed.stage.message(message_id(2)));
        if has_ended {
            let ended = followed.next().await;
            assert!(
                matches!(ended, Some(ConversationEventKind::MessageCompleted(_))),
                "{ended:?}"
            );
        } else {
            followed.grow("It was Mallory. She");
            assert_eq!(followed.next().await, Some(delta(" She")));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn numbers_grow_and_whoever_comes_back_is_told_what_is_stored_since() {
    let mut followed = followed(private(), AnswerStatus::Writing, &alice()).await;
    let mut numbers = vec![followed.numbered().await.unwrap().number];
    followed.grow("nobody did, yet");
    numbers.push(followed.numbered().await.unwrap().number);
    let seen = *numbers.last().unwrap();
    followed.end("nobody did, yet", AnswerStatus::Complete);
    followed.change(|conversation| conversation.title = title("Beacons"));
    followed.happenings.tell(Happened::Changed);
    for _ in 0..2 {
        numbers.push(followed.numbered().await.unwrap().number);
    }
    assert!(
        numbers.is_sorted_by(|before, after| before < after),
        "{numbers:?}"
    );

    let alice = alice();
    let back = followed.use_case.execute(&alice, CONVERSATION, Some(seen));
    followed.events = back.await.unwrap();
    let ended = followed.numbered().await.unwrap();
    assert!(ended.number > seen);
    assert!(matches!(
        ended.kind,
        ConversationEventKind::MessageCompleted(_)
    ));
    let changed = followed.next().await;
    assert!(matches!(
        changed,
        Some(ConversationEventKind::ConversationChanged(_))
    ));
    followed.assert_nothing_comes(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn more_than_a_page_is_told_whole_and_in_order() {
    let mut followed = followed(private(), AnswerStatus::Complete, &alice()).await;
    for position in 3..60 {
        let before = followed.stage.message(message_id(position - 1));
        let next = prompt(position, Some(&before));
        followed.stage.change(|stored| stored.messages.push(next));
        followed
            .happenings
            .happen(Happened::Created(message_id(position)));
    }
    followed.happenings.hint();
    for position in 3..60 {
        let Some(ConversationEventKind::MessageCreated(view)) = followed.next().await else {
            panic!("not told");
        };
        assert_eq!(view.message.id, message_id(position));
    }
    followed.assert_nothing_comes(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_access_is_the_last_that_is_told() {
    for lose in [
        |followed: &Followed| followed.change(|conversation| *conversation = private()),
        |followed: &Followed| {
            followed.stage.change(|stored| {
                stored.members.remove(&carol().user_id());
            });
        },
    ] {
        let mut followed = followed(shared(View), AnswerStatus::Writing, &carol()).await;
        created(followed.next().await);
        followed.grow("nobody did, and this is not for Carol");
        lose(&followed);
        followed.happenings.tell(Happened::Changed);
        assert_eq!(
            followed.next().await,
            Some(ConversationEventKind::AccessRevoked)
        );
        assert_eq!(followed.next().await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_loss_without_a_hint_is_noticed_before_anything_else_is_handed_over() {
    let mut followed = followed(shared(View), AnswerStatus::Writing, &carol()).await;
    created(followed.next().await);
    // What waits to be handed over is older than the loss, the look under which it waits too.
    followed.happenings.tell(Happened::Created(message_id(1)));
    followed.happenings.happen(Happened::Created(message_id(2)));
    created(followed.next().await);
    followed.change(|conversation| *conversation = private());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        followed.next().await,
        Some(ConversationEventKind::AccessRevoked)
    );
}

#[tokio::test(start_paused = true)]
async fn what_an_answer_grows_by_after_a_loss_is_not_handed_over_though_there_is_no_hint() {
    let lose: [fn(&Followed); 2] = [
        |followed| followed.change(|conversation| *conversation = private()),
        |followed| {
            let members = |stored: &mut Tables| drop(stored.members.remove(&carol().user_id()));
            followed.stage.change(members);
        },
    ];
    for lose in lose {
        let mut followed = followed(shared(View), AnswerStatus::Writing, &carol()).await;
        created(followed.next().await);
        followed.grow("nobody did, yet");
        assert_eq!(followed.next().await, Some(delta(", yet")));
        lose(&followed);
        followed.grow("nobody did, yet, and this is not for Carol");
        assert_eq!(
            followed.next().await,
            Some(ConversationEventKind::AccessRevoked)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn growth_that_is_handed_over_costs_one_look_and_reads_no_events() {
    let mut followed = followed(private(), AnswerStatus::Writing, &alice()).await;
    created(followed.next().await);
    let mut text = "nobody did, yet".to_owned();
    followed.grow(&text);
    assert_eq!(followed.next().await, Some(delta(", yet")));
    let (looks, reads) = (followed.calls_of("look"), followed.calls_of("read_events"));
    for _ in 0..5 {
        text.push_str(", yet");
        followed.grow(&text);
        assert_eq!(followed.next().await, Some(delta(", yet")));
    }
    assert_eq!(followed.calls_of("look"), looks + 5);
    assert_eq!(followed.calls_of("read_events"), reads);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_is_told_and_ends_it() {
    let mut followed = followed(private(), AnswerStatus::Writing, &alice()).await;
    created(followed.next().await);
    followed.stage.change(|stored| {
        stored.conversations.clear();
        stored.messages.clear();
    });
    followed.happenings.hint();
    assert_eq!(
        followed.next().await,
        Some(ConversationEventKind::ConversationDeleted)
    );
    assert_eq!(followed.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn another_access_is_told_though_the_conversation_is_as_it_was() {
    let mut followed = followed(shared(View), AnswerStatus::Complete, &carol()).await;
    let carol_id = carol().user_id();
    followed.stage.change(|stored| {
        let carol = stored.members.get_mut(&carol_id).unwrap();
        carol.principal = max().principal().clone();
        carol.principal.user_id = carol_id;
    });
    followed.happenings.board.tell_organization(ACME);
    let Some(ConversationEventKind::ConversationChanged(view)) = followed.next().await else {
        panic!("not told");
    };
    assert!(view.access.allows(Action::Rename));
    // Activity is told by messages alone.
    followed.change(|conversation| conversation.last_activity_at = now());
    followed.happenings.hint();
    followed.assert_nothing_comes(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_handed_over_on_a_look_that_failed() {
    let mut followed = followed(private(), AnswerStatus::Complete, &alice()).await;
    followed.change(|conversation| conversation.title = title("Beacons"));
    followed.happenings.tell(Happened::Changed);
    for call in ["look", "read_events"] {
        followed.stage.send_away(call);
        let refused = followed.events.next().await;
        assert!(
            matches!(refused, Err(StoreError::Unavailable(_))),
            "{refused:?}"
        );
        followed.stage.bring_back(call);
    }
    let changed = followed.next().await;
    assert!(matches!(
        changed,
        Some(ConversationEventKind::ConversationChanged(_))
    ));
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let stage = || Stage::with(private());
    assert_invisible_like_absent(stage, &bob(), async |stage, id| {
        let use_case = use_case(stage, &Happenings::none());
        let followed = use_case.execute(&bob(), id, None).await;
        followed.map(drop)
    })
    .await;
}

#[tokio::test]
async fn the_last_number_is_told_to_those_who_may_see_it_and_is_no_reading() {
    let stage = Stage::with(private());
    let happenings = Happenings::none();
    happenings.happen(Happened::Changed);
    let use_case = use_case(&stage, &happenings);
    for caller in [alice(), vera()] {
        let last = use_case.last_number(&caller, CONVERSATION).await.unwrap();
        assert_eq!(last, EventNumber::new(1, 0));
    }
    assert!(stage.recorded().is_empty());
    let refused = use_case.last_number(&bob(), CONVERSATION).await;
    assert!(matches!(refused, Err(AccessError::NotFound)));
}
