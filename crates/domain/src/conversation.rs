//! A conversation and what can happen to it.

mod start;
mod version;

use chrono::{DateTime, Utc};

pub use start::FirstPrompt;
pub use version::Version;

use crate::{
    grants::{Grants, Level, Privacy, PrivacyKind},
    ids::{ConversationId, OrganizationId, UserId},
    settings::Settings,
    text::Title,
};

/// A conversation of one organization. It always has an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// The tenant it belongs to, for ever.
    pub organization_id: OrganizationId,
    /// Who created it, or to whom it was transferred.
    pub owner_id: UserId,
    /// What it is called.
    pub title: Title,
    /// Private, or shared with whom.
    pub privacy: Privacy,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When a message last came.
    pub last_activity_at: DateTime<Utc>,
    /// How often it was changed.
    pub version: Version,
    /// The conversation that it is a copy of; that one may be gone.
    pub forked_from: Option<ConversationId>,
}

/// Making a conversation private is switched off in the organization's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("private conversations are disabled in this organization")]
pub struct PrivateConversationsDisabled;

/// What came of a transition: nothing (so nothing is saved and nothing audited), or a new version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was so already.
    Unchanged(Conversation),
    /// It is different now.
    Changed {
        /// As it was.
        before: Conversation,
        /// As it is, one version later.
        after: Conversation,
    },
}

/// What a new conversation is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConversation {
    /// Its id.
    pub id: ConversationId,
    /// The tenant.
    pub organization_id: OrganizationId,
    /// Who creates it.
    pub owner_id: UserId,
    /// Its title; without one, the first prompt names it.
    pub title: Option<Title>,
    /// Private or shared; without a wish, as the organization's setting says.
    pub privacy: Option<PrivacyKind>,
    /// Now.
    pub created_at: DateTime<Utc>,
}

impl Conversation {
    /// A new conversation: private where the organization has private conversations, else shared with the
    /// organization as view (access rules, "Toggling").
    pub fn create(
        new: NewConversation,
        settings: Settings,
    ) -> Result<Self, PrivateConversationsDisabled> {
        Ok(Self {
            id: new.id,
            organization_id: new.organization_id,
            owner_id: new.owner_id,
            title: new.title.unwrap_or_else(Title::untitled),
            privacy: match new.privacy {
                None => Privacy::of_new_conversations(settings),
                Some(PrivacyKind::Private) => private(settings)?,
                Some(PrivacyKind::Shared) => Privacy::Shared(Grants::to_organization(Level::View)),
            },
            created_at: new.created_at,
            last_activity_at: new.created_at,
            version: Version::FIRST,
            forked_from: None,
        })
    }

    /// A private copy for somebody who may read this one. A copy carries no grant of the original along, so it cannot
    /// be made where private conversations are disabled.
    pub fn fork(
        &self,
        id: ConversationId,
        owner_id: UserId,
        now: DateTime<Utc>,
        settings: Settings,
    ) -> Result<Self, PrivateConversationsDisabled> {
        Ok(Self {
            id,
            organization_id: self.organization_id,
            owner_id,
            title: self.title.clone(),
            privacy: private(settings)?,
            created_at: now,
            last_activity_at: now,
            version: Version::FIRST,
            forked_from: Some(self.id),
        })
    }

    /// Toggles: to shared means exactly the organization's view; to private takes all grants away.
    pub fn toggle(
        self,
        to: PrivacyKind,
        settings: Settings,
    ) -> Result<Change, PrivateConversationsDisabled> {
        match to {
            kind if kind == self.privacy.kind() => Ok(Change::Unchanged(self)),
            PrivacyKind::Private => self.share(Privacy::Private, settings),
            PrivacyKind::Shared => self.share(
                Privacy::Shared(Grants::to_organization(Level::View)),
                settings,
            ),
        }
    }

    /// Replaces all grants at once; no grants at all is toggling to private.
    pub fn share(
        self,
        privacy: Privacy,
        settings: Settings,
    ) -> Result<Change, PrivateConversationsDisabled> {
        if privacy == self.privacy {
            return Ok(Change::Unchanged(self));
        }
        let privacy = match privacy {
            Privacy::Private => private(settings)?,
            shared @ Privacy::Shared(_) => shared,
        };
        Ok(self.changed(|conversation| conversation.privacy = privacy))
    }

    /// Gives it another title.
    pub fn rename(self, title: Title) -> Change {
        if title == self.title {
            return Change::Unchanged(self);
        }
        self.changed(|conversation| conversation.title = title)
    }

    /// Gives it to another owner of the same organization; grants stay as they are.
    pub fn transfer(self, owner_id: UserId) -> Change {
        if owner_id == self.owner_id {
            return Change::Unchanged(self);
        }
        self.changed(|conversation| conversation.owner_id = owner_id)
    }

    /// Notes that a message came: the newest activity, and a title from the first prompt if nobody gave one.
    ///
    /// No new version: see [`Version`].
    pub fn note_prompt(&mut self, prompt: &str, now: DateTime<Utc>) {
        self.last_activity_at = self.last_activity_at.max(now);
        if self.title.is_untitled() {
            self.title = Title::derived_from(prompt);
        }
    }

    fn changed(self, change: impl FnOnce(&mut Self)) -> Change {
        let mut after = self.clone();
        change(&mut after);
        after.version = self.version.next();
        Change::Changed {
            before: self,
            after,
        }
    }
}

const fn private(settings: Settings) -> Result<Privacy, PrivateConversationsDisabled> {
    if settings.private_conversations {
        Ok(Privacy::Private)
    } else {
        Err(PrivateConversationsDisabled)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use uuid::Uuid;

    use super::*;
    use crate::ids::GroupId;

    const ENABLED: Settings = Settings {
        private_conversations: true,
    };
    const DISABLED: Settings = Settings {
        private_conversations: false,
    };

    fn new(privacy: Option<PrivacyKind>) -> NewConversation {
        NewConversation {
            id: ConversationId::from_uuid(Uuid::from_u128(1)),
            organization_id: OrganizationId::from_uuid(Uuid::from_u128(2)),
            owner_id: UserId::from_uuid(Uuid::from_u128(3)),
            title: None,
            privacy,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    fn private() -> Conversation {
        Conversation::create(new(None), ENABLED).unwrap()
    }

    fn organization_view() -> Privacy {
        Privacy::Shared(Grants::to_organization(Level::View))
    }

    fn group_collaborate() -> Privacy {
        let group = GroupId::from_uuid(Uuid::from_u128(4));
        Privacy::from_grants(None, BTreeMap::from([(group, Level::Collaborate)]))
    }

    fn after(change: Change) -> Conversation {
        match change {
            Change::Changed { after, .. } => after,
            Change::Unchanged(_) => panic!("nothing changed"),
        }
    }

    #[test]
    fn a_new_conversation_is_private_where_the_setting_allows_it_and_else_shared_as_view() {
        assert_eq!(private().privacy, Privacy::Private);
        assert_eq!(
            Conversation::create(new(None), DISABLED).unwrap().privacy,
            organization_view()
        );
    }

    #[test]
    fn a_wish_for_private_is_refused_while_private_conversations_are_disabled() {
        assert_eq!(
            Conversation::create(new(Some(PrivacyKind::Private)), DISABLED),
            Err(PrivateConversationsDisabled)
        );
        let shared = Conversation::create(new(Some(PrivacyKind::Shared)), ENABLED).unwrap();
        assert_eq!(shared.privacy, organization_view());
    }

    #[test]
    fn toggling_to_shared_is_exactly_the_organizations_view_under_a_new_version() {
        let shared = after(private().toggle(PrivacyKind::Shared, ENABLED).unwrap());
        assert_eq!(shared.privacy, organization_view());
        assert_eq!(shared.version, Version::from_number(2));
    }

    #[test]
    fn toggling_to_private_takes_every_grant_away_and_tells_which() {
        let shared = after(private().share(group_collaborate(), ENABLED).unwrap());
        let Change::Changed { before, after } =
            shared.toggle(PrivacyKind::Private, ENABLED).unwrap()
        else {
            panic!("nothing changed");
        };
        assert_eq!(before.privacy, group_collaborate());
        assert_eq!(after.privacy, Privacy::Private);
    }

    #[test]
    fn toggling_to_what_it_is_changes_nothing_whatever_the_setting() {
        for settings in [ENABLED, DISABLED] {
            let change = private().toggle(PrivacyKind::Private, settings).unwrap();
            assert_eq!(change, Change::Unchanged(private()));
            let shared = after(private().share(group_collaborate(), ENABLED).unwrap());
            let change = shared
                .clone()
                .toggle(PrivacyKind::Shared, settings)
                .unwrap();
            assert_eq!(
                change,
                Change::Unchanged(shared),
                "a group's grant is not replaced by a toggle to shared"
            );
        }
    }

    #[test]
    fn a_shared_conversation_cannot_become_private_while_private_conversations_are_disabled() {
        let shared = Conversation::create(new(None), DISABLED).unwrap();
        let toggled = shared.clone().toggle(PrivacyKind::Private, DISABLED);
        assert_eq!(toggled, Err(PrivateConversationsDisabled));
        assert_eq!(
            shared.share(Privacy::Private, DISABLED),
            Err(PrivateConversationsDisabled)
        );
    }

    #[test]
    fn disabling_private_conversations_leaves_sharing_possible() {
        let shared = after(private().share(group_collaborate(), DISABLED).unwrap());
        assert_eq!(shared.privacy, group_collaborate());
    }

    #[test]
    fn the_first_prompt_replaces_the_placeholder_and_no_given_title() {
        let untitled = private();
        let given = Title::parse(untitled.title.as_str()).unwrap();
        let renamed = after(untitled.clone().rename(given.clone()));
        for (mut conversation, title) in [
            (untitled, Title::derived_from("Which hosts beacon?")),
            (renamed, given),
        ] {
            conversation.note_prompt("Which hosts beacon?", DateTime::UNIX_EPOCH);
            assert_eq!(conversation.title, title);
        }
    }

    #[test]
    fn saving_the_grants_that_are_there_changes_nothing() {
        let shared = after(private().share(group_collaborate(), ENABLED).unwrap());
        assert_eq!(
            shared.clone().share(group_collaborate(), ENABLED),
            Ok(Change::Unchanged(shared))
        );
    }

    #[test]
    fn a_transfer_changes_the_owner_and_no_grant() {
        let shared = after(private().share(group_collaborate(), ENABLED).unwrap());
        let heir = UserId::from_uuid(Uuid::from_u128(9));
        let given = after(shared.clone().transfer(heir));
        assert_eq!((given.owner_id, &given.privacy), (heir, &shared.privacy));
        assert_eq!(given.version, Version::from_number(3));
        assert_eq!(given.clone().transfer(heir), Change::Unchanged(given));
    }

    #[test]
    fn renaming_to_the_same_title_changes_nothing() {
        let title = Title::parse("Beacons").unwrap();
        let named = after(private().rename(title.clone()));
        assert_eq!(named.title, title);
        assert_eq!(named.clone().rename(title), Change::Unchanged(named));
    }

    #[test]
    fn the_first_prompt_names_an_untitled_conversation_and_makes_no_new_version() {
        let mut conversation = private();
        let later = DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(5);
        conversation.note_prompt("who logged in?", later);
        assert_eq!(conversation.title.as_str(), "who logged in?");
        assert_eq!(
            (conversation.version, conversation.last_activity_at),
            (Version::FIRST, later)
        );
        conversation.note_prompt("and then?", DateTime::UNIX_EPOCH);
        assert_eq!(conversation.title.as_str(), "who logged in?");
        assert_eq!(
            conversation.last_activity_at, later,
            "activity never goes back"
        );
    }

    #[test]
    fn a_fork_is_private_belongs_to_the_forker_and_knows_where_it_came_from() {
        let shared = after(private().share(organization_view(), ENABLED).unwrap());
        let forker = UserId::from_uuid(Uuid::from_u128(9));
        let id = ConversationId::from_uuid(Uuid::from_u128(8));
        let fork = shared
            .fork(id, forker, DateTime::UNIX_EPOCH, ENABLED)
            .unwrap();
        assert_eq!(
            (fork.owner_id, &fork.privacy, fork.forked_from),
            (forker, &Privacy::Private, Some(shared.id))
        );
        assert_eq!(
            shared.fork(id, forker, DateTime::UNIX_EPOCH, DISABLED),
            Err(PrivateConversationsDisabled)
        );
    }
}
