//! An audit entry as one JSON object: what the store keeps, the API answers and every sink delivers.
//!
//! The fields are those of the published audit log schema (design page "Audit entries"), in alphabetical order.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use parlor_domain::{
    audit::{Actor, AuditEntry, Fact},
    grants::Level,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::ports::{AuditRecord, DenialRepeats};

/// The fields of an entry. Reading refuses fields that it does not know, so that a damaged or foreign line is noticed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditDocument {
    /// UUIDv7, for deduplication.
    pub id: Uuid,
    /// `UPPER_SNAKE`.
    pub action_name: String,
    /// A fixed sentence for each action.
    pub action_description: String,
    /// `SUCCEEDED`, `FAILED` or `PARTIALLY_FAILED`.
    pub action_result: String,
    /// What was asked.
    pub action_params: ActionParams,
    /// What is ours: organization, request, access.
    pub action_details: ActionDetails,
    /// Who.
    pub actor: ActorDocument,
    /// Why it failed.
    pub errors: Option<Vec<ErrorDocument>>,
    /// The caller's address, empty where unknown.
    #[serde(rename = "sourceIP")]
    pub source_ip: String,
    /// Addresses that trusted proxies forwarded.
    #[serde(rename = "XForwardedFor")]
    pub x_forwarded_for: Vec<String>,
    /// The caller's program, empty where unknown.
    pub user_agent: String,
    /// RFC 3339 with nanoseconds and `Z`.
    pub timestamp: String,
    /// The version of the program that wrote it.
    pub parlor_version: String,
}

/// What was asked, in the published nesting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionParams {
    /// What the caller gave.
    pub dynamic: DynamicParams,
    /// Always empty here.
    #[serde(rename = "static")]
    pub fixed: Map<String, Value>,
}

/// What the caller gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DynamicParams {
    /// By name: ids, words, grants, never free text.
    pub input: Map<String, Value>,
}

/// What is ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActionDetails {
    /// The tenant.
    pub organization_id: Uuid,
    /// The request, empty for what the service did of itself.
    pub request_id: String,
    /// The actor's access to the conversation, where one was asked for.
    pub access: Option<String>,
    /// Why it had that access.
    pub reasons: Vec<String>,
    /// Whether the access rested on privilege alone.
    pub privileged: bool,
    /// The conversation's version after it.
    pub version: Option<u64>,
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActorDocument {
    /// The user, or the fixed id of the service itself.
    pub id: Uuid,
    /// `USER` or `TOKEN`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is called.
    pub name: String,
    /// Address and roles.
    pub attributes: ActorAttributes,
}

/// What else is told of the actor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActorAttributes {
    /// Its address, empty for the service itself.
    pub email: String,
    /// The names of its roles.
    pub role_names: Vec<String>,
}

/// Why it failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorDocument {
    /// A fixed sentence.
    pub message: String,
}

/// The entry in the form that stores keep and sinks deliver.
pub fn record(entry: &AuditEntry) -> AuditRecord {
    AuditRecord {
        id: entry.id,
        organization_id: entry.organization_id,
        conversation_id: entry.conversation_id,
        actor_id: entry.actor.id(),
        document: json!(AuditDocument::from(entry)).to_string(),
    }
}

/// The entry of several denied requests: the last one, with how many there are (`count`), and when the first and the last of
/// them happened (`firstAt`, `lastAt`).
pub fn repeats(repeats: DenialRepeats) -> AuditRecord {
    let DenialRepeats {
        mut last,
        count,
        first_at,
        last_at,
    } = repeats;
    // What another version of this program stored may have fields that this one does not know: they stay.
    if let Ok(mut document) = serde_json::from_str::<Value>(&last.document)
        && let Some(Value::Object(input)) = document.pointer_mut("/actionParams/dynamic/input")
    {
        input.insert("count".to_owned(), json!(count));
        input.insert("firstAt".to_owned(), json!(timestamp(first_at)));
        input.insert("lastAt".to_owned(), json!(timestamp(last_at)));
        last.document = document.to_string();
    }
    last
}

impl From<&AuditEntry> for AuditDocument {
    fn from(entry: &AuditEntry) -> Self {
        let access = entry.access.as_ref();
        let errors = entry.errors.iter().map(|&message| ErrorDocument {
            message: message.to_owned(),
        });
        Self {
            id: entry.id.as_uuid(),
            action_name: entry.action.as_str().to_owned(),
            action_description: entry.action.description().to_owned(),
            action_result: entry.result.as_str().to_owned(),
            action_params: ActionParams {
                dynamic: DynamicParams {
                    input: input(entry),
                },
                fixed: Map::new(),
            },
            action_details: ActionDetails {
                organization_id: entry.organization_id.as_uuid(),
                request_id: entry.origin.request_id.clone(),
                access: access.map(|access| access.level.as_str().to_owned()),
                reasons: access.map_or_else(Vec::new, |access| {
                    access
                        .reasons
                        .iter()
                        .map(|reason| reason.as_str().to_owned())
                        .collect()
                }),
                privileged: access.is_some_and(|access| access.privileged),
                version: entry
                    .version
                    .map(parlor_domain::conversation::Version::as_number),
            },
            actor: actor(&entry.actor),
            errors: (!entry.errors.is_empty()).then(|| errors.collect()),
            source_ip: entry.origin.source_ip.clone(),
            x_forwarded_for: entry.origin.forwarded_for.clone(),
            user_agent: entry.origin.user_agent.clone(),
            timestamp: timestamp(entry.occurred_at),
            parlor_version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

fn input(entry: &AuditEntry) -> Map<String, Value> {
    let conversation = entry
        .conversation_id
        .map(|id| ("conversationId".to_owned(), json!(id.as_uuid())));
    let facts = entry
        .input
        .iter()
        .map(|(&name, fact)| (name.to_owned(), value(fact)));
    conversation.into_iter().chain(facts).collect()
}

fn value(fact: &Fact) -> Value {
    match fact {
        Fact::Id(id) => json!(id),
        Fact::Ids(ids) => json!(ids),
        Fact::Word(word) => json!(word),
        Fact::Words(words) => json!(words),
        Fact::Flag(flag) => json!(flag),
        Fact::Count(count) => json!(count),
        Fact::Grants {
            organization,
            groups,
        } => json!({
            "organization": organization.map(Level::as_str),
            "groups": groups
                .iter()
                .map(|(group, level)| BTreeMap::from([("groupId", group.to_string()), ("level", level.to_string())]))
                .collect::<Vec<_>>(),
        }),
    }
}

fn actor(actor: &Actor) -> ActorDocument {
    let (name, email, role_names) = match actor {
        Actor::User {
            name,
            email,
            role_names,
            ..
        } => (name.clone(), email.clone(), role_names.clone()),
        Actor::System => ("System".to_owned(), String::new(), Vec::new()),
    };
    ActorDocument {
        id: actor.id().as_uuid(),
        kind: "USER".to_owned(),
        name,
        attributes: ActorAttributes { email, role_names },
    }
}

fn timestamp(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.9fZ").to_string()
}

#[cfg(test)]
mod tests;
