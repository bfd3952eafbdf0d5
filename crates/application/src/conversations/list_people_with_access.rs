//! "Who can see this?"

use std::sync::Arc;

use parlor_domain::{
    access::{Access, Action},
    ids::ConversationId,
};

use crate::{
    access_gate::{AccessError, AccessGate, Part},
    caller::Caller,
    paging::{Page, PageSize},
    ports::{AccessReader, UserRef},
};

/// Lists the active people who can see a conversation, with what each may do and why. Needs manage access.
pub struct ListPeopleWithAccess {
    gate: Arc<AccessGate>,
    people: Arc<dyn AccessReader>,
}

/// Somebody who can see a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonWithAccess {
    /// Who.
    pub user: UserRef,
    /// The level with every reason.
    pub access: Access,
}

impl ListPeopleWithAccess {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, people: Arc<dyn AccessReader>) -> Self {
        Self { gate, people }
    }

    /// One page, ordered by name, then id.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        after: Option<UserRef>,
        size: PageSize,
    ) -> Result<Page<PersonWithAccess, UserRef>, AccessError> {
        self.gate
            .read(caller, id, Action::ExplainAccess, Part::Access)
            .await?;
        let found = self
            .people
            .people(caller.key_of(id), after, size.and_one())
            .await?
            .ok_or(AccessError::NotFound)?;
        let decided = found.people.iter().map(|person| PersonWithAccess {
            user: person.user.clone(),
            access: found.access_of(person),
        });
        Ok(Page::cut(decided.collect(), size, |last| last.user.clone()))
    }
}

#[cfg(test)]
mod tests {
    use parlor_domain::{
        access::{AccessLevel, Reason},
        grants::Level::{Collaborate, View},
    };
    use serde_json::json;

    use super::*;
    use crate::kit::*;

    async fn list(
        stage: &Stage,
        caller: &Caller,
        id: ConversationId,
        after: Option<UserRef>,
        size: u32,
    ) -> Result<Page<PersonWithAccess, UserRef>, AccessError> {
        ListPeopleWithAccess::new(stage.gate(), stage.access())
            .execute(caller, id, after, PageSize::new(size).unwrap())
            .await
    }

    #[tokio::test]
    async fn the_owner_learns_who_can_see_it_and_why() {
        let stage = Stage::with(shared_with(THREAT_HUNTING, Collaborate));
        let page = list(&stage, &alice(), CONVERSATION, None, 50).await;
        let page = page.unwrap();
        let told: Vec<_> = page
            .items
            .iter()
            .map(|person| {
                let access = &person.access;
                (&*person.user.name, access.level(), access.reasons())
            })
            .collect();
        let expected: [(&str, AccessLevel, &[Reason]); 4] = [
            (
                "alice",
                AccessLevel::Manage,
                &[Reason::Owner, Reason::GroupCollaborate],
            ),
            ("bob", AccessLevel::Collaborate, &[Reason::GroupCollaborate]),
            (
                "max",
                AccessLevel::Manage,
                &[Reason::ManageResponses, Reason::ViewPrivateResponses],
            ),
            ("vera", AccessLevel::View, &[Reason::ViewPrivateResponses]),
        ];
        assert_eq!(told, expected);
        assert_eq!(page.next, None);
        assert_eq!(stage.trace(), "read read_people");
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn the_people_come_page_by_page() {
        let stage = Stage::with(private());
        let first = list(&stage, &alice(), CONVERSATION, None, 2).await.unwrap();
        assert_eq!(first.next, Some(user_ref(&max())));
        let second = list(&stage, &alice(), CONVERSATION, first.next, 2).await;
        let second = second.unwrap();
        let names: Vec<_> = second.items.iter().map(|person| &person.user).collect();
        assert_eq!(names, [&user_ref(&vera())]);
        assert_eq!(second.next, None);
    }

    #[tokio::test]
    async fn a_manager_is_recorded_before_it_learns_who() {
        let stage = Stage::with(private());
        list(&stage, &max(), CONVERSATION, None, 50).await.unwrap();
        let action = "AI_INFERENCE_STREAM_GET";
        let input = json!({"part": "access"});
        assert_eq!(
            stage.recorded(),
            [done(&max(), action, &AS_MANAGER, 4, input)]
        );
        assert_eq!(stage.trace(), "read record read_people");
    }

    #[tokio::test]
    async fn who_may_read_or_prompt_learns_of_nobody() {
        for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
            let stage = Stage::with(shared(level));
            let refused = list(&stage, &caller, CONVERSATION, None, 50).await;
            assert_refused(&stage, &caller, Action::ExplainAccess, refused);
            assert_eq!(stage.trace(), "read record", "nobody was looked up");
        }
    }

    #[tokio::test]
    async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
        let stage = || Stage::with(private());
        for caller in [carol(), mallory()] {
            assert_invisible_like_absent(stage, &caller, async |stage, id| {
                list(stage, &caller, id, None, 50).await
            })
            .await;
        }
    }

    #[tokio::test]
    async fn every_failure_is_passed_on() {
        for caller in [alice(), max(), vera(), mallory()] {
            let stage = || Stage::with(private());
            assert_every_failure_is_passed_on(stage, async |stage| {
                list(stage, &caller, CONVERSATION, None, 50).await
            })
            .await;
        }
    }
}
