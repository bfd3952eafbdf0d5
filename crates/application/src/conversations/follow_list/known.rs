//! What a follower of a list knows already.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use parlor_domain::ids::ConversationId;

use crate::{
    access_gate::ConversationView,
    ports::{ConversationSummary, UserRef},
};

/// The conversations that a follower could see, and how they were: so that one that it can see no more is told to it, and to
/// nobody else. At most so many; the one that was told longest ago is forgotten first.
pub(super) struct Known {
    most: usize,
    by_id: BTreeMap<ConversationId, (u64, u64)>,
    by_age: BTreeSet<(u64, ConversationId)>,
    turn: u64,
}

impl Known {
    pub fn at_most(most: usize) -> Self {
        Self {
            most,
            by_id: BTreeMap::new(),
            by_age: BTreeSet::new(),
            turn: 0,
        }
    }

    /// Notes how a conversation is now; answers whether that is news.
    pub fn note(&mut self, view: &ConversationView) -> bool {
        let id = view.summary.id;
        let print = print_of(view);
        let before = self.by_id.get(&id).copied();
        if before.is_some_and(|(noted, _)| noted == print) {
            return false;
        }
        self.forget(id);
        self.turn += 1;
        self.by_id.insert(id, (print, self.turn));
        self.by_age.insert((self.turn, id));
        if self.by_id.len() > self.most
            && let Some(&(_, oldest)) = self.by_age.first()
        {
            self.forget(oldest);
        }
        true
    }

    /// Whether a conversation is as it was noted.
    pub fn has(&self, view: &ConversationView) -> bool {
        let noted = self.by_id.get(&view.summary.id);
        noted.is_some_and(|(noted, _)| *noted == print_of(view))
    }

    /// Whether a conversation is known at all.
    pub fn has_id(&self, id: ConversationId) -> bool {
        self.by_id.contains_key(&id)
    }

    /// Forgets a conversation; answers whether it was known.
    pub fn forget(&mut self, id: ConversationId) -> bool {
        let Some((_, turn)) = self.by_id.remove(&id) else {
            return false;
        };
        self.by_age.remove(&(turn, id));
        true
    }

    pub fn ids(&self) -> impl Iterator<Item = ConversationId> {
        self.by_id.keys().copied()
    }
}

/// Everything that one sees of a conversation, as a number: what is remembered of thousands stays small.
fn print_of(ConversationView { summary, access }: &ConversationView) -> u64 {
    // Every field has a name here, so that the compiler asks about a new one.
    let ConversationSummary {
        id: _,
        organization_id: _,
        owner: UserRef {
            id: owner_id,
            name: owner_name,
        },
        title,
        privacy,
        // What of it concerns the reader, `access` says.
        concerning: _,
        created_at: _,
        last_activity_at,
        version,
        forked_from,
    } = summary;
    let mut hasher = DefaultHasher::new();
    title.as_str().hash(&mut hasher);
    owner_id.hash(&mut hasher);
    owner_name.hash(&mut hasher);
    privacy.hash(&mut hasher);
    last_activity_at.hash(&mut hasher);
    version.as_number().hash(&mut hasher);
    forked_from.hash(&mut hasher);
    access.level().hash(&mut hasher);
    access.reasons().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use parlor_domain::text::Title;

    use super::*;
    use crate::testing::*;

    fn view(place: u128) -> ConversationView {
        let conversation = parlor_domain::conversation::Conversation {
            id: ConversationId::from_uuid(uuid::Uuid::from_u128(place)),
            ..private()
        };
        let viewpoint = crate::access_gate::Viewpoint {
            principal: alice().principal().clone(),
            owner: user_ref(&alice()),
            forked_from: None,
        };
        viewpoint.view(conversation)
    }

    #[test]
    fn what_is_as_it_was_is_no_news() {
        let mut known = Known::at_most(9);
        assert!(known.note(&view(1)) && !known.note(&view(1)) && known.has(&view(1)));
        let mut renamed = view(1);
        renamed.summary.title = Title::parse("Beacons of another kind").unwrap();
        assert!(!known.has(&renamed) && known.note(&renamed) && !known.note(&renamed));
    }

    #[test]
    fn only_what_was_known_can_be_forgotten() {
        let mut known = Known::at_most(9);
        known.note(&view(1));
        assert!(known.forget(view(1).summary.id) && !known.forget(view(1).summary.id));
        assert!(known.note(&view(1)));
    }

    #[test]
    fn what_was_told_longest_ago_makes_room() {
        let mut known = Known::at_most(2);
        for place in [1, 2, 3] {
            known.note(&view(place));
        }
        let ids: Vec<_> = known.ids().collect();
        assert_eq!(ids, [view(2), view(3)].map(|view| view.summary.id));
        assert_eq!(known.by_age.len(), 2);
    }
}
