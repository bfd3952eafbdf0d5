//! Where the hints of one process are told.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parlor_domain::ids::{ConversationId, OrganizationId};
use tokio::sync::{broadcast, watch};

use crate::ports::ConversationKey;

/// How many hints a list's follower may be behind before it has to look at everything.
const BEHIND: usize = 256;

/// Tells those who follow a conversation, or an organization's list, that they have to look again. Nobody waits for it, and what it
/// tells takes no room while nobody follows.
#[derive(Default)]
pub struct ChangeBoard {
    followed: Mutex<HashMap<OrganizationId, Followed>>,
    /// Whether hints of other processes do not come now.
    is_deaf: AtomicBool,
}

/// Who follows what of one organization.
#[derive(Default)]
struct Followed {
    conversations: HashMap<ConversationId, watch::Sender<()>>,
    lists: Option<broadcast::Sender<ListHint>>,
}

impl Followed {
    fn is_nobody(&self) -> bool {
        self.conversations.is_empty() && self.lists.is_none()
    }

    fn tell_everybody(&self) {
        for conversation in self.conversations.values() {
            conversation.send_replace(());
        }
        self.tell_lists(ListHint::Everything);
    }

    fn tell_lists(&self, hint: ListHint) {
        if let Some(lists) = &self.lists {
            // The last follower may be going away at this moment.
            let _ = lists.send(hint);
        }
    }
}

impl ChangeBoard {
    /// After how long whoever follows something looks by itself: a process may end between a commit and its hint.
    pub const PATIENCE: Duration = Duration::from_secs(10);
    /// The same while no hints come from other processes.
    pub const PATIENCE_WHILE_DEAF: Duration = Duration::from_millis(500);

    /// A board of nobody's.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Follows a conversation, whether or not there is such a one.
    pub fn follow(self: &Arc<Self>, key: ConversationKey) -> ConversationHints {
        let mut followed = self.followed();
        let of_organization = followed.entry(key.organization_id).or_default();
        let sender = of_organization.conversations.entry(key.conversation_id);
        let receiver = sender.or_insert_with(|| watch::Sender::new(())).subscribe();
        ConversationHints {
            receiver,
            registration: Registration {
                board: Arc::clone(self),
                organization_id: key.organization_id,
                conversation_id: Some(key.conversation_id),
            },
        }
    }

    /// Follows everything of an organization, for a list.
    pub fn follow_list(self: &Arc<Self>, organization_id: OrganizationId) -> ListHints {
        let mut followed = self.followed();
        let lists = &mut followed.entry(organization_id).or_default().lists;
        let receiver = lists
            .get_or_insert_with(|| broadcast::Sender::new(BEHIND))
            .subscribe();
        ListHints {
            receiver,
            registration: Registration {
                board: Arc::clone(self),
                organization_id,
                conversation_id: None,
            },
        }
    }

    /// A conversation was changed.
    pub fn tell(&self, key: ConversationKey) {
        let followed = self.followed();
        if let Some(of_organization) = followed.get(&key.organization_id) {
            if let Some(conversation) = of_organization.conversations.get(&key.conversation_id) {
                conversation.send_replace(());
            }
            of_organization.tell_lists(ListHint::Conversation(key.conversation_id));
        }
    }

    /// Everybody of an organization has to look again.
    pub fn tell_organization(&self, organization_id: OrganizationId) {
        if let Some(of_organization) = self.followed().get(&organization_id) {
            of_organization.tell_everybody();
        }
    }

    /// Everybody has to look again: hints may have been lost.
    pub fn tell_everybody(&self) {
        self.followed().values().for_each(Followed::tell_everybody);
    }

    /// Notes whether hints of other processes come now. Everybody looks at once when that changes.
    pub fn set_deaf(&self, is_deaf: bool) {
        if self.is_deaf.swap(is_deaf, Ordering::SeqCst) != is_deaf {
            self.tell_everybody();
        }
    }

    /// After how long whoever follows something looks by itself now.
    pub fn patience(&self) -> Duration {
        if self.is_deaf.load(Ordering::SeqCst) {
            Self::PATIENCE_WHILE_DEAF
        } else {
            Self::PATIENCE
        }
    }

    /// The organizations of which somebody follows something.
    pub fn organizations(&self) -> Vec<OrganizationId> {
        self.followed().keys().copied().collect()
    }

    /// Takes off what the last follower has left.
    fn tidy(&self, organization_id: OrganizationId, conversation_id: Option<ConversationId>) {
        let mut followed = self.followed();
        let Some(of_organization) = followed.get_mut(&organization_id) else {
            return;
        };
        if let Some(id) = conversation_id {
            let conversations = &mut of_organization.conversations;
            if conversations
                .get(&id)
                .is_some_and(|sender| sender.receiver_count() == 0)
            {
                conversations.remove(&id);
            }
        } else {
            let lists = of_organization.lists.take();
            of_organization.lists = lists.filter(|lists| lists.receiver_count() > 0);
        }
        if of_organization.is_nobody() {
            followed.remove(&organization_id);
        }
    }

    fn followed(&self) -> MutexGuard<'_, HashMap<OrganizationId, Followed>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is told of one conversation. Any number of hints between two looks are one.
pub struct ConversationHints {
    receiver: watch::Receiver<()>,
    // Dropped after the receiver.
    registration: Registration,
}

impl ConversationHints {
    /// Whether there was a hint since the last look; it is taken.
    pub fn take(&mut self) -> bool {
        let is_told = self.is_told();
        if is_told {
            self.receiver.mark_unchanged();
        }
        is_told
    }

    /// Whether there was a hint since the last look; it stays.
    pub fn is_told(&self) -> bool {
        self.receiver.has_changed().unwrap_or(false)
    }

    /// Waits for a hint, which stays.
    pub async fn told(&self) {
        let mut receiver = self.receiver.clone();
        if receiver.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// After how long one looks without a hint.
    pub fn patience(&self) -> Duration {
        self.registration.board.patience()
    }
}

/// What is told to a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListHint {
    /// This conversation was changed.
    Conversation(ConversationId),
    /// Anything may have been changed.
    Everything,
}

/// What is told of an organization's conversations.
pub struct ListHints {
    receiver: broadcast::Receiver<ListHint>,
    // Dropped after the receiver.
    registration: Registration,
}

impl ListHints {
    /// Waits for the next hint. Whoever is too far behind has to look at everything.
    pub async fn next(&mut self) -> ListHint {
        match self.receiver.recv().await {
            Ok(hint) => hint,
            Err(broadcast::error::RecvError::Lagged(_)) => ListHint::Everything,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }

    /// A hint that is there already.
    pub fn take(&mut self) -> Option<ListHint> {
        match self.receiver.try_recv() {
            Ok(hint) => Some(hint),
            Err(broadcast::error::TryRecvError::Lagged(_)) => Some(ListHint::Everything),
            Err(_) => None,
        }
    }

    /// After how long one looks without a hint.
    pub fn patience(&self) -> Duration {
        self.registration.board.patience()
    }
}

/// A follower's place on the board.
struct Registration {
    board: Arc<ChangeBoard>,
    organization_id: OrganizationId,
    conversation_id: Option<ConversationId>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.board.tidy(self.organization_id, self.conversation_id);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use uuid::Uuid;

    use super::*;

    fn key(organization: u128, conversation: u128) -> ConversationKey {
        ConversationKey {
            organization_id: OrganizationId::from_uuid(Uuid::from_u128(organization)),
            conversation_id: ConversationId::from_uuid(Uuid::from_u128(conversation)),
        }
    }

    #[test]
    fn a_change_is_told_to_those_who_follow_that_conversation_and_to_nobody_else() {
        let board = ChangeBoard::new();
        let mut followers =
            [key(1, 1), key(1, 1), key(1, 2), key(2, 1)].map(|key| board.follow(key));
        board.tell(key(1, 1));
        let told = followers.each_mut().map(ConversationHints::take);
        assert_eq!(told, [true, true, false, false]);
        let told = followers.each_mut().map(ConversationHints::take);
        assert_eq!(told, [false; 4]);
    }

    #[test]
    fn many_hints_are_one_until_they_are_taken() {
        let board = ChangeBoard::new();
        let mut hints = board.follow(key(1, 1));
        board.tell(key(1, 1));
        board.tell(key(1, 1));
        assert!(hints.is_told() && hints.told().now_or_never().is_some());
        assert!(hints.take() && !hints.is_told());
        assert!(hints.told().now_or_never().is_none());
    }

    #[test]
    fn a_list_is_told_which_conversations_of_its_organization_were_changed() {
        let board = ChangeBoard::new();
        let mut list = board.follow_list(key(1, 1).organization_id);
        board.tell(key(1, 2));
        board.tell(key(2, 3));
        board.tell_organization(key(1, 1).organization_id);
        assert_eq!(
            list.take(),
            Some(ListHint::Conversation(key(1, 2).conversation_id))
        );
        assert_eq!(list.take(), Some(ListHint::Everything));
        assert_eq!(list.take(), None);
    }

    #[test]
    fn a_list_that_is_far_behind_has_to_look_at_everything() {
        let board = ChangeBoard::new();
        let mut list = board.follow_list(key(1, 1).organization_id);
        for number in 0..=BEHIND as u128 {
            board.tell(key(1, number));
        }
        assert_eq!(list.take(), Some(ListHint::Everything));
    }

    #[test]
    fn everybody_looks_when_hints_may_have_been_lost_and_more_often_while_none_come() {
        let board = ChangeBoard::new();
        let mut hints = [key(1, 1), key(2, 1)].map(|key| board.follow(key));
        assert_eq!(board.patience(), ChangeBoard::PATIENCE);
        for is_deaf in [true, false] {
            board.set_deaf(is_deaf);
            assert_eq!(board.patience() < ChangeBoard::PATIENCE, is_deaf);
            assert_eq!(hints.each_mut().map(ConversationHints::take), [true; 2]);
            board.set_deaf(is_deaf);
            assert_eq!(hints.each_mut().map(ConversationHints::take), [false; 2]);
        }
    }

    #[test]
    fn whoever_goes_away_leaves_nothing_on_the_board() {
        let board = ChangeBoard::new();
        let (one, other) = (board.follow(key(1, 1)), board.follow(key(1, 1)));
        let list = board.follow_list(key(2, 1).organization_id);
        assert_eq!(board.organizations().len(), 2);
        drop(one);
        board.tell(key(1, 1));
        assert!(other.is_told());
        drop((other, list));
        assert!(board.organizations().is_empty());
    }
}
