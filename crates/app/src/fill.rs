//! Fills an empty store with the people whom the identity mode brings.

use std::collections::BTreeSet;

use anyhow::bail;
use parlor_application::ports::{Clock, DirectorySeed, IdGenerator, OrganizationSeed, StoreAdmin};
use parlor_domain::{
    audit::{ActionName, Actor, AuditEntries, AuditEntry, Fact, Origin},
    ids::GroupId,
    principal::Permission,
};

use crate::compose::Identities;

/// Fills a store that is empty; refuses one that was filled in another mode, whose people would be other people.
pub async fn fill(
    store: &dyn StoreAdmin,
    identities: &Identities,
    clock: &dyn Clock,
    ids: &dyn IdGenerator,
) -> anyhow::Result<()> {
    let mode = identities.mode;
    if store.identity_mode().await?.is_none() {
        let audit = entries(&identities.seed, clock, ids);
        if store.fill(mode, &identities.seed, &audit).await? {
            tracing::info!(mode, "the empty store was filled");
        }
    }
    // Another process may have filled it a moment ago.
    match store.identity_mode().await? {
        Some(filled) if filled != mode => bail!(
            "the store was filled with `identity.mode` `{filled}`, and now that is `{mode}`: set it back, or set `data_dir` \
             (or --data-dir) to another folder"
        ),
        _ => Ok(()),
    }
}

/// What the audit log tells of the filling, for each organization.
fn entries(seed: &DirectorySeed, clock: &dyn Clock, ids: &dyn IdGenerator) -> Vec<AuditEntries> {
    let organizations = seed.organizations.iter();
    organizations
        .filter_map(|organization| entries_of(organization, clock, ids))
        .collect()
}

fn entries_of(
    organization: &OrganizationSeed,
    clock: &dyn Clock,
    ids: &dyn IdGenerator,
) -> Option<AuditEntries> {
    let now = clock.now();
    let entry = |action| {
        AuditEntry::new(
            ids.audit_entry(),
            organization.id,
            action,
            Actor::System,
            Origin::default(),
            now,
        )
    };
    let mut entries = Vec::new();
    let mut known = BTreeSet::new();
    for (name, permissions) in organization.users.iter().flat_map(|user| &user.roles) {
        if known.insert(name) {
            let words = permissions
                .iter()
                .copied()
                .map(Permission::as_str)
                .collect();
            entries.push(entry(ActionName::CreateUserRole).with("permissions", Fact::Words(words)));
        }
    }
    for group in &organization.groups {
        let id = Fact::Id(group.id.as_uuid());
        entries.push(entry(ActionName::CreateGroup).with("groupId", id));
    }
    for user in &organization.users {
        let groups = user.groups.iter().copied().map(GroupId::as_uuid).collect();
        let created = entry(ActionName::CreateUser)
            .with("userId", Fact::Id(user.id.as_uuid()))
            .with("groupIds", Fact::Ids(groups));
        entries.push(created);
    }
    let mut entries = entries.into_iter();
    let first = entries.next()?;
    Some(AuditEntries::new(first, entries.collect()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use parlor_application::ports::MockStoreAdmin;

    use super::*;
    use crate::{
        compose::{clock, identities, ids},
        config::IdentityMode,
    };

    async fn fill_into(store: MockStoreAdmin) -> anyhow::Result<()> {
        let demo = identities(IdentityMode::Demo).unwrap();
        fill(&store, &demo, clock().as_ref(), ids().as_ref()).await
    }

    #[tokio::test]
    async fn an_empty_store_is_filled() {
        let mut store = MockStoreAdmin::new();
        let mut asked = 0;
        store.expect_identity_mode().times(2).returning(move || {
            asked += 1;
            Ok((asked > 1).then(|| "demo".to_owned()))
        });
        store.expect_fill().once().returning(|_, seed, audit| {
            assert_eq!(audit.len(), seed.organizations.len());
            Ok(true)
        });
        fill_into(store).await.unwrap();
    }

    #[tokio::test]
    async fn a_store_of_another_mode_is_refused() {
        let mut store = MockStoreAdmin::new();
        store
            .expect_identity_mode()
            .returning(|| Ok(Some("oidc".to_owned())));
        let error = fill_into(store).await.unwrap_err();
        assert!(error.to_string().contains("`oidc`"), "{error}");
    }

    #[test]
    fn each_role_group_and_user_has_its_entry() {
        let demo = identities(IdentityMode::Demo).unwrap();
        let mut counts = BTreeMap::new();
        for entry in entries(&demo.seed, clock().as_ref(), ids().as_ref())
            .iter()
            .flat_map(AuditEntries::iter)
        {
            *counts.entry(entry.action).or_insert(0) += 1;
        }
        assert_eq!(
            counts,
            BTreeMap::from([
                (ActionName::CreateUserRole, 5),
                (ActionName::CreateGroup, 3),
                (ActionName::CreateUser, 8)
            ])
        );
    }
}
