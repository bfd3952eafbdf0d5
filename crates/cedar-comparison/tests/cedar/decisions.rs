//! The decision, compared with the same rules as Cedar policies: `access.cedar`, `access.cedarschema`.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt::Display,
    sync::LazyLock,
};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicyId,
    PolicySet, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};
use parlor_domain::{
    access::{AccessFacts, Action, Reason, decide},
    grants::{Grants, Level},
    principal::{Permission, Principal},
};
use proptest::{prelude::*, test_runner::TestCaseError};

use crate::{
    arbitrary,
    situation::{THAT_MATTER, all},
};

/// Parsed once: parsing takes far longer than deciding.
struct Rules {
    schema: Schema,
    policies: PolicySet,
    kinds: HashMap<String, EntityTypeName>,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let (schema, warnings) =
        Schema::from_cedarschema_str(include_str!("access.cedarschema")).unwrap();
    assert_eq!(warnings.count(), 0);
    let numbered: PolicySet = include_str!("access.cedar").parse().unwrap();
    let named = numbered
        .policies()
        .map(|policy| policy.new_id(PolicyId::new(policy.annotation("id").unwrap())));
    let kinds = [
        "User",
        "Group",
        "Organization",
        "Permission",
        "Conversation",
        "Action",
    ];
    let kinds = kinds
        .map(|kind| (kind.to_owned(), kind.parse().unwrap()))
        .into();
    Rules {
        policies: PolicySet::from_policies(named).unwrap(),
        schema,
        kinds,
    }
});

fn uid(kind: &str, id: impl Display) -> EntityUid {
    EntityUid::from_type_name_and_id(RULES.kinds[kind].clone(), EntityId::new(id.to_string()))
}

/// The principal as the directory tells it: permissions are those that its roles give, without what they include.
fn user(principal: &Principal) -> Entity {
    let groups = principal.groups.iter().map(|group| uid("Group", group));
    let permissions = principal
        .permissions
        .assigned()
        .map(|permission| uid("Permission", permission));
    let organization = uid("Organization", principal.organization_id);
    let parents: HashSet<_> = groups.chain(permissions).chain([organization]).collect();
    Entity::new_no_attrs(uid("User", principal.user_id), parents)
}

fn conversation(facts: AccessFacts<'_>) -> Entity {
    let grants = facts.privacy.grants();
    let groups = |level: Level| {
        let granted = grants
            .into_iter()
            .flat_map(Grants::groups)
            .filter(move |(_, granted)| **granted == level);
        RestrictedExpression::new_set(
            granted.map(|(group, _)| RestrictedExpression::new_entity_uid(uid("Group", group))),
        )
    };
    let mut attributes = HashMap::from([
        (
            "organization",
            RestrictedExpression::new_entity_uid(uid("Organization", facts.organization_id)),
        ),
        (
            "owner",
            RestrictedExpression::new_entity_uid(uid("User", facts.owner_id)),
        ),
        ("viewers", groups(Level::View)),
        ("collaborators", groups(Level::Collaborate)),
    ]);
    if let Some(level) = grants.and_then(Grants::organization) {
        attributes.insert(
            "organization_level",
            RestrictedExpression::new_string(level.as_str().to_owned()),
        );
    }
    let attributes = attributes
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Entity::new(uid("Conversation", "c"), attributes, HashSet::new()).unwrap()
}

/// Fails unless Cedar allows exactly what the domain allows, and permits a reading for exactly its reasons.
fn agree(principal: &Principal, facts: AccessFacts<'_>) -> Result<(), TestCaseError> {
    let access = decide(principal, facts);
    let rules = &*RULES;
    let entities =
        Entities::from_entities([user(principal), conversation(facts)], Some(&rules.schema))
            .unwrap();
    for action in Action::ALL {
        let request = Request::new(
            uid("User", principal.user_id),
            uid("Action", action),
            uid("Conversation", "c"),
            Context::empty(),
            Some(&rules.schema),
        );
        let response =
            Authorizer::new().is_authorized(&request.unwrap(), &rules.policies, &entities);
        prop_assert_eq!(response.diagnostics().errors().count(), 0);
        let allowed = response.decision() == Decision::Allow;
        prop_assert_eq!(
            allowed,
            access.allows(action),
            "{} {:?} {:?}",
            action,
            principal,
            facts
        );
        if action == Action::Read {
            let by: BTreeSet<&str> = response.diagnostics().reason().map(AsRef::as_ref).collect();
            let because: BTreeSet<&str> = access
                .reasons()
                .iter()
                .map(|reason| reason.as_str())
                .collect();
            // A reading that is denied names the policy that forbids it, if one does.
            prop_assert!(
                if allowed {
                    by == because
                } else {
                    because.is_empty()
                },
                "{:?} {:?}",
                by,
                because
            );
        }
    }
    Ok(())
}

#[test]
fn the_policies_fit_their_schema_and_speak_of_every_reason() {
    let validation =
        Validator::new(RULES.schema.clone()).validate(&RULES.policies, ValidationMode::Strict);
    assert!(
        validation.validation_passed_without_warnings(),
        "{validation}"
    );
    let policies: BTreeSet<String> = RULES
        .policies
        .policies()
        .map(|policy| policy.id().to_string())
        .collect();
    let reasons = Reason::ALL.map(Reason::as_str);
    let expected = reasons
        .into_iter()
        .chain(["another_organization", "needs_run_ai"])
        .map(str::to_owned);
    assert_eq!(policies, expected.collect());
}

#[test]
fn the_schema_speaks_of_every_action_and_of_no_other() {
    let in_schema: BTreeSet<String> = RULES
        .schema
        .actions()
        .map(|action| action.id().unescaped().to_owned())
        .filter(|name| !["view", "collaborate", "manage", "needs_run_ai"].contains(&name.as_str()))
        .collect();
    assert_eq!(
        in_schema,
        Action::ALL.map(|action| action.to_string()).into()
    );
}

#[test]
fn every_situation_is_decided_as_cedar_decides_it() {
    for situation in all(&THAT_MATTER) {
        agree(
            &situation.principal(),
            situation.facts(&situation.privacy()),
        )
        .unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn random_principals_and_conversations_are_decided_as_cedar_decides_them(
        principal in arbitrary::principal(),
        conversation in arbitrary::conversation(),
    ) {
        agree(&principal, AccessFacts::from(&conversation))?;
    }
}

#[test]
fn the_permissions_that_cedar_names_exist() {
    let text = include_str!("access.cedar");
    let named: BTreeSet<&str> = text
        .split("Permission::\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(named, THAT_MATTER.map(Permission::as_str).into());
}
