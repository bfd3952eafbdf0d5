//! The pages on the store in memory, as browsers of several people see them.

mod browser;
pub mod live;
mod model;
pub mod raw;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::Router;
use chrono::{DateTime, Utc};
use parlor_adapters_web::{Persona, WebOptions, router};
use parlor_application::{
    application::{Application, Ports, Settings, StorePorts},
    caller::Caller,
    conversations::{NewConversationRequest, WantedGrants},
    ports::{
        BearerToken, Clock, Directory, Identity, MockAuthenticator, StoreAdmin, UuidV7Generator,
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
    pub application: Arc<Application>,
    pub options: WebOptions,
    /// What the model says next.
    pub says: Says,
    pub shutdown: CancellationToken,
}

impl World {
    /// Two organizations of the same shape, without any conversation.
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// The same, with other limits.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
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
        let ports = Ports {
            store: StorePorts::of(&store),
            authenticator: Arc::new(authenticator()),
            catalog: Arc::new(model::catalog()),
            chat_model: Arc::new(model::chat_model(&says)),
            clock: Arc::new(TestClock(Instant::now())),
            ids: Arc::new(UuidV7Generator),
        };
        let mut settings = Settings::for_tests();
        change(&mut settings);
        Self {
            application: Arc::new(Application::new(ports, settings)),
            says,
            store,
            options,
            shutdown: CancellationToken::new(),
        }
    }

    /// All routes, as the service has them.
    pub fn pages(&self) -> Router {
        let pages = router(
            self.application.clone(),
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
        let create = &self.application.create_conversation;
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
        let save = &self.application.save_sharing;
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
