//! The two tables of the access rules, row by row, as data.
//!
//! Written from the rules and not from the code: nothing here asks the domain what follows from what. It takes only the
//! domain's words, so that the answers can be compared.

use parlor_domain::{
    access::{AccessLevel, Action, Reason},
    grants::Level,
    principal::Permission,
};

use crate::situation::Situation;

/// What the rules say of one situation.
#[derive(Debug, PartialEq, Eq)]
pub struct Stated {
    /// How much.
    pub level: AccessLevel,
    /// Why, in the order of the table.
    pub reasons: Vec<Reason>,
    /// Whether by privilege alone.
    pub privileged: bool,
    /// What one may do.
    pub allowed: Vec<Action>,
}

/// A row of "Access of a principal to a conversation of its own organization".
struct Row {
    because: Reason,
    access: AccessLevel,
    needs_run_ai: bool,
    applies: fn(&Situation) -> bool,
}

/// The rows, the highest access first; so the first that applies is "the highest of".
const ACCESS: [Row; 7] = [
    Row {
        because: Reason::Owner,
        access: AccessLevel::Manage,
        needs_run_ai: false,
        applies: |situation| situation.owner,
    },
    Row {
        because: Reason::ManageResponses,
        access: AccessLevel::Manage,
        needs_run_ai: false,
        applies: |situation| situation.permissions.contains(&Permission::ManageResponses),
    },
    Row {
        because: Reason::OrganizationCollaborate,
        access: AccessLevel::Collaborate,
        needs_run_ai: true,
        applies: |situation| situation.organization == Some(Level::Collaborate),
    },
    Row {
        because: Reason::GroupCollaborate,
        access: AccessLevel::Collaborate,
        needs_run_ai: true,
        applies: |situation| situation.own_group == Some(Level::Collaborate),
    },
    Row {
        because: Reason::OrganizationView,
        access: AccessLevel::View,
        needs_run_ai: true,
        applies: |situation| situation.organization == Some(Level::View),
    },
    Row {
        because: Reason::GroupView,
        access: AccessLevel::View,
        needs_run_ai: true,
        applies: |situation| situation.own_group == Some(Level::View),
    },
    Row {
        because: Reason::ViewPrivateResponses,
        access: AccessLevel::View,
        needs_run_ai: false,
        // "`manage_responses` includes `view_private_responses`."
        applies: |situation| {
            situation
                .permissions
                .contains(&Permission::ViewPrivateResponses)
                || situation.permissions.contains(&Permission::ManageResponses)
        },
    },
];

/// A cell of "What each access allows".
#[derive(Clone, Copy)]
enum Cell {
    No,
    Yes,
    WithRunAi,
}

use Cell::{No, WithRunAi, Yes};

/// The action, and its cells under view, collaborate and manage.
const ALLOWED: [(Action, [Cell; 3]); 12] = [
    (Action::Read, [Yes, Yes, Yes]),
    (Action::Prompt, [No, WithRunAi, WithRunAi]),
    (Action::Stop, [No, WithRunAi, WithRunAi]),
    (Action::Rename, [No, No, Yes]),
    (Action::TogglePrivacy, [No, No, Yes]),
    (Action::ReadSharing, [No, No, Yes]),
    (Action::ChangeSharing, [No, No, Yes]),
    (Action::ExplainAccess, [No, No, Yes]),
    (Action::ReadPrivilegedReadings, [No, No, Yes]),
    (Action::Fork, [WithRunAi, WithRunAi, WithRunAi]),
    (Action::Delete, [No, No, Yes]),
    (Action::Transfer, [No, No, Yes]),
];

/// What the rules say of this situation.
pub fn stated(situation: &Situation) -> Stated {
    let run_ai = situation.permissions.contains(&Permission::RunAi);
    let rows: Vec<&Row> = ACCESS
        .iter()
        .filter(|row| situation.same_organization && (run_ai || !row.needs_run_ai))
        .filter(|row| (row.applies)(situation))
        .collect();
    let level = rows.first().map_or(AccessLevel::None, |row| row.access);
    let allowed = |(action, [view, collaborate, manage]): (Action, [Cell; 3])| {
        let cell = match level {
            AccessLevel::None => No,
            AccessLevel::View => view,
            AccessLevel::Collaborate => collaborate,
            AccessLevel::Manage => manage,
        };
        let allowed = match cell {
            No => false,
            Yes => true,
            WithRunAi => run_ai,
        };
        allowed.then_some(action)
    };
    let reasons: Vec<Reason> = rows.iter().map(|row| row.because).collect();
    let by_privilege = [Reason::ViewPrivateResponses, Reason::ManageResponses];
    Stated {
        level,
        privileged: !reasons.is_empty()
            && reasons.iter().all(|reason| by_privilege.contains(reason)),
        reasons,
        allowed: ALLOWED.into_iter().filter_map(allowed).collect(),
    }
}

#[test]
fn the_stated_rules_have_one_row_for_each_reason_and_each_action() {
    assert_eq!(ACCESS.map(|row| row.because), Reason::ALL);
    assert_eq!(ALLOWED.map(|(action, _)| action), Action::ALL);
}

#[test]
fn levels_and_reasons_are_printed_as_their_words() {
    for level in AccessLevel::ALL {
        assert_eq!(level.to_string(), level.as_str());
    }
    for reason in Reason::ALL {
        assert_eq!(reason.to_string(), reason.as_str());
    }
}
