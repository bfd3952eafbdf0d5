//! What every operation takes, written from the rules.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::user_id;

/// What it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing, not even a token.
    Nothing,
    /// Any user.
    User,
    /// One of these permissions.
    Permission(&'static [&'static str]),
    /// To see the conversation.
    View,
    /// To see the conversation; more to ask about somebody else.
    ViewForOneself,
    /// To see the conversation, and `run_ai`.
    ViewAndRunAi,
    /// Collaborate access, and `run_ai`.
    CollaborateAndRunAi,
    /// Manage access.
    Manage,
}

impl Needs {
    /// The words for it in the document.
    pub fn in_document(self) -> String {
        match self {
            Self::Nothing => "none".to_owned(),
            Self::User => "any user".to_owned(),
            Self::Permission(permissions) => permissions.join(" or "),
            Self::View => "view access".to_owned(),
            Self::ViewForOneself => "view access; manage access with user_id".to_owned(),
            Self::ViewAndRunAi => "view access and run_ai".to_owned(),
            Self::CollaborateAndRunAi => "collaborate access and run_ai".to_owned(),
            Self::Manage => "manage access".to_owned(),
        }
    }
}

/// One operation of the document.
pub struct Operation {
    pub method: Method,
    pub path: &'static str,
    pub needs: Needs,
    pub success: u16,
    pub body: Option<Value>,
}

/// Every operation of the document.
pub fn table() -> Vec<Operation> {
    let rows = [
        of_the_service(),
        of_an_organization(),
        of_a_conversation(),
        of_messages(),
    ];
    let rows = rows.into_iter().flatten();
    rows.map(|(call, needs, success, body)| {
        let (method, path) = call.split_once(' ').unwrap();
        Operation {
            method: method.parse().unwrap(),
            path,
            needs,
            success,
            body,
        }
    })
    .collect()
}

/// Method and path, what it takes, the status when it is allowed, the body to send.
type Row = (&'static str, Needs, u16, Option<Value>);

fn of_the_service() -> Vec<Row> {
    vec![
        ("GET /health/live", Needs::Nothing, 200, None),
        ("GET /health/ready", Needs::Nothing, 200, None),
        ("GET /api/openapi.json", Needs::Nothing, 200, None),
    ]
}

fn of_an_organization() -> Vec<Row> {
    let sharers = Needs::Permission(&["run_ai", "manage_responses"]);
    let managers = Needs::Permission(&["manage_settings"]);
    let auditors = Needs::Permission(&["read_audit_log"]);
    let settings = json!({ "private_conversations": true });
    vec![
        ("GET /api/v1/me", Needs::User, 200, None),
        ("GET /api/v1/groups", sharers, 200, None),
        ("GET /api/v1/models", Needs::User, 200, None),
        ("GET /api/v1/settings", Needs::User, 200, None),
        ("PUT /api/v1/settings", managers, 200, Some(settings)),
        ("GET /api/v1/audit-events", auditors, 200, None),
    ]
}

fn of_a_conversation() -> Vec<Row> {
    use Needs::{Manage, User, View, ViewAndRunAi, ViewForOneself};
    let users = Needs::Permission(&["run_ai"]);
    let title = json!({ "title": "New" });
    let shared = json!({ "privacy": "shared" });
    let grants = json!({ "organization": "view", "groups": [] });
    let owner = json!({ "user_id": user_id("carol") });
    vec![
        ("POST /api/v1/conversations", users, 201, Some(json!({}))),
        ("GET /api/v1/conversations", User, 200, None),
        ("GET /api/v1/conversations/{id}", View, 200, None),
        ("PATCH /api/v1/conversations/{id}", Manage, 200, Some(title)),
        ("DELETE /api/v1/conversations/{id}", Manage, 204, None),
        (
            "PUT /api/v1/conversations/{id}/privacy",
            Manage,
            200,
            Some(shared),
        ),
        ("GET /api/v1/conversations/{id}/sharing", Manage, 200, None),
        (
            "PUT /api/v1/conversations/{id}/sharing",
            Manage,
            200,
            Some(grants),
        ),
        (
            "PUT /api/v1/conversations/{id}/owner",
            Manage,
            200,
            Some(owner),
        ),
        (
            "GET /api/v1/conversations/{id}/access",
            ViewForOneself,
            200,
            None,
        ),
        (
            "GET /api/v1/conversations/{id}/privileged-readings",
            Manage,
            200,
            None,
        ),
        ("GET /api/v1/conversations/events", User, 200, None),
        ("GET /api/v1/conversations/{id}/events", View, 200, None),
        (
            "POST /api/v1/conversations/{id}/fork",
            ViewAndRunAi,
            201,
            None,
        ),
        ("GET /api/v1/conversations/{id}/export", View, 200, None),
    ]
}

fn of_messages() -> Vec<Row> {
    use Needs::{CollaborateAndRunAi, View};
    const REGENERATE: &str = "POST /api/v1/conversations/{id}/messages/{mid}/regenerate";
    const STOP: &str = "POST /api/v1/conversations/{id}/messages/{mid}/stop";
    let prompt = Some(json!({ "content": "hello" }));
    vec![
        ("GET /api/v1/conversations/{id}/messages", View, 200, None),
        (
            "POST /api/v1/conversations/{id}/messages",
            CollaborateAndRunAi,
            201,
            prompt,
        ),
        ("GET /api/v1/conversations/{id}/tree", View, 200, None),
        (REGENERATE, CollaborateAndRunAi, 201, None),
        (STOP, CollaborateAndRunAi, 200, None),
    ]
}
