//! What every use case is held to, said once.

use std::fmt::Debug;

use parlor_domain::{
    access::{AccessFacts, Action, decide},
    audit::AuditEntry,
    ids::ConversationId,
    principal::Permission,
};
use serde_json::{Value, json};

use super::TestStore;
use parlor_application::{
    access_gate::{AccessError, Forbidden},
    audit_document::AuditDocument,
    caller::Caller,
    conversations::{
        CreateConversationError, EditError, ForkError, PreviewSharingError, SaveSharingError,
        TransferError,
    },
    idempotency::IdempotencyError,
    messages::WriteError,
    organization::AuthenticateError,
    ports::StoreError,
    testing::{ABSENT, CONVERSATION},
};

/// Why a use case answered nothing, as far as all use cases share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Unauthenticated,
    NotFound,
    Forbidden(Forbidden),
    /// What a call failed with that a test let fail.
    Unavailable,
    /// What only some use cases know, or another failure of the store.
    Other,
}

pub trait Failure: Debug {
    fn why(&self) -> Why;
}

impl Failure for StoreError {
    fn why(&self) -> Why {
        match self {
            Self::Unavailable(None) => Why::Unavailable,
            _ => Why::Other,
        }
    }
}

impl Failure for AccessError {
    fn why(&self) -> Why {
        match self {
            Self::Unauthenticated => Why::Unauthenticated,
            Self::NotFound => Why::NotFound,
            Self::Forbidden(needed) => Why::Forbidden(*needed),
            Self::Store(error) => error.why(),
        }
    }
}

impl Failure for IdempotencyError {
    fn why(&self) -> Why {
        match self {
            Self::Store(error) => error.why(),
            Self::KeyReused => Why::Other,
        }
    }
}

macro_rules! failures {
    ($($error:ident: $($variant:ident)*;)*) => {$(
        impl Failure for $error {
            fn why(&self) -> Why {
                match self {
                    $(Self::$variant(error) => error.why(),)*
                    _ => Why::Other,
                }
            }
        }
    )*};
}

failures! {
    CreateConversationError: Access Idempotency Store;
    EditError: Access Store;
    SaveSharingError: Edit;
    PreviewSharingError: Access;
    AuthenticateError: Store;
    TransferError: Edit;
    ForkError: Access Idempotency Store;
    WriteError: Access Idempotency Store;
}

/// An access as entries tell it: the level, the reasons, whether it is privileged.
pub struct Under(pub &'static str, pub &'static [&'static str], pub bool);

pub const AS_OWNER: Under = Under("manage", &["owner"], false);
pub const AS_MANAGER: Under = Under(
    "manage",
    &["manage_responses", "view_private_responses"],
    true,
);
pub const AS_PRIVILEGED_READER: Under = Under("view", &["view_private_responses"], true);
pub const AS_VIEWER: Under = Under("view", &["organization_view"], false);
pub const AS_COLLABORATOR: Under = Under("collaborate", &["organization_collaborate"], false);

/// The entry of something that was done with the sample conversation, as [`told`] tells it.
pub fn done(caller: &Caller, action: &str, under: &Under, version: u64, input: Value) -> Value {
    let mut input = input;
    input["conversationId"] = json!(CONVERSATION.as_uuid());
    json!({
        "action": action,
        "result": "SUCCEEDED",
        "actor": caller.member.name,
        "input": input,
        "access": under.0,
        "reasons": under.1,
        "privileged": under.2,
        "version": version,
        "errors": null,
    })
}

/// What an entry says, but for its id, its time and where it came from.
pub fn told(entry: &AuditEntry) -> Value {
    let document = json!(AuditDocument::from(entry));
    let details = &document["actionDetails"];
    json!({
        "action": document["actionName"],
        "result": document["actionResult"],
        "actor": document["actor"]["name"],
        "input": document["actionParams"]["dynamic"]["input"],
        "access": details["access"],
        "reasons": details["reasons"],
        "privileged": details["privileged"],
        "version": details["version"],
        "errors": document["errors"],
    })
}

impl TestStore {
    /// What the entries say that were stored together with a change.
    pub fn committed(&self) -> Vec<Value> {
        self.committed_entries().iter().map(told).collect()
    }

    /// What the entries say that were stored alone.
    pub fn recorded(&self) -> Vec<Value> {
        self.recorded_entries().iter().map(told).collect()
    }

    /// Nothing was stored, neither a change nor an entry.
    pub fn assert_untouched(&self) {
        assert_eq!(self.committed(), [] as [Value; 0]);
        assert_eq!(self.recorded(), [] as [Value; 0]);
    }
}

pub fn why<T, E: Failure>(result: Result<T, E>) -> Why {
    result.err().expect("it was answered").why()
}

/// The caller sees the sample conversation but may not do this: it learns so, the refusal is recorded, nothing is changed.
pub fn assert_refused<T, E: Failure>(
    store: &TestStore,
    caller: &Caller,
    action: Action,
    result: Result<T, E>,
) {
    assert_eq!(why(result), Why::Forbidden(Forbidden::Action(action)));
    assert_eq!(store.committed(), [] as [Value; 0]);
    let conversation = store.conversation(CONVERSATION);
    let access = decide(caller.principal(), AccessFacts::from(&conversation));
    let reasons: Vec<_> = access
        .reasons()
        .iter()
        .map(|reason| reason.as_str())
        .collect();
    let expected = json!({
        "action": "AI_INFERENCE_STREAM_GET",
        "result": "FAILED",
        "actor": caller.member.name,
        "input": {
            "conversationId": CONVERSATION.as_uuid(),
            "refusedAction": action.as_str(),
        },
        "access": access.level().as_str(),
        "reasons": reasons,
        "privileged": access.is_privileged(),
        "version": null,
        "errors": [{"message": "The actor's access to the conversation does not allow this action"}],
    });
    assert_eq!(store.recorded(), [expected]);
}

/// The caller lacks one of these permissions: it learns so, the refusal is recorded, nothing is changed.
pub fn assert_lacks<T, E: Failure>(
    store: &TestStore,
    caller: &Caller,
    permissions: &'static [Permission],
    action: &str,
    result: Result<T, E>,
) {
    let needed = Forbidden::Permission(permissions);
    assert_eq!(why(result), Why::Forbidden(needed));
    assert_eq!(store.committed(), [] as [Value; 0]);
    let words: Vec<_> = permissions
        .iter()
        .map(|permission| permission.as_str())
        .collect();
    let expected = json!({
        "action": action,
        "result": "FAILED",
        "actor": caller.member.name,
        "input": {"neededPermissions": words},
        "access": null,
        "reasons": [],
        "privileged": false,
        "version": null,
        "errors": [{"message": "The actor does not hold a permission that this needs"}],
    });
    assert_eq!(store.recorded(), [expected]);
}

/// A conversation that the caller cannot see answers like one that does not exist: the same error, the same work, and the
/// same entry but for the id.
pub async fn assert_invisible_like_absent<T, E: Failure>(
    store: impl Fn() -> TestStore,
    caller: &Caller,
    act: impl AsyncFn(&TestStore, ConversationId) -> Result<T, E>,
) {
    let mut traces = Vec::new();
    for id in [CONVERSATION, ABSENT] {
        let store = store();
        assert!(store.is_there(CONVERSATION));
        assert_eq!(why(act(&store, id).await), Why::NotFound);
        assert_eq!(store.committed(), [] as [Value; 0]);
        let expected = json!({
            "action": "AI_INFERENCE_STREAM_ACCESS_DENIED",
            "result": "FAILED",
            "actor": caller.member.name,
            "input": {"conversationId": id.as_uuid()},
            "access": null,
            "reasons": [],
            "privileged": false,
            "version": null,
            "errors": [{
                "message": "The conversation is not visible to the actor, or does not exist",
            }],
        });
        assert_eq!(store.recorded(), [expected]);
        traces.push(store.trace());
    }
    assert_eq!(traces[0], traces[1], "the work tells them apart");
}

/// Plays the act once, whatever comes of it; then once for each call that it made, with that call failing. Each time the
/// failure is passed on, and nothing is stored: no change without its entry, no refusal that nobody recorded.
///
/// What fails after a commit leaves the change, and its entry, stored.
pub async fn assert_every_failure_is_passed_on<T, E: Failure>(
    store: impl Fn() -> TestStore,
    act: impl AsyncFn(&TestStore) -> Result<T, E>,
) {
    let whole = store();
    // Whether it is allowed or refused does not matter here.
    drop(act(&whole).await);
    let calls = whole.calls();
    assert!(!calls.is_empty());
    for (place, call) in calls.iter().enumerate() {
        if *call == "roll_back" {
            continue;
        }
        let store = store();
        let before = store.everything();
        store.fail_at(place);
        let result = act(&store).await;
        assert_eq!(why(result), Why::Unavailable, "{call} failed");
        let (until, after) = store.calls().split_at_checked(place + 1).map_or_else(
            || panic!("{call} was not called again"),
            |(until, after)| (until.to_vec(), after.to_vec()),
        );
        assert_eq!(until, calls[..=place]);
        if calls[..place].contains(&"commit") {
            continue;
        }
        assert!(
            after.iter().all(|call| *call == "roll_back"),
            "after {call} had failed: {after:?}"
        );
        assert_eq!(store.everything(), before, "{call} failed");
        assert_eq!(store.committed(), [] as [Value; 0], "{call} failed");
    }
}

/// Somebody who was stopped after its request began is not known any more, and nothing is stored.
pub async fn assert_stopped_is_unauthenticated<T, E: Failure>(
    store: impl Fn() -> TestStore,
    caller: &Caller,
    act: impl AsyncFn(&TestStore) -> Result<T, E>,
) {
    let store = store().without(caller);
    assert_eq!(why(act(&store).await), Why::Unauthenticated);
    store.assert_untouched();
    let known_by_now = [
        "begin find_member roll_back",
        "begin_on open roll_back",
        "begin_deletion open roll_back",
        "take begin_on open roll_back",
        "take begin find_member roll_back",
    ];
    let trace = store.trace();
    assert!(known_by_now.contains(&&*trace), "{trace}");
}
