//! What one caller follows, for as long as it may.

use parlor_domain::grants::Level::{Collaborate, View};
use serde_json::{Value, json};

use super::*;

const MINUTE: Duration = Duration::from_mins(1);

/// The entry of a follower who reads with privileged access.
fn reading(caller: &Caller, under: &Under) -> Value {
    let input = json!({"part": "events"});
    done(caller, "AI_INFERENCE_STREAM_GET", under, 4, input)
}

/// Waits until this is stored of the answer, so that the author can be shown it.
async fn until_written(begun: &Begun, text: &str) {
    until("it is stored", || begun.stored().content.as_str() == text).await;
}

/// Shares the conversation as view: who could prompt may still read.
fn make_view(stage: &Stage) {
    stage.change(|stored| {
        let conversation = stored.conversations.get_mut(&CONVERSATION).unwrap();
        conversation.privacy = shared(View).privacy;
    });
}

#[tokio::test(start_paused = true)]
async fn who_loses_its_access_learns_so_within_the_recheck_time_and_then_nothing() {
    let mut begun = begun(shared(Collaborate), &carol()).await;
    begun.model.say("Hello");
    assert_eq!(begun.next().await, delta("Hello"));
    make_private(&begun.stage);
    let second = Duration::from_secs(1);
    let update = tokio::time::timeout(second, begun.next()).await;
    assert_eq!(update, Ok(AnswerUpdate::AccessRevoked));
    begun.model.say(", world");
    assert_eq!(begun.updates.next().await.unwrap(), None);
    assert_eq!(begun.updates.next().await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn what_was_stored_before_but_not_handed_over_yet_is_not_handed_over_after() {
    let mut begun = begun(shared(Collaborate), &carol()).await;
    begun.model.say("Hello");
    until("it is stored", || {
        !begun.stored().content.as_str().is_empty()
    })
    .await;
    make_private(&begun.stage);
    // The caller was slow; what waits for it is older than the revocation.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(begun.next().await, AnswerUpdate::AccessRevoked);
    assert_eq!(begun.updates.next().await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn what_is_stored_after_the_access_was_lost_is_not_handed_over_however_soon_it_comes() {
    let lose: [fn(&Stage); 2] = [make_private, |stage| {
        stage.change(|stored| drop(stored.members.remove(&carol().user_id())));
    }];
    for lose in lose {
        let mut begun = begun(shared(Collaborate), &carol()).await;
        begun.model.say("Hello");
        assert_eq!(begun.next().await, delta("Hello"));
        lose(&begun.stage);
        begun.model.say(", world");
        until_written(&begun, "Hello, world").await;
        assert_eq!(begun.next().await, AnswerUpdate::AccessRevoked);
        assert_eq!(begun.updates.next().await.unwrap(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_stored_while_the_access_is_checked_is_not_part_of_what_is_handed_over() {
    let mut begun = begun(shared(Collaborate), &carol()).await;
    begun.model.finish(None);
    begun.until_ended().await;
    begun.stage.change_after("read_message", |stored| {
        let conversation = stored.conversations.get_mut(&CONVERSATION).unwrap();
        conversation.privacy = private().privacy;
    });
    assert_eq!(begun.next().await, AnswerUpdate::AccessRevoked);
}

#[tokio::test(start_paused = true)]
async fn the_end_is_never_handed_over_without_a_look_of_its_own() {
    let mut begun = begun(shared(Collaborate), &carol()).await;
    begun.model.finish(None);
    begun.until_ended().await;
    make_private(&begun.stage);
    assert_eq!(begun.next().await, AnswerUpdate::AccessRevoked);
}

#[tokio::test(start_paused = true)]
async fn who_may_still_read_is_told_that_its_answer_was_stopped() {
    let mut begun = begun(shared(Collaborate), &carol()).await;
    begun.model.say("Hello");
    assert_eq!(begun.next().await, delta("Hello"));
    make_view(&begun.stage);
    let AnswerUpdate::Completed(view) = begun.next().await else {
        panic!("not completed");
    };
    assert_eq!(view.message.status(), AnswerStatus::Stopped);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_user_follows_nothing_any_more() {
    let mut begun = begun(private(), &alice()).await;
    begun.stage.change(|stored| {
        stored.members.remove(&alice().user_id());
    });
    assert_eq!(begun.next().await, AnswerUpdate::AccessRevoked);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_handed_over_on_a_look_that_failed() {
    let mut begun = begun(private(), &alice()).await;
    begun.model.say("Hello");
    until("it is stored", || {
        !begun.stored().content.as_str().is_empty()
    })
    .await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    begun.stage.send_away("look");
    for _ in 0..3 {
        let outcome = begun.updates.next().await;
        assert!(matches!(outcome, Err(StoreError::Unavailable(_))));
    }
    begun.stage.bring_back("look");
    assert_eq!(begun.next().await, delta("Hello"));
}

#[tokio::test(start_paused = true)]
async fn an_end_that_cannot_be_read_is_read_again() {
    let mut begun = begun(private(), &alice()).await;
    begun.model.finish(None);
    begun.until_ended().await;
    begun.stage.send_away("read_message");
    assert!(begun.updates.next().await.is_err());
    begun.stage.bring_back("read_message");
    // A model that wrote nothing has failed.
    assert!(matches!(begun.next().await, AnswerUpdate::Failed(_)));
}

#[tokio::test(start_paused = true)]
async fn a_slow_follower_gets_what_came_meanwhile_in_one_piece() {
    let mut begun = begun(private(), &alice()).await;
    for word in ["who ", "logged ", "in?"] {
        begun.model.say(word);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(begun.next().await, delta("who logged in?"));
}

#[tokio::test(start_paused = true)]
async fn waiting_for_the_last_update_skips_the_pieces() {
    let Begun {
        mut model, updates, ..
    } = begun(private(), &alice()).await;
    let last = tokio::spawn(updates.last());
    model.say("Hello");
    tokio::time::sleep(Duration::from_secs(1)).await;
    model.say(", world");
    model.finish(None);
    let Ok(AnswerUpdate::Completed(view)) = last.await.unwrap() else {
        panic!("not completed");
    };
    assert_eq!(view.message.content, content("Hello, world"));
}

#[tokio::test(start_paused = true)]
async fn waiting_for_the_last_update_ends_with_the_access() {
    let Begun {
        stage,
        model: _silent,
        updates,
        ..
    } = begun(shared(Collaborate), &carol()).await;
    make_private(&stage);
    let last = in_time(updates.last()).await.unwrap();
    assert_eq!(last, AnswerUpdate::AccessRevoked);
}

#[tokio::test(start_paused = true)]
async fn what_privilege_alone_shows_from_now_on_is_recorded_before_it_is_handed_over() {
    let mut begun = begun(shared(Collaborate), &max()).await;
    begun.model.say("Hello");
    assert_eq!(begun.next().await, delta("Hello"));
    begun.stage.assert_untouched();
    make_private(&begun.stage);
    begun.model.say(", world");
    until_written(&begun, "Hello, world").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    begun.stage.send_away("record");
    for _ in 0..2 {
        let outcome = begun.updates.next().await;
        assert!(
            matches!(outcome, Err(StoreError::Unavailable(_))),
            "{outcome:?}"
        );
    }
    begun.stage.bring_back("record");
    assert_eq!(begun.next().await, delta(", world"));
    let expected = [reading(&max(), &AS_MANAGER)];
    assert_eq!(begun.stage.recorded(), expected);
    begun.model.finish(None);
    assert!(matches!(begun.next().await, AnswerUpdate::Completed(_)));
    assert_eq!(begun.stage.recorded(), expected, "one entry a minute");
}

#[tokio::test(start_paused = true)]
async fn who_may_only_read_by_privilege_is_recorded_before_the_stopped_answer_is_handed_over() {
    let mut begun = begun(shared(Collaborate), &vera()).await;
    begun.model.say("Hello");
    assert_eq!(begun.next().await, delta("Hello"));
    make_private(&begun.stage);
    begun.until_ended().await;
    let AnswerUpdate::Completed(view) = begun.next().await else {
        panic!("not completed");
    };
    assert_eq!(view.message.status(), AnswerStatus::Stopped);
    let expected = [reading(&vera(), &AS_PRIVILEGED_READER)];
    assert_eq!(begun.stage.recorded(), expected);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_whole_answer_is_recorded_once_before_it_is_handed_over() {
    let Begun {
        stage,
        mut model,
        updates,
        ..
    } = begun(shared(Collaborate), &max()).await;
    let last = tokio::spawn(updates.last());
    make_private(&stage);
    for word in ["who ", "logged ", "in?"] {
        model.say(word);
        tokio::time::sleep(MINUTE * 2).await;
        assert!(stage.recorded().is_empty(), "nothing was handed over yet");
    }
    model.finish(None);
    let Ok(AnswerUpdate::Completed(view)) = last.await.unwrap() else {
        panic!("not completed");
    };
    assert_eq!(view.message.content, content("who logged in?"));
    assert_eq!(stage.recorded(), [reading(&max(), &AS_MANAGER)]);
}

#[tokio::test(start_paused = true)]
async fn a_prompt_by_privilege_is_recorded_again_for_what_comes_more_than_a_minute_later() {
    let mut begun = begun(private(), &max()).await;
    let mut expected = Vec::new();
    // The entry of the prompt itself says that it was by privilege.
    for (word, after, entries) in [
        ("who ", 5, 0),
        ("logged ", 60, 1),
        ("in?", 30, 1),
        ("!", 31, 2),
    ] {
        tokio::time::sleep(Duration::from_secs(after)).await;
        begun.model.say(word);
        assert_eq!(begun.next().await, delta(word));
        expected.resize(entries, reading(&max(), &AS_MANAGER));
        assert_eq!(begun.stage.recorded(), expected, "{word}");
    }
}
