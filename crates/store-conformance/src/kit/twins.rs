//! Two organizations with the same ids of everything, and different things under them.

use parlor_application::ports::{
    AuditQuery, AuditRecord, ConversationFilter, ConversationSummary, GroupRef, IdempotencyRecord,
    IdempotentOutcome, Member, MessageNode, MessageView, OutboxEntry, Sharing,
};
use parlor_domain::{
    conversation::Conversation,
    grants::{Level, Privacy},
    ids::{OrganizationId, UserId},
    message::{AnswerStatus, Message},
    settings::Settings,
};

use super::prelude::{
    ACME, ACTIVE, ALICE, BOB, Filled, GLOBEX, HUNTERS, RESPONDERS, answer, at, content,
    conversation_id, entry_id, grants, key, private, prompt, query, title, two_organizations,
    writing,
};
use crate::{Stores, model::Organization};

/// The numbers of all conversations of both: the first three in both, the fourth only in Acme, the fifth only in Globex.
pub const TWIN_NUMBERS: [u32; 5] = [1, 2, 3, 4, 5];
/// The conversation that only Acme has.
pub const ONLY_ACMES: u32 = 4;
/// The conversation that only Globex has.
pub const ONLY_GLOBEXES: u32 = 5;

/// A store with Acme and Globex as twins, and what each of them has.
pub async fn twins(stores: Stores) -> (Filled, [Organization; 2]) {
    let store = Filled::with_two_organizations(stores).await;
    let mut models = two_organizations()
        .organizations
        .into_iter()
        .map(Organization::new);
    let mut acme = models.next().expect("the first organization");
    let mut globex = models.next().expect("the second organization");
    let collaborate = grants(Some(Level::Collaborate), &[]);
    let hunters = grants(None, &[(HUNTERS, Level::View)]);
    let responders = grants(None, &[(RESPONDERS, Level::Collaborate)]);
    let of_acme = [
        (1, ALICE, Privacy::Private),
        (2, BOB, hunters),
        (3, ALICE, collaborate.clone()),
        (ONLY_ACMES, ALICE, collaborate.clone()),
    ];
    let of_globex = [
        (1, BOB, collaborate.clone()),
        (2, ALICE, Privacy::Private),
        (3, BOB, responders),
        (ONLY_GLOBEXES, ALICE, collaborate),
    ];
    fill(&store, &mut acme, &of_acme, "red").await;
    fill(&store, &mut globex, &of_globex, "blue").await;
    (store, [acme, globex])
}

async fn fill(
    store: &Filled,
    model: &mut Organization,
    conversations: &[(u32, UserId, Privacy)],
    word: &str,
) {
    for (number, owner_id, privacy) in conversations {
        let conversation = Conversation {
            organization_id: model.seed.id,
            title: title(&format!("{word} title {number}")),
            privacy: privacy.clone(),
            forked_from: (*number == 3).then(|| conversation_id(1)),
            ..private(*number, *owner_id)
        };
        let messages = twin_messages(&conversation, word);
        store.create_with(&conversation, &messages).await;
        model.messages.insert(conversation.id, messages);
        model.conversations.insert(conversation.id, conversation);
    }
    // Under the same key and the same entry's id in both.
    let organization_id = model.seed.id;
    let mut unit = store.begin(organization_id).await;
    unit.idempotency().save(&twin_record(word)).await.unwrap();
    let mut entry = store.entry(organization_id, Some(conversation_id(1)));
    entry.id = entry_id(900);
    unit.commit(entry.into()).await.unwrap();
}

/// A finished exchange, then one that is being written.
fn twin_messages(conversation: &Conversation, word: &str) -> Vec<Message> {
    let id = conversation.id;
    let [mut question, mut reply] = writing(id, conversation.owner_id);
    question.content = content(&format!("{word} question"));
    reply.content = content(&format!("{word} half"));
    let second = prompt(
        id,
        3,
        Some(&question),
        conversation.owner_id,
        &format!("{word} branch"),
    );
    let finished = answer(&second, &format!("{word} reply"), AnswerStatus::Complete);
    vec![question, reply, second, finished]
}

fn twin_record(word: &str) -> IdempotencyRecord {
    let mut fingerprint = [0; 32];
    fingerprint[..word.len()].copy_from_slice(word.as_bytes());
    IdempotencyRecord {
        user_id: ALICE,
        key: "key".to_owned(),
        fingerprint,
        outcome: IdempotentOutcome {
            conversation_id: conversation_id(1),
            answer_id: None,
        },
        created_at: at(10),
    }
}

/// Everything that a store can tell of one organization.
#[derive(Debug, PartialEq)]
pub struct Snapshot {
    members: Vec<Option<Member>>,
    groups: Vec<GroupRef>,
    settings: Settings,
    lists: Vec<Vec<ConversationSummary>>,
    conversations: Vec<Option<Conversation>>,
    sharings: Vec<Option<Sharing>>,
    messages: Vec<Vec<MessageView>>,
    maps: Vec<Vec<MessageNode>>,
    key: Option<IdempotencyRecord>,
    log: Vec<AuditRecord>,
    outbox: Vec<OutboxEntry>,
}

impl Snapshot {
    /// What the store tells of an organization now.
    pub async fn take(store: &Filled, organization_id: OrganizationId) -> Self {
        let Stores {
            conversation_reader,
            directory,
            outbox,
            ..
        } = &store.stores;
        let whole_log = AuditQuery {
            limit: 1_000,
            ..AuditQuery::default()
        };
        let mut snapshot = Self {
            members: vec![],
            groups: directory
                .list_groups(organization_id, None, None, 100)
                .await
                .unwrap(),
            settings: directory.settings(organization_id).await.unwrap(),
            lists: vec![],
            conversations: vec![],
            sharings: vec![],
            messages: vec![],
            maps: vec![],
            key: find_twin_key(store, organization_id).await,
            log: store.log(organization_id, &whole_log).await,
            outbox: outbox.delivered_or_not(None, 1_000).await.unwrap(),
        };
        snapshot
            .outbox
            .retain(|entry| entry.position.organization_id == organization_id);
        for user in ACTIVE {
            let member = store.member(organization_id, user).await;
            if let Some(member) = &member {
                let all = query(ConversationFilter::All);
                snapshot
                    .lists
                    .push(store.page(&member.principal, &all).await);
            }
            snapshot.members.push(member);
        }
        for number in TWIN_NUMBERS {
            let key = key(organization_id, number);
            snapshot.conversations.push(store.stored(key).await);
            let sharing = conversation_reader
                .sharing(organization_id, key.conversation_id)
                .await;
            snapshot.sharings.push(sharing.unwrap());
            snapshot.messages.push(store.messages(key).await);
            snapshot.maps.push(store.map(key, 0, 100).await);
        }
        snapshot
    }
}

/// What each of the twins kept under the same user's same key.
pub async fn find_twin_key(
    store: &Filled,
    organization_id: OrganizationId,
) -> Option<IdempotencyRecord> {
    let mut unit = store.begin(organization_id).await;
    unit.idempotency().find(ALICE, "key", at(0)).await.unwrap()
}

/// What is kept under that key.
pub fn kept_in(organization_id: OrganizationId) -> IdempotencyRecord {
    twin_record(if organization_id == ACME {
        "red"
    } else {
        "blue"
    })
}

/// Does something in Globex, and checks that nothing of Acme is different then, while Globex is.
pub async fn assert_acme_is_untouched(stores: Stores, act: impl AsyncFnOnce(&Filled)) {
    let (store, _) = twins(stores).await;
    let before = Snapshot::take(&store, ACME).await;
    let globex_before = Snapshot::take(&store, GLOBEX).await;
    act(&store).await;
    assert_eq!(
        Snapshot::take(&store, ACME).await,
        before,
        "the other organization"
    );
    assert_ne!(
        Snapshot::take(&store, GLOBEX).await,
        globex_before,
        "the organization itself"
    );
}
