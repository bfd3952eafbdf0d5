//! "Why can I see this?" and "what may she do with it?"

use std::sync::Arc;

use parlor_domain::{
    access::{Access, Action},
    ids::{ConversationId, UserId},
};

use crate::{
    access_gate::{AccessError, AccessGate, Part},
    caller::Caller,
    ports::{Directory, Identity, UserRef},
};

/// Explains somebody's access to a conversation: one's own for any viewer, another's for those who manage it.
pub struct ExplainAccess {
    gate: Arc<AccessGate>,
    directory: Arc<dyn Directory>,
}

/// Whose access it is, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedAccess {
    /// Whose.
    pub user: UserRef,
    /// The level with every reason.
    pub access: Access,
}

impl ExplainAccess {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, directory: Arc<dyn Directory>) -> Self {
        Self { gate, directory }
    }

    /// The access of `user_id`, or the caller's own without one. A user that is not active in the organization is not
    /// found.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        user_id: Option<UserId>,
    ) -> Result<ExplainedAccess, AccessError> {
        let Some(user_id) = user_id else {
            let view = self
                .gate
                .read(caller, id, Action::Read, Part::Access)
                .await?;
            let user = UserRef {
                id: caller.user_id(),
                name: caller.member.name.clone(),
            };
            return Ok(ExplainedAccess {
                user,
                access: view.access,
            });
        };
        self.gate
            .read(caller, id, Action::ExplainAccess, Part::Access)
            .await?;
        let identity = Identity {
            organization_id: caller.organization_id(),
            user_id,
        };
        let member = self
            .directory
            .find_member(identity)
            .await?
            .ok_or(AccessError::NotFound)?;
        let principal = &member.principal;
        let found = self.gate.reader.find(principal, id).await?;
        let access = found.map_or_else(
            || Access::none(principal),
            |summary| summary.access_of(principal),
        );
        Ok(ExplainedAccess {
            user: UserRef {
                id: user_id,
                name: member.name,
            },
            access,
        })
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

    async fn explain(
        stage: &Stage,
        caller: &Caller,
        id: ConversationId,
        user: Option<&Caller>,
    ) -> Result<ExplainedAccess, AccessError> {
        ExplainAccess::new(stage.gate(), stage.directory())
            .execute(caller, id, user.map(Caller::user_id))
            .await
    }

    #[tokio::test]
    async fn any_viewer_learns_every_reason_of_its_own() {
        let stage = Stage::with(shared_with(THREAT_HUNTING, View));
        let explained = explain(&stage, &bob(), CONVERSATION, None).await.unwrap();
        assert_eq!(explained.user, user_ref(&bob()));
        assert_eq!(explained.access.level(), AccessLevel::View);
        assert_eq!(explained.access.reasons(), [Reason::GroupView]);
        assert_eq!(stage.trace(), "read");
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn who_sees_it_by_privilege_alone_is_recorded() {
        let stage = Stage::with(private());
        explain(&stage, &vera(), CONVERSATION, None).await.unwrap();
        let action = "AI_INFERENCE_STREAM_GET";
        let input = json!({"part": "access"});
        let expected = done(&vera(), action, &AS_PRIVILEGED_READER, 4, input);
        assert_eq!(stage.recorded(), [expected]);
    }

    #[tokio::test]
    async fn the_owner_learns_what_somebody_else_may_do() {
        let stage = Stage::with(shared_with(THREAT_HUNTING, Collaborate));
        let of = async |user: &Caller| {
            let explained = explain(&stage, &alice(), CONVERSATION, Some(user)).await;
            explained.unwrap().access
        };
        let bobs = of(&bob()).await;
        assert_eq!(bobs.level(), AccessLevel::Collaborate);
        assert_eq!(bobs.reasons(), [Reason::GroupCollaborate]);
        assert_eq!(of(&carol()).await.level(), AccessLevel::None);
        assert_eq!(of(&erin()).await.level(), AccessLevel::None);
        assert_eq!(of(&max()).await.level(), AccessLevel::Manage);
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn a_manager_who_asks_for_somebody_else_is_recorded() {
        let stage = Stage::with(private());
        explain(&stage, &max(), CONVERSATION, Some(&bob()))
            .await
            .unwrap();
        let action = "AI_INFERENCE_STREAM_GET";
        let input = json!({"part": "access"});
        assert_eq!(
            stage.recorded(),
            [done(&max(), action, &AS_MANAGER, 4, input)]
        );
    }

    #[tokio::test]
    async fn who_may_read_or_prompt_learns_of_nobody_else() {
        for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
            let stage = Stage::with(shared(level));
            let refused = explain(&stage, &caller, CONVERSATION, Some(&alice())).await;
            assert_refused(&stage, &caller, Action::ExplainAccess, refused);
            assert_eq!(stage.trace(), "read record", "nobody was looked up");
        }
    }

    #[tokio::test]
    async fn a_stopped_user_and_one_of_another_organization_are_not_found() {
        for user in [bob(), mallory()] {
            let stage = Stage::with(shared(View)).without(&bob());
            let outcome = explain(&stage, &alice(), CONVERSATION, Some(&user)).await;
            assert_eq!(why(outcome), Why::NotFound);
            assert_eq!(stage.trace(), "read find_member");
        }
    }

    #[tokio::test]
    async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
        let stage = || Stage::with(private());
        for caller in [carol(), mallory()] {
            for user in [None, Some(&alice())] {
                assert_invisible_like_absent(stage, &caller, async |stage, id| {
                    explain(stage, &caller, id, user).await
                })
                .await;
            }
        }
    }

    #[tokio::test]
    async fn every_failure_is_passed_on() {
        for caller in [alice(), max(), vera(), mallory()] {
            for user in [None, Some(&bob())] {
                let stage = || Stage::with(private());
                assert_every_failure_is_passed_on(stage, async |stage| {
                    explain(stage, &caller, CONVERSATION, user).await
                })
                .await;
            }
        }
    }
}
