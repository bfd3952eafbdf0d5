//! What an entry of the audit log looks like. Entries are answered as they are stored, so these types only describe them; a
//! test holds them equal to [`AuditDocument`](parlor_application::audit_document::AuditDocument).

use serde_json::{Map, Value};
use utoipa::ToSchema;

macro_rules! described {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "only the schema is used")]
        $(#[$meta])*
        pub(super) struct $name {
            $($(#[$field_meta])* $field: $type,)*
        }
    )*};
}

described! {
    /// An entry of the audit log.
    #[schema(as = AuditEvent, rename_all = "camelCase")]
    AuditEventDto {
        /// UUIDv7, for deduplication.
        #[schema(value_type = Uuid)]
        id: String,
        /// `UPPER_SNAKE`.
        action_name: String,
        /// A fixed sentence for each action.
        action_description: String,
        /// `SUCCEEDED`, `FAILED` (a refusal) or `PARTIALLY_FAILED`.
        action_result: String,
        /// What was asked.
        action_params: AuditParamsDto,
        /// Organization, request, access.
        action_details: AuditDetailsDto,
        /// Who.
        actor: AuditActorDto,
        /// Why it failed.
        #[schema(required = true)]
        errors: Option<Vec<AuditErrorDto>>,
        /// The caller's address, empty where unknown.
        #[schema(rename = "sourceIP")]
        source_ip: String,
        /// Addresses that trusted proxies forwarded.
        #[schema(rename = "XForwardedFor")]
        x_forwarded_for: Vec<String>,
        /// The caller's program, empty where unknown.
        user_agent: String,
        /// RFC 3339 with nanoseconds and `Z`.
        #[schema(format = DateTime)]
        timestamp: String,
        /// The version of the program that wrote it.
        parlor_version: String,
    }

    /// What was asked.
    #[schema(as = AuditParams)]
    AuditParamsDto {
        /// What the caller gave.
        dynamic: AuditDynamicDto,
        /// Always empty.
        #[schema(rename = "static")]
        fixed: Map<String, Value>,
    }

    /// What the caller gave.
    #[schema(as = AuditDynamic)]
    AuditDynamicDto {
        /// By name: ids, words, grants, never free text.
        input: Map<String, Value>,
    }

    /// Organization, request, access.
    #[schema(as = AuditDetails, rename_all = "camelCase")]
    AuditDetailsDto {
        /// The tenant.
        #[schema(value_type = Uuid)]
        organization_id: String,
        /// The request, empty for what the service did of itself.
        request_id: String,
        /// The actor's access to the conversation, where one was asked for.
        #[schema(required = true)]
        access: Option<String>,
        /// Why it had that access.
        reasons: Vec<String>,
        /// Whether the access rested on privilege alone.
        privileged: bool,
        /// The conversation's version after it.
        #[schema(required = true)]
        version: Option<u64>,
    }

    /// Who acted.
    #[schema(as = AuditActor)]
    AuditActorDto {
        /// The user, or the fixed id of the service itself.
        #[schema(value_type = Uuid)]
        id: String,
        /// `USER` or `TOKEN`.
        #[schema(rename = "type")]
        kind: String,
        /// What it is called.
        name: String,
        /// Address and roles.
        attributes: AuditAttributesDto,
    }

    /// What else is told of the actor.
    #[schema(as = AuditAttributes, rename_all = "camelCase")]
    AuditAttributesDto {
        /// Its address, empty for the service itself.
        email: String,
        /// The names of its roles.
        role_names: Vec<String>,
    }

    /// Why it failed.
    #[schema(as = AuditError)]
    AuditErrorDto {
        /// A fixed sentence.
        message: String,
    }
}
