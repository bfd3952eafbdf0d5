//! The pages on the store in memory, as browsers of several people see them.

mod browser;
pub mod live;
mod model;
pub mod raw;

use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::Router;
use chrono::{DateTime, Utc};
use parlor_adapters_web::{Persona, UseCases, WebOptions, router};
use parlor_application::user_limit::UserLimit;
use parlor_application::{
    access_gate::AccessGate,
    answering::{AnswerDesk, AnswerDeskPorts, AnswerTimes},
    caller::Caller,
    conversations::{self, NewConversationRequest, WantedGrants},
    messages, organization,
    ports::{
        AccessReader, AuditLog, BearerToken, Clock, ConversationChanges, Directory, EventReader,
        Identity, MessageReader, MockAuthenticator, StoreAdmin, UuidV7Generator,
    },
    version_condition::VersionCondition,
};
use parlor_domain::{
    audit::{ActionName, Actor, AuditEntries, AuditEntry, Origin},
    grants::Level,
    ids::{AuditEntryId, ConversationId, GroupId, OrganizationId, UserId},
    text::Title,
};
use parlor_store_memory::{MemoryStore, seeds};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use browser::{Answer, Browser};
pub use model::Says;

/// Who signs in under which name. `mallory` is the other organization's, with the same id as its manager.
const PEOPLE: [(&str, OrganizationId, UserId); 8] = [
    ("alice", seeds::ACME, seeds::ALICE),
    ("bob", seeds::ACME, seeds::BOB),
    ("carol", seeds::ACME, seeds::CAROL),
    ("vera", seeds::ACME, seeds::VERA),
    ("max", seeds::ACME, seeds::MAX),
    ("erin", seeds::ACME, seeds::ERIN),
    ("admin", seeds::ACME, seeds::ADMIN),
    ("mallory", seeds::GLOBEX, seeds::MAX),
];

/// Time goes on from a fixed moment, so that tests can tell it.
struct TestClock(Instant);

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        let began = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let micros = u64::try_from(self.0.elapsed().as_micros()).unwrap();
        began + Duration::from_micros(micros)
    }
}

/// The pages, and what stands behind them.
pub struct World {
    pub store: Arc<MemoryStore>,
    pub use_cases: UseCases,
    pub options: WebOptions,
    /// What the model says next.
    pub says: Says,
    pub shutdown: CancellationToken,
}

impl World {
    /// Two organizations of the same shape, without any conversation.
    pub async fn new() -> Self {
        Self::limited(NonZeroU32::MAX).await
    }

    /// The same, where everybody may prompt so often a minute.
    pub async fn limited(prompts_per_minute: NonZeroU32) -> Self {
        let store = Arc::new(MemoryStore::default());
        let seed = seeds::two_organizations();
        let founded: Vec<AuditEntries> = seed
            .organizations
            .iter()
            .enumerate()
            .map(|(number, organization)| {
                let entry = AuditEntry::new(
                    AuditEntryId::from_uuid(Uuid::from_u128(number as u128 + 1)),
                    organization.id,
                    ActionName::CreateGroup,
                    Actor::System,
                    Origin::default(),
                    DateTime::from_timestamp(1_789_000_000, 0).unwrap(),
                );
                entry.into()
            })
            .collect();
        assert!(store.fill("test", &seed, &founded).await.unwrap());
        let options = WebOptions {
            personas: PEOPLE.iter().map(|(name, ..)| persona(name)).collect(),
            ..WebOptions::default()
        };
        let says = Says::default();
        Self {
            use_cases: use_cases(&store, &says, prompts_per_minute),
            says,
            store,
            options,
            shutdown: CancellationToken::new(),
        }
    }

    /// All routes, as the service has them.
    pub fn pages(&self) -> Router {
        let pages = router(
            self.use_cases.clone(),
            self.options.clone(),
            self.shutdown.clone(),
        );
        pages.routes.fallback_service(pages.otherwise)
    }

    /// Somebody's browser, signed in.
    pub async fn browser(&self, who: &str) -> Browser {
        Browser::signed_in(self.pages(), who).await
    }

    /// Somebody, for what a test does without a page.
    pub async fn caller(&self, who: &str) -> Caller {
        let &(_, organization_id, user_id) = PEOPLE.iter().find(|(name, ..)| *name == who).unwrap();
        let identity = Identity {
            organization_id,
            user_id,
        };
        let member = Directory::find_member(&*self.store, identity)
            .await
            .unwrap();
        Caller {
            member: member.unwrap(),
            origin: Origin::default(),
            seen: None,
        }
    }

    /// A private conversation of somebody's.
    pub async fn conversation(&self, owner: &str, title: &str) -> ConversationId {
        let request = NewConversationRequest {
            title: Some(Title::parse(title).unwrap()),
            ..NewConversationRequest::default()
        };
        let caller = self.caller(owner).await;
        let create = &self.use_cases.create_conversation;
        let view = create.execute(&caller, request).await.unwrap();
        view.summary.id
    }

    /// Replaces the grants, whatever they are.
    pub async fn share(
        &self,
        who: &str,
        id: ConversationId,
        organization: Option<Level>,
        groups: &[(GroupId, Level)],
    ) {
        let wanted = WantedGrants {
            organization,
            groups: groups.iter().copied().collect(),
        };
        let caller = self.caller(who).await;
        let save = &self.use_cases.save_sharing;
        save.execute(&caller, id, &VersionCondition::Any, wanted)
            .await
            .unwrap();
    }
}

fn persona(name: &str) -> Persona {
    Persona {
        name: name.to_owned(),
        token: BearerToken::new(format!("demo-{name}")),
        organization: "Acme".to_owned(),
        permissions: Vec::new(),
        groups: Vec::new(),
    }
}

fn authenticator() -> MockAuthenticator {
    let mut mock = MockAuthenticator::new();
    mock.expect_authenticate().returning(|token| {
        let name = token.expose().strip_prefix("demo-");
        let known = PEOPLE.iter().find(|(known, ..)| Some(*known) == name);
        Ok(known.map(|&(_, organization_id, user_id)| Identity {
            organization_id,
            user_id,
        }))
    });
    mock
}

fn gate(store: &Arc<MemoryStore>, clock: Arc<dyn Clock>) -> Arc<AccessGate> {
    Arc::new(AccessGate {
        reader: store.clone(),
        units: store.clone(),
        recorder: store.clone(),
        clock,
        ids: Arc::new(UuidV7Generator),
    })
}

fn use_cases(store: &Arc<MemoryStore>, says: &Says, per_minute: NonZeroU32) -> UseCases {
    use conversations::*;
    use messages::*;
    use organization::*;

    let clock: Arc<dyn Clock> = Arc::new(TestClock(Instant::now()));
    let gate = gate(store, clock.clone());
    let forks = ForkConversation::queue();
    let directory: Arc<dyn Directory> = store.clone();
    let reader: Arc<dyn MessageReader> = store.clone();
    let catalog = Arc::new(model::catalog());
    let authenticator = Arc::new(authenticator());
    let ports = AnswerDeskPorts {
        model: Arc::new(model::chat_model(says)),
        journal: store.clone(),
        messages: reader.clone(),
        conversations: store.clone(),
        directory: directory.clone(),
        clock: clock.clone(),
    };
    let times = AnswerTimes {
        longest: Duration::from_mins(10),
        flush: Duration::from_millis(2),
        recheck: Duration::from_millis(10),
        sign_of_life: Duration::from_secs(1),
        patience: Duration::from_secs(1),
    };
    let desk = Arc::new(AnswerDesk::new(ports, times));
    let limit = PromptLimit {
        allowance: store.clone(),
        per_minute,
    };
    let board = store.board();
    let events: Arc<dyn EventReader> = store.clone();
    let people: Arc<dyn AccessReader> = store.clone();
    let log: Arc<dyn AuditLog> = store.clone();
    UseCases {
        sign_in: Arc::new(SignIn::new(gate.clone(), authenticator, directory.clone())),
        authenticate_session: Arc::new(AuthenticateSession::new(store.clone(), clock)),
        sign_out: Arc::new(SignOut::new(gate.clone())),
        list_groups: Arc::new(ListGroups::new(gate.clone(), directory.clone())),
        list_models: Arc::new(ListModels::new(catalog.clone())),
        read_settings: Arc::new(ReadSettings::new(directory.clone())),
        change_settings: Arc::new(ChangeSettings::new(gate.clone())),
        list_audit_entries: Arc::new(ListAuditEntries::new(gate.clone(), log.clone())),
        read_audit_entry: Arc::new(ReadAuditEntry::new(gate.clone(), log.clone())),
        create_conversation: Arc::new(CreateConversation::new(gate.clone())),
        list_conversations: Arc::new(ListConversations::new(gate.clone())),
        search_conversations: Arc::new(SearchConversations::new(
            gate.clone(),
            reader.clone(),
            Arc::new(SearchLimit::new(None)),
            Arc::default(),
        )),
        get_conversation: Arc::new(GetConversation::new(gate.clone())),
        rename_conversation: Arc::new(RenameConversation::new(gate.clone())),
        delete_conversation: Arc::new(DeleteConversation::new(gate.clone())),
        toggle_privacy: Arc::new(TogglePrivacy::new(gate.clone())),
        read_sharing: Arc::new(ReadSharing::new(gate.clone())),
        save_sharing: Arc::new(SaveSharing::new(gate.clone())),
        transfer_conversation: Arc::new(TransferConversation::new(gate.clone())),
        explain_access: Arc::new(ExplainAccess::new(gate.clone(), directory.clone())),
        list_people_with_access: Arc::new(ListPeopleWithAccess::new(gate.clone(), people.clone())),
        preview_sharing: Arc::new(PreviewSharing::new(gate.clone(), people)),
        list_privileged_readings: Arc::new(ListPrivilegedReadings::new(gate.clone(), log)),
        fork_conversation: Arc::new(ForkConversation::new(gate.clone(), reader.clone(), forks)),
        export_conversation: Arc::new(ExportConversation::new(
            gate.clone(),
            reader.clone(),
            UserLimit::per_user(NonZeroU32::MIN),
        )),
        follow_list: Arc::new(FollowList::new(
            gate.clone(),
            events.clone(),
            directory,
            board.clone(),
            ListTimes::default(),
        )),
        follow_conversation: Arc::new(FollowConversation::new(
            gate.clone(),
            events,
            board,
            desk.clone(),
        )),
        show_conversation: Arc::new(ShowConversation::new(gate.clone(), reader.clone())),
        list_messages: Arc::new(ListMessages::new(gate.clone(), reader.clone())),
        read_tree: Arc::new(ReadTree::new(gate.clone(), reader.clone())),
        prompt_conversation: Arc::new(PromptConversation::new(
            gate.clone(),
            catalog.clone(),
            desk.clone(),
            limit.clone(),
        )),
        regenerate_answer: Arc::new(RegenerateAnswer::new(
            gate.clone(),
            catalog,
            desk.clone(),
            limit,
        )),
        stop_answer: Arc::new(StopAnswer::new(gate, reader, desk)),
    }
}
