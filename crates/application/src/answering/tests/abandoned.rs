//! How one tells an answer that is being written from one whose writer is gone.

use tokio::{task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    answering::{WATCH_PERIOD, WRITER_SILENCE, watch_over_abandoned_answers},
    ports::MockChatModel,
};

/// Another instance, which looks for abandoned answers on the same store.
fn watch(stage: &Stage) -> (CancellationToken, JoinHandle<()>) {
    let stop = CancellationToken::new();
    let watching = watch_over_abandoned_answers(
        stage.journal(),
        Arc::default(),
        WRITER_SILENCE,
        WATCH_PERIOD,
        stop.clone(),
    );
    (stop, tokio::spawn(watching))
}

/// An answer was begun by an instance that died at once.
async fn begun_by_the_dead() -> Stage {
    let stage = asked_in(private());
    let mut model = MockChatModel::new();
    model.expect_answer().returning(|_| panic!("it dies"));
    let desk = stage.desk(Arc::new(model));
    take(&stage, &desk, &alice()).await.unwrap();
    until("the writer is gone", || desk.writing() == 0).await;
    stage
}

#[tokio::test(start_paused = true)]
async fn a_writer_gives_a_sign_of_life_every_second_in_which_it_writes_nothing() {
    let mut begun = begun(private(), &alice()).await;
    tokio::time::sleep(Duration::from_millis(5_050)).await;
    assert_eq!(begun.calls_of("keep_writing"), 5, "the model still thinks");
    begun.model.say("Hello");
    // The first piece comes; from then on, what is written is the sign.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let signs = begun.calls_of("keep_writing");
    for _ in 0..10 {
        begun.model.say(" and");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(begun.calls_of("keep_writing"), signs);
    tokio::time::sleep(Duration::from_secs(3)).await;
    let later = begun.calls_of("keep_writing") - signs;
    assert!((2..=3).contains(&later), "{later} in three seconds");
    begun.model.finish(None);
    begun.until_ended().await;
    let signs = begun.calls_of("keep_writing");
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(begun.calls_of("keep_writing"), signs);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_another_instance_stopped_ends_within_a_second_though_nothing_comes() {
    for said in [None, Some("Hello")] {
        let mut begun = begun(private(), &alice()).await;
        if let Some(said) = said {
            begun.model.say(said);
            assert_eq!(begun.next().await, delta(said));
        }
        begun.stage.change(|stored| {
            set_status(message_mut(stored, message_id(2)), AnswerStatus::Stopped);
        });
        tokio::time::sleep(Duration::from_millis(1_001)).await;
        assert_eq!(begun.desk.writing(), 0);
        assert!(said.is_none() || begun.model.is_dropped());
        let AnswerUpdate::Completed(view) = begun.next().await else {
            panic!("not completed");
        };
        assert_eq!(view.message.status(), AnswerStatus::Stopped);
        assert_eq!(begun.calls_of("finish"), 0, "the store knows already");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_goes_on_while_no_sign_of_life_can_be_given() {
    let mut begun = begun(private(), &alice()).await;
    begun.stage.send_away("keep_writing");
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(begun.desk.writing(), 1);
    begun.stage.bring_back("keep_writing");
    begun.model.say("Hello");
    begun.model.finish(None);
    begun.until_ended().await;
    assert_eq!(begun.stored().status(), AnswerStatus::Complete);
}

#[tokio::test(start_paused = true)]
async fn an_answer_whose_writer_died_is_marked_as_interrupted_within_half_a_minute() {
    let mut latest = Duration::ZERO;
    // However the death falls between two looks.
    for milliseconds in (0..5_000).step_by(250) {
        let stage = begun_by_the_dead().await;
        let (stop, watching) = watch(&stage);
        tokio::time::sleep(WRITER_SILENCE + Duration::from_millis(milliseconds)).await;
        let died = Instant::now();
        stage.change(|stored| set_status(&mut stored.messages[1], AnswerStatus::Writing));
        stage.scene().signs.insert(message_id(2), died);
        let is_marked = || answer_of(&stage).status() == INTERRUPTED;
        until("it is marked", is_marked).await;
        latest = latest.max(died.elapsed());
        stop.cancel();
        watching.await.unwrap();
    }
    assert!(latest > WRITER_SILENCE, "{latest:?}");
    assert!(latest < Duration::from_secs(30), "{latest:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_being_written_is_left_alone_however_long_the_model_thinks() {
    let mut begun = begun(private(), &alice()).await;
    let (_stop, _watching) = watch(&begun.stage);
    // Until shortly before the limit of a whole answer.
    tokio::time::sleep(Duration::from_mins(9)).await;
    assert!(begun.calls_of("interrupt") > 100);
    assert_eq!(begun.stored().status(), AnswerStatus::Writing);
    begun.model.say("Hello");
    begun.model.finish(None);
    begun.until_ended().await;
    let whole = ("Hello".to_owned(), AnswerStatus::Complete);
    assert_eq!(begun.written(), whole);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_was_away_makes_nobody_count_as_dead_who_gave_signs_before() {
    const PORTS: [&str; 4] = ["interrupt", "keep_writing", "grow", "finish"];
    for minutes in [1, 10] {
        let mut begun = begun(private(), &alice()).await;
        let (_stop, _watching) = watch(&begun.stage);
        tokio::time::sleep(Duration::from_mins(1)).await;
        for call in PORTS {
            begun.stage.send_away(call);
        }
        begun.model.say("Hello");
        begun.model.finish(None);
        tokio::time::sleep(Duration::from_mins(minutes)).await;
        // The watch is the first to find the store again.
        begun.stage.bring_back("interrupt");
        let looks = begun.calls_of("interrupt");
        until("it looks", || begun.calls_of("interrupt") > looks).await;
        assert_eq!(begun.stored().status(), AnswerStatus::Writing);
        for call in PORTS {
            begun.stage.bring_back(call);
        }
        begun.until_ended().await;
        let whole = ("Hello".to_owned(), AnswerStatus::Complete);
        assert_eq!(begun.written(), whole);
    }
}

#[tokio::test(start_paused = true)]
async fn who_died_while_the_store_was_away_is_noticed_once_it_is_back() {
    let stage = begun_by_the_dead().await;
    let (_stop, _watching) = watch(&stage);
    stage.send_away("interrupt");
    tokio::time::sleep(Duration::from_mins(10)).await;
    stage.bring_back("interrupt");
    let back = Instant::now();
    until("it is marked", || answer_of(&stage).status() == INTERRUPTED).await;
    assert!(back.elapsed() < Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_was_given_up_lets_the_model_go_and_its_follower_learns_of_the_failure() {
    let mut begun = begun(private(), &alice()).await;
    begun.model.say("Hello");
    assert_eq!(begun.next().await, delta("Hello"));
    // Cut off from the store for longer than anybody waits.
    begun.stage.scene().interrupt(Duration::ZERO);
    let AnswerUpdate::Failed(view) = begun.next().await else {
        panic!("not failed");
    };
    assert_eq!(view.message.status(), INTERRUPTED);
    assert_eq!(view.message.content, content("Hello"));
    begun.until_ended().await;
    assert!(begun.model.is_dropped());
    assert_eq!(begun.calls_of("finish"), 0, "the store knows already");
}

#[tokio::test(start_paused = true)]
async fn the_watch_ends_when_it_is_told_to() {
    let stage = asked_in(private());
    let (stop, watching) = watch(&stage);
    tokio::time::sleep(Duration::from_mins(1)).await;
    let asked = Instant::now();
    stop.cancel();
    watching.await.unwrap();
    assert_eq!(asked.elapsed(), Duration::ZERO);
}
