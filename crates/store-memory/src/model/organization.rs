//! One organization: its people, its conversations, and what its people see of them.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use parlor_application::ports::{
    ActivityCursor, ConversationFilter, ConversationQuery, ConversationSummary, FoundConversation,
    GroupRef, IdempotencyRecord, Member, Opening, OrganizationSeed, RarestTerm, SearchHit,
    SearchPage, SearchQuery, SearchScan, SearchStep, SearchedSlice, SessionDigest, SessionRecord,
    Sharing, StorePosition, UserRef, UserSeed,
};
use parlor_domain::{
    access::{AccessFacts, Reason, decide},
    conversation::Conversation,
    grants::{Privacy, PrivacyKind},
    ids::{ConversationId, GroupId, UserId},
    message::Message,
    message_tree::MessageTree,
    principal::{Permission, Principal},
};

use super::Index;

/// An organization with everything in it but its log.
#[derive(Debug, Clone, PartialEq)]
pub struct Organization {
    /// Who works there, and how.
    pub seed: OrganizationSeed,
    /// Its conversations.
    pub conversations: BTreeMap<ConversationId, Conversation>,
    /// Their messages, in the order in which they came.
    pub messages: BTreeMap<ConversationId, Vec<Message>>,
    /// The idempotency keys of its users.
    pub idempotency: BTreeMap<(UserId, String), IdempotencyRecord>,
    /// Who is signed in.
    pub sessions: BTreeMap<SessionDigest, SessionRecord>,
    /// Where the store says it is when it reads a user; a test may set it.
    pub read_at: StorePosition,
}

impl Organization {
    /// An organization without conversations.
    pub const fn new(seed: OrganizationSeed) -> Self {
        Self {
            seed,
            conversations: BTreeMap::new(),
            messages: BTreeMap::new(),
            idempotency: BTreeMap::new(),
            sessions: BTreeMap::new(),
            read_at: StorePosition::from_number(0),
        }
    }

    /// A user, active or not.
    pub fn user(&self, id: UserId) -> Option<&UserSeed> {
        self.seed.users.iter().find(|user| user.id == id)
    }

    /// A user and what it is called.
    pub fn user_ref(&self, id: UserId) -> UserRef {
        UserRef {
            id,
            name: self
                .user(id)
                .expect("a user of the organization")
                .name
                .clone(),
        }
    }

    /// An active user with all that the directory knows of it.
    pub fn member(&self, id: UserId) -> Option<Member> {
        let user = self.user(id).filter(|user| user.active)?;
        let role_names: BTreeSet<&String> = user.roles.iter().map(|(name, _)| name).collect();
        Some(Member {
            principal: Principal {
                organization_id: self.seed.id,
                user_id: id,
                permissions: role_names
                    .iter()
                    .flat_map(|name| self.permissions_of(name))
                    .collect(),
                groups: user.groups.iter().copied().collect(),
            },
            name: user.name.clone(),
            email: user.email.clone(),
            role_names: role_names.into_iter().cloned().collect(),
            organization_name: self.seed.name.clone(),
            groups: self.groups_in_order(|id| user.groups.contains(&id)),
            read_at: self.read_at,
        })
    }

    /// What a role gives: what it was given where it is named first.
    fn permissions_of(&self, role_name: &str) -> Vec<Permission> {
        let mut roles = self.seed.users.iter().flat_map(|user| &user.roles);
        roles
            .find(|(name, _)| name == role_name)
            .map(|(_, permissions)| permissions.clone())
            .unwrap_or_default()
    }

    /// Some groups, by name in code-point order, then by id.
    pub fn groups_in_order(&self, wanted: impl Fn(GroupId) -> bool) -> Vec<GroupRef> {
        let mut groups: Vec<_> = self
            .seed
            .groups
            .iter()
            .filter(|group| wanted(group.id))
            .cloned()
            .collect();
        groups.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        groups
    }

    /// Whether the domain makes a conversation visible, by all of its grants.
    pub fn is_visible(&self, principal: &Principal, id: ConversationId) -> bool {
        self.conversations
            .get(&id)
            .is_some_and(|conversation| decide(principal, conversation.into()).is_visible())
    }

    /// A conversation as a principal meets it, if it can see it.
    pub fn find(&self, principal: &Principal, id: ConversationId) -> Option<ConversationSummary> {
        self.find_any(principal, id)
            .filter(|_| self.is_visible(principal, id))
    }

    /// A conversation as a principal meets it, whether or not it can see it.
    pub fn find_any(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Option<ConversationSummary> {
        let conversation = self.conversations.get(&id)?;
        Some(ConversationSummary {
            id,
            organization_id: conversation.organization_id,
            owner: self.user_ref(conversation.owner_id),
            title: conversation.title.clone(),
            privacy: conversation.privacy.kind(),
            concerning: concerning(principal, &conversation.privacy),
            created_at: conversation.created_at,
            last_activity_at: conversation.last_activity_at,
            version: conversation.version,
            forked_from: conversation
                .forked_from
                .filter(|origin| self.is_visible(principal, *origin)),
        })
    }

    /// What an active user's change of a conversation begins with.
    pub fn open(&self, user_id: UserId, id: ConversationId) -> Option<Opening> {
        let mut opening = self.open_any(user_id, id)?;
        let is_visible = self.is_visible(&opening.member.principal, id);
        opening.found = opening.found.filter(|_| is_visible);
        Some(opening)
    }

    /// The same, with the conversation whether or not the user can see it.
    pub fn open_any(&self, user_id: UserId, id: ConversationId) -> Option<Opening> {
        let member = self.member(user_id)?;
        let stored = self.conversations.get(&id);
        let met = self.find_any(&member.principal, id);
        let found = stored
            .zip(met)
            .map(|(conversation, met)| FoundConversation {
                conversation: conversation.clone(),
                owner: met.owner,
                forked_from: met.forked_from,
            });
        Some(Opening {
            member,
            settings: self.seed.settings,
            found,
        })
    }

    /// A page of the conversations that a principal sees.
    pub fn list(
        &self,
        principal: &Principal,
        query: &ConversationQuery,
    ) -> Vec<ConversationSummary> {
        self.visible(principal, query)
            .into_iter()
            .take(query.limit as usize)
            .filter_map(|conversation| self.find(principal, conversation.id))
            .collect()
    }

    /// A page of what a principal finds.
    pub fn search(&self, principal: &Principal, query: &SearchQuery) -> SearchPage {
        let visible = self.visible(principal, &query.list);
        let is_by_privilege = query.list.filter == ConversationFilter::Private;
        let mut scan = SearchScan::new(query, !is_by_privilege);
        let mut place = 0;
        while let Some(step) = scan.next() {
            let rest = visible.get(place..).unwrap_or_default();
            let slice = match step {
                SearchStep::CountRarest(_) => {
                    scan.add_rarest(self.rarest(query, &visible));
                    continue;
                }
                SearchStep::LookUpRarest(rarest) => {
                    let hits = self.hits(principal, query, rest);
                    scan.add_matches(hits.take(rarest.hits as usize).collect());
                    continue;
                }
                SearchStep::Slice(slice) => slice,
            };
            let slice_of_all = &rest[..rest.len().min(slice.conversations as usize)];
            place += slice_of_all.len();
            let hits = self.hits(principal, query, slice_of_all);
            let found = SearchedSlice {
                hits: hits.take(slice.hits as usize).collect(),
                conversations: slice_of_all.len().try_into().expect("a small number"),
                end: slice_of_all.last().map(|end| ActivityCursor {
                    last_activity_at: end.last_activity_at,
                    id: end.id,
                }),
            };
            scan.add(slice, found);
        }
        scan.finish()
    }

    /// The term that the fewest of these have.
    fn rarest(&self, query: &SearchQuery, conversations: &[&Conversation]) -> RarestTerm {
        let indexes: Vec<Index> = conversations
            .iter()
            .map(|conversation| {
                Index::new(
                    conversation.title.as_str(),
                    self.messages_of(conversation.id),
                )
            })
            .collect();
        let counted = query.terms.terms().iter().map(|term| RarestTerm {
            term: term.clone(),
            entries: indexes
                .iter()
                .filter(|index| index.has(term))
                .count()
                .try_into()
                .expect("a small number"),
        });
        counted
            .min_by_key(|rarest| rarest.entries)
            .expect("a search has a term")
    }

    /// Which of these have all terms.
    fn hits(
        &self,
        principal: &Principal,
        query: &SearchQuery,
        conversations: &[&Conversation],
    ) -> impl Iterator<Item = SearchHit> {
        conversations.iter().filter_map(|conversation| {
            let title = conversation.title.as_str();
            let index = Index::new(title, self.messages_of(conversation.id));
            Some(SearchHit {
                position: index.find(&query.terms)?.position,
                summary: self.find(principal, conversation.id)?,
            })
        })
    }

    /// What the filter lets through of what a principal sees, after the cursor, in the order of the list.
    fn visible(&self, principal: &Principal, query: &ConversationQuery) -> Vec<&Conversation> {
        let order = |at, id| (Reverse(at), Reverse(id));
        let mut visible: Vec<&Conversation> = self
            .conversations
            .values()
            .filter(|conversation| lets_through(query.filter, principal, conversation))
            .filter(|conversation| {
                query.after.is_none_or(|cursor| {
                    order(conversation.last_activity_at, conversation.id)
                        > order(cursor.last_activity_at, cursor.id)
                })
            })
            .collect();
        visible.sort_by_key(|conversation| order(conversation.last_activity_at, conversation.id));
        visible
    }

    /// The messages of a conversation, in the order in which they came.
    pub fn messages_of(&self, id: ConversationId) -> &[Message] {
        self.messages.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The messages of a conversation as a tree.
    pub fn tree_of(&self, id: ConversationId) -> MessageTree {
        MessageTree::from_messages(id, self.messages_of(id).iter().cloned()).expect("a tree")
    }

    /// With whom a conversation is shared.
    pub fn sharing(&self, id: ConversationId) -> Option<Sharing> {
        let conversation = self.conversations.get(&id)?;
        let granted = |id| {
            conversation
                .privacy
                .grants()
                .is_some_and(|grants| grants.groups().contains_key(&id))
        };
        Some(Sharing {
            privacy: conversation.privacy.clone(),
            groups: self.groups_in_order(granted),
            version: conversation.version,
        })
    }
}

/// Whether the conversation is visible, and of the kind that the filter asks for.
fn lets_through(
    filter: ConversationFilter,
    principal: &Principal,
    conversation: &Conversation,
) -> bool {
    let access = decide(principal, AccessFacts::from(conversation));
    let is_owner = access.reasons().contains(&Reason::Owner);
    let is_granted = access
        .reasons()
        .iter()
        .any(|reason| *reason != Reason::Owner && !reason.is_privilege());
    access.is_visible()
        && match filter {
            ConversationFilter::All => true,
            ConversationFilter::Mine => is_owner,
            ConversationFilter::Shared => !is_owner && is_granted,
            ConversationFilter::Private => {
                !is_owner && conversation.privacy.kind() == PrivacyKind::Private
            }
        }
}

/// The grants that are for everybody or for one of the principal's groups.
pub fn concerning(principal: &Principal, privacy: &Privacy) -> Privacy {
    privacy.grants().map_or(Privacy::Private, |grants| {
        let mine = grants
            .groups()
            .iter()
            .filter(|(group, _)| principal.groups.contains(group));
        Privacy::from_grants(
            grants.organization(),
            mine.map(|(group, level)| (*group, *level)).collect(),
        )
    })
}
