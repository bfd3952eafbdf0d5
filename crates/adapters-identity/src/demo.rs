//! The demo organization of the design page "HTTP API": two tenants whose people show every rule in the first minute.
//!
//! Its tokens are no secrets, so a service that takes them must be reachable from its own machine only. That is for
//! whoever wires it to see to.

use std::collections::HashMap;

use async_trait::async_trait;
use parlor_application::ports::{
    AuthenticationUnavailable, Authenticator, BearerToken, DirectorySeed, GroupRef, Identity,
    OrganizationSeed, UserSeed,
};
use parlor_domain::{
    ids::{GroupId, OrganizationId, UserId},
    principal::Permission,
    settings::Settings,
};
use uuid::{Uuid, uuid};

/// What a store notes as the mode that it was filled in.
pub const DEMO_MODE: &str = "demo";

/// The namespace of all ids of the demo organization: `UUIDv5(DNS, "demo.parlor.example")`.
pub const DEMO_NAMESPACE: Uuid = uuid!("c23f646a-dfa0-5611-9e4a-e24990dee5e0");

const TOKEN_PREFIX: &str = "demo-";

type RoleSpec = (&'static str, &'static [Permission]);

const ANALYST: RoleSpec = ("Analyst", &[Permission::RunAi]);
const AUDITOR: RoleSpec = (
    "Auditor",
    &[Permission::ViewPrivateResponses, Permission::ReadAuditLog],
);
const RESPONSE_MANAGER: RoleSpec = ("Response Manager", &[Permission::ManageResponses]);
const ADMINISTRATOR: RoleSpec = (
    "Administrator",
    &[
        Permission::ManageDirectory,
        Permission::ManageSettings,
        Permission::ReadAuditLog,
    ],
);
const EVERYTHING: RoleSpec = ("Everything", &Permission::ALL);

const ACME: &str = "Acme";
const GLOBEX: &str = "Globex";
const THREAT_HUNTING: &str = "Threat Hunting";
const INCIDENT_RESPONSE: &str = "Incident Response";
const GLOBEX_RED_TEAM: &str = "Globex Red Team";

/// The tenants, each with its groups.
const ORGANIZATIONS: [(&str, &[&str]); 2] = [
    (ACME, &[INCIDENT_RESPONSE, THREAT_HUNTING]),
    (GLOBEX, &[GLOBEX_RED_TEAM]),
];

/// One of the people whom one can call as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoPersona {
    /// What its token and id are made from, in lower case.
    pub name: &'static str,
    /// The name of its organization.
    pub organization: &'static str,
    /// Its roles: a name, and the permissions that it gives.
    pub roles: &'static [(&'static str, &'static [Permission])],
    /// The names of its groups.
    pub groups: &'static [&'static str],
}

impl DemoPersona {
    /// Its bearer token, `demo-<name>`.
    pub fn token(&self) -> String {
        format!("{TOKEN_PREFIX}{}", self.name)
    }

    /// Its id.
    pub fn id(&self) -> UserId {
        demo_user_id(self.name)
    }

    /// What its roles give, each permission once, in the order of [`Permission::ALL`].
    pub fn permissions(&self) -> impl Iterator<Item = Permission> {
        let roles = self.roles;
        Permission::ALL
            .into_iter()
            .filter(move |permission| roles.iter().any(|(_, given)| given.contains(permission)))
    }

    fn seed(&self) -> UserSeed {
        let organization = self.organization.to_lowercase();
        UserSeed {
            id: self.id(),
            name: self.name.to_owned(),
            email: format!("{}@{organization}.example", self.name),
            active: true,
            roles: self
                .roles
                .iter()
                .map(|(name, permissions)| ((*name).to_owned(), permissions.to_vec()))
                .collect(),
            groups: self.groups.iter().copied().map(demo_group_id).collect(),
        }
    }
}

const fn persona(
    name: &'static str,
    organization: &'static str,
    roles: &'static [RoleSpec],
    groups: &'static [&'static str],
) -> DemoPersona {
    DemoPersona {
        name,
        organization,
        roles,
        groups,
    }
}

/// Everybody in the demo organization, in the order of the design page.
pub const DEMO_PERSONAS: [DemoPersona; 8] = [
    persona("alice", ACME, &[ANALYST], &[THREAT_HUNTING]),
    persona("bob", ACME, &[ANALYST], &[THREAT_HUNTING]),
    persona("carol", ACME, &[ANALYST], &[INCIDENT_RESPONSE]),
    persona("vera", ACME, &[ANALYST, AUDITOR], &[]),
    persona("max", ACME, &[ANALYST, RESPONSE_MANAGER], &[]),
    persona("erin", ACME, &[], &[THREAT_HUNTING]),
    persona("admin", ACME, &[ADMINISTRATOR], &[]),
    persona("mallory", GLOBEX, &[EVERYTHING], &[GLOBEX_RED_TEAM]),
];

/// The id of a user of the demo organization: `UUIDv5(DEMO_NAMESPACE, name)`, such as of `alice`.
pub fn demo_user_id(name: &str) -> UserId {
    UserId::from_uuid(demo_id(name))
}

/// The id of a group of the demo organization: `UUIDv5(DEMO_NAMESPACE, name)`, such as of `Threat Hunting`.
pub fn demo_group_id(name: &str) -> GroupId {
    GroupId::from_uuid(demo_id(name))
}

/// The id of a tenant of the demo: `UUIDv5(DEMO_NAMESPACE, name)`, such as of `Acme`.
pub fn demo_organization_id(name: &str) -> OrganizationId {
    OrganizationId::from_uuid(demo_id(name))
}

fn demo_id(name: &str) -> Uuid {
    Uuid::new_v5(&DEMO_NAMESPACE, name.as_bytes())
}

/// The directory to fill an empty store with. Private conversations are enabled in both organizations.
pub fn demo_directory() -> DirectorySeed {
    let organizations = ORGANIZATIONS
        .iter()
        .map(|&(name, groups)| OrganizationSeed {
            id: demo_organization_id(name),
            name: name.to_owned(),
            settings: Settings {
                private_conversations: true,
            },
            groups: groups
                .iter()
                .map(|&name| GroupRef {
                    id: demo_group_id(name),
                    name: name.to_owned(),
                })
                .collect(),
            users: DEMO_PERSONAS
                .iter()
                .filter(|persona| persona.organization == name)
                .map(DemoPersona::seed)
                .collect(),
        })
        .collect();
    DirectorySeed { organizations }
}

/// Takes the tokens `demo-<name>` of [`DEMO_PERSONAS`].
#[derive(Debug, Clone)]
pub struct DemoAuthenticator {
    /// By the digest of the name, which is also the user's id.
    identities: HashMap<Uuid, Identity>,
}

impl DemoAuthenticator {
    /// Knows everybody in the demo organization.
    pub fn new() -> Self {
        let identities = DEMO_PERSONAS
            .iter()
            .map(|persona| {
                let identity = Identity {
                    organization_id: demo_organization_id(persona.organization),
                    user_id: persona.id(),
                };
                (persona.id().as_uuid(), identity)
            })
            .collect();
        Self { identities }
    }
}

impl Default for DemoAuthenticator {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Authenticator for DemoAuthenticator {
    async fn authenticate(
        &self,
        token: &BearerToken,
    ) -> Result<Option<Identity>, AuthenticationUnavailable> {
        let name = token.expose().strip_prefix(TOKEN_PREFIX);
        Ok(name.and_then(|name| self.identities.get(&demo_id(name)).copied()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn whose(token: &str) -> Option<Identity> {
        DemoAuthenticator::new()
            .authenticate(&BearerToken::new(token.to_owned()))
            .await
            .unwrap()
    }

    /// The table of the design page "HTTP API".
    const TABLE: &str = "\
alice | Acme | run_ai | Threat Hunting
bob | Acme | run_ai | Threat Hunting
carol | Acme | run_ai | Incident Response
vera | Acme | run_ai, view_private_responses, read_audit_log | –
max | Acme | run_ai, manage_responses | –
erin | Acme | none | Threat Hunting
admin | Acme | manage_directory, manage_settings, read_audit_log | –
mallory | Globex | run_ai, view_private_responses, manage_responses, manage_directory, manage_settings, read_audit_log | Globex Red Team
";

    #[test]
    fn the_people_are_those_of_the_published_table() {
        let or = |text: String, otherwise: &str| {
            if text.is_empty() {
                otherwise.to_owned()
            } else {
                text
            }
        };
        let rows = DEMO_PERSONAS.map(|persona| {
            let permissions: Vec<_> = persona.permissions().map(Permission::as_str).collect();
            format!(
                "{} | {} | {} | {}",
                persona.name,
                persona.organization,
                or(permissions.join(", "), "none"),
                or(persona.groups.join(", "), "–"),
            )
        });
        assert_eq!(rows.join("\n"), TABLE.trim_end());
    }

    #[test]
    fn ids_never_change_since_scripts_rely_on_them() {
        assert_eq!(
            DEMO_NAMESPACE,
            Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"demo.parlor.example")
        );
        assert_eq!(
            demo_user_id("alice").to_string(),
            "e58d1d13-e198-5c75-aae5-73e9764b951a"
        );
        assert_eq!(
            demo_group_id("Threat Hunting").to_string(),
            "eaa89045-55f1-55b2-9dec-dac24698de59"
        );
        assert_eq!(
            demo_organization_id("Acme").to_string(),
            "f60b1bfb-3345-5c88-9ff0-b29e071d9e6c"
        );
    }

    #[test]
    fn the_directory_holds_everybody_once_in_groups_of_their_own_organization() {
        let seed = demo_directory();
        let mut users = 0;
        for organization in &seed.organizations {
            assert_eq!(organization.id, demo_organization_id(&organization.name));
            for user in &organization.users {
                users += 1;
                assert!(user.active);
                for group in &user.groups {
                    assert!(organization.groups.iter().any(|known| known.id == *group));
                }
            }
        }
        assert_eq!(users, DEMO_PERSONAS.len());
        let alice = &seed.organizations[0].users[0];
        assert_eq!(
            (alice.name.as_str(), alice.email.as_str()),
            ("alice", "alice@acme.example")
        );
    }

    #[test]
    fn roles_of_one_name_give_the_same_in_one_organization() {
        for organization in demo_directory().organizations {
            let mut known = HashMap::new();
            for (name, permissions) in organization.users.into_iter().flat_map(|user| user.roles) {
                assert_eq!(
                    *known.entry(name).or_insert_with(|| permissions.clone()),
                    permissions
                );
            }
        }
    }

    #[tokio::test]
    async fn every_token_leads_to_its_user_in_its_organization() {
        for persona in DEMO_PERSONAS {
            let identity = Identity {
                organization_id: demo_organization_id(persona.organization),
                user_id: demo_user_id(persona.name),
            };
            assert_eq!(
                whose(&format!("demo-{}", persona.name)).await,
                Some(identity)
            );
        }
    }

    #[tokio::test]
    async fn every_other_token_is_nobodys() {
        for token in [
            "",
            "demo-",
            "alice",
            "demo-Alice",
            "Demo-alice",
            "demo-alice ",
            "demo-demo-alice",
            "demo-Threat Hunting",
            "demo-Acme",
            "demo-eve",
        ] {
            assert_eq!(whose(token).await, None, "{token}");
        }
    }
}
