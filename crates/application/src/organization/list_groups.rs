//! List the organization's groups, for a share dialog.

use std::sync::Arc;

use parlor_domain::{audit::ActionName, principal::Permission};

use crate::{
    access_gate::{AccessError, AccessGate},
    caller::Caller,
    paging::{Page, PageSize},
    ports::{Directory, GroupRef, NameSearch},
};

/// Lists groups by name, all of them or those whose name contains a text. Needs `run_ai` or `manage_responses`.
pub struct ListGroups {
    gate: Arc<AccessGate>,
    directory: Arc<dyn Directory>,
}

impl ListGroups {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, directory: Arc<dyn Directory>) -> Self {
        Self { gate, directory }
    }

    /// One page.
    pub async fn execute(
        &self,
        caller: &Caller,
        search: Option<NameSearch>,
        after: Option<GroupRef>,
        size: PageSize,
    ) -> Result<Page<GroupRef, GroupRef>, AccessError> {
        const NEEDED: &[Permission] = &[Permission::RunAi, Permission::ManageResponses];
        self.gate
            .require(caller, caller.principal(), NEEDED, ActionName::ListGroups)
            .await?;
        let groups = self
            .directory
            .list_groups(caller.organization_id(), search, after, size.and_one())
            .await?;
        Ok(Page::cut(groups, size, Clone::clone))
    }
}

#[cfg(test)]
mod tests {
    use parlor_domain::ids::GroupId;

    use super::*;
    use crate::{kit::*, ports::MockDirectory};

    fn group(id: GroupId) -> GroupRef {
        GroupRef {
            id,
            name: group_name(id).to_owned(),
        }
    }

    /// A directory with two groups, for one organization alone.
    fn directory(stage: &Stage) -> Arc<dyn Directory> {
        let mut directory = MockDirectory::new();
        let stage = stage.clone();
        directory
            .expect_list_groups()
            .withf(|organization_id, _, _, limit| *organization_id == ACME && *limit == 2)
            .returning(move |_, search, after, _| {
                stage.call("list_groups", |_| {
                    let groups = [INCIDENT_RESPONSE, THREAT_HUNTING].map(group);
                    let skipped = usize::from(after.is_some());
                    let is_found = |group: &GroupRef| {
                        search
                            .as_ref()
                            .is_none_or(|search| search.matches(&group.name))
                    };
                    groups.into_iter().skip(skipped).filter(is_found).collect()
                })
            });
        Arc::new(directory)
    }

    async fn list(
        stage: &Stage,
        caller: &Caller,
        after: Option<GroupRef>,
    ) -> Result<Page<GroupRef, GroupRef>, AccessError> {
        ListGroups::new(stage.gate(), directory(stage))
            .execute(caller, None, after, PageSize::new(1).unwrap())
            .await
    }

    #[tokio::test]
    async fn who_may_share_gets_the_groups_of_its_own_organization_page_by_page() {
        for caller in [alice(), without_run_ai(max())] {
            let stage = Stage::empty();
            let first = list(&stage, &caller, None).await.unwrap();
            assert_eq!(first.items, [group(INCIDENT_RESPONSE)]);
            assert_eq!(first.next, Some(group(INCIDENT_RESPONSE)));
            let second = list(&stage, &caller, first.next).await.unwrap();
            assert_eq!(second.items, [group(THREAT_HUNTING)]);
            assert_eq!(second.next, None);
            stage.assert_untouched();
        }
    }

    #[tokio::test]
    async fn a_search_lists_those_whose_name_contains_it() {
        let stage = Stage::empty();
        for (text, found) in [("HUNT", vec![group(THREAT_HUNTING)]), ("nobody", vec![])] {
            let page = ListGroups::new(stage.gate(), directory(&stage))
                .execute(
                    &alice(),
                    NameSearch::parse(text),
                    None,
                    PageSize::new(1).unwrap(),
                )
                .await;
            assert_eq!(page.unwrap().items, found, "{text}");
        }
    }

    #[tokio::test]
    async fn nobody_else_gets_them() {
        for caller in [erin(), admin(), without_run_ai(vera())] {
            let stage = Stage::empty();
            let refused = list(&stage, &caller, None).await;
            let needed = &[Permission::RunAi, Permission::ManageResponses];
            assert_lacks(&stage, &caller, needed, "LIST_GROUPS", refused);
            assert_eq!(stage.trace(), "record");
        }
    }

    #[tokio::test]
    async fn every_failure_is_passed_on() {
        for caller in [alice(), erin()] {
            assert_every_failure_is_passed_on(Stage::empty, async |stage| {
                list(stage, &caller, None).await
            })
            .await;
        }
    }
}
