//! The service stops.

use tokio::{sync::oneshot, time::Instant};

use super::*;

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test(start_paused = true)]
async fn closing_waits_for_what_is_being_written() {
    let mut begun = begun(private(), &alice()).await;
    let desk = Arc::clone(&begun.desk);
    let closing = tokio::spawn(async move { desk.close(PATIENCE).await });
    begun.model.say("Hello");
    tokio::time::sleep(PATIENCE / 2).await;
    assert!(!closing.is_finished());
    begun.model.finish(None);
    in_time(closing).await.unwrap();
    assert_eq!(
        begun.written(),
        ("Hello".to_owned(), AnswerStatus::Complete)
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_not_whole_in_time_is_marked_as_interrupted_with_what_had_come() {
    for said in [None, Some("Hello")] {
        let mut begun = begun(private(), &alice()).await;
        if let Some(said) = said {
            begun.model.say(said);
        }
        let asked = Instant::now();
        in_time(begun.desk.close(PATIENCE)).await;
        assert!(asked.elapsed() < PATIENCE + Duration::from_secs(1));
        let said = said.unwrap_or_default();
        assert_eq!(begun.written(), (said.to_owned(), INTERRUPTED));
        assert_eq!(begun.desk.writing(), 0);
        let update = loop {
            match begun.next().await {
                AnswerUpdate::Delta(_) => {}
                last => break last,
            }
        };
        assert!(matches!(update, AnswerUpdate::Failed(_)));
    }
}

#[tokio::test(start_paused = true)]
async fn closing_does_not_wait_for_a_store_that_is_away() {
    let mut begun = begun(private(), &alice()).await;
    begun.stage.send_away("finish");
    begun.model.finish(None);
    // Long enough for the pauses between the tries to have grown.
    tokio::time::sleep(Duration::from_secs(30)).await;
    let tries = begun.calls_of("finish");
    let asked = Instant::now();
    in_time(begun.desk.close(Duration::from_millis(1))).await;
    assert!(asked.elapsed() < Duration::from_millis(10));
    assert_eq!(begun.calls_of("finish"), tries + 1, "one more try");
    assert_eq!(begun.stored().status(), AnswerStatus::Writing);
}

#[tokio::test(start_paused = true)]
async fn closing_waits_for_a_prompt_that_is_being_stored() {
    let stage = asked_in(private());
    let desk = stage.silent_desk();
    let (go_on, stored) = oneshot::channel::<()>();
    let beginning = desk.take(async move {
        stored.await.unwrap();
        Ok(())
    });
    let storing = {
        let desk = Arc::clone(&desk);
        tokio::spawn(async move { desk.close(Duration::from_hours(1)).await })
    };
    tokio::pin!(beginning);
    // Let it begin before the desk closes.
    let patience = Duration::from_secs(1);
    let first = tokio::time::timeout(Duration::ZERO, &mut beginning).await;
    assert!(first.is_err());
    assert!(
        tokio::time::timeout(patience, &mut beginning)
            .await
            .is_err()
    );
    assert!(!storing.is_finished());
    go_on.send(()).unwrap();
    beginning.await.unwrap();
    in_time(storing).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_away_does_not_keep_its_prompt_from_being_stored() {
    let stage = asked_in(private());
    let desk = stage.silent_desk();
    let (go_on, stored) = oneshot::channel::<()>();
    let (done, is_done) = oneshot::channel();
    let beginning = desk.take(async move {
        stored.await.unwrap();
        done.send(()).unwrap();
        Ok(())
    });
    let gone = tokio::time::timeout(Duration::from_secs(1), beginning).await;
    assert!(gone.is_err());
    go_on.send(()).unwrap();
    is_done.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_closed_desk_takes_nothing() {
    let desk = asked_in(private()).silent_desk();
    in_time(desk.close(PATIENCE)).await;
    let refused = desk.take(async { Ok(()) }).await;
    assert!(matches!(refused, Err(WriteError::ShuttingDown)));
}
