//! Followers of a list on a stage, under a clock that stands still unless everything waits.

use std::time::Duration;

use chrono::TimeDelta;
use parlor_domain::{conversation::Conversation, grants::Level::View, ids::ConversationId};
use serde_json::json;
use tokio::time::timeout;

use super::*;
use crate::kit::*;

struct Followed {
    stage: Stage,
    happenings: Happenings,
    events: ListEvents,
}

async fn followed(stage: Stage, caller: &Caller) -> Followed {
    let happenings = Happenings::none();
    let follow = FollowList::new(
        stage.gate(),
        (
            stage.events(&happenings),
            AccessChecks::new(stage.events(&happenings)),
        ),
        stage.directory(),
        Arc::clone(&happenings.board),
        ListTimes::default(),
    );
    let events = follow.execute(caller).await.unwrap();
    Followed {
        stage,
        happenings,
        events,
    }
}

impl Followed {
    async fn next(&mut self) -> Option<ListEvent> {
        let hour = Duration::from_hours(1);
        let next = timeout(hour, self.events.next()).await;
        next.expect("it never comes").unwrap()
    }

    async fn next_title(&mut self) -> String {
        match self.next().await {
            Some(ListEvent::Changed(view)) => view.summary.title.as_str().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    async fn assert_nothing_comes(&mut self, within: Duration) {
        let outcome = timeout(within, self.events.next()).await;
        assert!(outcome.is_err(), "{outcome:?}");
    }

    fn put(&self, conversation: Conversation) {
        let id = conversation.id;
        self.stage.change(|stored| {
            stored.conversations.insert(id, conversation);
        });
        self.happenings.hint_at(id);
    }

    fn delete(&self, id: ConversationId) {
        self.stage.change(|stored| {
            stored.conversations.remove(&id);
        });
        self.happenings.hint_at(id);
    }
}

fn called(text: &str, conversation: Conversation) -> Conversation {
    Conversation {
        title: title(text),
        ..conversation
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_there_is_not_told_and_what_changes_is() {
    let mut followed = followed(Stage::with(private()), &alice()).await;
    followed.happenings.hint();
    followed.assert_nothing_comes(Duration::from_secs(5)).await;
    followed.put(called("Beacons", private()));
    assert_eq!(followed.next_title().await, "Beacons");
    followed.put(Conversation {
        last_activity_at: now(),
        ..called("Beacons", private())
    });
    assert_eq!(followed.next_title().await, "Beacons");
    followed.happenings.board.tell_everybody();
    followed.assert_nothing_comes(Duration::from_secs(5)).await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_seen_is_not_hinted_at_whatever_becomes_of_it() {
    let mut followed = followed(Stage::with(private()), &bob()).await;
    followed.put(called("Beacons", private()));
    followed.assert_nothing_comes(Duration::from_secs(5)).await;
    followed.delete(CONVERSATION);
    followed.happenings.board.tell_everybody();
    followed.assert_nothing_comes(Duration::from_mins(5)).await;
}

#[tokio::test(start_paused = true)]
async fn what_could_be_seen_and_can_be_no_more_is_gone_and_comes_back() {
    let mut followed = followed(Stage::with(shared(View)), &carol()).await;
    for _ in 0..2 {
        followed.put(private());
        assert_eq!(
            followed.next().await,
            Some(ListEvent::Removed(CONVERSATION))
        );
        followed.put(called("Hidden", private()));
        followed.assert_nothing_comes(Duration::from_secs(5)).await;
        followed.put(called("Shown", shared(View)));
        assert_eq!(followed.next_title().await, "Shown");
    }
    followed.delete(CONVERSATION);
    assert_eq!(
        followed.next().await,
        Some(ListEvent::Removed(CONVERSATION))
    );
}

#[tokio::test(start_paused = true)]
async fn a_change_of_the_directory_takes_and_gives() {
    let mut followed = followed(Stage::with(shared(View)), &carol()).await;
    let set = |principal| {
        followed.stage.change(|stored| {
            let carol = stored.members.get_mut(&carol().user_id()).unwrap();
            carol.principal = principal;
        });
        followed.happenings.board.tell_organization(ACME);
    };
    set(without_run_ai(carol()).principal().clone());
    assert_eq!(
        followed.next().await,
        Some(ListEvent::Removed(CONVERSATION))
    );
    followed.stage.change(|stored| {
        stored.members.insert(carol().user_id(), carol().member);
    });
    followed.happenings.board.tell_organization(ACME);
    assert_eq!(followed.next_title().await, private().title.as_str());
}

#[tokio::test(start_paused = true)]
async fn what_is_stored_after_the_rights_were_lost_is_not_told_though_they_were_read_before() {
    let mut followed = followed(Stage::with(shared(View)), &carol()).await;
    // The look has read Carol's rights when she loses them, and what follows is not for her.
    followed.stage.change_after("find_member", |stored| {
        let carol_id = carol().user_id();
        let member = stored.members.get_mut(&carol_id).unwrap();
        member.principal = without_run_ai(carol()).principal().clone();
        let conversation = called("Not for Carol", shared(View));
        stored.conversations.insert(CONVERSATION, conversation);
    });
    followed.happenings.hint();
    assert_eq!(
        followed.next().await,
        Some(ListEvent::Removed(CONVERSATION))
    );
    followed.assert_nothing_comes(Duration::from_secs(5)).await;
}

#[tokio::test(start_paused = true)]
async fn a_user_who_is_stopped_during_a_look_is_told_so_and_nothing_else() {
    let mut followed = followed(Stage::with(private()), &alice()).await;
    followed.stage.change_after("find_member", |stored| {
        stored.members.clear();
        let conversation = called("Not for Alice", private());
        stored.conversations.insert(CONVERSATION, conversation);
    });
    followed.happenings.hint();
    assert_eq!(followed.next().await, Some(ListEvent::Ended));
    assert_eq!(followed.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_user_is_told_so_and_nothing_after() {
    let mut followed = followed(Stage::with(private()), &alice()).await;
    followed.stage.change(|stored| {
        stored.members.clear();
    });
    followed.put(called("Beacons", private()));
    assert_eq!(followed.next().await, Some(ListEvent::Ended));
    assert_eq!(followed.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_lost_hint_is_made_up_for() {
    let mut followed = followed(Stage::empty(), &alice()).await;
    followed.stage.change(|stored| {
        stored.conversations.insert(CONVERSATION, private());
    });
    let told = timeout(ListTimes::default().patience * 2, followed.events.next()).await;
    assert!(told.unwrap().unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn many_hints_are_one_look() {
    let mut followed = followed(Stage::with(private()), &alice()).await;
    for number in 0..100 {
        followed.put(called(&format!("number {number}"), private()));
    }
    assert_eq!(followed.next_title().await, "number 99");
    let looks = followed.stage.calls().into_iter();
    assert_eq!(looks.filter(|call| *call == "find_member").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_too_long_is_looked_at_again_before_it_is_handed_over() {
    let mut followed = followed(Stage::empty(), &carol()).await;
    let older = Conversation {
        last_activity_at: before() - TimeDelta::days(1),
        ..called("Older", shared(View))
    };
    followed.put(older);
    followed.put(Conversation {
        id: ABSENT,
        ..called("Newer", shared(View))
    });
    assert_eq!(followed.next_title().await, "Older");
    followed.stage.change(|stored| {
        let newer = stored.conversations.get_mut(&ABSENT).unwrap();
        newer.privacy = private().privacy;
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    followed.assert_nothing_comes(Duration::from_secs(5)).await;
}

#[tokio::test(start_paused = true)]
async fn what_privilege_alone_shows_is_recorded_before_it_is_told_and_seldom() {
    let mut followed = followed(Stage::empty(), &vera()).await;
    assert!(followed.stage.recorded().is_empty());
    followed.put(private());
    assert_eq!(followed.next_title().await, private().title.as_str());
    let recorded = followed.stage.recorded();
    assert_eq!(recorded.len(), 1);
    assert_eq!(
        recorded[0]["input"],
        json!({
            "conversationIds": [CONVERSATION.as_uuid()],
            "filter": "all",
            "search": false,
            "followed": true,
        })
    );
    for number in 0..10 {
        followed.put(called(&format!("number {number}"), private()));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(followed.next_title().await, "number 9");
    assert_eq!(followed.stage.recorded().len(), 2);
    // What a grant shows does not wait.
    followed.put(called("Shared", shared(View)));
    let told = timeout(Duration::from_secs(1), followed.next_title()).await;
    assert_eq!(told.unwrap(), "Shared");
    assert_eq!(followed.stage.recorded().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_recorded_is_not_told() {
    let mut followed = followed(Stage::empty(), &vera()).await;
    followed.stage.send_away("record");
    followed.put(private());
    assert!(followed.events.next().await.is_err());
}
