//! Read one conversation.

use std::sync::Arc;

use parlor_domain::{access::Action, ids::ConversationId};

use crate::{
    access_gate::{AccessError, AccessGate, ConversationView, Part},
    caller::{Caller, Visitor},
};

/// Reads one conversation, without its messages.
pub struct GetConversation {
    gate: Arc<AccessGate>,
}

impl GetConversation {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>) -> Self {
        Self { gate }
    }

    /// The conversation with what the caller may do with it.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<ConversationView, AccessError> {
        self.gate
            .read(caller, id, Action::Read, Part::Conversation)
            .await
    }

    /// The same for a page that asks before an action. Who may not do that is refused.
    pub async fn execute_before(
        &self,
        caller: &Caller,
        id: ConversationId,
        next: Action,
    ) -> Result<ConversationView, AccessError> {
        let shown = (Action::Read, Part::Conversation);
        self.gate.read_before(caller, id, next, shown).await
    }

    /// The same for a visitor.
    pub async fn execute_as(
        &self,
        visitor: Visitor,
        id: ConversationId,
    ) -> Result<ConversationView, AccessError> {
        let (_, view) = self
            .gate
            .read_as(visitor, id, Action::Read, Part::Conversation)
            .await?;
        Ok(view)
    }
}

#[cfg(test)]
mod tests {
    use parlor_domain::{access::Reason, grants::Level::View};
    use serde_json::json;

    use super::*;
    use crate::kit::*;

    async fn get(
        stage: &Stage,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<ConversationView, AccessError> {
        GetConversation::new(stage.gate()).execute(caller, id).await
    }

    #[tokio::test]
    async fn the_owner_reads_it_without_an_entry() {
        let stage = Stage::with(private());
        let view = get(&stage, &alice(), CONVERSATION).await.unwrap();
        assert_eq!(view.summary.title, private().title);
        assert_eq!(view.access.reasons(), [Reason::Owner]);
        assert_eq!(stage.trace(), "read");
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn who_reads_by_privilege_is_recorded_before_the_answer() {
        for (caller, under) in [(vera(), AS_PRIVILEGED_READER), (max(), AS_MANAGER)] {
            let stage = Stage::with(private());
            get(&stage, &caller, CONVERSATION).await.unwrap();
            let action = "AI_INFERENCE_STREAM_GET";
            let input = json!({"part": "conversation"});
            assert_eq!(stage.recorded(), [done(&caller, action, &under, 4, input)]);
        }
    }

    #[tokio::test]
    async fn a_visitor_gets_what_it_would_get_once_it_is_known_by_one_reading() {
        for caller in [alice(), bob(), carol(), erin(), vera(), max(), mallory()] {
            for conversation in [private(), shared(View)] {
                let known = Stage::with(conversation.clone());
                let expected = get(&known, &caller, CONVERSATION).await;
                let stage = Stage::with(conversation);
                let found = GetConversation::new(stage.gate())
                    .execute_as(visitor(&caller), CONVERSATION)
                    .await;
                assert_eq!(format!("{found:?}"), format!("{expected:?}"));
                assert_eq!(stage.recorded(), known.recorded());
                let trace = known.trace().replacen("read", "read_with_member", 1);
                assert_eq!(stage.trace(), trace);
            }
        }
    }

    #[tokio::test]
    async fn a_visitor_who_is_no_active_user_is_nobody_and_nothing_is_recorded() {
        let stage = Stage::with(shared(View)).without(&bob());
        let refused = GetConversation::new(stage.gate())
            .execute_as(visitor(&bob()), CONVERSATION)
            .await;
        assert!(matches!(refused, Err(AccessError::Unauthenticated)));
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
        let stage = || Stage::with(private());
        assert_invisible_like_absent(stage, &bob(), async |stage, id| {
            get(stage, &bob(), id).await
        })
        .await;
    }

    #[tokio::test]
    async fn every_failure_is_passed_on() {
        for caller in [alice(), vera(), carol(), mallory()] {
            for conversation in [private(), shared(View)] {
                let stage = || Stage::with(conversation.clone());
                assert_every_failure_is_passed_on(stage, async |stage| {
                    get(stage, &caller, CONVERSATION).await
                })
                .await;
            }
        }
    }
}
