//! Open the share dialog.

use std::sync::Arc;

use parlor_domain::{access::Action, ids::ConversationId};

use crate::{
    access_gate::{AccessError, AccessGate, Part},
    caller::Caller,
    ports::Sharing,
};

/// Reads all grants of a conversation. Needs manage access.
pub struct ReadSharing {
    gate: Arc<AccessGate>,
}

impl ReadSharing {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>) -> Self {
        Self { gate }
    }

    /// The grants, under their version.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<Sharing, AccessError> {
        self.execute_before(caller, id, Action::ReadSharing).await
    }

    /// The same for somebody who is about to change what it shows. Who may not do that is refused.
    pub async fn execute_before(
        &self,
        caller: &Caller,
        id: ConversationId,
        next: Action,
    ) -> Result<Sharing, AccessError> {
        let shown = (Action::ReadSharing, Part::Sharing);
        self.gate.read_before(caller, id, next, shown).await?;
        self.gate
            .reader
            .sharing(caller.organization_id(), id)
            .await?
            .ok_or(AccessError::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use parlor_domain::grants::Level::{Collaborate, View};
    use serde_json::json;

    use super::*;
    use crate::{kit::*, ports::GroupRef};

    async fn read(
        stage: &Stage,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<Sharing, AccessError> {
        ReadSharing::new(stage.gate()).execute(caller, id).await
    }

    #[tokio::test]
    async fn the_owner_reads_all_grants_under_their_version() {
        let conversation = shared_with(INCIDENT_RESPONSE, Collaborate);
        let stage = Stage::with(conversation.clone());
        let sharing = read(&stage, &alice(), CONVERSATION).await.unwrap();
        assert_eq!(sharing.privacy, conversation.privacy);
        assert_eq!(sharing.version, VERSION);
        let group = GroupRef {
            id: INCIDENT_RESPONSE,
            name: "Incident Response".to_owned(),
        };
        assert_eq!(sharing.groups, [group]);
        assert_eq!(stage.trace(), "read read_sharing");
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn a_manager_is_recorded_before_the_grants_are_read() {
        let stage = Stage::with(private());
        read(&stage, &max(), CONVERSATION).await.unwrap();
        let action = "AI_INFERENCE_STREAM_GET";
        let input = json!({"part": "sharing"});
        assert_eq!(
            stage.recorded(),
            [done(&max(), action, &AS_MANAGER, 4, input)]
        );
        assert_eq!(stage.trace(), "read record read_sharing");
    }

    #[tokio::test]
    async fn a_manager_reads_the_grants_by_privilege_even_where_a_grant_shows_it_the_rest() {
        let stage = Stage::with(shared(Collaborate));
        read(&stage, &max(), CONVERSATION).await.unwrap();
        let under = Under(
            "manage",
            &[
                "manage_responses",
                "organization_collaborate",
                "view_private_responses",
            ],
            true,
        );
        let action = "AI_INFERENCE_STREAM_GET";
        let input = json!({"part": "sharing"});
        assert_eq!(stage.recorded(), [done(&max(), action, &under, 4, input)]);
    }

    #[tokio::test]
    async fn who_may_read_or_prompt_never_learns_the_grants() {
        for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
            let stage = Stage::with(shared(level));
            let refused = read(&stage, &caller, CONVERSATION).await;
            assert_refused(&stage, &caller, Action::ReadSharing, refused);
            assert_eq!(stage.trace(), "read record");
        }
    }

    #[tokio::test]
    async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
        let stage = || Stage::with(private());
        for caller in [carol(), mallory()] {
            assert_invisible_like_absent(stage, &caller, async |stage, id| {
                read(stage, &caller, id).await
            })
            .await;
        }
    }

    #[tokio::test]
    async fn every_failure_is_passed_on() {
        for caller in [alice(), max(), vera(), mallory()] {
            let stage = || Stage::with(private());
            assert_every_failure_is_passed_on(stage, async |stage| {
                read(stage, &caller, CONVERSATION).await
            })
            .await;
        }
    }
}
