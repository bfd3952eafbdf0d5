//! Random lives of a conversation, beside a plain model of the rules of toggling and sharing.
//!
//! Two things need no test, because they cannot be written: a private conversation with grants ([`Privacy::Private`] has
//! no place for them, and `Grants` has no empty value), and a setting that widens an existing conversation (changing
//! the setting takes and gives no conversation).

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use parlor_domain::{
    conversation::{Change, Conversation, NewConversation, PrivateConversationsDisabled, Version},
    grants::{Grants, Level, Privacy, PrivacyKind},
    ids::{GroupId, UserId},
    settings::Settings,
    text::Title,
};
use proptest::{collection, prelude::*, sample};

use crate::arbitrary;

type Granted = (Option<Level>, BTreeMap<GroupId, Level>);

#[derive(Debug, Clone)]
enum Step {
    Setting(bool),
    Toggle(PrivacyKind),
    Share(Granted),
    Rename(&'static str),
    Transfer(UserId),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<bool>().prop_map(Step::Setting),
        kind().prop_map(Step::Toggle),
        arbitrary::grants().prop_map(Step::Share),
        sample::select(vec!["Beacons", "Lateral movement"]).prop_map(Step::Rename),
        arbitrary::user_id().prop_map(Step::Transfer),
    ]
}

fn kind() -> impl Strategy<Value = PrivacyKind> {
    sample::select(vec![PrivacyKind::Private, PrivacyKind::Shared])
}

/// A conversation as the rules speak of it: who has which grant, and how often something changed.
#[derive(Debug, Clone, PartialEq)]
struct Model {
    granted: Granted,
    title: String,
    owner: UserId,
    version: u64,
}

impl Model {
    fn of(conversation: &Conversation) -> Self {
        let grants = conversation.privacy.grants();
        Self {
            granted: (
                grants.and_then(Grants::organization),
                grants
                    .map(|grants| grants.groups().clone())
                    .unwrap_or_default(),
            ),
            title: conversation.title.as_str().to_owned(),
            owner: conversation.owner_id,
            version: conversation.version.as_number(),
        }
    }

    fn is_private(&self) -> bool {
        self.granted == (None, BTreeMap::new())
    }

    /// The model after this step, or `None` where it is refused.
    fn after(&self, step: &Step, private_conversations: bool) -> Option<Self> {
        let mut after = self.clone();
        match step {
            Step::Toggle(PrivacyKind::Private) => after.granted = (None, BTreeMap::new()),
            Step::Toggle(PrivacyKind::Shared) if self.is_private() => {
                after.granted = (Some(Level::View), BTreeMap::new());
            }
            Step::Setting(_) | Step::Toggle(PrivacyKind::Shared) => {}
            Step::Share(granted) => after.granted = granted.clone(),
            Step::Rename(title) => (*title).clone_into(&mut after.title),
            Step::Transfer(owner) => after.owner = *owner,
        }
        if after.is_private() && !self.is_private() && !private_conversations {
            return None;
        }
        if after != *self {
            after.version += 1;
        }
        Some(after)
    }
}

fn take(
    conversation: Conversation,
    step: &Step,
    settings: Settings,
) -> Result<Change, PrivateConversationsDisabled> {
    match step {
        Step::Setting(_) => Ok(Change::Unchanged(conversation)),
        Step::Toggle(kind) => conversation.toggle(*kind, settings),
        Step::Share((organization, groups)) => conversation.share(
            Privacy::from_grants(*organization, groups.clone()),
            settings,
        ),
        Step::Rename(title) => Ok(conversation.rename(Title::parse(title).unwrap())),
        Step::Transfer(owner) => Ok(conversation.transfer(*owner)),
    }
}

fn new(privacy: Option<PrivacyKind>, owner_id: UserId) -> NewConversation {
    NewConversation {
        id: arbitrary::conversation_id(1),
        organization_id: parlor_domain::ids::OrganizationId::from_uuid(uuid::Uuid::from_u128(0x10)),
        owner_id,
        title: None,
        privacy,
        created_at: DateTime::UNIX_EPOCH,
    }
}

/// Who holds at least this level by a grant: the organization, as `None`, and groups.
fn audience(granted: &Granted, least: Level) -> BTreeSet<Option<GroupId>> {
    let organization = granted.0.filter(|level| *level >= least).map(|_| None);
    let groups = granted
        .1
        .iter()
        .filter(|(_, level)| **level >= least)
        .map(|(group, _)| Some(*group));
    organization.into_iter().chain(groups).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn every_life_of_a_conversation_is_that_of_the_model(
        owner in arbitrary::user_id(),
        wish in proptest::option::of(kind()),
        mut enabled in any::<bool>(),
        steps in collection::vec(step(), 0..30),
    ) {
        let created = Conversation::create(new(wish, owner), Settings { private_conversations: enabled });
        let asked_for = wish.unwrap_or(if enabled { PrivacyKind::Private } else { PrivacyKind::Shared });
        if asked_for == PrivacyKind::Private && !enabled {
            prop_assert_eq!(created, Err(PrivateConversationsDisabled));
            return Ok(());
        }
        let mut conversation = created.unwrap();
        prop_assert_eq!(conversation.privacy.kind(), asked_for);
        prop_assert_eq!(conversation.version, Version::FIRST);
        let mut model = Model::of(&conversation);
        prop_assert!(model.is_private() || model.granted == (Some(Level::View), BTreeMap::new()));

        for step in steps {
            if let Step::Setting(now) = step {
                enabled = now;
            }
            let settings = Settings { private_conversations: enabled };
            let taken = take(conversation.clone(), &step, settings);
            let expected = model.after(&step, enabled);
            prop_assert_eq!(taken.is_err(), expected.is_none(), "{:?}", &step);
            let Some(expected) = expected else { continue };
            match taken.unwrap() {
                Change::Unchanged(same) => {
                    prop_assert_eq!(&same, &conversation);
                    prop_assert_eq!(&expected, &model, "{:?}", &step);
                }
                Change::Changed { before, after } => {
                    prop_assert_eq!(&before, &conversation);
                    prop_assert_eq!(after.version.as_number(), before.version.as_number() + 1);
                    prop_assert_eq!(Model::of(&after), expected.clone(), "{:?}", &step);
                    prop_assert_eq!((after.id, after.organization_id), (before.id, before.organization_id));
                    prop_assert_eq!(after.created_at, before.created_at);
                    prop_assert_eq!(after.last_activity_at, before.last_activity_at);
                    conversation = after;
                }
            }
            prop_assert_eq!(conversation.privacy.kind() == PrivacyKind::Private, expected.is_private());
            model = expected;
        }
    }

    /// Disabling private conversations refuses or does nothing; it never makes a step end in something else.
    #[test]
    fn under_the_disabled_setting_a_step_ends_as_under_the_enabled_one_or_is_refused(
        conversation in arbitrary::conversation(),
        step in step(),
    ) {
        let [enabled, disabled] = [true, false]
            .map(|private_conversations| take(conversation.clone(), &step, Settings { private_conversations }));
        prop_assert!(enabled.is_ok());
        if disabled.is_ok() {
            prop_assert_eq!(disabled, enabled);
        } else {
            let Ok(Change::Changed { before, after }) = enabled else { panic!("nothing was refused") };
            prop_assert_eq!((before.privacy.kind(), after.privacy.kind()), (PrivacyKind::Shared, PrivacyKind::Private));
        }
    }

    #[test]
    fn only_sharing_and_toggling_to_shared_reach_more_people(
        conversation in arbitrary::conversation(),
        step in step(),
        private_conversations in any::<bool>(),
    ) {
        let widening = matches!(step, Step::Share(_) | Step::Toggle(PrivacyKind::Shared));
        let taken = take(conversation, &step, Settings { private_conversations });
        if let Ok(Change::Changed { before, after }) = taken && !widening {
            let [before, after] = [before, after].map(|conversation| Model::of(&conversation).granted);
            for level in Level::ALL {
                prop_assert!(audience(&after, level).is_subset(&audience(&before, level)));
            }
        }
    }

    #[test]
    fn a_fork_carries_no_grant_along_and_is_refused_while_private_conversations_are_disabled(
        conversation in arbitrary::conversation(),
        forker in arbitrary::user_id(),
        private_conversations in any::<bool>(),
    ) {
        let id = arbitrary::conversation_id(2);
        let fork = conversation.fork(id, forker, arbitrary::at(9), Settings { private_conversations });
        prop_assert_eq!(fork.is_ok(), private_conversations);
        if let Ok(fork) = fork {
            prop_assert_eq!(&fork.privacy, &Privacy::Private);
            prop_assert_eq!((fork.id, fork.owner_id), (id, forker));
            prop_assert_eq!(fork.organization_id, conversation.organization_id);
            prop_assert_eq!((fork.version, fork.forked_from), (Version::FIRST, Some(conversation.id)));
        }
    }

    #[test]
    fn a_conversation_is_private_exactly_when_there_is_no_grant((organization, groups) in arbitrary::grants()) {
        let privacy = Privacy::from_grants(organization, groups.clone());
        let none = organization.is_none() && groups.is_empty();
        prop_assert_eq!(privacy.kind() == PrivacyKind::Private, none);
        prop_assert_eq!(privacy.grants().is_none(), none);
        prop_assert_eq!(Grants::new(organization, groups.clone()).is_none(), none);
        if let Some(grants) = privacy.grants() {
            prop_assert_eq!((grants.organization(), grants.groups()), (organization, &groups));
        }
    }
}
