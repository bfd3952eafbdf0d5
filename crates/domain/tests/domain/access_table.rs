//! The decision, compared with the stated rules in every situation that they tell apart, and printed for a reviewer.

use std::fmt::Write as _;

use parlor_domain::{
    access::{Access, Action},
    grants::Level,
    principal::Permission,
};

use crate::{
    situation::{GRANTS, Situation, THAT_DO_NOT_MATTER, THAT_MATTER, all, subsets},
    stated_rules::{Stated, stated},
};

fn told(access: &Access) -> Stated {
    Stated {
        level: access.level(),
        reasons: access.reasons().to_vec(),
        privileged: access.is_privileged(),
        allowed: Action::ALL
            .into_iter()
            .filter(|action| access.allows(*action))
            .collect(),
    }
}

#[test]
fn every_situation_is_decided_as_the_rules_state() {
    let situations = all(&Permission::ALL);
    assert_eq!(situations.len(), 2 * 2 * 64 * 27);
    for situation in situations {
        let access = situation.decided();
        assert_eq!(told(&access), stated(&situation), "{situation:?}");
        assert_eq!(
            access.is_visible(),
            access.allows(Action::Read),
            "{situation:?}"
        );
    }
}

#[test]
fn directory_settings_and_audit_permissions_never_matter() {
    for situation in all(&THAT_MATTER) {
        let access = situation.decided();
        for others in subsets(&THAT_DO_NOT_MATTER) {
            let permissions = [situation.permissions.as_slice(), &others].concat();
            let with_others = Situation {
                permissions,
                ..situation.clone()
            };
            assert_eq!(with_others.decided(), access, "{with_others:?}");
        }
    }
}

#[test]
fn a_grant_to_a_group_of_others_never_matters() {
    for situation in all(&THAT_MATTER) {
        let without = Situation {
            foreign_group: None,
            ..situation.clone()
        };
        assert_eq!(situation.decided(), without.decided(), "{situation:?}");
    }
}

#[test]
fn nothing_crosses_an_organization() {
    for situation in all(&Permission::ALL)
        .into_iter()
        .filter(|situation| !situation.same_organization)
    {
        let access = situation.decided();
        assert!(
            !access.is_visible() && !access.is_privileged(),
            "{situation:?}"
        );
        assert_eq!(access.reasons(), [], "{situation:?}");
        assert!(
            !Action::ALL.into_iter().any(|action| access.allows(action)),
            "{situation:?}"
        );
    }
}

/// What the table leaves out has no say, as the tests above show: other organizations (nothing at all), groups of others,
/// and the permissions for directory, settings and audit log.
#[test]
fn the_table_is_the_reviewed_one() {
    let mut table = String::from(LEGEND);
    for owner in [true, false] {
        for permissions in subsets(&THAT_MATTER) {
            write_heading(&mut table, owner, &permissions);
            for organization in GRANTS {
                for own_group in GRANTS {
                    let situation = Situation {
                        same_organization: true,
                        owner,
                        permissions: permissions.clone(),
                        organization,
                        own_group,
                        foreign_group: None,
                    };
                    write_line(&mut table, &situation);
                }
            }
        }
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("access_table", table);
    });
}

const LEGEND: &str = "\
Actions: R read, F fork | P prompt, S stop | N rename, T toggle privacy, g read sharing, G change sharing,
         E explain somebody's access, V see who read it by privilege, D delete, O transfer to another owner.
A reading marked * rests on privilege alone: it is audited and shown to the owner.
";

const LETTERS: [&[(char, Action)]; 3] = [
    &[('R', Action::Read), ('F', Action::Fork)],
    &[('P', Action::Prompt), ('S', Action::Stop)],
    &[
        ('N', Action::Rename),
        ('T', Action::TogglePrivacy),
        ('g', Action::ReadSharing),
        ('G', Action::ChangeSharing),
        ('E', Action::ExplainAccess),
        ('V', Action::ReadPrivilegedReadings),
        ('D', Action::Delete),
        ('O', Action::Transfer),
    ],
];

#[test]
fn the_table_has_a_letter_for_every_action() {
    let mut actions: Vec<Action> = LETTERS
        .concat()
        .into_iter()
        .map(|(_, action)| action)
        .collect();
    actions.sort_unstable();
    assert_eq!(actions, Action::ALL);
}

fn write_heading(table: &mut String, owner: bool, permissions: &[Permission]) {
    let who = if owner { "The owner" } else { "Somebody else" };
    let names: Vec<_> = permissions
        .iter()
        .map(|permission| permission.as_str())
        .collect();
    let names = if names.is_empty() {
        "no permission".to_owned()
    } else {
        names.join(" + ")
    };
    writeln!(table, "\n{who}, with {names}").unwrap();
    writeln!(
        table,
        "  organization  own group    | level        actions           because"
    )
    .unwrap();
}

fn write_line(table: &mut String, situation: &Situation) {
    let access = situation.decided();
    let word = |level: Option<Level>| level.map_or("-", Level::as_str);
    let letters = |group: &[(char, Action)]| -> String {
        group
            .iter()
            .map(|(letter, action)| if access.allows(*action) { *letter } else { '.' })
            .collect()
    };
    let reasons: Vec<_> = access
        .reasons()
        .iter()
        .map(|reason| reason.as_str())
        .collect();
    let line = format!(
        "  {:<13} {:<12} | {:<11} {} {:<15} {}",
        word(situation.organization),
        word(situation.own_group),
        access.level().as_str(),
        if access.is_privileged() { '*' } else { ' ' },
        LETTERS.map(letters).join(" "),
        if reasons.is_empty() {
            "nothing".to_owned()
        } else {
            reasons.join(", ")
        },
    );
    writeln!(table, "{line}").unwrap();
}
