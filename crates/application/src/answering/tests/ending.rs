//! How answers end, and what the model thought before.

use parlor_domain::message::IncompleteReason;

use super::*;
use crate::ports::ModelError;

#[tokio::test(start_paused = true)]
async fn complete_is_earned_by_text_and_a_cut_says_why() {
    use AnswerFailure::{ContentFilter, EmptyAnswer};
    let filter = IncompleteReason::ContentFilter;
    for (said, cut, status) in [
        ("Hello", None, AnswerStatus::Complete),
        ("", None, AnswerStatus::Failed(EmptyAnswer)),
        (" \n", None, AnswerStatus::Failed(EmptyAnswer)),
        (
            "Hello",
            Some(IncompleteReason::Length),
            AnswerStatus::Incomplete(IncompleteReason::Length),
        ),
        (
            "",
            Some(IncompleteReason::Length),
            AnswerStatus::Failed(EmptyAnswer),
        ),
        ("Hello", Some(filter), AnswerStatus::Incomplete(filter)),
        ("", Some(filter), AnswerStatus::Failed(ContentFilter)),
    ] {
        let mut begun = begun(private(), &alice()).await;
        begun.model.think("hm");
        begun.model.say(said);
        match cut {
            Some(reason) => begun.model.cut(reason),
            None => begun.model.finish(None),
        }
        let last = loop {
            match begun.next().await {
                AnswerUpdate::Delta(_) => {}
                last => break last,
            }
        };
        let is_failed = matches!(status, AnswerStatus::Failed(_));
        assert_eq!(
            matches!(last, AnswerUpdate::Failed(_)),
            is_failed,
            "{said:?}"
        );
        assert_eq!(begun.stored().status(), status, "{said:?} {cut:?}");
        assert_eq!(begun.stored().reasoning(), Some(&content("hm")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_content_filter_that_refuses_in_the_middle_cuts_the_answer() {
    for (said, status) in [
        (
            "Hello",
            AnswerStatus::Incomplete(IncompleteReason::ContentFilter),
        ),
        ("", AnswerStatus::Failed(AnswerFailure::ContentFilter)),
    ] {
        let mut begun = begun(private(), &alice()).await;
        begun.model.say(said);
        begun.model.break_off(ModelError::Refused {
            failure: AnswerFailure::ContentFilter,
            status: 200,
            code: None,
        });
        begun.until_ended().await;
        assert_eq!(begun.written(), (said.to_owned(), status));
    }
}

#[tokio::test(start_paused = true)]
async fn thoughts_are_shown_as_they_come_and_kept_apart() {
    let mut begun = begun(private(), &alice()).await;
    let thought = |text: &str| AnswerUpdate::Delta(AnswerPiece::Reasoning(text.to_owned()));
    begun.model.think("first");
    assert_eq!(begun.next().await, thought("first"));
    begun.model.think(", then");
    begun.model.say("Hello");
    assert_eq!(begun.next().await, thought(", then"));
    assert_eq!(begun.next().await, delta("Hello"));
    begun.model.finish(None);
    begun.until_ended().await;
    assert_eq!(
        begun.written(),
        ("Hello".to_owned(), AnswerStatus::Complete)
    );
    assert_eq!(begun.stored().reasoning(), Some(&content("first, then")));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_ends_is_ended_after_ten_minutes() {
    for says_something in [false, true] {
        let mut begun = begun(private(), &alice()).await;
        let started = tokio::time::Instant::now();
        if says_something {
            begun.model.say("Hello");
        }
        tokio::time::sleep(Duration::from_secs(599)).await;
        assert_eq!(begun.stored().status(), AnswerStatus::Writing);
        begun.until_ended().await;
        let timeout = AnswerStatus::Failed(AnswerFailure::Timeout);
        let said = if says_something { "Hello" } else { "" };
        assert_eq!(begun.written(), (said.to_owned(), timeout));
        let took = started.elapsed();
        let limit = Duration::from_mins(10);
        assert!(
            took >= limit && took < limit + Duration::from_secs(2),
            "{took:?}"
        );
    }
}
