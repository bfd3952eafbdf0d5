//! Steps that the caller may take and that fail: why they fail shows something of the conversation.

use std::{collections::BTreeMap, sync::Arc};

use parlor_application::{
    caller::Caller,
    conversations::{
        DeleteConversation, ForkConversation, ForkRequest, RenameConversation, SaveSharing,
        TogglePrivacy, TransferConversation, WantedGrants,
    },
    messages::{
        PromptConversation, PromptRequest, RegenerateAnswer, RegenerateRequest, StopAnswer,
    },
    testing::*,
    version_condition::VersionCondition,
};
use parlor_domain::{
    grants::Level::View,
    grants::{Level, PrivacyKind},
    ids::{GroupId, UserId},
    message::AnswerStatus,
    message_tree::Place,
    settings::Settings,
    text::Content,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::*;

/// A step that fails, whoever takes it.
#[derive(Debug, Clone, Copy)]
enum Step {
    Rename,
    Toggle,
    Delete,
    Transfer(VersionOf, UserId),
    Share(VersionOf),
    Fork(Settings),
    Prompt(Place, Option<&'static str>, AnswerStatus),
    Regenerate(u32),
    Stop(u32),
}

#[derive(Debug, Clone, Copy)]
enum VersionOf {
    Present,
    Past,
    Unstated,
}

impl VersionOf {
    fn condition(self) -> VersionCondition {
        match self {
            Self::Present => as_seen(),
            Self::Past => outdated(),
            Self::Unstated => VersionCondition::Unstated,
        }
    }
}

const NOBODY: UserId = UserId::from_uuid(Uuid::from_u128(0x404));
const NO_GROUP: GroupId = GroupId::from_uuid(Uuid::from_u128(0x405));

/// Each step, and the part that its failure shows.
fn steps() -> Vec<(Step, &'static str)> {
    use Step::*;
    let (present, past) = (VersionOf::Present, VersionOf::Past);
    let elsewhere = Place::After(message_id(9));
    vec![
        (Rename, "conversation"),
        (Toggle, "conversation"),
        (Delete, "conversation"),
        (Transfer(past, bob().user_id()), "conversation"),
        (Transfer(present, NOBODY), "conversation"),
        (Share(VersionOf::Unstated), "sharing"),
        (Share(past), "sharing"),
        (Share(present), "sharing"),
        (Fork(PRIVATE_ENABLED), "messages"),
        (Fork(PRIVATE_DISABLED), "messages"),
        (Prompt(elsewhere, None, AnswerStatus::Complete), "messages"),
        (
            Prompt(Place::NewestLeaf, Some("nobody's"), AnswerStatus::Complete),
            "messages",
        ),
        (
            Prompt(Place::NewestLeaf, None, AnswerStatus::Writing),
            "messages",
        ),
        (Regenerate(9), "messages"),
        (Regenerate(1), "messages"),
        (Stop(9), "messages"),
        (Stop(1), "messages"),
    ]
}

/// Shared with a group of which those with privileged access are no members.
fn store_for(step: Step) -> TestStore {
    let status = match step {
        Step::Prompt(_, _, status) => status,
        _ => AnswerStatus::Complete,
    };
    let settings = match step {
        Step::Fork(settings) => settings,
        _ => PRIVATE_ENABLED,
    };
    TestStore::with(shared_with(THREAT_HUNTING, View))
        .saying(talk(status))
        .under(settings)
}

fn failed<T, E: Failure>(outcome: Result<T, E>) -> Why {
    why(outcome)
}

async fn take(store: &TestStore, caller: &Caller, step: Step) -> Why {
    let gate = store.gate();
    let past = outdated();
    match step {
        Step::Rename => {
            let rename = RenameConversation::new(gate);
            failed(
                rename
                    .execute(caller, CONVERSATION, &past, title("x"))
                    .await,
            )
        }
        Step::Toggle => {
            let to = PrivacyKind::Private;
            let toggle = TogglePrivacy::new(gate);
            failed(toggle.execute(caller, CONVERSATION, &past, to).await)
        }
        Step::Delete => {
            let delete = DeleteConversation::new(gate);
            failed(delete.execute(caller, CONVERSATION, &past).await)
        }
        Step::Transfer(version, to) => {
            let transfer = TransferConversation::new(gate);
            let version = version.condition();
            failed(transfer.execute(caller, CONVERSATION, &version, to).await)
        }
        Step::Share(version) => {
            let wanted = WantedGrants {
                organization: None,
                groups: BTreeMap::<GroupId, Level>::from([(NO_GROUP, View)]),
            };
            let save = SaveSharing::new(gate);
            let version = version.condition();
            failed(save.execute(caller, CONVERSATION, &version, wanted).await)
        }
        Step::Fork(settings) => {
            let request = ForkRequest {
                conversation_id: CONVERSATION,
                leaf: settings.private_conversations.then_some(message_id(9)),
                idempotency_key: None,
            };
            let queue = ForkConversation::queue();
            let fork = ForkConversation::new(gate, store.port(), queue);
            failed(fork.execute(caller, request).await)
        }
        Step::Prompt(place, model, _) => {
            let request = PromptRequest {
                conversation_id: CONVERSATION,
                content: Content::from_trusted("and then?".to_owned()),
                place,
                model: model.map(str::to_owned),
                idempotency_key: None,
            };
            let desk = store.silent_desk();
            let prompt = PromptConversation::new(gate, catalog(), desk, store.limit());
            failed(Arc::new(prompt).execute(caller.clone(), request).await)
        }
        Step::Regenerate(message) => {
            let request = RegenerateRequest {
                conversation_id: CONVERSATION,
                message_id: message_id(message),
                model: None,
                idempotency_key: None,
            };
            let desk = store.silent_desk();
            let regenerate = RegenerateAnswer::new(gate, catalog(), desk, store.limit());
            failed(Arc::new(regenerate).execute(caller.clone(), request).await)
        }
        Step::Stop(message) => {
            let stopping = StopAnswer::new(gate, store.port(), store.silent_desk());
            failed(
                stopping
                    .execute(caller, CONVERSATION, message_id(message))
                    .await,
            )
        }
    }
}

#[tokio::test]
async fn a_failed_step_by_privilege_is_a_reading_and_one_by_a_member_is_not() {
    for (step, part) in steps() {
        let on = store_for(step);
        assert_eq!(take(&on, &max(), step).await, Why::Other, "{step:?}");
        let action = "AI_INFERENCE_STREAM_GET";
        let expected = done(&max(), action, &AS_MANAGER, 4, json!({"part": part}));
        assert_eq!(on.recorded(), [expected], "{step:?}");
        assert_eq!(on.committed(), [] as [Value; 0], "{step:?}");

        let on = store_for(step);
        assert_eq!(take(&on, &alice(), step).await, Why::Other, "{step:?}");
        on.assert_untouched();
    }
}

#[tokio::test]
async fn a_fork_of_no_message_by_a_privileged_reader_is_a_reading() {
    let step = Step::Fork(PRIVATE_ENABLED);
    let on = store_for(step);
    assert_eq!(take(&on, &vera(), step).await, Why::Other);
    let action = "AI_INFERENCE_STREAM_GET";
    let input = json!({"part": "messages"});
    let expected = done(&vera(), action, &AS_PRIVILEGED_READER, 4, input);
    assert_eq!(on.recorded(), [expected]);
}

#[tokio::test]
async fn a_failed_step_is_not_answered_where_it_cannot_be_recorded() {
    for (step, _) in steps() {
        let on = store_for(step);
        on.fail_every("record");
        assert_eq!(take(&on, &max(), step).await, Why::Unavailable, "{step:?}");
    }
}
