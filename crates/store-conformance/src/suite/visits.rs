//! Which openings by privilege are one visit, and so one line to the owner.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use parlor_application::ports::{ConversationKey, PrivilegedReadingRecord};
use parlor_domain::{
    audit::{AuditEntries, AuditEntry, PrivilegedReading},
    ids::{AuditEntryId, OrganizationId, UserId},
    visit::{LastOpening, VISIT_PAUSE, continued_visit},
};
use proptest::{prelude::*, sample::select};
use tokio::task::JoinSet;

use crate::{Stores, kit::prelude::*};

/// What a test can take at most between two readings.
const LEEWAY: TimeDelta = TimeDelta::minutes(4);

async fn record(
    store: &Filled,
    key: ConversationKey,
    reader: UserId,
    how: PrivilegedReading,
) -> AuditEntry {
    let entry = privileged_entry(store, key, reader, how);
    store.stores.recorder.record(&entry).await.unwrap();
    entry
}

async fn open(store: &Filled, key: ConversationKey, reader: UserId) -> AuditEntry {
    record(store, key, reader, PrivilegedReading::Open).await
}

async fn pass(store: &Filled, time: TimeDelta) {
    store.stores.pass_time.pass_time(time).await;
}

/// What the owner sees of a line.
type Line = (AuditEntryId, UserId, PrivilegedReading, [DateTime<Utc>; 2]);

fn line(record: &PrivilegedReadingRecord) -> Line {
    let times = [record.read_at, record.last_read_at];
    (record.id, record.reader.id, record.reading, times)
}

/// The line that these entries make.
fn line_of(first: &AuditEntry, last: &AuditEntry) -> Line {
    let how = first.privileged_reading().unwrap();
    let times = [first.occurred_at, last.occurred_at];
    (first.id, first.actor.id(), how, times)
}

async fn page(
    store: &Filled,
    key: ConversationKey,
    before: Option<AuditEntryId>,
    limit: u32,
) -> Vec<Line> {
    let log = &store.stores.audit_log;
    let readings = log.privileged_readings(key, before, limit).await.unwrap();
    readings.iter().map(line).collect()
}

async fn lines(store: &Filled, key: ConversationKey) -> Vec<Line> {
    page(store, key, None, 1_000).await
}

pub async fn openings_of_one_visit_are_one_line_with_its_first_and_last_time(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let first = open(&store, in_acme(1), VERA).await;
    assert_eq!(
        lines(&store, in_acme(1)).await,
        [line_of(&first, &first)],
        "one reading"
    );
    let mut all = vec![first.clone()];
    for _ in 0..3 {
        all.push(open(&store, in_acme(1), VERA).await);
        let newest = all.last().unwrap();
        assert_eq!(lines(&store, in_acme(1)).await, [line_of(&first, newest)]);
    }
    // The log has them all.
    let query = parlor_application::ports::AuditQuery {
        conversation_id: Some(conversation_id(1)),
        limit: 100,
        ..Default::default()
    };
    let logged = store.log(ACME, &query).await;
    let logged: Vec<_> = logged.iter().rev().map(|record| record.id).collect();
    assert_eq!(logged, all.iter().map(|it| it.id).collect::<Vec<_>>());
}

pub async fn a_visit_goes_on_until_fifteen_minutes_pass_without_an_opening(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let first = open(&store, in_acme(1), VERA).await;
    // Each opening begins the time anew, so a visit can be much longer.
    let mut last = first.clone();
    for _ in 0..4 {
        pass(&store, VISIT_PAUSE - LEEWAY).await;
        last = open(&store, in_acme(1), VERA).await;
    }
    let visit = line_of(&first, &last);
    assert_eq!(lines(&store, in_acme(1)).await, [visit]);
    pass(&store, VISIT_PAUSE).await;
    let second = open(&store, in_acme(1), VERA).await;
    assert_eq!(
        lines(&store, in_acme(1)).await,
        [line_of(&second, &second), visit]
    );
    // What comes now continues the newest visit, and none before it.
    let last = open(&store, in_acme(1), VERA).await;
    assert_eq!(
        lines(&store, in_acme(1)).await,
        [line_of(&second, &last), visit]
    );
}

pub async fn each_person_has_visits_of_their_own_to_each_conversation(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let keys = [in_acme(1), in_acme(2), key(GLOBEX, 1)];
    let mut expected: HashMap<ConversationKey, Vec<[AuditEntry; 2]>> = HashMap::new();
    for round in 0..3 {
        for key in keys {
            for (place, reader) in [VERA, MAX].into_iter().enumerate() {
                let entry = open(&store, key, reader).await;
                let visits = expected.entry(key).or_default();
                if round == 0 {
                    visits.push([entry.clone(), entry]);
                } else {
                    visits[place][1] = entry;
                }
            }
        }
    }
    for key in keys {
        let newest_first = expected[&key].iter().rev();
        let expected: Vec<_> = newest_first.map(|[it, last]| line_of(it, last)).collect();
        assert_eq!(lines(&store, key).await, expected, "{key:?}");
    }
}

pub async fn exports_and_forks_have_a_line_each_and_leave_visits_as_they_are(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let here = in_acme(1);
    let first = open(&store, here, VERA).await;
    let mut own = Vec::new();
    for how in [PrivilegedReading::Export, PrivilegedReading::Fork] {
        own.push(record(&store, here, VERA, how).await);
        own.push(record(&store, here, VERA, how).await);
    }
    let last = open(&store, here, VERA).await;
    let mut expected = vec![line_of(&first, &last)];
    expected.extend(own.iter().map(|it| line_of(it, it)));
    expected.reverse();
    assert_eq!(lines(&store, here).await, expected);
    // An export does not prolong a visit.
    pass(&store, VISIT_PAUSE - LEEWAY).await;
    let export = record(&store, here, VERA, PrivilegedReading::Export).await;
    pass(&store, LEEWAY).await;
    let second = open(&store, here, VERA).await;
    expected.insert(0, line_of(&export, &export));
    expected.insert(0, line_of(&second, &second));
    assert_eq!(lines(&store, here).await, expected);
}

pub async fn no_page_splits_or_repeats_a_visit_that_goes_on(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let here = in_acme(1);
    let mut visits = Vec::new();
    for _ in 0..4 {
        for reader in [VERA, MAX, SAM] {
            visits.push(open(&store, here, reader).await.id);
        }
        // Visits interleave: everybody comes again.
        for reader in [MAX, SAM, VERA] {
            open(&store, here, reader).await;
        }
        pass(&store, VISIT_PAUSE).await;
    }
    visits.reverse();
    for limit in [1, 2, 5, 12] {
        let mut seen: Vec<Line> = Vec::new();
        loop {
            let page = page(&store, here, seen.last().map(|line| line.0), limit).await;
            let is_last = page.len() < limit as usize;
            seen.extend(page);
            if is_last {
                break;
            }
            // The oldest line of the page goes on while it is read, unless its time is over.
            open(&store, here, seen.last().unwrap().1).await;
        }
        // Those who came while it was read are on top, where the reader has been already.
        let seen: Vec<_> = seen.iter().map(|line| line.0).collect();
        let old: Vec<_> = seen
            .iter()
            .copied()
            .filter(|id| visits.contains(id))
            .collect();
        assert_eq!(old, visits, "pages of {limit}");
    }
    let whole = lines(&store, here).await;
    let paged = all_pages(4, async |last: Option<&Line>| {
        page(&store, here, last.map(|line| line.0), 4).await
    })
    .await;
    assert_eq!(paged, whole);
}

pub async fn openings_at_the_same_moment_are_one_visit_a_person(stores: Stores) {
    const EACH: usize = 8;
    let store = Filled::with_two_organizations(stores).await;
    let here = in_acme(1);
    for round in 1..=3 {
        let mut tasks = JoinSet::new();
        for reader in [VERA, MAX].repeat(EACH) {
            let store = store.clone();
            tasks.spawn(async move { open(&store, here, reader).await });
        }
        tasks.join_all().await;
        let lines = lines(&store, here).await;
        assert_eq!(lines.len(), 2 * round, "{lines:?}");
        for reader in [VERA, MAX] {
            let of_reader = lines.iter().filter(|line| line.1 == reader);
            assert_eq!(of_reader.count(), round, "{lines:?}");
        }
        pass(&store, VISIT_PAUSE).await;
    }
}

pub async fn openings_that_a_unit_of_work_commits_are_visits_too(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let here = in_acme(1);
    let before = open(&store, here, VERA).await;
    let entries =
        [VERA, MAX, MAX].map(|it| privileged_entry(&store, here, it, PrivilegedReading::Open));
    let [first, rest @ ..] = entries.clone();
    let mut unit = store.begin(ACME).await;
    unit.conversations().insert(&private(2, SAM)).await.unwrap();
    unit.commit(AuditEntries::new(first, rest.to_vec()))
        .await
        .unwrap();
    let [again, max, max_again] = &entries;
    assert_eq!(
        lines(&store, here).await,
        [line_of(max, max_again), line_of(&before, again)]
    );
}

pub async fn the_last_time_of_a_visit_is_never_before_the_first(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    // Of an instance whose clock is behind.
    let mut late = privileged_entry(&store, in_acme(1), VERA, PrivilegedReading::Open);
    late.occurred_at = at(100);
    let mut early = privileged_entry(&store, in_acme(1), VERA, PrivilegedReading::Open);
    early.occurred_at = at(50);
    for entry in [&late, &early] {
        store.stores.recorder.record(entry).await.unwrap();
    }
    assert_eq!(lines(&store, in_acme(1)).await, [line_of(&late, &late)]);
}

pub async fn what_is_no_reading_by_privilege_continues_no_visit(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let here = in_acme(1);
    let first = open(&store, here, VERA).await;
    pass(&store, VISIT_PAUSE - LEEWAY).await;
    let mut by_grant = privileged_entry(&store, here, VERA, PrivilegedReading::Open);
    by_grant.access.as_mut().unwrap().privileged = false;
    store.stores.recorder.record(&by_grant).await.unwrap();
    pass(&store, LEEWAY).await;
    let second = open(&store, here, VERA).await;
    assert_eq!(
        lines(&store, here).await,
        [line_of(&second, &second), line_of(&first, &first)]
    );
}

/// A reading, and how long after the one before.
type Step = (TimeDelta, OrganizationId, u32, UserId, PrivilegedReading);

fn step() -> impl Strategy<Value = Step> {
    let pauses = vec![
        TimeDelta::zero(),
        TimeDelta::minutes(5),
        VISIT_PAUSE - LEEWAY,
        VISIT_PAUSE,
        TimeDelta::hours(3),
    ];
    let mostly_open = prop_oneof![
        4 => Just(PrivilegedReading::Open),
        1 => select(PrivilegedReading::ALL.to_vec()),
    ];
    (
        select(pauses),
        select(vec![ACME, ACME, GLOBEX]),
        1_u32..=2,
        select(vec![VERA, MAX]),
        mostly_open,
    )
}

pub async fn readings_in_any_order_make_the_visits_that_the_domain_says(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let mut cases = Cases::seeded();
    let steps = cases.take(&step(), 120);
    // A clock of our own, on which no time passes between the steps.
    let mut now = at(0);
    let mut last: HashMap<(ConversationKey, UserId), LastOpening> = HashMap::new();
    let mut expected: HashMap<ConversationKey, Vec<Line>> = HashMap::new();
    for &(pause, organization_id, number, reader, how) in &steps {
        pass(&store, pause).await;
        now += pause;
        let here = key(organization_id, number);
        let entry = record(&store, here, reader, how).await;
        let running = last.get(&(here, reader)).copied();
        let continued = continued_visit(how, running, now);
        let lines = expected.entry(here).or_default();
        match continued {
            None => lines.push(line_of(&entry, &entry)),
            Some(visit) => {
                let line = lines.iter_mut().find(|line| line.0 == visit).unwrap();
                line.3[1] = entry.occurred_at;
            }
        }
        if how == PrivilegedReading::Open {
            let visit = continued.unwrap_or(entry.id);
            let opening = LastOpening {
                visit,
                taken_at: now,
            };
            last.insert((here, reader), opening);
        }
    }
    assert_eq!(expected.len(), 4, "seed {}", cases.seed());
    for (here, mut expected) in expected {
        expected.reverse();
        let lines = lines(&store, here).await;
        assert_eq!(lines, expected, "{here:?}, seed {}", cases.seed());
    }
}
