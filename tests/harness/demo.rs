//! The demo organization, as clients know it from the documentation.

/// Names whose tokens are `demo-<name>`, with their permissions and groups.
pub const PERSONAS: [(&str, &[&str], &[&str]); 8] = [
    ("alice", &["run_ai"], &["Threat Hunting"]),
    ("bob", &["run_ai"], &["Threat Hunting"]),
    ("carol", &["run_ai"], &["Incident Response"]),
    (
        "vera",
        &["run_ai", "view_private_responses", "read_audit_log"],
        &[],
    ),
    ("max", &["run_ai", "manage_responses"], &[]),
    ("erin", &[], &["Threat Hunting"]),
    (
        "admin",
        &["manage_directory", "manage_settings", "read_audit_log"],
        &[],
    ),
    (
        "mallory",
        &[
            "run_ai",
            "view_private_responses",
            "manage_responses",
            "manage_directory",
            "manage_settings",
            "read_audit_log",
        ],
        &["Globex Red Team"],
    ),
];

/// The groups of the first organization.
pub const GROUPS: [&str; 2] = ["Incident Response", "Threat Hunting"];

/// The fixed id of a user.
pub fn user_id(name: &str) -> String {
    parlor_adapters_identity::demo_user_id(name).to_string()
}

/// The fixed id of a group.
pub fn group_id(name: &str) -> String {
    parlor_adapters_identity::demo_group_id(name).to_string()
}
