//! What the desk makes of what a model says.

use parlor_domain::{
    grants::Level::{Collaborate, View},
    message::Usage,
};

use super::*;
use crate::ports::{MockChatModel, ModelError};

/// How long the desk may take to notice that an access is gone: its recheck time, and a moment.
const RECHECKED: Duration = Duration::from_millis(401);

#[tokio::test(start_paused = true)]
async fn an_answer_is_shown_piece_by_piece_and_at_its_end_as_a_whole() {
    let mut begun = begun(private(), &alice()).await;
    begun.model.say("Hello");
    assert_eq!(begun.next().await, delta("Hello"));
    begun.model.say(", wor");
    begun.model.say("ld");
    assert_eq!(begun.next().await, delta(", world"));
    let usage = Usage {
        prompt_tokens: 3,
        completion_tokens: 2,
    };
    begun.model.say("!");
    begun.model.finish(Some(usage));
    assert_eq!(begun.next().await, delta("!"));
    let AnswerUpdate::Completed(view) = begun.next().await else {
        panic!("not completed");
    };
    assert_eq!(view.message, begun.stored());
    assert_eq!(view.message.content, content("Hello, world!"));
    assert_eq!(view.message.status(), AnswerStatus::Complete);
    assert!(matches!(
        view.message.kind,
        parlor_domain::message::MessageKind::Answer { usage: told, .. } if told == Some(usage)
    ));
    assert_eq!(begun.updates.next().await.unwrap(), None);
    begun.until_ended().await;
}

#[tokio::test(start_paused = true)]
async fn what_the_model_was_not_sent_is_kept_with_an_answer_however_it_ends() {
    for is_cut_off in [false, true] {
        let mut begun = begun(private(), &alice()).await;
        // The prompt alone is sent, and so none of the messages before it is left out.
        begun.model.leave_out(0);
        begun.model.say("Hel");
        assert_eq!(begun.next().await, delta("Hel"));
        assert_eq!(begun.stored().left_out(), None);
        if is_cut_off {
            begun.model.break_off(ModelError::Incomplete);
        } else {
            begun.model.finish(None);
        }
        begun.until_ended().await;
        assert_eq!(begun.desk.endings().left_out(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn text_that_turns_out_to_be_reasoning_is_told_anew_and_stored_as_reasoning() {
    let mut begun = begun(private(), &alice()).await;
    begun.model.say("Who logged ");
    assert_eq!(begun.next().await, delta("Who logged "));
    begun.model.say("in? ");
    begun.model.thought_so_far();
    begun.model.say("Nobody");
    let AnswerUpdate::Rewritten(view) = begun.next().await else {
        panic!("not told anew");
    };
    assert_eq!(view.message, begun.stored());
    assert_eq!(view.message.content, content("Nobody"));
    let reasoning = Some(content("Who logged in?"));
    assert_eq!(view.message.reasoning(), reasoning.as_ref());
    begun.model.say(" did.");
    assert_eq!(begun.next().await, delta(" did."));
    begun.model.finish(None);
    let AnswerUpdate::Completed(view) = begun.next().await else {
        panic!("not completed");
    };
    assert_eq!(view.message.content, content("Nobody did."));
    assert_eq!(view.message.reasoning(), reasoning.as_ref());
}

#[tokio::test(start_paused = true)]
async fn who_was_told_nothing_yet_gets_reasoning_and_text_as_such() {
    let mut begun = begun(private(), &alice()).await;
    begun.model.say("Who?");
    begun.model.thought_so_far();
    begun.model.say("Nobody");
    let thought = AnswerPiece::Reasoning("Who?".to_owned());
    assert_eq!(begun.next().await, AnswerUpdate::Delta(thought));
    assert_eq!(begun.next().await, delta("Nobody"));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_shown_before_it_is_stored() {
    let mut begun = begun(private(), &alice()).await;
    begun.stage.send_away("grow");
    begun.model.say("Hello");
    // Between two writings, so that what comes next is written together with what waits.
    assert_nothing_comes(&mut begun.updates, Duration::from_millis(30_050)).await;
    assert_eq!(begun.stored().content.as_str(), "");
    begun.model.say(", world");
    begun.stage.bring_back("grow");
    assert_eq!(begun.next().await, delta("Hello, world"));
    assert_eq!(
        begun.written(),
        ("Hello, world".to_owned(), AnswerStatus::Writing)
    );
}

#[tokio::test(start_paused = true)]
async fn pieces_are_gathered_so_that_the_disk_is_not_worn_out() {
    let mut begun = begun(private(), &alice()).await;
    for _ in 0..100 {
        begun.model.say("word ");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let writings = begun.calls_of("grow");
    assert!((8..=11).contains(&writings), "{writings} in a second");
}

#[tokio::test(start_paused = true)]
async fn a_character_that_no_store_keeps_is_replaced_and_shifts_nothing() {
    let mut begun = begun(private(), &alice()).await;
    begun.model.say("가\0");
    assert_eq!(begun.next().await, delta("가\u{fffd}"));
    begun.model.say("\0나");
    assert_eq!(begun.next().await, delta("\u{fffd}나"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_finished_although_nobody_follows_it_any_more() {
    let Begun {
        stage,
        desk,
        mut model,
        updates,
    } = begun(private(), &alice()).await;
    drop(updates);
    model.say("Hello");
    tokio::time::sleep(Duration::from_secs(5)).await;
    model.say(", world");
    model.finish(None);
    until("the answer ends", || desk.writing() == 0).await;
    assert_eq!(answer_of(&stage).content, content("Hello, world"));
    assert_eq!(answer_of(&stage).status(), AnswerStatus::Complete);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_fails_before_the_first_piece_leaves_an_empty_failed_answer() {
    for (error, failure) in [
        (ModelError::Unreachable(None), AnswerFailure::Unavailable),
        (ModelError::TimedOut, AnswerFailure::Timeout),
        (ModelError::Malformed(None), AnswerFailure::ModelError),
    ] {
        let mut begun = begun(private(), &alice()).await;
        begun.model.refuse(error);
        let AnswerUpdate::Failed(view) = begun.next().await else {
            panic!("not failed");
        };
        assert_eq!(view.message.status(), AnswerStatus::Failed(failure));
        assert_eq!(view.message.content.as_str(), "");
        assert_eq!(begun.updates.next().await.unwrap(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_fails_in_the_middle_leaves_all_that_had_come() {
    let mut begun = begun(private(), &alice()).await;
    begun.model.say("Hello");
    assert_eq!(begun.next().await, delta("Hello"));
    begun.model.say(", wor");
    begun.model.break_off(ModelError::TimedOut);
    assert_eq!(begun.next().await, delta(", wor"));
    let AnswerUpdate::Failed(view) = begun.next().await else {
        panic!("not failed");
    };
    let timed_out = AnswerStatus::Failed(AnswerFailure::Timeout);
    assert_eq!(view.message.status(), timed_out);
    assert_eq!(view.message.content, content("Hello, wor"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_without_a_word_is_no_whole_answer() {
    for said in ["", "Hello"] {
        let mut begun = begun(private(), &alice()).await;
        begun.model.say(said);
        begun.model.hang_up();
        begun.until_ended().await;
        let broken_off = AnswerStatus::Failed(AnswerFailure::Interrupted);
        assert_eq!(begun.written(), (said.to_owned(), broken_off));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stopped_answer_keeps_what_was_written_and_the_model_is_let_go() {
    let mut begun = begun(private(), &alice()).await;
    begun.model.say("Hello");
    assert_eq!(begun.next().await, delta("Hello"));
    begun.stage.change(|stored| {
        set_status(message_mut(stored, message_id(2)), AnswerStatus::Stopped);
    });
    begun.desk.stop(message_id(2));
    begun.model.say(", world");
    let AnswerUpdate::Completed(view) = begun.next().await else {
        panic!("not completed");
    };
    assert_eq!(view.message.content, content("Hello"));
    assert_eq!(view.message.status(), AnswerStatus::Stopped);
    begun.until_ended().await;
    assert!(begun.model.is_dropped());
    assert_eq!(begun.calls_of("finish"), 0, "the store knows already");
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_stopped_while_the_model_still_thinks() {
    let mut begun = begun(private(), &alice()).await;
    begun.stage.change(|stored| {
        set_status(message_mut(stored, message_id(2)), AnswerStatus::Stopped);
    });
    begun.desk.stop(message_id(2));
    assert!(matches!(begun.next().await, AnswerUpdate::Completed(_)));
    begun.until_ended().await;
    assert_eq!(begun.written(), (String::new(), AnswerStatus::Stopped));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_another_process_stopped_ends_at_the_next_writing() {
    let mut begun = begun(private(), &alice()).await;
    begun.stage.change(|stored| {
        set_status(message_mut(stored, message_id(2)), AnswerStatus::Stopped);
    });
    begun.model.say("Hello");
    assert!(matches!(begun.next().await, AnswerUpdate::Completed(_)));
    begun.until_ended().await;
    assert!(begun.model.is_dropped());
    assert_eq!(begun.written(), (String::new(), AnswerStatus::Stopped));
}

#[tokio::test(start_paused = true)]
async fn an_answer_ends_with_its_conversation() {
    let mut begun = begun(private(), &alice()).await;
    begun.stage.change(|stored| stored.conversations.clear());
    begun.model.say("Hello");
    assert_eq!(begun.next().await, AnswerUpdate::AccessRevoked);
    begun.until_ended().await;
    assert!(begun.model.is_dropped());
}

#[tokio::test(start_paused = true)]
async fn an_author_who_may_not_prompt_any_more_has_its_answer_stopped_within_the_recheck_time() {
    type Revocation = fn(&Stage);
    let revocations: [Revocation; 4] = [
        make_private,
        |stage| {
            stage.change(|stored| {
                let conversation = stored.conversations.get_mut(&CONVERSATION).unwrap();
                conversation.privacy = shared(View).privacy;
            });
        },
        |stage| {
            stage.change(|stored| {
                stored.members.remove(&carol().user_id());
            });
        },
        |stage| {
            stage.change(|stored| {
                let member = without_run_ai(carol()).member;
                stored.members.insert(carol().user_id(), member);
            });
        },
    ];
    for revoke in revocations {
        for said in [None, Some("Hello")] {
            let Begun {
                stage,
                desk,
                mut model,
                updates,
            } = begun(shared(Collaborate), &carol()).await;
            drop(updates);
            if let Some(said) = said {
                model.say(said);
            }
            tokio::time::sleep(Duration::from_secs(2)).await;
            assert_eq!(desk.writing(), 1);
            revoke(&stage);
            tokio::time::sleep(RECHECKED).await;
            assert_eq!(desk.writing(), 0);
            let answer = answer_of(&stage);
            assert_eq!(answer.status(), AnswerStatus::Stopped);
            assert_eq!(answer.content.as_str(), said.unwrap_or_default());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_whole_after_the_access_is_gone_is_not_completed() {
    let mut begun = begun(shared(Collaborate), &carol()).await;
    begun.model.say("Hello");
    begun.model.finish(None);
    // Before the writer gets to it.
    make_private(&begun.stage);
    begun.until_ended().await;
    assert_eq!(begun.stored().status(), AnswerStatus::Stopped);
}

#[tokio::test(start_paused = true)]
async fn an_answer_goes_on_while_nobody_can_tell_what_its_author_may() {
    let mut begun = begun(private(), &alice()).await;
    begun.stage.send_away("find_member");
    begun.model.say("Hello");
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(begun.written(), ("Hello".to_owned(), AnswerStatus::Writing));
    begun.stage.bring_back("find_member");
    begun.model.finish(None);
    begun.until_ended().await;
    assert_eq!(begun.stored().status(), AnswerStatus::Complete);
}

#[tokio::test(start_paused = true)]
async fn the_end_is_stored_once_the_store_is_back() {
    let mut begun = begun(private(), &alice()).await;
    begun.stage.send_away("grow");
    begun.stage.send_away("finish");
    begun.model.say("Hello");
    begun.model.finish(None);
    assert_nothing_comes(&mut begun.updates, Duration::from_secs(20)).await;
    let tries = begun.calls_of("finish");
    assert!((3..20).contains(&tries), "{tries} tries in 20 seconds");
    begun.stage.bring_back("finish");
    assert_eq!(begun.next().await, delta("Hello"));
    assert!(matches!(begun.next().await, AnswerUpdate::Completed(_)));
    assert_eq!(
        begun.written(),
        ("Hello".to_owned(), AnswerStatus::Complete)
    );
}

#[tokio::test(start_paused = true)]
async fn an_end_that_cannot_be_stored_in_time_is_told_as_a_failure_and_never_as_whole() {
    let mut begun = begun(private(), &alice()).await;
    begun.model.say("Hello");
    assert_eq!(begun.next().await, delta("Hello"));
    begun.stage.send_away("finish");
    begun.model.say(", world");
    begun.model.finish(None);
    let AnswerUpdate::Failed(view) = begun.next().await else {
        panic!("not failed");
    };
    assert_eq!(view.message, begun.stored(), "the next start marks it");
    begun.until_ended().await;
}

#[tokio::test(start_paused = true)]
async fn a_model_that_panics_takes_nothing_with_it() {
    let stage = asked_in(private());
    let mut model = MockChatModel::new();
    model.expect_answer().returning(|_| panic!("in an adapter"));
    let desk = stage.desk(Arc::new(model));
    let mut updates = take(&stage, &desk, &alice()).await.unwrap().updates;
    let update = updates.next().await.unwrap();
    assert!(matches!(update, Some(AnswerUpdate::Failed(_))));
    assert_eq!(desk.writing(), 0);
    desk.close(Duration::from_mins(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_model_is_not_asked_about_a_conversation_that_is_gone() {
    let stage = asked_in(private());
    let empty = answer_of(&stage);
    stage.change(|stored| {
        stored.conversations.clear();
        stored.messages.clear();
    });
    // A model that nobody may ask: the mock expects nothing.
    let desk = stage.desk(Arc::new(MockChatModel::new()));
    let outcome = begin(&stage, &desk, &alice(), &empty).await;
    assert!(matches!(outcome, Err(WriteError::UnknownMessage)));
    assert_eq!(desk.writing(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_shown_of_the_beginning_is_what_the_model_is_asked_about_in_one_reading() {
    let stage = asked_in(private());
    let (model, mut script) = ScriptedModel::new();
    let desk = stage.desk(model);
    let prompted = take(&stage, &desk, &alice()).await.unwrap();
    assert_eq!(stage.trace(), "read_path");
    assert_eq!(prompted.prompt.message, stage.message(message_id(1)));
    assert_eq!(prompted.prompt.author, Some(user_ref(&alice())));
    assert_eq!(prompted.answer.message, answer_of(&stage));
    let asked = script.asked().await.messages;
    assert_eq!(asked.len(), 1, "the prompt, and not the empty answer");
    assert_eq!(asked[0].content, prompted.prompt.message.content);
}
