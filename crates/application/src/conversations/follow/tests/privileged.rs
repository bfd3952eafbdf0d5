//! What is recorded of people who follow a conversation with privileged access.

use super::*;

#[tokio::test(start_paused = true)]
async fn following_by_privilege_is_one_reading_recorded_before_the_first_event() {
    for (caller, under) in [(vera(), AS_PRIVILEGED_READER), (max(), AS_MANAGER)] {
        let mut followed = followed(private(), AnswerStatus::Writing, &caller).await;
        let action = "AI_INFERENCE_STREAM_GET";
        let input = json!({"part": "events"});
        let reading = [done(&caller, action, &under, 4, input)];
        assert_eq!(followed.stage.recorded(), reading);
        created(followed.next().await);
        followed.grow("nobody did, yet");
        followed.next().await;
        assert_eq!(followed.stage.recorded(), reading);
    }
}

#[tokio::test(start_paused = true)]
async fn following_by_privilege_is_recorded_again_for_what_comes_more_than_a_minute_later() {
    for (caller, under) in [(vera(), AS_PRIVILEGED_READER), (max(), AS_MANAGER)] {
        let mut followed = followed(private(), AnswerStatus::Complete, &caller).await;
        let input = json!({"part": "events"});
        let reading = done(&caller, "AI_INFERENCE_STREAM_GET", &under, 4, input);
        // When something happens, and how many entries there are then: at most one a minute, and none for nothing.
        let happens = [(5, 1), (59, 1), (60, 2), (100, 2), (300, 3), (930, 4)];
        let began = Instant::now();
        for (seconds, entries) in happens {
            let pause = began + Duration::from_secs(seconds) - Instant::now();
            followed.assert_nothing_comes(pause).await;
            followed.change(|conversation| conversation.title = title(&format!("{seconds}")));
            followed.happenings.tell(Happened::Changed);
            let told = followed.next().await;
            assert!(
                matches!(told, Some(ConversationEventKind::ConversationChanged(_))),
                "{told:?}"
            );
            let expected = vec![reading.clone(); entries];
            assert_eq!(followed.stage.recorded(), expected, "after {seconds} s");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn many_events_at_once_are_one_reading_and_each_follower_has_its_own() {
    let mut one = followed(private(), AnswerStatus::Complete, &vera()).await;
    let mut other = follow(&one.stage, &one.happenings, &vera()).await;
    one.assert_nothing_comes(Duration::from_mins(2)).await;
    for position in 3..60 {
        let before = one.stage.message(message_id(position - 1));
        let next = prompt(position, Some(&before));
        one.stage.change(|stored| stored.messages.push(next));
        one.happenings
            .happen(Happened::Created(message_id(position)));
    }
    one.happenings.hint();
    for _ in 3..60 {
        one.next().await;
    }
    assert_eq!(one.stage.recorded().len(), 3);
    for _ in 3..60 {
        other.next().await;
    }
    assert_eq!(one.stage.recorded().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn what_privilege_alone_shows_from_now_on_is_recorded_before_it_is_told() {
    let mut followed = followed(shared(View), AnswerStatus::Complete, &vera()).await;
    assert!(followed.stage.recorded().is_empty());
    followed.change(|conversation| *conversation = private());
    followed.happenings.tell(Happened::Changed);
    followed.stage.send_away("record");
    let refused = followed.events.next().await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    followed.stage.bring_back("record");
    followed.happenings.hint();
    let changed = followed.next().await;
    assert!(matches!(
        changed,
        Some(ConversationEventKind::ConversationChanged(_))
    ));
    assert_eq!(followed.stage.recorded().len(), 1);
}
