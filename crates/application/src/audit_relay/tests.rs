use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard},
};

use chrono::{DateTime, Utc};
use parlor_domain::ids::{AuditEntryId, OrganizationId};
use tokio::{task::JoinHandle, time::Instant};

use super::*;

mod bounds;
mod rejections;

use crate::{
    ports::{AuditRecord, MockAuditOutbox, MockAuditSink},
    testing::*,
};

/// What is on its way out, and where it went.
#[derive(Default)]
struct Journey {
    /// In the order of commit.
    outbox: Vec<AuditRecord>,
    marked: BTreeSet<AuditEntryId>,
    /// What the sink took, repetitions too.
    delivered: Vec<AuditEntryId>,
    /// When each try was made to read the outbox.
    looks: Vec<Instant>,
    tries: u32,
    failing: Failing,
    /// What the sink never accepts; it accepts what is before it in a batch.
    poisoned: BTreeSet<AuditEntryId>,
    /// What was set aside, with the reason.
    set_aside: Vec<(AuditEntryId, String)>,
    released: u32,
}

/// What does not do what it should.
#[derive(Default)]
struct Failing {
    outbox_away: bool,
    sink_away: bool,
    marking_fails: bool,
}

#[derive(Clone, Default)]
struct Road(Arc<Mutex<Journey>>);

fn away<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable(None))
}

impl Road {
    fn with(entries: u128) -> Self {
        let road = Self::default();
        road.add(1..=entries);
        road
    }

    fn add(&self, places: impl IntoIterator<Item = u128>) {
        self.journey().outbox.extend(places.into_iter().map(record));
    }

    fn journey(&self) -> MutexGuard<'_, Journey> {
        self.0.lock().unwrap()
    }

    fn delivered(&self) -> Vec<AuditEntryId> {
        self.journey().delivered.clone()
    }

    fn outbox(&self) -> Arc<dyn AuditOutbox> {
        let mut outbox = MockAuditOutbox::new();
        let road = self.clone();
        outbox.expect_undelivered().returning(move |limit| {
            let mut journey = road.journey();
            journey.looks.push(Instant::now());
            if journey.failing.outbox_away {
                return away();
            }
            let waiting = journey.outbox.iter();
            Ok(waiting
                .filter(|entry| !journey.marked.contains(&entry.id))
                .filter(|entry| journey.set_aside.iter().all(|(id, _)| *id != entry.id))
                .take(limit as usize)
                .cloned()
                .collect())
        });
        let road = self.clone();
        outbox.expect_mark_delivered().returning(
            move |entries: &[(OrganizationId, AuditEntryId)], at: DateTime<Utc>| {
                let mut journey = road.journey();
                assert_eq!(at, now());
                if journey.failing.marking_fails {
                    return away();
                }
                for (organization_id, id) in entries {
                    assert_eq!(*organization_id, ACME);
                    assert!(journey.delivered.contains(id), "marked before it was taken");
                    journey.marked.insert(*id);
                }
                Ok(())
            },
        );
        let road = self.clone();
        outbox
            .expect_set_aside()
            .returning(move |organization_id, id, reason, at| {
                assert_eq!((organization_id, at), (ACME, now()));
                let mut journey = road.journey();
                if journey.failing.marking_fails {
                    return away();
                }
                journey.set_aside.push((id, reason.to_owned()));
                Ok(())
            });
        let road = self.clone();
        outbox
            .expect_last_delivered_before()
            .returning(move |organization_id, id| {
                assert_eq!(organization_id, ACME);
                let journey = road.journey();
                let before = journey.outbox.iter().take_while(|entry| entry.id != id);
                let delivered = before.filter(|entry| journey.marked.contains(&entry.id));
                Ok(delivered.last().cloned())
            });
        let road = self.clone();
        outbox.expect_release().returning(move || {
            let mut journey = road.journey();
            journey.released += 1;
            if journey.failing.outbox_away {
                away()
            } else {
                Ok(())
            }
        });
        Arc::new(outbox)
    }

    fn sink(&self) -> Arc<dyn AuditSink> {
        let mut sink = MockAuditSink::new();
        let road = self.clone();
        sink.expect_deliver().returning(move |entries| {
            let mut journey = road.journey();
            journey.tries += 1;
            if journey.failing.sink_away {
                return Err(SinkError::Unavailable("the disk is full".into()));
            }
            for id in entries.iter().map(|entry| entry.id) {
                if journey.poisoned.contains(&id) {
                    return Err(rejected(id));
                }
                journey.delivered.push(id);
            }
            Ok(())
        });
        Arc::new(sink)
    }

    fn relay(&self) -> AuditRelay {
        let times = RelayTimes::default();
        AuditRelay::new(self.outbox(), self.sink(), clock(), times)
    }

    /// A relay that runs until its token is cancelled.
    fn run(&self) -> (CancellationToken, JoinHandle<()>) {
        let (relay, stop) = (self.relay(), CancellationToken::new());
        let until = stop.clone();
        (stop, tokio::spawn(async move { relay.run(until).await }))
    }

    /// Waits until the sink has taken so many.
    async fn until_delivered(&self, entries: usize) {
        let all_there = || self.delivered().len() >= entries;
        until("the entries are delivered", all_there).await;
    }

    /// The pauses between the looks into the outbox.
    fn pauses(&self) -> Vec<Duration> {
        let looks = self.journey().looks.clone();
        looks.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }
}

fn entry_id(place: u128) -> AuditEntryId {
    AuditEntryId::from_uuid(new_id(place))
}

fn ids(places: impl IntoIterator<Item = u128>) -> Vec<AuditEntryId> {
    places.into_iter().map(entry_id).collect()
}

fn rejected(id: AuditEntryId) -> SinkError {
    let reason = "too large".to_owned();
    SinkError::Rejected { id, reason }
}

fn record(place: u128) -> AuditRecord {
    AuditRecord {
        id: entry_id(place),
        organization_id: ACME,
        conversation_id: Some(CONVERSATION),
        actor_id: alice().user_id(),
        document: "{}".to_owned(),
    }
}

#[tokio::test]
async fn entries_are_delivered_in_the_order_of_the_outbox_and_marked() {
    let road = Road::default();
    road.add([3, 1, 2]);
    assert_eq!(road.relay().deliver_batch().await.unwrap(), 3);
    assert_eq!(road.delivered(), ids([3, 1, 2]));
    assert_eq!(road.journey().marked.len(), 3);
    assert_eq!(road.relay().deliver_batch().await.unwrap(), 0);
    assert_eq!(road.journey().tries, 1, "an empty batch is not delivered");
}

#[tokio::test]
async fn nothing_is_marked_that_the_sink_did_not_take() {
    let road = Road::with(2);
    road.journey().failing.sink_away = true;
    let outcome = road.relay().deliver_batch().await;
    assert!(matches!(outcome, Err(RelayError::Sink(_))));
    assert!(road.journey().marked.is_empty());
}

#[tokio::test]
async fn what_was_taken_but_not_marked_is_delivered_again() {
    let road = Road::with(2);
    road.journey().failing.marking_fails = true;
    let outcome = road.relay().deliver_batch().await;
    assert!(matches!(outcome, Err(RelayError::Store(_))));
    road.journey().failing.marking_fails = false;
    road.relay().deliver_batch().await.unwrap();
    assert_eq!(road.delivered(), ids([1, 2, 1, 2]), "at least once");
}

#[tokio::test(start_paused = true)]
async fn more_than_a_batch_goes_out_without_a_pause() {
    let road = Road::with(600);
    let began = Instant::now();
    let (stop, running) = road.run();
    road.until_delivered(600).await;
    assert!(began.elapsed() < RelayTimes::default().idle);
    assert_eq!(road.delivered(), ids(1..=600));
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_comes_later_is_found_at_the_next_look() {
    let road = Road::default();
    let (stop, running) = road.run();
    tokio::time::sleep(Duration::from_millis(1700)).await;
    assert_eq!(road.pauses(), [RelayTimes::default().idle; 3]);
    road.add([1]);
    road.until_delivered(1).await;
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_is_away_is_tried_less_and_less_often_and_loses_nothing() {
    let road = Road::with(3);
    road.journey().failing.sink_away = true;
    let (stop, running) = road.run();
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert!(road.delivered().is_empty());
    let times = RelayTimes::default();
    let mut longest = times.first_pause;
    for pause in road.pauses() {
        assert!(pause <= longest + Duration::from_millis(1), "{pause:?}");
        assert!(pause >= longest / 2, "{pause:?} is short of {longest:?}");
        longest = (longest * 2).min(times.longest_pause);
    }
    assert_eq!(longest, times.longest_pause);

    road.journey().failing.sink_away = false;
    road.until_delivered(3).await;
    assert_eq!(road.delivered(), ids([1, 2, 3]));
    assert_eq!(road.journey().marked.len(), 3);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_store_that_was_away_is_tried_as_quickly_as_ever_once_it_is_back() {
    let road = Road::default();
    road.journey().failing.outbox_away = true;
    let (stop, running) = road.run();
    tokio::time::sleep(Duration::from_mins(5)).await;
    road.journey().failing.outbox_away = false;
    tokio::time::sleep(Duration::from_mins(1)).await;
    road.journey().failing.outbox_away = true;
    road.journey().looks.clear();
    // At most the idle time, then the first two pauses.
    tokio::time::sleep(Duration::from_millis(500 + 200 + 400)).await;
    assert!(road.journey().looks.len() >= 3);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn stopping_delivers_what_is_left_without_waiting_for_the_next_look() {
    let road = Road::default();
    let (stop, running) = road.run();
    tokio::time::sleep(Duration::from_millis(10)).await;
    road.add(1..=600);
    let asked = Instant::now();
    stop.cancel();
    running.await.unwrap();
    assert_eq!(asked.elapsed(), Duration::ZERO);
    assert_eq!(road.delivered(), ids(1..=600));
    assert_eq!(road.journey().marked.len(), 600);
}

#[tokio::test(start_paused = true)]
async fn stopping_does_not_wait_for_a_sink_that_is_away() {
    let road = Road::with(1);
    road.journey().failing.sink_away = true;
    let (stop, running) = road.run();
    tokio::time::sleep(Duration::from_mins(1)).await;
    let asked = Instant::now();
    stop.cancel();
    running.await.unwrap();
    assert_eq!(asked.elapsed(), Duration::ZERO);
    assert!(
        road.journey().marked.is_empty(),
        "the next start delivers it"
    );
}

#[tokio::test]
async fn nothing_is_set_aside_that_the_sink_was_not_given() {
    let road = Road::with(2);
    let mut sink = MockAuditSink::new();
    sink.expect_deliver()
        .returning(|_| Err(rejected(entry_id(99))));
    let times = RelayTimes::default();
    let relay = AuditRelay::new(road.outbox(), Arc::new(sink), clock(), times);
    let outcome = relay.deliver_batch().await;
    assert!(matches!(outcome, Err(RelayError::Sink(_))));
    assert!(road.journey().set_aside.is_empty());
    assert!(road.journey().marked.is_empty());
}

#[tokio::test(start_paused = true)]
async fn stopping_gives_the_place_back_whether_or_not_everything_went_out() {
    for (sink_away, outbox_away) in [(false, false), (true, false), (false, true)] {
        let road = Road::with(3);
        road.journey().failing.sink_away = sink_away;
        road.journey().failing.outbox_away = outbox_away;
        let (stop, running) = road.run();
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert_eq!(road.journey().released, 0);
        stop.cancel();
        running.await.unwrap();
        assert_eq!(road.journey().released, 1);
    }
}

#[tokio::test]
async fn whether_the_sinks_server_answers_is_noted() {
    let (road, server) = (Road::with(2), Dependency::new("kafka"));
    let relay = road.relay().noting(Some(server.clone()));
    road.journey().failing.sink_away = true;
    relay.deliver_batch().await.unwrap_err();
    assert_eq!(server.answers(), Some(false));
    road.journey().failing.sink_away = false;
    relay.deliver_batch().await.unwrap();
    assert_eq!(server.answers(), Some(true));
}
