//! What begins a visit, and what continues one.

use chrono::{DateTime, TimeDelta, Utc};
use parlor_domain::{
    audit::PrivilegedReading,
    ids::AuditEntryId,
    visit::{LastOpening, VISIT_PAUSE, continued_visit},
};
use proptest::prelude::*;
use uuid::Uuid;

const NOW: DateTime<Utc> = DateTime::<Utc>::UNIX_EPOCH;
const VISIT: AuditEntryId = AuditEntryId::from_uuid(Uuid::from_u128(7));
/// What the stores' clocks tell apart.
const INSTANT: TimeDelta = TimeDelta::microseconds(1);

fn opened(ago: TimeDelta) -> LastOpening {
    LastOpening {
        visit: VISIT,
        taken_at: NOW - ago,
    }
}

#[test]
fn a_visit_ends_after_fifteen_minutes() {
    assert_eq!(VISIT_PAUSE, TimeDelta::minutes(15));
}

#[test]
fn a_reading_continues_a_visit_in_these_cases_and_no_others() {
    let just_in_time = VISIT_PAUSE - INSTANT;
    // A clock that was set back makes no new visit: what the store took last was taken before.
    let later_than_now = -TimeDelta::hours(2);
    let cases = [
        (None, false),
        (Some(later_than_now), true),
        (Some(TimeDelta::zero()), true),
        (Some(INSTANT), true),
        (Some(just_in_time), true),
        (Some(VISIT_PAUSE), false),
        (Some(VISIT_PAUSE + INSTANT), false),
        (Some(TimeDelta::days(400)), false),
    ];
    for reading in PrivilegedReading::ALL {
        for (ago, in_time) in cases {
            let continues = in_time && reading == PrivilegedReading::Open;
            assert_eq!(
                continued_visit(reading, ago.map(opened), NOW),
                continues.then_some(VISIT),
                "{reading:?} {ago:?} after the last opening"
            );
        }
    }
}

proptest! {
    #[test]
    fn openings_are_one_visit_until_one_comes_too_late(
        pauses in prop::collection::vec(0_i64..30 * 60, 1..30)
    ) {
        let mut now = NOW;
        let mut last = None;
        let mut visits = Vec::new();
        for (number, pause) in (0_u128..).zip(&pauses) {
            now += TimeDelta::seconds(*pause);
            let id = AuditEntryId::from_uuid(Uuid::from_u128(number));
            let visit = continued_visit(PrivilegedReading::Open, last, now).unwrap_or(id);
            visits.push(visit);
            last = Some(LastOpening { visit, taken_at: now });
        }
        visits.dedup();
        let too_late = pauses.iter().skip(1).filter(|pause| **pause >= 15 * 60);
        prop_assert_eq!(visits.len(), 1 + too_late.count());
    }
}
