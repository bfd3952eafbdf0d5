//! The names and words of the audit log.

use std::collections::BTreeSet;

use chrono::DateTime;
use parlor_domain::{
    access::{AccessFacts, AccessLevel, Action, Reason, decide},
    audit::{
        self, ActionName, ActionResult, Actor, AuditEntries, AuditEntry, Fact, Origin,
        PrivilegedReading,
    },
    conversation::Version,
    grants::Level,
    ids::{AuditEntryId, OrganizationId},
    principal::Permission,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::{
    arbitrary,
    situation::{THAT_MATTER, all},
};

/// The published names of what can be done here, and ours for conversations.
const PRESENT: [&str; 15] = [
    "AI_INFERENCE_STREAM_EDIT",
    "AI_INFERENCE_STREAM_CREATE",
    "AI_INFERENCE_STREAM_DELETE",
    "AI_INFERENCE_STREAM_FORK",
    "AI_INFERENCE_STREAM_EXPORT",
    "AI_INFERENCE_STREAM_PROMPT",
    "AI_INFERENCE_STREAM_GET",
    "AI_INFERENCE_STREAM_LIST",
    "AI_INFERENCE_STREAM_ACCESS_DENIED",
    "UPDATE_GENERAL_SETTINGS",
    "CREATE_USER",
    "CREATE_USER_ROLE",
    "CREATE_GROUP",
    "SIGN_IN",
    "SIGN_IN_FAILED",
];

/// The published names of what cannot be done here: whoever adds such an act takes its name from here.
const RESERVED: [&str; 8] = [
    "UPDATE_USER",
    "DELETE_USER",
    "UPDATE_USER_ROLE",
    "DELETE_USER_ROLE",
    "UPDATE_GROUP",
    "DELETE_GROUP",
    "CREATE_API_TOKEN",
    "DELETE_API_TOKEN",
];

/// What is audited and nothing is published for: two refusals, and the end of all sessions.
const OURS: [&str; 3] = ["LIST_GROUPS", "LIST_AUDIT_LOGS", "SIGN_OUT"];

fn names() -> BTreeSet<&'static str> {
    ActionName::ALL
        .iter()
        .map(|action| action.as_str())
        .collect()
}

#[test]
fn action_names_are_unique_and_upper_snake() {
    assert_eq!(names().len(), ActionName::ALL.len());
    for name in names() {
        let words: Vec<&str> = name.split('_').collect();
        let upper = |word: &&str| {
            !word.is_empty() && word.chars().all(|letter| letter.is_ascii_uppercase())
        };
        assert!(words.iter().all(upper), "{name}");
    }
}

#[test]
fn every_published_name_of_something_that_can_be_done_is_present_and_every_other_is_known() {
    let missing: Vec<_> = PRESENT
        .into_iter()
        .filter(|name| !names().contains(name))
        .collect();
    assert_eq!(missing, [""; 0], "missing");
    let known: BTreeSet<&str> = PRESENT.into_iter().chain(RESERVED).chain(OURS).collect();
    assert_eq!(known.len(), PRESENT.len() + RESERVED.len() + OURS.len());
    let unknown: Vec<_> = names()
        .into_iter()
        .filter(|name| !known.contains(name))
        .collect();
    assert_eq!(unknown, [""; 0], "neither published nor known as ours");
}

#[test]
fn descriptions_are_unique_sentences_without_a_full_stop() {
    let descriptions: BTreeSet<&str> = ActionName::ALL
        .iter()
        .map(|action| action.description())
        .collect();
    assert_eq!(descriptions.len(), ActionName::ALL.len());
    for description in descriptions {
        assert!(
            description.starts_with(char::is_uppercase) && !description.ends_with('.'),
            "{description}"
        );
    }
}

#[test]
fn the_results_and_the_systems_id_are_the_published_ones() {
    let results = [
        ActionResult::Succeeded,
        ActionResult::Failed,
        ActionResult::PartiallyFailed,
    ];
    assert_eq!(
        results.map(ActionResult::as_str),
        ["SUCCEEDED", "FAILED", "PARTIALLY_FAILED"]
    );
    assert_eq!(
        Actor::System.id().to_string(),
        "00000000-0000-4000-8000-000000000000"
    );
}

#[test]
fn the_words_for_access_reasons_actions_and_permissions_are_the_published_ones() {
    assert_eq!(
        AccessLevel::ALL.map(AccessLevel::as_str),
        ["none", "view", "collaborate", "manage"]
    );
    assert_eq!(
        Reason::ALL.map(Reason::as_str),
        [
            "owner",
            "manage_responses",
            "organization_collaborate",
            "group_collaborate",
            "organization_view",
            "group_view",
            "view_private_responses",
        ]
    );
    assert_eq!(
        Permission::ALL.map(Permission::as_str),
        [
            "run_ai",
            "view_private_responses",
            "manage_responses",
            "manage_directory",
            "manage_settings",
            "read_audit_log",
        ]
    );
    let actions: BTreeSet<_> = Action::ALL.map(Action::as_str).into();
    assert_eq!(actions.len(), Action::ALL.len());
}

fn entry(action: ActionName) -> AuditEntry {
    AuditEntry::new(
        AuditEntryId::from_uuid(Uuid::from_u128(1)),
        OrganizationId::from_uuid(Uuid::from_u128(2)),
        action,
        Actor::System,
        Origin::default(),
        DateTime::UNIX_EPOCH,
    )
}

#[test]
fn an_owner_is_told_of_privileged_openings_exports_and_forks_that_succeeded_and_of_nothing_else() {
    for situation in all(&THAT_MATTER) {
        let access = situation.decided();
        for action in ActionName::ALL {
            for result in [
                ActionResult::Succeeded,
                ActionResult::Failed,
                ActionResult::PartiallyFailed,
            ] {
                let told = AuditEntry {
                    result,
                    ..entry(*action).under(&access)
                }
                .privileged_reading();
                let reading = match action.as_str() {
                    "AI_INFERENCE_STREAM_GET" => Some(PrivilegedReading::Open),
                    "AI_INFERENCE_STREAM_EXPORT" => Some(PrivilegedReading::Export),
                    "AI_INFERENCE_STREAM_FORK" => Some(PrivilegedReading::Fork),
                    _ => None,
                };
                let succeeded = result == ActionResult::Succeeded;
                assert_eq!(
                    told,
                    reading.filter(|_| succeeded && access.is_privileged()),
                    "{situation:?} {action:?}"
                );
            }
        }
    }
    for action in ActionName::ALL {
        assert_eq!(entry(*action).privileged_reading(), None);
    }
}

#[test]
fn a_reading_is_privileged_where_what_it_takes_comes_by_privilege_alone() {
    for situation in all(&THAT_MATTER) {
        let access = situation.decided();
        for action in Action::ALL {
            let read = entry(ActionName::ConversationGet).reading_under(&access, action);
            let expected = audit::RecordedAccess {
                privileged: access.is_privileged_for(action),
                ..audit::RecordedAccess::from(&access)
            };
            assert_eq!(read.access, Some(expected), "{situation:?} {action}");
        }
    }
}

#[test]
fn an_entry_says_what_it_was_told_and_nothing_else() {
    let bare = entry(ActionName::ConversationEdit);
    assert_eq!(
        (bare.result, bare.conversation_id),
        (ActionResult::Succeeded, None)
    );
    assert!(bare.input.is_empty() && bare.errors.is_empty());
    assert_eq!((&bare.access, bare.version), (&None, None));

    let told = bare
        .clone()
        .about(arbitrary::conversation_id(1))
        .with("change", Fact::Word("privacy"))
        .at_version(Version::FIRST)
        .refused("it takes more access");
    let expected = AuditEntry {
        result: ActionResult::Failed,
        conversation_id: Some(arbitrary::conversation_id(1)),
        input: [("change", Fact::Word("privacy"))].into(),
        version: Some(Version::FIRST),
        errors: vec!["it takes more access"],
        ..bare
    };
    assert_eq!(told, expected);
}

#[test]
fn entries_keep_the_order_in_which_they_were_made() {
    let [first, second, third] = [
        ActionName::ConversationCreate,
        ActionName::ConversationEdit,
        ActionName::ConversationPrompt,
    ]
    .map(entry);
    let entries = AuditEntries::new(first.clone(), vec![second.clone(), third.clone()]);
    assert!(entries.iter().eq([&first, &second, &third]));
    assert!(AuditEntries::from(first.clone()).iter().eq([&first]));
}

proptest! {
    #[test]
    fn an_entry_tells_the_access_as_it_was_decided(
        principal in arbitrary::principal(),
        conversation in arbitrary::conversation(),
    ) {
        let access = decide(&principal, AccessFacts::from(&conversation));
        let told = audit::RecordedAccess::from(&access);
        prop_assert_eq!((told.level, told.privileged), (access.level(), access.is_privileged()));
        prop_assert_eq!(told.reasons, access.reasons());
    }

    #[test]
    fn an_entry_tells_every_grant(privacy in arbitrary::privacy()) {
        let Fact::Grants { organization, groups } = Fact::from(&privacy) else { panic!("not grants") };
        prop_assert_eq!(parlor_domain::grants::Privacy::from_grants(organization, groups), privacy);
    }
}

#[test]
fn levels_are_told_in_their_published_words() {
    assert_eq!(Level::ALL.map(Level::as_str), ["view", "collaborate"]);
}
