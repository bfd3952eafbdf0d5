use std::str::FromStr;

use parlor_domain::{
    access::{AccessFacts, decide},
    audit::{ActionName, ActionResult, AuditEntry},
    conversation::Version,
    grants::{Grants, Level, Privacy},
    ids::{AuditEntryId, ConversationId, GroupId, OrganizationId, UserId},
    principal::{Permission, Principal},
};

use super::*;
use crate::testing;

const ENTRY: &str = "0199c7a2-7d3c-7000-8000-000000000001";
const ORGANIZATION: &str = "7a1c1a56-0d0c-5b1e-9d55-0d5a3b6a2f01";
const USER: &str = "7a1c1a56-0d0c-5b1e-9d55-0d5a3b6a2f02";
const CONVERSATION: &str = "0199c7a2-7d3c-7000-8000-000000000002";
const GROUP: &str = "7a1c1a56-0d0c-5b1e-9d55-0d5a3b6a2f03";

fn id<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// A manager shares somebody else's private conversation with a group and lets the organization view it.
fn entry() -> AuditEntry {
    let actor = Actor::User {
        id: id::<UserId>(USER),
        name: "Max".to_owned(),
        email: "max@acme.example".to_owned(),
        role_names: vec!["Analyst".to_owned(), "Lead".to_owned()],
    };
    let origin = parlor_domain::audit::Origin {
        request_id: "req-7".to_owned(),
        source_ip: "192.0.2.7".to_owned(),
        forwarded_for: vec!["198.51.100.4".to_owned()],
        user_agent: "curl/8".to_owned(),
    };
    let principal = Principal {
        organization_id: id(ORGANIZATION),
        user_id: id(USER),
        permissions: [Permission::ManageResponses].into_iter().collect(),
        groups: std::collections::BTreeSet::new(),
    };
    let facts = AccessFacts {
        organization_id: id::<OrganizationId>(ORGANIZATION),
        owner_id: testing::alice().user_id(),
        privacy: &Privacy::Private,
    };
    let group: GroupId = id(GROUP);
    let granted = Grants::new(Some(Level::View), [(group, Level::Collaborate)].into());
    AuditEntry::new(
        id::<AuditEntryId>(ENTRY),
        id(ORGANIZATION),
        ActionName::ConversationEdit,
        actor,
        origin,
        testing::now(),
    )
    .about(id::<ConversationId>(CONVERSATION))
    .with("change", Fact::Word("sharing"))
    .with("privacy", Fact::Word("shared"))
    .with("previousPrivacy", Fact::Word("private"))
    .with("grants", (&Privacy::Shared(granted.unwrap())).into())
    .with("previousGrants", (&Privacy::Private).into())
    .under(&decide(&principal, facts))
    .at_version(Version::from_number(2))
}

fn document(entry: &AuditEntry) -> Value {
    serde_json::from_str(&record(entry).document).unwrap()
}

#[test]
fn an_entry_is_the_published_document() {
    assert_eq!(
        document(&entry()),
        json!({
            "id": ENTRY,
            "actionName": "AI_INFERENCE_STREAM_EDIT",
            "actionDescription": "A conversation's privacy, grants, title or owner was changed",
            "actionResult": "SUCCEEDED",
            "actionParams": {
                "dynamic": {
                    "input": {
                        "conversationId": CONVERSATION,
                        "change": "sharing",
                        "privacy": "shared",
                        "previousPrivacy": "private",
                        "grants": {
                            "organization": "view",
                            "groups": [{"groupId": GROUP, "level": "collaborate"}],
                        },
                        "previousGrants": {"organization": null, "groups": []},
                    },
                },
                "static": {},
            },
            "actionDetails": {
                "organizationId": ORGANIZATION,
                "requestId": "req-7",
                "access": "manage",
                "reasons": ["manage_responses", "view_private_responses"],
                "privileged": true,
                "version": 2,
            },
            "actor": {
                "id": USER,
                "type": "USER",
                "name": "Max",
                "attributes": {
                    "email": "max@acme.example",
                    "roleNames": ["Analyst", "Lead"],
                },
            },
            "errors": null,
            "sourceIP": "192.0.2.7",
            "XForwardedFor": ["198.51.100.4"],
            "userAgent": "curl/8",
            "timestamp": "2025-10-09T08:53:20.123456000Z",
            "parlorVersion": env!("CARGO_PKG_VERSION"),
        })
    );
}

#[test]
fn what_the_service_does_of_itself_has_every_field_too() {
    let entry = AuditEntry::new(
        id::<AuditEntryId>(ENTRY),
        id(ORGANIZATION),
        ActionName::CreateGroup,
        Actor::System,
        parlor_domain::audit::Origin::default(),
        DateTime::UNIX_EPOCH,
    );
    let document = document(&entry);
    assert_eq!(
        document["actor"],
        json!({
            "id": "00000000-0000-4000-8000-000000000000",
            "type": "USER",
            "name": "System",
            "attributes": {"email": "", "roleNames": []},
        })
    );
    assert_eq!(
        document["actionDetails"],
        json!({
            "organizationId": ORGANIZATION,
            "requestId": "",
            "access": null,
            "reasons": [],
            "privileged": false,
            "version": null,
        })
    );
    assert_eq!(
        document["actionParams"],
        json!({"dynamic": {"input": {}}, "static": {}})
    );
    assert_eq!(document["sourceIP"], "");
    assert_eq!(document["XForwardedFor"], json!([]));
    assert_eq!(document["userAgent"], "");
    assert_eq!(document["timestamp"], "1970-01-01T00:00:00.000000000Z");
}

#[test]
fn a_refusal_failed_and_says_why_in_a_fixed_sentence() {
    let refused = entry().refused("The actor's access does not allow this action");
    assert_eq!(refused.result, ActionResult::Failed);
    let document = document(&refused);
    assert_eq!(document["actionResult"], "FAILED");
    let errors = json!([{"message": "The actor's access does not allow this action"}]);
    assert_eq!(document["errors"], errors);
}

#[test]
fn every_kind_of_fact_is_an_id_a_word_a_flag_a_number_or_grants_and_never_free_text() {
    let one = Uuid::from_u128(1);
    let two = Uuid::from_u128(2);
    let told = |fact| match &fact {
        // A further kind of fact stops this from compiling. Before it gets an arm: can a title, a message, a search term or a
        // token get into it? `Word` takes only what is written in this program.
        Fact::Id(_)
        | Fact::Ids(_)
        | Fact::Word(_)
        | Fact::Words(_)
        | Fact::Flag(_)
        | Fact::Count(_)
        | Fact::Grants { .. } => value(&fact),
    };
    assert_eq!(told(Fact::Id(one)), json!(one.to_string()));
    let ids = Fact::Ids(vec![one, two]);
    assert_eq!(told(ids), json!([one.to_string(), two.to_string()]));
    assert_eq!(told(Fact::Word("rename")), json!("rename"));
    assert_eq!(told(Fact::Words(vec!["run_ai"])), json!(["run_ai"]));
    assert_eq!(told(Fact::Flag(true)), json!(true));
    assert_eq!(told(Fact::Count(7)), json!(7));
    let nobody = json!({"organization": null, "groups": []});
    assert_eq!(told((&Privacy::Private).into()), nobody);
}

#[test]
fn a_record_tells_the_store_what_it_needs_to_find_it_again() {
    let record = record(&entry());
    assert_eq!(record.id, id(ENTRY));
    assert_eq!(record.organization_id, id(ORGANIZATION));
    assert_eq!(record.conversation_id, Some(id(CONVERSATION)));
    assert_eq!(record.actor_id, id(USER));
    assert!(!record.document.contains('\n'), "one line");
}

#[test]
fn a_document_is_read_back_as_it_was_written() {
    let text = record(&entry()).document;
    let read: AuditDocument = serde_json::from_str(&text).unwrap();
    assert_eq!(read, AuditDocument::from(&entry()));
}

#[test]
fn a_field_that_is_missing_or_unknown_is_noticed_wherever_it_stands() {
    let whole = document(&entry());
    let reads = |document: &Value| serde_json::from_value::<AuditDocument>(document.clone());
    assert!(reads(&whole).is_ok());
    for place in [
        "",
        "/actionParams",
        "/actionParams/dynamic",
        "/actionDetails",
        "/actor",
        "/actor/attributes",
    ] {
        let mut foreign = whole.clone();
        let fields = foreign.pointer_mut(place).unwrap().as_object_mut().unwrap();
        fields.insert("title".to_owned(), json!("x"));
        assert!(reads(&foreign).is_err(), "unknown in {place:?}");

        let names: Vec<_> = whole
            .pointer(place)
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .collect();
        for name in names {
            // Nothing and null are one to the reader here.
            if whole.pointer(place).unwrap()[name].is_null() {
                continue;
            }
            let mut damaged = whole.clone();
            let fields = damaged.pointer_mut(place).unwrap().as_object_mut().unwrap();
            fields.remove(name);
            let optional = ["access", "version"].contains(&name.as_str());
            assert_eq!(reads(&damaged).is_ok(), optional, "without {name}");
        }
    }
}

#[test]
fn repeated_denials_are_the_last_one_with_a_count_and_two_times() {
    let last = record(&entry());
    let first_at = entry().occurred_at - chrono::TimeDelta::seconds(30);
    let told = repeats(DenialRepeats {
        last: last.clone(),
        count: 7,
        first_at,
        last_at: entry().occurred_at,
    });
    let mut expected: AuditDocument = serde_json::from_str(&last.document).unwrap();
    let timestamp = expected.timestamp.clone();
    let input = &mut expected.action_params.dynamic.input;
    input.insert("count".to_owned(), json!(7));
    input.insert("firstAt".to_owned(), json!(super::timestamp(first_at)));
    input.insert("lastAt".to_owned(), json!(timestamp));
    let document: AuditDocument = serde_json::from_str(&told.document).unwrap();
    assert_eq!(document, expected);
    assert!(!told.document.contains('\n'), "one line");
    let without_document = |record: AuditRecord| AuditRecord {
        document: String::new(),
        ..record
    };
    assert_eq!(without_document(told), without_document(last));
}

#[test]
fn fields_of_another_version_stay_in_an_entry_with_a_count() {
    let mut last = record(&entry());
    let mut document: Value = serde_json::from_str(&last.document).unwrap();
    document["newer"] = json!("kept");
    last.document = document.to_string();
    let told = repeats(DenialRepeats {
        last,
        count: 1,
        first_at: entry().occurred_at,
        last_at: entry().occurred_at,
    });
    let told: Value = serde_json::from_str(&told.document).unwrap();
    assert_eq!(told["newer"], "kept");
    assert_eq!(told["actionParams"]["dynamic"]["input"]["count"], 1);
}
