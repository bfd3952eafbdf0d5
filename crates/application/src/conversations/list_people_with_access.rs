//! "Who can see this?"

use std::sync::Arc;

use parlor_domain::{
    access::{Access, Action},
    ids::ConversationId,
};

use crate::{
    access_gate::{AccessError, AccessGate, Part},
    caller::Caller,
    paging::{Page, PageSize},
    ports::{AccessReader, UserRef},
};

/// Lists the active people who can see a conversation, with what each may do and why. Needs manage access.
pub struct ListPeopleWithAccess {
    gate: Arc<AccessGate>,
    people: Arc<dyn AccessReader>,
}

/// Somebody who can see a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonWithAccess {
    /// Who.
    pub user: UserRef,
    /// The level with every reason.
    pub access: Access,
}

impl ListPeopleWithAccess {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, people: Arc<dyn AccessReader>) -> Self {
        Self { gate, people }
    }

    /// One page, ordered by name, then id.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        after: Option<UserRef>,
        size: PageSize,
    ) -> Result<Page<PersonWithAccess, UserRef>, AccessError> {
        self.gate
            .read(caller, id, Action::ExplainAccess, Part::Access)
            .await?;
        let found = self
            .people
            .people(caller.key_of(id), after, size.and_one())
            .await?
            .ok_or(AccessError::NotFound)?;
        let decided = found.people.iter().map(|person| PersonWithAccess {
            user: person.user.clone(),
            access: found.access_of(person),
        });
        Ok(Page::cut(decided.collect(), size, |last| last.user.clone()))
    }
}
