//! Fills an empty store with the people whom the identity mode brings.

use std::{collections::BTreeSet, path::Path};

use anyhow::bail;
use parlor_application::{
    audit_document::AuditDocument,
    ports::{Clock, DirectorySeed, IdGenerator, OrganizationSeed, StoreAdmin},
};
use parlor_domain::{
    audit::{ActionName, Actor, AuditEntries, AuditEntry, Fact, Origin},
    ids::GroupId,
    principal::Permission,
};

use crate::compose::{AuditLines, Identities};

/// Fills a store that is empty; refuses one that was filled in another mode, whose people would be other people. An empty store
/// beside an audit file with entries was lost, and is refused too: it would pass for a new one.
pub async fn fill(
    store: &dyn StoreAdmin,
    audit_file: Option<&Path>,
    identities: &Identities,
    clock: &dyn Clock,
    ids: &dyn IdGenerator,
) -> anyhow::Result<()> {
    let mode = identities.mode;
    if store.identity_mode().await?.is_none() {
        if let Some(file) = audit_file {
            refuse_beside_entries(file)?;
        }
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

/// Refuses to fill a store beside an audit file in which an earlier store's entries are.
fn refuse_beside_entries(file: &Path) -> anyhow::Result<()> {
    // A file that is missing has none, and one that cannot be read is for the sink to complain of: its disk may come later.
    let Ok(lines) = AuditLines::open(&[file]) else {
        return Ok(());
    };
    let files = lines.selection().files().iter();
    let files: Vec<_> = files.map(|file| file.display().to_string()).collect();
    let is_entry = |bytes: &[u8]| serde_json::from_slice::<AuditDocument>(bytes).is_ok();
    if !lines.flatten().any(|line| is_entry(&line.bytes)) {
        return Ok(());
    }
    bail!(
        "the store is empty, but the audit file has entries of an earlier one: the store was lost, or `store.url` or `data_dir` \
         names another one. Restore the store from a backup (of an embedded store all of `parlor.db`, `parlor.db-wal` and \
         `parlor.db-shm`), or set the key back. To begin anew, move the audit file to another folder first: {}",
        files.join(", ")
    )
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
    use std::{collections::BTreeMap, fs};

    use parlor_application::{audit_document, ports::MockStoreAdmin};

    use super::*;
    use crate::{
        compose::{clock, identities, ids},
        config::IdentityMode,
    };

    async fn fill_into(store: MockStoreAdmin) -> anyhow::Result<()> {
        fill_beside(None, store).await
    }

    async fn fill_beside(audit_file: Option<&Path>, store: MockStoreAdmin) -> anyhow::Result<()> {
        let demo = identities(IdentityMode::Demo);
        fill(&store, audit_file, &demo, clock().as_ref(), ids().as_ref()).await
    }

    fn empty_store() -> MockStoreAdmin {
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
        store
    }

    #[tokio::test]
    async fn an_empty_store_is_filled() {
        fill_into(empty_store()).await.unwrap();
    }

    #[tokio::test]
    async fn an_empty_store_beside_an_earlier_ones_entries_is_refused_with_what_to_do() {
        let demo = identities(IdentityMode::Demo);
        let entries = entries(&demo.seed, clock().as_ref(), ids().as_ref());
        let entry = entries.iter().flat_map(AuditEntries::iter).next().unwrap();
        let line = format!("{}\n", audit_document::record(entry).document);
        for (name, text, is_refused) in [
            ("audit.jsonl", line.as_str(), true),
            ("audit.jsonl.000001", &line, true),
            (
                "audit.jsonl.000002",
                &format!("something else\n{line}"),
                true,
            ),
            ("audit.jsonl.1", &line, true),
            ("audit.jsonl-20261130", &line, true),
            ("audit.jsonl", "", false),
            ("audit.jsonl", "something else\n", false),
            ("other.jsonl", &line, false),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join(name);
            fs::write(&file, text).unwrap();
            let configured = folder.path().join("audit.jsonl");
            if is_refused {
                let mut store = MockStoreAdmin::new();
                store.expect_identity_mode().returning(|| Ok(None));
                let error = fill_beside(Some(&configured), store).await.unwrap_err();
                let told = error.to_string();
                for needed in [
                    "Restore the store",
                    "parlor.db-wal",
                    &file.display().to_string(),
                ] {
                    assert!(told.contains(needed), "{needed}: {told}");
                }
            } else {
                fill_beside(Some(&configured), empty_store()).await.unwrap();
            }
        }
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
        let demo = identities(IdentityMode::Demo);
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
