//! What happened in conversations, found by comparing what was with what is.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;
use parlor_application::{
    changes::ChangeBoard,
    ports::{
        ConversationChanges, ConversationKey, ConversationSummary, EventReader, Identity, Look,
        MessageView, StoreError, StoredEvent, StoredEventKind,
    },
};
use parlor_domain::{
    conversation::Conversation,
    ids::{ConversationId, MessageId, OrganizationId},
    principal::Principal,
};
use tokio_util::sync::CancellationToken;

use super::{MemoryStore, State, Tenant};
use crate::model::{Organization, view};

/// One event; its number is its place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Happened {
    Created(MessageId),
    Ended(MessageId),
    Changed,
}

impl MemoryStore {
    /// Numbers what happened in one transaction, and tells those who follow.
    pub(super) fn note_events(&self, before: &BTreeMap<OrganizationId, Tenant>, state: &mut State) {
        for (id, tenant) in &mut state.tenants {
            let Some(before) = before.get(id) else {
                continue;
            };
            for key in note(&before.organization, tenant) {
                self.board.tell(key);
            }
        }
    }
}

fn note(before: &Organization, tenant: &mut Tenant) -> Vec<ConversationKey> {
    let (now, events) = (&tenant.organization, &mut tenant.events);
    events.retain(|id, _| now.conversations.contains_key(id));
    for (id, conversation) in &now.conversations {
        let events = events.entry(*id).or_default();
        let earlier = before.conversations.get(id);
        if earlier.is_some_and(|earlier| is_changed(earlier, conversation)) {
            events.push(Happened::Changed);
        }
        let earlier = before.messages_of(*id);
        for message in now.messages_of(*id) {
            match earlier.iter().find(|earlier| earlier.id == message.id) {
                None => events.push(Happened::Created(message.id)),
                Some(earlier) if earlier.status() != message.status() => {
                    events.push(Happened::Ended(message.id));
                }
                Some(_) => {}
            }
        }
    }
    let ids: BTreeSet<&ConversationId> = before
        .conversations
        .keys()
        .chain(now.conversations.keys())
        .collect();
    let is_told = |id: &&ConversationId| {
        before.conversations.get(id) != now.conversations.get(id)
            || before.messages_of(**id) != now.messages_of(**id)
    };
    ids.into_iter()
        .filter(is_told)
        .map(|id| ConversationKey {
            organization_id: now.seed.id,
            conversation_id: *id,
        })
        .collect()
}

fn is_changed(before: &Conversation, after: &Conversation) -> bool {
    before.owner_id != after.owner_id
        || before.title != after.title
        || before.privacy != after.privacy
        || before.version != after.version
}

/// A message as it is shown.
fn shown(organization: &Organization, key: ConversationKey, id: MessageId) -> Option<MessageView> {
    let tree = organization.tree_of(key.conversation_id);
    let message = tree.find(id)?;
    Some(view(&tree, message, |id| organization.user_ref(id)))
}

#[async_trait]
impl EventReader for MemoryStore {
    async fn look(
        &self,
        identity: Identity,
        id: ConversationId,
    ) -> Result<Option<Look>, StoreError> {
        self.read(identity.organization_id, |tenant| {
            let opening = tenant.organization.open_any(identity.user_id, id)?;
            Some(Look {
                principal: opening.member.principal,
                found: opening.found,
                last_event: tenant.events.get(&id).map_or(0, Vec::len) as u64,
            })
        })
    }

    async fn after(
        &self,
        key: ConversationKey,
        after: u64,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(key.organization_id, |tenant| {
            let events = tenant.events.get(&key.conversation_id);
            let message = |id| shown(&tenant.organization, key, id).expect("a message");
            (1..)
                .zip(events.into_iter().flatten())
                .filter(|(number, _)| *number > after)
                .take(limit as usize)
                .map(|(number, happened)| StoredEvent {
                    number,
                    kind: match happened {
                        Happened::Created(id) => StoredEventKind::Created(message(*id)),
                        Happened::Ended(id) => StoredEventKind::Ended(message(*id)),
                        Happened::Changed => StoredEventKind::Changed,
                    },
                })
                .collect()
        })
    }

    async fn writing(&self, key: ConversationKey) -> Result<Vec<MessageView>, StoreError> {
        self.read(key.organization_id, |tenant| {
            let messages = tenant.organization.messages_of(key.conversation_id);
            messages
                .iter()
                .filter(|message| message.status().is_writing())
                .filter_map(|message| shown(&tenant.organization, key, message.id))
                .collect()
        })
    }

    async fn find_all(
        &self,
        principal: &Principal,
        ids: &[ConversationId],
    ) -> Result<Vec<ConversationSummary>, StoreError> {
        self.read(principal.organization_id, |tenant| {
            ids.iter()
                .filter_map(|id| tenant.organization.find_any(principal, *id))
                .collect()
        })
    }
}

#[async_trait]
impl ConversationChanges for MemoryStore {
    fn board(&self) -> Arc<ChangeBoard> {
        Arc::clone(&self.board)
    }

    /// Nobody changes a directory in memory.
    async fn directory_versions(
        &self,
        organizations: &[OrganizationId],
    ) -> Result<Vec<(OrganizationId, u64)>, StoreError> {
        let state = self.state()?;
        let there = organizations
            .iter()
            .filter(|id| state.tenants.contains_key(id));
        Ok(there.map(|id| (*id, 0)).collect())
    }

    async fn pass_on(&self, _stop: CancellationToken) {}
}
