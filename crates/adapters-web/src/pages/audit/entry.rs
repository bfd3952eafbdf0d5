//! One entry of the log, in words.

use chrono::{DateTime, Utc};
use i18n_embed_fl::fl;
use parlor_application::{audit_document::AuditDocument, ports::AuditRecord};
use parlor_domain::{
    access::{AccessLevel, Reason},
    audit::{ActionName, ActionResult, Actor},
};
use serde_json::Value;

use super::filters::action;
use crate::{
    i18n::Texts,
    pages::access::{short_level, their_reason},
};

/// What stands in the list.
pub(super) struct Shown {
    pub machine_time: String,
    pub time: String,
    pub action: String,
    pub actor: String,
    pub result: String,
    pub is_refused: bool,
    pub privileged: bool,
    /// Of an entry of several denied requests.
    pub repeats: Option<Repeats>,
}

/// How often a denied request was repeated, and when: its entry is of the last one.
pub(super) struct Repeats {
    pub times: String,
    pub first_machine_time: String,
    pub first_time: String,
}

impl Repeats {
    fn of(document: &AuditDocument, t: Texts) -> Option<Self> {
        let input = &document.action_params.dynamic.input;
        let count = input.get("count")?.as_u64()?;
        let first = parsed(input.get("firstAt")?.as_str()?)?;
        Some(Self {
            times: fl!(t, "audit-repeats", count = count, number = t.number(count)),
            first_machine_time: t.machine_time(first),
            first_time: t.date_time(first),
        })
    }
}

/// One line of the details.
pub(super) struct Field {
    pub name: String,
    pub values: Vec<Shape>,
}

/// How a value is shown.
pub(super) enum Shape {
    Text(String),
    /// An id, a word of the log or data: as it is stored.
    Code(String),
    Time {
        machine: String,
        text: String,
    },
}

/// The entry's fields, if it has those of the published schema.
pub(super) fn parse(record: &AuditRecord) -> Option<AuditDocument> {
    serde_json::from_str(&record.document)
        .inspect_err(|error| {
            tracing::warn!(entry = %record.id, %error, "an audit entry cannot be taken apart");
        })
        .ok()
}

/// The entry as it is stored, on lines that one can read.
pub(super) fn readable(document: &str) -> String {
    let value: Result<Value, _> = serde_json::from_str(document);
    let pretty = value.and_then(|value| serde_json::to_string_pretty(&value));
    pretty.unwrap_or_else(|_| document.to_owned())
}

impl Shown {
    pub fn of(document: &AuditDocument, t: Texts) -> Self {
        let (machine_time, time) = match timestamp(document) {
            Some(at) => (t.machine_time(at), t.date_time(at)),
            None => (String::new(), document.timestamp.clone()),
        };
        Self {
            machine_time,
            time,
            action: named(document, t),
            actor: actor(document, t),
            result: result(document, t),
            is_refused: refused(document),
            privileged: document.action_details.privileged && !refused(document),
            repeats: Repeats::of(document, t),
        }
    }
}

fn timestamp(document: &AuditDocument) -> Option<DateTime<Utc>> {
    parsed(&document.timestamp)
}

fn parsed(timestamp: &str) -> Option<DateTime<Utc>> {
    let parsed = DateTime::parse_from_rfc3339(timestamp).ok()?;
    Some(parsed.to_utc())
}

fn named(document: &AuditDocument, t: Texts) -> String {
    match action(&document.action_name) {
        // The published schema has one name for two things, which the result tells apart.
        Some(ActionName::ConversationGet) if refused(document) => {
            fl!(t, "audit-action-conversation-refused")
        }
        Some(ActionName::ConversationGet) => fl!(t, "audit-action-conversation-read"),
        Some(action) => action_words(action, t),
        None => document.action_name.clone(),
    }
}

fn refused(document: &AuditDocument) -> bool {
    document.action_result != ActionResult::Succeeded.as_str()
}

fn actor(document: &AuditDocument, t: Texts) -> String {
    if document.actor.id == Actor::SYSTEM_ID.as_uuid() {
        fl!(t, "audit-service")
    } else {
        document.actor.name.clone()
    }
}

fn result(document: &AuditDocument, t: Texts) -> String {
    match document.action_result.as_str() {
        "SUCCEEDED" => fl!(t, "audit-result-succeeded"),
        "FAILED" => fl!(t, "audit-result-failed"),
        "PARTIALLY_FAILED" => fl!(t, "audit-result-partially-failed"),
        other => other.to_owned(),
    }
}

/// All that the entry says.
pub(super) fn fields(record: &AuditRecord, document: &AuditDocument, t: Texts) -> Vec<Field> {
    let details = &document.action_details;
    let actor_of = &document.actor;
    let code = |text: &str| vec![Shape::Code(text.to_owned())];
    let words = |text: String| vec![Shape::Text(text)];
    let time = timestamp(document).map(|at| Shape::Time {
        machine: t.machine_time(at),
        text: t.date_time(at),
    });
    let mut fields = vec![
        field(
            fl!(t, "audit-field-time"),
            time.into_iter().chain(code(&document.timestamp)),
        ),
        field(
            fl!(t, "audit-field-action"),
            words(named(document, t))
                .into_iter()
                .chain(code(&document.action_name)),
        ),
        field(
            fl!(t, "audit-field-result"),
            words(result(document, t))
                .into_iter()
                .chain(code(&document.action_result)),
        ),
    ];
    if let Some(errors) = &document.errors {
        let errors = errors
            .iter()
            .map(|error| Shape::Text(error.message.clone()));
        fields.push(field(fl!(t, "audit-field-errors"), errors));
    }
    fields.extend([
        field(fl!(t, "audit-field-actor"), words(actor(document, t))),
        field(
            fl!(t, "audit-field-actor-id"),
            code(&actor_of.id.to_string()),
        ),
        field(fl!(t, "audit-field-actor-type"), code(&actor_of.kind)),
        field(
            fl!(t, "audit-field-email"),
            words(actor_of.attributes.email.clone()),
        ),
        field(
            fl!(t, "audit-field-roles"),
            actor_of
                .attributes
                .role_names
                .iter()
                .cloned()
                .map(Shape::Text),
        ),
        field(
            fl!(t, "audit-field-conversation"),
            record.conversation_id.map(|id| Shape::Code(id.to_string())),
        ),
        field(fl!(t, "audit-field-input"), inputs(document)),
        field(fl!(t, "audit-field-static"), fixed(document)),
        field(
            fl!(t, "audit-field-access"),
            details.access.iter().map(|word| level(word, t)),
        ),
        field(
            fl!(t, "audit-field-reasons"),
            details.reasons.iter().map(|word| reason(word, t)),
        ),
        field(
            fl!(t, "audit-field-privileged"),
            words(yes_or_no(details.privileged, t)),
        ),
        field(
            fl!(t, "audit-field-version"),
            details
                .version
                .map(|version| Shape::Text(t.number(version))),
        ),
        field(fl!(t, "audit-field-source"), code(&document.source_ip)),
        field(
            fl!(t, "audit-field-forwarded"),
            document.x_forwarded_for.iter().cloned().map(Shape::Code),
        ),
        field(
            fl!(t, "audit-field-agent"),
            words(document.user_agent.clone()),
        ),
        field(fl!(t, "audit-field-request"), code(&details.request_id)),
        field(
            fl!(t, "audit-field-organization"),
            code(&details.organization_id.to_string()),
        ),
        field(fl!(t, "audit-field-id"), code(&document.id.to_string())),
        field(
            fl!(t, "audit-field-program"),
            words(document.parlor_version.clone()),
        ),
    ]);
    fields
}

/// Without the values that say nothing.
fn field(name: String, values: impl IntoIterator<Item = Shape>) -> Field {
    let says = |value: &Shape| match value {
        Shape::Text(text) | Shape::Code(text) | Shape::Time { text, .. } => !text.is_empty(),
    };
    Field {
        name,
        values: values.into_iter().filter(says).collect(),
    }
}

fn inputs(document: &AuditDocument) -> Vec<Shape> {
    pairs(&document.action_params.dynamic.input)
}

fn fixed(document: &AuditDocument) -> Vec<Shape> {
    pairs(&document.action_params.fixed)
}

fn pairs(map: &serde_json::Map<String, Value>) -> Vec<Shape> {
    let pair = |(name, value): (&String, &Value)| match value {
        Value::String(text) => Shape::Code(format!("{name}: {text}")),
        other => Shape::Code(format!("{name}: {other}")),
    };
    map.iter().map(pair).collect()
}

fn level(word: &str, t: Texts) -> Shape {
    let known = AccessLevel::ALL
        .into_iter()
        .find(|level| level.as_str() == word);
    Shape::Text(known.map_or_else(|| word.to_owned(), |level| short_level(level, t)))
}

fn reason(word: &str, t: Texts) -> Shape {
    let known = Reason::ALL
        .into_iter()
        .find(|reason| reason.as_str() == word);
    Shape::Text(known.map_or_else(|| word.to_owned(), |reason| their_reason(reason, t)))
}

fn yes_or_no(yes: bool, t: Texts) -> String {
    if yes {
        fl!(t, "audit-yes")
    } else {
        fl!(t, "audit-no")
    }
}

/// An action in words.
pub(super) fn action_words(action: ActionName, t: Texts) -> String {
    match action {
        ActionName::ConversationEdit => fl!(t, "audit-action-conversation-edit"),
        ActionName::ConversationCreate => fl!(t, "audit-action-conversation-create"),
        ActionName::ConversationDelete => fl!(t, "audit-action-conversation-delete"),
        ActionName::ConversationFork => fl!(t, "audit-action-conversation-fork"),
        ActionName::ConversationExport => fl!(t, "audit-action-conversation-export"),
        ActionName::ConversationPrompt => fl!(t, "audit-action-conversation-prompt"),
        ActionName::ConversationGet => fl!(t, "audit-action-conversation-get"),
        ActionName::ConversationList => fl!(t, "audit-action-conversation-list"),
        ActionName::ConversationAccessDenied => {
            fl!(t, "audit-action-conversation-access-denied")
        }
        ActionName::ListGroups => fl!(t, "audit-action-list-groups"),
        ActionName::ListAuditLogs => fl!(t, "audit-action-list-audit-logs"),
        ActionName::SignIn => fl!(t, "audit-action-sign-in"),
        ActionName::SignInFailed => fl!(t, "audit-action-sign-in-failed"),
        ActionName::SignOut => fl!(t, "audit-action-sign-out"),
        ActionName::UpdateGeneralSettings => fl!(t, "audit-action-update-general-settings"),
        ActionName::CreateUser => fl!(t, "audit-action-create-user"),
        ActionName::CreateUserRole => fl!(t, "audit-action-create-user-role"),
        ActionName::CreateGroup => fl!(t, "audit-action-create-group"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::i18n::Language;

    #[test]
    fn every_action_has_words_of_its_own_in_each_language() {
        for language in Language::ALL {
            let t = language.texts();
            let words: BTreeSet<_> = ActionName::ALL
                .iter()
                .map(|&action| action_words(action, t))
                .collect();
            assert_eq!(words.len(), ActionName::ALL.len(), "{language:?}");
        }
    }

    #[test]
    fn what_is_no_json_is_shown_as_it_is() {
        assert_eq!(readable("{\"a\":1}"), "{\n  \"a\": 1\n}");
        assert_eq!(readable("{"), "{");
    }
}
