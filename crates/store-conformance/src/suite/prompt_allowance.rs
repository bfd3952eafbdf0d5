//! How often one may prompt.
//!
//! Time goes by while these tests ask, at the store's own clock. What it gives back meanwhile they allow for by what a
//! clock of their own says.

use std::{num::NonZeroU32, time::Duration};

use parlor_application::ports::{Allowance, Identity};
use parlor_domain::ids::{OrganizationId, UserId};
use tokio::{task::JoinSet, time::Instant};

use crate::{Stores, kit::prelude::*};

/// How much two clocks may differ over a test, one of which may count in whole milliseconds.
const TOLERANCE: Duration = Duration::from_millis(50);

/// What the time between two of them may be rounded by.
const ROUNDING: Duration = Duration::from_micros(1);

/// One user's asking, and what it was given.
struct Asking {
    store: Filled,
    user: Identity,
    per_minute: NonZeroU32,
    since: Instant,
    taken: u32,
}

impl Asking {
    fn new(
        store: &Filled,
        (organization_id, user_id): (OrganizationId, UserId),
        per_minute: u32,
    ) -> Self {
        Self {
            store: store.clone(),
            user: Identity {
                organization_id,
                user_id,
            },
            per_minute: NonZeroU32::new(per_minute).unwrap(),
            since: Instant::now(),
            taken: 0,
        }
    }

    /// How long it takes until there is one more.
    fn interval(&self) -> Duration {
        Duration::from_mins(1) / self.per_minute.get()
    }

    /// The most that may have been taken by now.
    fn most(&self) -> u32 {
        let elapsed = (self.since.elapsed() + TOLERANCE).as_micros();
        let more = elapsed / self.interval().as_micros();
        self.per_minute.get() + u32::try_from(more).unwrap()
    }

    /// Asks once, and checks the answer.
    async fn ask(&mut self) -> Allowance {
        let allowance = &self.store.stores.allowance;
        let answered = allowance.take(self.user, self.per_minute).await.unwrap();
        match answered {
            Allowance::Taken => self.taken += 1,
            Allowance::Exhausted { retry_after } => {
                let interval = self.interval();
                assert!(
                    Duration::ZERO < retry_after && retry_after <= interval + ROUNDING,
                    "{retry_after:?} of {interval:?}"
                );
                assert!(self.taken >= self.per_minute.get(), "{}", self.taken);
            }
        }
        assert!(self.taken <= self.most(), "{} taken", self.taken);
        answered
    }

    /// Asks until nothing is left. Answers when it asked in vain, and how long after that there is more.
    async fn exhaust(&mut self) -> (Instant, Duration) {
        loop {
            let asked = Instant::now();
            if let Allowance::Exhausted { retry_after } = self.ask().await {
                return (asked, retry_after);
            }
        }
    }
}

pub async fn an_allowance_is_taken_at_once_and_no_more(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    for (user, per_minute) in [(ALICE, 10), (BOB, 1), (CAROL, 7)] {
        Asking::new(&store, (ACME, user), per_minute)
            .exhaust()
            .await;
    }
}

pub async fn asking_in_vain_takes_nothing(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let mut alice = Asking::new(&store, (ACME, ALICE), 2);
    let (exhausted, first) = alice.exhaust().await;
    for _ in 0..20 {
        let Allowance::Exhausted { retry_after } = alice.ask().await else {
            assert!(exhausted.elapsed() + TOLERANCE > first, "too early");
            return;
        };
        assert!(retry_after <= first + TOLERANCE, "{retry_after:?}");
    }
}

pub async fn what_was_taken_comes_back_evenly(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let mut alice = Asking::new(&store, (ACME, ALICE), 120);
    for _ in 0..3 {
        let (exhausted, retry_after) = alice.exhaust().await;
        let taken = alice.taken;
        // `ask` checks that nothing comes too early; that something comes is seen here.
        while alice.taken == taken {
            alice.ask().await;
            let waited = exhausted.elapsed();
            assert!(waited < Duration::from_secs(30), "nothing comes back");
            tokio::time::sleep(TOLERANCE / 5).await;
        }
        let waited = exhausted.elapsed();
        assert!(
            waited + TOLERANCE > retry_after,
            "{waited:?}, not {retry_after:?}"
        );
    }
}

pub async fn users_and_organizations_have_an_allowance_each(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let mut alice = Asking::new(&store, (ACME, ALICE), 3);
    alice.exhaust().await;
    for user in [(ACME, BOB), (GLOBEX, ALICE), (GLOBEX, BOB)] {
        let mut other = Asking::new(&store, user, 3);
        // `exhaust` checks that there are three.
        other.exhaust().await;
    }
    alice.exhaust().await;
}

pub async fn requests_at_the_same_time_do_not_take_one_twice(stores: Stores) {
    const BURST: u32 = 10;
    let store = Filled::with_two_organizations(stores).await;
    let mut asking = Asking::new(&store, (ACME, ALICE), BURST);
    let mut tasks = JoinSet::new();
    for _ in 0..40 {
        let (allowance, user) = (store.stores.allowance.clone(), asking.user);
        let per_minute = asking.per_minute;
        tasks.spawn(async move { retrying(|| allowance.take(user, per_minute)).await });
    }
    let answered = tasks.join_all().await;
    let taken = answered
        .iter()
        .filter(|answered| **answered == Allowance::Taken);
    asking.taken = u32::try_from(taken.count()).unwrap();
    let most = asking.most();
    assert!(
        (BURST..=most).contains(&asking.taken),
        "{} taken",
        asking.taken
    );
    asking.exhaust().await;
}
