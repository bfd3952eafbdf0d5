//! Sinks that take too long, never return, or panic.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;

use super::*;
use crate::ports::{RELAY_LEASE, RELAY_LEASE_LEFT};

/// How a sink misbehaves.
#[derive(Clone, Copy, PartialEq)]
enum Habit {
    /// It waits without end.
    NeverReturns,
    /// It keeps its thread, which nobody can take from it.
    BlocksItsThread,
    Panics,
    /// It rejects each entry, and takes long to say so.
    RejectsSlowly,
}

/// A sink that misbehaves for so many calls.
struct Misbehaving {
    habit: Habit,
    calls: AtomicU32,
    /// Calls that have begun and not ended.
    under_way: AtomicU32,
    most_under_way: AtomicU32,
    well: Arc<dyn AuditSink>,
    bad_calls: u32,
    let_go: Mutex<Option<std::sync::mpsc::Receiver<()>>>,
}

/// Notes that a call ends, however it does.
struct UnderWay<'a>(&'a Misbehaving);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl AuditSink for Misbehaving {
    async fn deliver(&self, entries: &[AuditRecord]) -> Result<(), SinkError> {
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_under_way.fetch_max(now, Ordering::SeqCst);
        let _under_way = UnderWay(self);
        if self.calls.fetch_add(1, Ordering::SeqCst) >= self.bad_calls {
            return self.well.deliver(entries).await;
        }
        match self.habit {
            Habit::NeverReturns => std::future::pending().await,
            Habit::BlocksItsThread => {
                let let_go = self.let_go.lock().unwrap().take();
                let_go.expect("one call blocks").recv().unwrap();
                Err(SinkError::Unavailable("at last".into()))
            }
            Habit::Panics => panic!("as a sink may"),
            Habit::RejectsSlowly => {
                tokio::time::sleep(Duration::from_secs(4)).await;
                Err(rejected(entries[0].id))
            }
        }
    }
}

fn misbehaving(road: &Road, habit: Habit, bad_calls: u32) -> Arc<Misbehaving> {
    Arc::new(Misbehaving {
        habit,
        calls: AtomicU32::new(0),
        under_way: AtomicU32::new(0),
        most_under_way: AtomicU32::new(0),
        well: road.sink(),
        bad_calls,
        let_go: Mutex::new(None),
    })
}

fn relay(road: &Road, sink: &Arc<Misbehaving>, times: RelayTimes) -> AuditRelay {
    AuditRelay::new(road.outbox(), sink.clone(), clock(), times)
}

#[test]
fn a_delivery_ends_before_its_lease_does() {
    let times = RelayTimes::default();
    assert!(times.delivery < RELAY_LEASE_LEFT);
    assert!(RELAY_LEASE_LEFT < RELAY_LEASE);
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_never_returns_is_given_up_within_the_lease_and_loses_nothing() {
    let road = Road::with(300);
    let sink = misbehaving(&road, Habit::NeverReturns, 3);
    let relay = relay(&road, &sink, RelayTimes::default());
    for _ in 0..3 {
        let began = Instant::now();
        let outcome = relay.deliver_batch().await;
        assert!(began.elapsed() < RELAY_LEASE_LEFT, "{:?}", began.elapsed());
        assert!(matches!(
            outcome,
            Err(RelayError::Sink(SinkError::Unavailable(_)))
        ));
        assert!(road.journey().marked.is_empty());
    }
    while relay.deliver_batch().await.unwrap() > 0 {}
    assert_eq!(road.delivered(), ids(1..=300), "once, and in order");
    assert_eq!(sink.most_under_way.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_rejects_slowly_is_given_up_within_the_lease() {
    let road = Road::with(300);
    let sink = misbehaving(&road, Habit::RejectsSlowly, u32::MAX);
    let relay = relay(&road, &sink, RelayTimes::default());
    for _ in 0..5 {
        let began = Instant::now();
        relay.deliver_batch().await.unwrap_err();
        assert!(began.elapsed() < RELAY_LEASE_LEFT, "{:?}", began.elapsed());
    }
    assert_eq!(sink.most_under_way.load(Ordering::SeqCst), 1);
    assert!(road.journey().set_aside.is_empty());
}

#[tokio::test]
async fn a_sink_that_panics_counts_as_away() {
    let road = Road::with(3);
    let sink = misbehaving(&road, Habit::Panics, 1);
    let relay = relay(&road, &sink, RelayTimes::default());
    let outcome = relay.deliver_batch().await;
    assert!(matches!(
        outcome,
        Err(RelayError::Sink(SinkError::Unavailable(_)))
    ));
    assert_eq!(relay.deliver_batch().await.unwrap(), 3);
    assert_eq!(road.delivered(), ids(1..=3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sink_that_blocks_its_thread_is_given_nothing_until_it_has_returned() {
    let road = Road::with(3);
    let sink = misbehaving(&road, Habit::BlocksItsThread, 1);
    let (let_go, held) = std::sync::mpsc::channel();
    *sink.let_go.lock().unwrap() = Some(held);
    let times = RelayTimes {
        delivery: Duration::from_millis(50),
        ..RelayTimes::default()
    };
    let blocked = relay(&road, &sink, times);
    for _ in 0..3 {
        let outcome = blocked.deliver_batch().await;
        assert!(matches!(
            outcome,
            Err(RelayError::Sink(SinkError::Unavailable(_)))
        ));
    }
    assert_eq!(sink.calls.load(Ordering::SeqCst), 1);
    let_go.send(()).unwrap();
    until("it is given entries again", || {
        sink.under_way.load(Ordering::SeqCst) == 0
    })
    .await;
    let mut delivered = 0;
    while delivered < 3 {
        // On a busy machine 50 ms can be over before the sink is asked.
        delivered += blocked.deliver_batch().await.unwrap_or_default();
    }
    assert_eq!(road.delivered(), ids(1..=3));
    assert_eq!(sink.most_under_way.load(Ordering::SeqCst), 1);
}
