//! The tests, and what they share.

#![expect(missing_docs, reason = "a test's name says what it holds")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use parlor_application::{
    audit_relay::{AuditRelay, RelayTimes},
    ports::{AuditOutbox as _, AuditRecord, AuditSink, SinkError, SystemClock},
};
use parlor_domain::ids::AuditEntryId;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    Failure, Medium, RECOVERY,
    entries::{SECRET, entries, entry, id_in, subject},
    queue::Queue,
};

/// How long a call may take until it is given up, as the relay does.
const LIMIT: Duration = Duration::from_secs(9);
/// How long a call of a silent medium is waited for: the test need not take as long as the relay.
const SHORT: Duration = Duration::from_secs(2);
/// Between two tries, as the relay does.
const PAUSE: Duration = Duration::from_millis(50);

/// Delivers entries as often as it takes, as the relay does.
async fn deliver(sink: &dyn AuditSink, entries: &[AuditRecord]) {
    let until = Instant::now() + RECOVERY;
    loop {
        let said = match timeout(LIMIT, sink.deliver(entries)).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => format!("{error:?}"),
            Err(_) => "nothing".to_owned(),
        };
        assert!(
            Instant::now() < until,
            "the sink does not work again: {said}"
        );
        sleep(PAUSE).await;
    }
}

/// Fails unless each of these entries arrived as it was given, nothing else did, and the first occurrences of each conversation's
/// entries are in the order in which they were given.
async fn assert_arrived(medium: &dyn Medium, given: &[AuditRecord]) {
    let places: BTreeMap<&str, usize> = given
        .iter()
        .enumerate()
        .map(|(place, entry)| (&*entry.document, place))
        .collect();
    let mut met = BTreeSet::new();
    let mut last_of = BTreeMap::new();
    for document in medium.arrived().await {
        let place = places.get(&*document).copied();
        let place = place.unwrap_or_else(|| panic!("this is no entry that was given: {document}"));
        if met.insert(place) {
            let before = last_of.insert(subject(&given[place]), place);
            assert!(
                before.is_none_or(|before| before < place),
                "entry {place} arrived for the first time after entry {before:?} of its conversation"
            );
        }
    }
    let missing: Vec<_> = (0..given.len())
        .filter(|place| !met.contains(place))
        .collect();
    assert!(missing.is_empty(), "these did not arrive: {missing:?}");
}

/// The entry that the sink rejects, and why.
async fn rejection(sink: &dyn AuditSink, entries: &[AuditRecord]) -> (AuditEntryId, String) {
    match timeout(LIMIT, sink.deliver(entries)).await {
        Ok(Err(SinkError::Rejected { id, reason })) => (id, reason),
        other => panic!("an entry that is never accepted has to be rejected by its id: {other:?}"),
    }
}

pub async fn entries_arrive_as_they_were_given_and_in_order(medium: Arc<dyn Medium>) {
    let all = entries(0..600);
    let sink = medium.sink().await;
    for batch in [
        &all[..1],
        &all[1..257],
        &all[257..300],
        &all[300..556],
        &all[556..],
    ] {
        sink.deliver(batch).await.unwrap();
    }
    assert_arrived(&*medium, &all).await;
    assert_eq!(medium.arrived().await.len(), all.len(), "once each");
}

pub async fn what_is_given_again_changes_no_order(medium: Arc<dyn Medium>) {
    let all = entries(0..60);
    let sink = medium.sink().await;
    for batch in [&all[..20], &all[..20], &all[10..40], &all[..], &all[5..6]] {
        sink.deliver(batch).await.unwrap();
    }
    assert_arrived(&*medium, &all).await;
}

pub async fn another_start_continues_behind_what_arrived(medium: Arc<dyn Medium>) {
    let all = entries(0..90);
    for batch in all.chunks(30) {
        let sink = medium.sink().await;
        sink.deliver(batch).await.unwrap();
        drop(sink);
    }
    assert_arrived(&*medium, &all).await;
}

pub async fn what_was_accepted_outlives_the_sink(medium: Arc<dyn Medium>) {
    let all = entries(0..10);
    let sink = medium.sink().await;
    sink.deliver(&all).await.unwrap();
    drop(sink);
    assert_arrived(&*medium, &all).await;
}

pub async fn an_entry_that_is_never_accepted_is_named_wherever_it_is(medium: Arc<dyn Medium>) {
    let good = entries(0..12);
    let Some(bad) = medium.unacceptable(entry(99)) else {
        return;
    };
    let sink = medium.sink().await;
    for place in [0, 6, 12] {
        let mut batch = good.clone();
        batch.insert(place, bad.clone());
        let (id, _) = rejection(&*sink, &batch).await;
        assert_eq!(id, bad.id);
    }
    let (id, _) = rejection(&*sink, std::slice::from_ref(&bad)).await;
    assert_eq!(id, bad.id);
    deliver(&*sink, &good).await;
    assert_arrived(&*medium, &good).await;
}

pub async fn the_reason_of_a_rejection_repeats_nothing_of_the_entry(medium: Arc<dyn Medium>) {
    let Some(bad) = medium.unacceptable(entry(99)) else {
        return;
    };
    assert!(bad.document.contains(SECRET));
    let sink = medium.sink().await;
    let (_, reason) = rejection(&*sink, &[entry(1), bad]).await;
    assert!(!reason.is_empty());
    assert!(!reason.contains(SECRET), "{reason}");
}

pub async fn of_several_bad_entries_each_is_named_in_its_turn(medium: Arc<dyn Medium>) {
    let bad = |number| medium.unacceptable(entry(number));
    let (Some(first), Some(second)) = (bad(98), bad(99)) else {
        return;
    };
    let sink = medium.sink().await;
    let mut batch = entries(0..9);
    let good = batch.clone();
    batch.insert(3, first);
    batch.insert(7, second);
    for left in [1, 0] {
        let (id, _) = rejection(&*sink, &batch).await;
        batch.retain(|entry| entry.id != id);
        assert_eq!(batch.len(), good.len() + left);
    }
    deliver(&*sink, &batch).await;
    assert_arrived(&*medium, &good).await;
}

pub async fn a_medium_that_is_away_makes_the_sink_unavailable_and_loses_nothing(
    medium: Arc<dyn Medium>,
) {
    let all = entries(0..90);
    let sink = medium.sink().await;
    sink.deliver(&all[..30]).await.unwrap();
    if !medium.fail(Failure::Away).await {
        return;
    }
    for _ in 0..2 {
        match timeout(LIMIT, sink.deliver(&all[30..60])).await {
            Ok(Err(SinkError::Unavailable(_))) => {}
            other => panic!("the medium is away, and the sink says {other:?}"),
        }
    }
    medium.mend().await;
    deliver(&*sink, &all[30..60]).await;
    deliver(&*sink, &all[60..]).await;
    assert_arrived(&*medium, &all).await;
}

pub async fn a_medium_that_is_away_at_the_start_is_waited_for(medium: Arc<dyn Medium>) {
    let all = entries(0..20);
    if !medium.fail(Failure::Away).await {
        return;
    }
    let sink = medium.sink().await;
    match timeout(LIMIT, sink.deliver(&all)).await {
        Ok(Err(SinkError::Unavailable(_))) => {}
        other => panic!("the medium is away, and the sink says {other:?}"),
    }
    medium.mend().await;
    deliver(&*sink, &all).await;
    assert_arrived(&*medium, &all).await;
}

pub async fn a_medium_that_never_answers_loses_nothing(medium: Arc<dyn Medium>) {
    let all = entries(0..90);
    let sink = medium.sink().await;
    sink.deliver(&all[..30]).await.unwrap();
    if !medium.fail(Failure::Silent).await {
        return;
    }
    for _ in 0..2 {
        let said = timeout(SHORT, sink.deliver(&all[30..60])).await;
        assert!(
            matches!(said, Err(_) | Ok(Err(SinkError::Unavailable(_)))),
            "nobody has answered, and the sink says {said:?}"
        );
    }
    medium.mend().await;
    deliver(&*sink, &all[30..60]).await;
    deliver(&*sink, &all[60..]).await;
    assert_arrived(&*medium, &all).await;
}

pub async fn a_medium_that_rejected_everything_gets_everything_once_it_is_mended(
    medium: Arc<dyn Medium>,
) {
    let all = entries(0..20);
    let sink = medium.sink().await;
    if !medium.fail(Failure::RejectsEverything).await {
        return;
    }
    for batch in [&all[..], &all[..1], &all[..]] {
        match timeout(LIMIT, sink.deliver(batch)).await {
            Ok(Err(SinkError::Rejected { id, .. })) => {
                assert!(batch.iter().any(|entry| entry.id == id), "{id}");
            }
            Ok(Err(SinkError::Unavailable(_))) => {}
            other => panic!("everything is rejected, and the sink says {other:?}"),
        }
    }
    medium.mend().await;
    deliver(&*sink, &all).await;
    assert_arrived(&*medium, &all).await;
}

pub async fn a_call_that_is_given_up_at_any_point_loses_no_order(medium: Arc<dyn Medium>) {
    let all = entries(0..240);
    let sink = medium.sink().await;
    for (steps, batch) in all.chunks(10).enumerate() {
        let given_up = async {
            for _ in 0..steps {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            _ = sink.deliver(batch) => {}
            () = given_up => {}
        }
        // The relay gives the same entries again.
        deliver(&*sink, batch).await;
    }
    assert_arrived(&*medium, &all).await;
}

pub async fn the_relay_delivers_everything_in_order_whatever_happens(medium: Arc<dyn Medium>) {
    let good = entries(0..150);
    let mut all = good.clone();
    let mut bad = BTreeSet::new();
    for (place, number) in [(100, 998), (20, 999)] {
        if let Some(entry) = medium.unacceptable(entry(number)) {
            bad.insert(entry.id);
            all.insert(place, entry);
        }
    }
    let queue = Arc::new(Queue::of(all));
    let times = RelayTimes {
        delivery: SHORT,
        ..RelayTimes::default()
    };
    let mut random = StdRng::seed_from_u64(7);
    for _ in 0..2 {
        // Another start.
        let sink = medium.sink().await;
        let relay = AuditRelay::new(queue.clone(), sink, Arc::new(SystemClock), times);
        let mut failures = Failure::ALL;
        failures.rotate_left(random.random_range(0..3));
        for failure in failures {
            if !medium.fail(failure).await {
                continue;
            }
            for _ in 0..random.random_range(1..3) {
                let _ = relay.deliver_batch().await;
            }
            medium.mend().await;
            assert_eq!(
                queue.set_aside(),
                [],
                "{failure:?} is not the entry's fault"
            );
        }
    }
    let sink = medium.sink().await;
    let times = RelayTimes::default();
    let relay = AuditRelay::new(queue.clone(), sink, Arc::new(SystemClock), times);
    let until = Instant::now() + RECOVERY;
    while queue.backlog().await.unwrap().entries > 0 {
        let delivered = relay.deliver_batch().await;
        assert!(
            Instant::now() < until,
            "the relay does not work again: {delivered:?}"
        );
        sleep(PAUSE).await;
    }
    let set_aside: BTreeSet<_> = queue.set_aside().into_iter().collect();
    assert_eq!(set_aside, bad, "bad entries are set aside, and no others");
    assert_arrived(&*medium, &good).await;
    let documents = medium.arrived().await;
    assert!(documents.iter().all(|document| id_in(document).is_some()));
}

/// The one list of all tests: calls a macro with its own arguments and then the names.
#[doc(hidden)]
#[macro_export]
macro_rules! for_each_test {
    ([$($callback:tt)*] $arguments:tt) => { $($callback)* ! { $arguments
        entries_arrive_as_they_were_given_and_in_order
        what_is_given_again_changes_no_order
        another_start_continues_behind_what_arrived
        what_was_accepted_outlives_the_sink
        an_entry_that_is_never_accepted_is_named_wherever_it_is
        the_reason_of_a_rejection_repeats_nothing_of_the_entry
        of_several_bad_entries_each_is_named_in_its_turn
        a_medium_that_is_away_makes_the_sink_unavailable_and_loses_nothing
        a_medium_that_is_away_at_the_start_is_waited_for
        a_medium_that_never_answers_loses_nothing
        a_medium_that_rejected_everything_gets_everything_once_it_is_mended
        a_call_that_is_given_up_at_any_point_loses_no_order
        the_relay_delivers_everything_in_order_whatever_happens
    } };
}

macro_rules! one_after_the_other {
    ([$fresh:ident] $($test:ident)*) => {{ $($test($fresh().await).await;)* }};
}

/// Runs every test, one after the other, each on a medium of its own. It panics at the first one that fails.
pub async fn run_all<F: Future<Output = Arc<dyn Medium>>>(fresh: impl Fn() -> F) {
    for_each_test! { [one_after_the_other] [fresh] }
}
