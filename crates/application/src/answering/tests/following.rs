//! What one caller follows, for as long as it may.

use parlor_domain::grants::Level::{Collaborate, View};

use super::*;

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
    for port in ["find_member", "read"] {
        begun.stage.send_away(port);
        for _ in 0..3 {
            let outcome = begun.updates.next().await;
            assert!(matches!(outcome, Err(StoreError::Unavailable(_))));
        }
        begun.stage.bring_back(port);
    }
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
