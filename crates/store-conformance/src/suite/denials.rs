//! Denied requests for what the actor cannot see: the first one has its entry at once, repeats within a minute have one together.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use parlor_application::ports::{AuditQuery, AuditRecord, ConversationKey, StoreError};
use parlor_domain::{
    audit::{ActionName, ActionResult, Actor, AuditEntry},
    denial::{REPEAT_WINDOW, is_repeat},
    ids::{AuditEntryId, ConversationId, OrganizationId, UserId},
};
use proptest::{prelude::*, sample::select};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::{Stores, kit::prelude::*};

/// What a test can take at most between two denials.
const LEEWAY: TimeDelta = TimeDelta::seconds(45);

fn denial(store: &Filled, key: ConversationKey, actor: UserId) -> AuditEntry {
    let entry = store.entry(key.organization_id, Some(key.conversation_id));
    AuditEntry {
        action: ActionName::ConversationAccessDenied,
        result: ActionResult::Failed,
        input: BTreeMap::new(),
        access: None,
        actor: Actor::User {
            id: actor,
            name: "As it was called then".to_owned(),
            email: String::new(),
            role_names: vec![],
        },
        ..entry
    }
}

async fn deny(store: &Filled, key: ConversationKey, actor: UserId) -> AuditEntry {
    let entry = denial(store, key, actor);
    store.stores.recorder.record_denial(&entry).await.unwrap();
    entry
}

async fn pass(store: &Filled, time: TimeDelta) {
    store.stores.pass_time.pass_time(time).await;
}

/// Ends all counts whose time is over; answers how many.
async fn end(store: &Filled) -> u64 {
    let mut all = 0;
    loop {
        match store.stores.recorder.end_denials().await.unwrap() {
            0 => return all,
            ended => all += ended,
        }
    }
}

/// An entry of a denial: its id, when, and of several how many and from when to when.
type Told = (AuditEntryId, String, Option<(u64, String, String)>);

fn time(value: &Value) -> String {
    // Stores keep microseconds of the times that they count.
    let time: DateTime<Utc> = value.as_str().unwrap().parse().unwrap();
    micros(time)
}

fn micros(time: DateTime<Utc>) -> String {
    time.format("%FT%T%.6f").to_string()
}

fn told(record: &AuditRecord) -> Told {
    let document: Value = serde_json::from_str(&record.document).unwrap();
    let input = &document["actionParams"]["dynamic"]["input"];
    assert_eq!(document["id"], record.id.to_string());
    let id = record.conversation_id.map(|id| id.to_string());
    assert_eq!(input["conversationId"].as_str(), id.as_deref());
    let repeats = input["count"].as_u64().map(|count| {
        let times = ["firstAt", "lastAt"].map(|name| time(&input[name]));
        let [first, last] = times;
        (count, first, last)
    });
    (record.id, time(&document["timestamp"]), repeats)
}

fn single(entry: &AuditEntry) -> Told {
    (entry.id, micros(entry.occurred_at), None)
}

fn several(repeats: &[AuditEntry]) -> Told {
    let last = repeats.last().unwrap();
    let first_at = repeats.iter().map(|entry| entry.occurred_at).min().unwrap();
    let times = (micros(first_at), micros(last.occurred_at));
    let count = repeats.len() as u64;
    (last.id, times.1.clone(), Some((count, times.0, times.1)))
}

/// The denials in an organization's log, the oldest first.
async fn log_of(
    store: &Filled,
    organization_id: OrganizationId,
    about: Option<(ConversationId, UserId)>,
) -> Vec<Told> {
    let query = AuditQuery {
        action: Some(ActionName::ConversationAccessDenied),
        conversation_id: about.map(|(id, _)| id),
        actor_id: about.map(|(_, actor)| actor),
        limit: 2_000,
        ..AuditQuery::default()
    };
    let listed = store.log(organization_id, &query).await;
    listed.iter().rev().map(told).collect()
}

pub async fn the_first_denial_is_in_the_log_at_once_and_its_repeats_when_the_minute_ends(
    stores: Stores,
) {
    let store = Filled::with_two_organizations(stores).await;
    let first = deny(&store, in_acme(1), BOB).await;
    assert_eq!(log_of(&store, ACME, None).await, [single(&first)]);
    let mut repeats = Vec::new();
    for _ in 0..5 {
        repeats.push(deny(&store, in_acme(1), BOB).await);
    }
    pass(&store, REPEAT_WINDOW - LEEWAY).await;
    repeats.push(deny(&store, in_acme(1), BOB).await);
    assert_eq!(end(&store).await, 0, "the minute is not over");
    assert_eq!(log_of(&store, ACME, None).await, [single(&first)]);
    pass(&store, LEEWAY).await;
    assert_eq!(end(&store).await, 1);
    let expected = [single(&first), several(&repeats)];
    assert_eq!(log_of(&store, ACME, None).await, expected);
    assert_eq!(end(&store).await, 0, "it has ended");
    // And the next one is a first one.
    let next = deny(&store, in_acme(1), BOB).await;
    let [first, repeats] = expected;
    let expected = [first, repeats, single(&next)];
    assert_eq!(log_of(&store, ACME, None).await, expected);
}

pub async fn a_denial_that_is_not_repeated_has_one_entry(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let first = deny(&store, in_acme(1), BOB).await;
    pass(&store, REPEAT_WINDOW).await;
    assert_eq!(end(&store).await, 1);
    assert_eq!(log_of(&store, ACME, None).await, [single(&first)]);
}

pub async fn a_denial_after_the_minute_ends_the_count_before_it(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let mut expected = Vec::new();
    for _ in 0..3 {
        expected.push(single(&deny(&store, in_acme(1), BOB).await));
        let repeats = [
            deny(&store, in_acme(1), BOB).await,
            deny(&store, in_acme(1), BOB).await,
        ];
        expected.push(several(&repeats));
        pass(&store, REPEAT_WINDOW).await;
    }
    // Nobody ended the counts but the denials themselves.
    let waiting = expected.pop().unwrap();
    assert_eq!(log_of(&store, ACME, None).await, expected);
    assert_eq!(end(&store).await, 1);
    expected.push(waiting);
    assert_eq!(log_of(&store, ACME, None).await, expected);
}

pub async fn each_person_id_and_organization_is_counted_alone(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    // One that exists, and one that does not, in both organizations.
    store.create(&private(1, ALICE)).await;
    let keys = [in_acme(1), in_acme(2), key(GLOBEX, 1), key(GLOBEX, 2)];
    let mut denied: BTreeMap<_, Vec<AuditEntry>> = BTreeMap::new();
    for times in 1..=3 {
        for key in keys {
            for actor in [BOB, ERIN] {
                let about = (key.organization_id, key.conversation_id, actor);
                for _ in 0..times {
                    let entry = deny(&store, key, actor).await;
                    denied.entry(about).or_default().push(entry);
                }
            }
        }
    }
    pass(&store, REPEAT_WINDOW).await;
    assert_eq!(end(&store).await, 8);
    for ((organization_id, id, actor), entries) in denied {
        let (first, repeats) = entries.split_first().unwrap();
        let expected = [single(first), several(repeats)];
        let log = log_of(&store, organization_id, Some((id, actor))).await;
        assert_eq!(log, expected, "{organization_id} {id} {actor}");
    }
}

pub async fn denials_at_the_same_moment_are_one_entry_and_one_count(stores: Stores) {
    const EACH: usize = 12;
    let store = Filled::with_two_organizations(stores).await;
    for round in 1..=3 {
        let mut tasks = JoinSet::new();
        for actor in [BOB, ERIN].repeat(EACH) {
            let store = store.clone();
            tasks.spawn(async move { deny(&store, in_acme(1), actor).await });
        }
        tasks.join_all().await;
        pass(&store, REPEAT_WINDOW).await;
        // Several instances look at the same moment.
        let mut ending = JoinSet::new();
        for _ in 0..4 {
            let store = store.clone();
            ending.spawn(async move { end(&store).await });
        }
        assert_eq!(ending.join_all().await.into_iter().sum::<u64>(), 2);
        for actor in [BOB, ERIN] {
            let log = log_of(&store, ACME, Some((conversation_id(1), actor))).await;
            let counts: Vec<_> = log
                .iter()
                .map(|(.., repeats)| repeats.as_ref().map(|repeats| repeats.0))
                .collect();
            let expected = [None, Some(EACH as u64 - 1)].repeat(round);
            assert_eq!(counts, expected, "{actor}");
        }
    }
}

pub async fn a_flood_of_ids_ends_a_part_at_a_time(stores: Stores) {
    const IDS: u32 = 600;
    let store = Filled::with_two_organizations(stores).await;
    for number in 1..=IDS {
        deny(&store, in_acme(number), BOB).await;
        deny(&store, in_acme(number), BOB).await;
    }
    pass(&store, REPEAT_WINDOW).await;
    assert_eq!(end(&store).await, u64::from(IDS));
    let log = log_of(&store, ACME, None).await;
    let counted = log.iter().filter(|(.., repeats)| repeats.is_some());
    assert_eq!(
        (log.len(), counted.count()),
        (2 * IDS as usize, IDS as usize)
    );
}

pub async fn an_entry_with_a_count_is_delivered_as_any_other(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let first = deny(&store, in_acme(1), BOB).await;
    let repeats = [deny(&store, in_acme(1), BOB).await];
    pass(&store, REPEAT_WINDOW).await;
    end(&store).await;
    let waiting = store.stores.outbox.undelivered(10).await.unwrap();
    let waiting: Vec<_> = waiting.iter().map(told).collect();
    assert_eq!(waiting, [single(&first), several(&repeats)]);
}

pub async fn an_entry_whose_id_is_taken_is_no_denial(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let first = deny(&store, in_acme(1), BOB).await;
    let mut other = denial(&store, in_acme(2), BOB);
    other.id = first.id;
    let taken = store.stores.recorder.record_denial(&other).await;
    assert!(matches!(taken, Err(StoreError::Conflict)), "{taken:?}");
    assert_eq!(log_of(&store, ACME, None).await, [single(&first)]);
}

/// As after a commit whose answer was lost, so that the caller tries again.
async fn deny_again(store: &Filled, entry: &AuditEntry) {
    store.stores.recorder.record_denial(entry).await.unwrap();
}

pub async fn a_denial_that_is_stored_again_is_not_counted_and_blocks_no_other_count(
    stores: Stores,
) {
    let store = Filled::with_two_organizations(stores).await;
    let first = deny(&store, in_acme(1), BOB).await;
    deny_again(&store, &first).await;
    let other = deny(&store, in_acme(2), BOB).await;
    let repeats = [deny(&store, in_acme(2), BOB).await];
    deny_again(&store, &repeats[0]).await;
    deny_again(&store, &other).await;
    pass(&store, REPEAT_WINDOW).await;
    end(&store).await;
    let expected = [single(&first), single(&other), several(&repeats)];
    assert_eq!(log_of(&store, ACME, None).await, expected);
    // Also after its minute, in which its own entry was written.
    for entry in [&first, &repeats[0]] {
        deny_again(&store, entry).await;
    }
    pass(&store, REPEAT_WINDOW).await;
    end(&store).await;
    assert_eq!(log_of(&store, ACME, None).await, expected);
}

pub async fn denials_that_are_stored_again_among_others_are_counted_once(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let mut expected = Vec::new();
    for number in 1..=3 {
        let first = deny(&store, in_acme(number), BOB).await;
        let mut repeats = Vec::new();
        for _ in 0..5 {
            repeats.push(deny(&store, in_acme(number), BOB).await);
            deny_again(&store, &first).await;
            for earlier in &repeats {
                deny_again(&store, earlier).await;
            }
        }
        expected.extend([single(&first), several(&repeats)]);
    }
    // Longer than what a store remembers of them.
    let first = deny(&store, in_acme(4), BOB).await;
    let mut repeats = Vec::new();
    for _ in 0..100 {
        repeats.push(deny(&store, in_acme(4), BOB).await);
        deny_again(&store, &first).await;
        let lately = repeats.len().saturating_sub(10);
        deny_again(&store, &repeats[lately]).await;
    }
    expected.extend([single(&first), several(&repeats)]);
    pass(&store, REPEAT_WINDOW).await;
    end(&store).await;
    let mut log = log_of(&store, ACME, None).await;
    log.sort();
    expected.sort();
    assert_eq!(log, expected);
}

/// How long after the one before, and what: a denial, or a look for counts that are over.
type Step = (TimeDelta, Option<(OrganizationId, u32, UserId)>);

fn step() -> impl Strategy<Value = Step> {
    let pauses = vec![
        TimeDelta::zero(),
        TimeDelta::zero(),
        REPEAT_WINDOW - LEEWAY,
        REPEAT_WINDOW,
        TimeDelta::hours(3),
    ];
    let denied = (
        select(vec![ACME, ACME, GLOBEX]),
        1_u32..=2,
        select(vec![BOB, ERIN]),
    );
    let what = prop_oneof![
        5 => denied.prop_map(Some),
        1 => Just(None),
    ];
    (select(pauses), what)
}

pub async fn denials_in_any_order_make_the_entries_that_the_domain_says(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let mut cases = Cases::seeded();
    let steps = cases.take(&step(), 150);
    // A clock of our own, on which no time passes between the steps.
    let mut now = at(0);
    let mut counts: BTreeMap<_, (DateTime<Utc>, Vec<AuditEntry>)> = BTreeMap::new();
    let mut expected: BTreeMap<_, Vec<Told>> = BTreeMap::new();
    for &(pause, what) in &steps {
        pass(&store, pause).await;
        now += pause;
        let Some((organization_id, number, actor)) = what else {
            end(&store).await;
            counts.retain(|about, (began_at, repeats)| {
                let goes_on = is_repeat(*began_at, now);
                if !goes_on && !repeats.is_empty() {
                    expected.get_mut(about).unwrap().push(several(repeats));
                }
                goes_on
            });
            continue;
        };
        let entry = deny(&store, key(organization_id, number), actor).await;
        let about = (organization_id, conversation_id(number), actor);
        let log = expected.entry(about).or_default();
        match counts.get_mut(&about) {
            Some((began_at, repeats)) if is_repeat(*began_at, now) => repeats.push(entry),
            running => {
                let ended = running.map(|(_, repeats)| std::mem::take(repeats));
                let ended = ended.filter(|repeats| !repeats.is_empty());
                log.extend(ended.as_deref().map(several));
                log.push(single(&entry));
                counts.insert(about, (now, Vec::new()));
            }
        }
    }
    assert_eq!(expected.len(), 8, "seed {}", cases.seed());
    for ((organization_id, id, actor), expected) in expected {
        let log = log_of(&store, organization_id, Some((id, actor))).await;
        assert_eq!(log, expected, "seed {}", cases.seed());
    }
}
