//! What the relay does with entries that the sink rejects, and with a sink that rejects everything.

use futures::FutureExt as _;
use parlor_domain::ids::ConversationId;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::*;

const BACKOFF: Duration = Duration::from_secs(10);

/// The entry at this place, about one of several conversations.
fn about(conversation: u128, place: u128) -> AuditRecord {
    AuditRecord {
        conversation_id: Some(ConversationId::from_uuid(new_id(1_000 + conversation))),
        ..record(place)
    }
}

/// Entries about seven conversations by turns.
fn several(places: impl IntoIterator<Item = u128>) -> Road {
    let road = Road::default();
    let entries = places.into_iter().map(|place| about(place % 7, place));
    road.journey().outbox.extend(entries);
    road
}

impl Road {
    fn poison(&self, places: impl IntoIterator<Item = u128>) {
        self.journey().poisoned = ids(places).into_iter().collect();
    }

    fn set_aside(&self) -> Vec<AuditEntryId> {
        let journey = self.journey();
        journey.set_aside.iter().map(|(id, _)| *id).collect()
    }

    /// The sink has taken the first entry, some time ago.
    fn deliver_first(&self) {
        let mut journey = self.journey();
        let first = journey.outbox[0].id;
        journey.delivered.push(first);
        journey.marked.insert(first);
    }

    /// A sink that rejects everything for so many calls.
    fn mended_after(&self, bad_calls: u32) -> MockAuditSink {
        let mut sink = MockAuditSink::new();
        let (well, mut calls) = (self.sink(), 0);
        sink.expect_deliver().returning(move |entries| {
            calls += 1;
            if calls <= bad_calls {
                return Err(rejected(entries[0].id));
            }
            well.deliver(entries).now_or_never().unwrap()
        });
        sink
    }

    fn relay_to(&self, sink: MockAuditSink) -> AuditRelay {
        let times = RelayTimes::default();
        AuditRelay::new(self.outbox(), Arc::new(sink), clock(), times)
    }

    /// How many entries are delivered and marked, or set aside.
    fn done_with(&self) -> usize {
        let journey = self.journey();
        journey.marked.len() + journey.set_aside.len()
    }

    async fn until_done_with(&self, entries: usize) {
        until("all are done with", || self.done_with() == entries).await;
    }

    /// Fails where an entry of a conversation was delivered for the first time after a later one.
    fn assert_first_deliveries_are_in_order(&self) {
        let journey = self.journey();
        let mut seen = BTreeSet::new();
        for id in &journey.delivered {
            if !seen.insert(*id) {
                continue;
            }
            let place = |id: &AuditEntryId| journey.outbox.iter().position(|it| it.id == *id);
            let own = &journey.outbox[place(id).unwrap()];
            let late = journey.outbox[..place(id).unwrap()]
                .iter()
                .filter(|earlier| earlier.conversation_id == own.conversation_id)
                .filter(|earlier| !seen.contains(&earlier.id))
                .find(|earlier| journey.set_aside.iter().all(|(id, _)| *id != earlier.id));
            assert!(late.is_none(), "{id} came before {late:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_sink_rejects_is_set_aside_with_its_reason_and_the_rest_goes_on_at_once() {
    let road = Road::with(600);
    road.poison([2, 3, 500]);
    let began = Instant::now();
    let (stop, running) = road.run();
    road.until_done_with(600).await;
    assert!(began.elapsed() < RelayTimes::default().first_pause);
    let aside = [2, 3, 500].map(|place| (entry_id(place), "too large".to_owned()));
    assert_eq!(road.journey().set_aside, aside);
    let first_times: BTreeSet<_> = road.delivered().into_iter().collect();
    let mut others = ids(1..=600);
    others.retain(|id| aside.iter().all(|(poisoned, _)| poisoned != id));
    assert_eq!(first_times.into_iter().collect::<Vec<_>>(), others);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_rejects_everything_has_nothing_set_aside_and_is_tried_now_and_then() {
    let road = several(1..=600);
    road.poison(1..=600);
    let relay = road.relay();
    let acceptance = relay.acceptance().clone();
    assert!(!acceptance.is_paused());
    let stop = CancellationToken::new();
    let until_stopped = stop.clone();
    let running = tokio::spawn(async move { relay.run(until_stopped).await });
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert!(acceptance.is_paused());
    assert!(road.set_aside().is_empty());
    assert!(road.delivered().is_empty());
    // Three at once, and then at most three after each pause of five to ten seconds.
    let tries = road.journey().tries;
    assert!((60..=3 * 125).contains(&tries), "{tries} tries");

    road.poison([]);
    let mended = Instant::now();
    road.until_done_with(600).await;
    assert!(mended.elapsed() <= BACKOFF + Duration::from_millis(100));
    assert!(!acceptance.is_paused());
    assert!(road.set_aside().is_empty());
    assert_eq!(road.delivered(), ids(1..=600), "once, and in order");
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn many_bad_entries_in_a_row_do_not_hold_up_the_good_ones_for_ever() {
    let road = several(0..=50);
    road.deliver_first();
    road.poison(1..=20);
    let (stop, running) = road.run();
    tokio::time::timeout(Duration::from_mins(30), road.until_done_with(51))
        .await
        .expect("everything is done with");
    let aside: BTreeSet<_> = road.set_aside().into_iter().collect();
    assert_eq!(aside, ids(1..=20).into_iter().collect());
    road.assert_first_deliveries_are_in_order();
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn bad_entries_of_one_conversation_do_not_hold_up_the_others() {
    let road = Road::default();
    let bad = (1..=10).map(|place| about(1, place));
    let good = (11..=13).map(|place| about(2, place));
    road.journey().outbox.extend(bad.chain(good));
    road.poison(1..=10);
    let (stop, running) = road.run();
    road.until_delivered(3).await;
    road.assert_first_deliveries_are_in_order();
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_bad_entry_alone_waits_until_another_one_is_accepted() {
    let road = several([1]);
    road.poison([1]);
    let (stop, running) = road.run();
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert!(road.set_aside().is_empty(), "it can be the sink");
    road.journey().outbox.push(about(2, 2));
    tokio::time::timeout(BACKOFF * 2, road.until_done_with(2))
        .await
        .expect("the good one tells that it is the entry");
    assert_eq!(road.set_aside(), ids([1]));
    assert_eq!(road.delivered(), ids([2]));
    stop.cancel();
    running.await.unwrap();
}

/// Without a pause: what the relay does next depends on the outcome alone.
#[tokio::test]
async fn whatever_is_rejected_every_good_entry_is_delivered_in_the_order_of_its_conversation() {
    for seed in 0..40_u64 {
        let mut random = StdRng::seed_from_u64(seed);
        let road = several(1..=120);
        let share = random.random_range(0.0..0.9);
        let bad: BTreeSet<u128> = (1..=120).filter(|_| random.random_bool(share)).collect();
        road.poison(bad.iter().copied());
        let relay = road.relay();
        let (mut tries, mut next) = (0, 200);
        while road.done_with() < road.journey().outbox.len() {
            tries += 1;
            assert!(tries < 5_000, "seed {seed}: {} done with", road.done_with());
            // A bad entry is told from a bad sink by a good one that comes after it.
            if relay.deliver_batch().await.is_err() && tries % 50 == 0 {
                road.journey().outbox.push(about(next, next));
                next += 1;
            }
        }
        let aside: BTreeSet<_> = road.set_aside().into_iter().collect();
        assert_eq!(aside, ids(bad).into_iter().collect(), "seed {seed}");
        road.assert_first_deliveries_are_in_order();
    }
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_rejects_everything_from_time_to_time_loses_no_order() {
    let road = several(1..=2_000);
    let (stop, running) = road.run();
    for _ in 0..6 {
        road.poison(1..=5_000);
        let more = road.journey().outbox.len() as u128;
        let more = (more + 1..=more + 400).map(|place| about(place % 7, place));
        road.journey().outbox.extend(more);
        tokio::time::sleep(Duration::from_mins(1)).await;
        road.poison([]);
        let all = road.journey().outbox.len();
        road.until_done_with(all).await;
    }
    assert!(road.set_aside().is_empty());
    road.assert_first_deliveries_are_in_order();
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_has_nothing_to_deliver_any_more_is_not_paused() {
    let road = several(1..=10);
    road.poison(1..=10);
    let relay = road.relay();
    for _ in 0..3 {
        relay.deliver_batch().await.unwrap_err();
    }
    assert!(relay.acceptance().is_paused());
    // Another instance has the leases now.
    road.journey().outbox.clear();
    assert_eq!(relay.deliver_batch().await.unwrap(), 0);
    assert!(!relay.acceptance().is_paused());
}

#[tokio::test]
async fn what_cannot_be_set_aside_is_delivered_again() {
    let road = several(1..=2);
    road.poison([1]);
    road.journey().failing.marking_fails = true;
    let outcome = road.relay().deliver_batch().await;
    assert!(matches!(outcome, Err(RelayError::Store(_))));
    road.journey().failing.marking_fails = false;
    assert_eq!(road.relay().deliver_batch().await.unwrap(), 2);
    assert_eq!(road.relay().deliver_batch().await.unwrap(), 0);
    assert_eq!(road.delivered(), ids([2, 2]), "at least once");
    assert_eq!(road.set_aside(), ids([1]));
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_is_away_while_it_is_suspected_counts_as_away() {
    let road = several(1..=10);
    road.poison(1..=10);
    let relay = road.relay();
    relay.deliver_batch().await.unwrap_err();
    assert!(relay.acceptance().is_paused());
    road.journey().failing.sink_away = true;
    let outcome = relay.deliver_batch().await;
    assert!(matches!(
        outcome,
        Err(RelayError::Sink(SinkError::Unavailable(_)))
    ));
    assert!(relay.acceptance().is_paused(), "it has accepted nothing");
}

/// However the sink is mended between two calls, of one conversation or of several.
#[tokio::test]
async fn a_sink_that_is_mended_at_any_call_has_nothing_set_aside_and_gets_everything_in_order() {
    for (mended_after, conversations) in (0..40).flat_map(|calls| [1, 2, 7].map(|of| (calls, of))) {
        let road = Road::default();
        let entries = (1..=60).map(|place| about(place % conversations, place));
        road.journey().outbox.extend(entries);
        road.deliver_first();
        let relay = road.relay_to(road.mended_after(mended_after));
        for _ in 0..200 {
            let _ = relay.deliver_batch().await;
        }
        let case = format!("after {mended_after} calls, {conversations} conversations");
        assert!(road.set_aside().is_empty(), "{case}");
        assert_eq!(road.journey().marked.len(), 60, "{case}");
        road.assert_first_deliveries_are_in_order();
    }
}

#[tokio::test]
async fn bad_entries_are_told_from_a_bad_sink_by_what_it_has_taken_before() {
    // More of them than one look into the outbox answers, and nothing else waits.
    for conversations in [1, 7, 1_000] {
        let road = Road::default();
        let entries = (1..=400).map(|place| about(place % conversations, place));
        road.journey().outbox.extend(entries);
        road.deliver_first();
        road.poison(2..=400);
        let relay = road.relay();
        let mut tries = 0;
        while road.done_with() < 400 {
            tries += 1;
            assert!(tries <= 400, "{} done with", road.done_with());
            relay.deliver_batch().await.unwrap();
        }
        assert_eq!(road.set_aside().len(), 399);
        let again: BTreeSet<_> = road.delivered().into_iter().collect();
        assert_eq!(again, ids([1]).into_iter().collect());
    }
}

#[tokio::test]
async fn a_sink_that_takes_nothing_it_has_taken_before_has_nothing_set_aside() {
    let road = Road::with(50);
    road.deliver_first();
    road.poison(1..=50);
    let relay = road.relay();
    for _ in 0..50 {
        relay.deliver_batch().await.unwrap_err();
    }
    assert!(road.set_aside().is_empty());
    assert_eq!(road.delivered(), ids([1]), "once, when it worked");
}
