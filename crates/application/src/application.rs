//! The application as a whole: every use case, made from the ports in one place. Both edges, the program and the tests of the
//! edges take it from here.

use std::{num::NonZeroU32, sync::Arc};

use crate::{
    access_checks::AccessChecks,
    access_gate::AccessGate,
    answering::{AnswerDesk, AnswerDeskPorts, AnswerTimes},
    conversations::{
        CreateConversation, DeleteConversation, ExplainAccess, ExportConversation,
        FollowConversation, FollowList, ForkConversation, GetConversation, ListConversations,
        ListPeopleWithAccess, ListPrivilegedReadings, ListTimes, PreviewSharing, ReadSharing,
        RenameConversation, SaveSharing, SearchConversations, SearchIndexState, SearchLimit,
        TogglePrivacy, TransferConversation,
    },
    messages::{
        ListMessages, PromptConversation, PromptLimit, ReadTree, RegenerateAnswer,
        ShowConversation, StartConversation, StopAnswer,
    },
    organization::{
        Authenticate, AuthenticateSession, ChangeSettings, ListAuditEntries, ListGroups,
        ListModels, ReadAuditEntry, ReadSettings, SignIn, SignOut,
    },
    ports::{
        AccessReader, AnswerJournal, AuditLog, AuditOutbox, AuditRecorder, Authenticator,
        ChatModel, Clock, ConversationChanges, ConversationReader, Directory, EventReader,
        IdGenerator, MessageReader, ModelCatalog, PromptAllowance, SearchIndexer, SessionReader,
        StoreAdmin, StorePositions, UnitOfWorkFactory,
    },
    readiness::Readiness,
    user_limit::UserLimit,
    user_queue::UserQueue,
};

/// A store behind its ports.
#[derive(Clone)]
#[expect(
    missing_docs,
    reason = "each field is documented by the port that it holds"
)]
pub struct StorePorts {
    pub admin: Arc<dyn StoreAdmin>,
    pub journal: Arc<dyn AnswerJournal>,
    pub outbox: Arc<dyn AuditOutbox>,
    pub changes: Arc<dyn ConversationChanges>,
    pub indexer: Arc<dyn SearchIndexer>,
    pub events: Arc<dyn EventReader>,
    pub conversations: Arc<dyn ConversationReader>,
    pub messages: Arc<dyn MessageReader>,
    pub directory: Arc<dyn Directory>,
    pub units: Arc<dyn UnitOfWorkFactory>,
    pub recorder: Arc<dyn AuditRecorder>,
    pub audit_log: Arc<dyn AuditLog>,
    pub allowance: Arc<dyn PromptAllowance>,
    pub people: Arc<dyn AccessReader>,
    pub sessions: Arc<dyn SessionReader>,
    pub positions: Arc<dyn StorePositions>,
}

impl StorePorts {
    /// A store that is behind all of them.
    pub fn of<S>(store: &Arc<S>) -> Self
    where
        S: StoreAdmin
            + AnswerJournal
            + AuditOutbox
            + ConversationReader
            + ConversationChanges
            + EventReader
            + MessageReader
            + Directory
            + UnitOfWorkFactory
            + AuditRecorder
            + AuditLog
            + PromptAllowance
            + AccessReader
            + SearchIndexer
            + SessionReader
            + StorePositions
            + 'static,
    {
        Self {
            admin: store.clone(),
            journal: store.clone(),
            outbox: store.clone(),
            changes: store.clone(),
            indexer: store.clone(),
            events: store.clone(),
            conversations: store.clone(),
            messages: store.clone(),
            directory: store.clone(),
            units: store.clone(),
            recorder: store.clone(),
            audit_log: store.clone(),
            allowance: store.clone(),
            people: store.clone(),
            sessions: store.clone(),
            positions: store.clone(),
        }
    }
}

/// Everything outside that the application needs.
pub struct Ports {
    /// Where everything is kept.
    pub store: StorePorts,
    /// Who calls.
    pub authenticator: Arc<dyn Authenticator>,
    /// Which models there are.
    pub catalog: Arc<dyn ModelCatalog>,
    /// The models.
    pub chat_model: Arc<dyn ChatModel>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdGenerator>,
}

/// Limits and times.
pub struct Settings {
    /// The times of an answer.
    pub answers: AnswerTimes,
    /// The times of a list that somebody follows.
    pub list: ListTimes,
    /// How often a user can prompt in a minute.
    pub prompts_per_minute: NonZeroU32,
    /// How often a user can search in a minute; `None`: as often as they like.
    pub searches_per_minute: Option<NonZeroU32>,
    /// The forks that wait for each other.
    pub forks: Arc<UserQueue>,
    /// How many exports there are at once.
    pub exports: Arc<UserLimit>,
    /// How many event streams and waiting prompts there are at once, of both edges together.
    pub streams: Arc<UserLimit>,
}

#[cfg(any(test, feature = "testing"))]
impl Settings {
    /// For tests: short times, one export a user, no fork that waits, and otherwise as much as anybody likes.
    pub fn for_tests() -> Self {
        use std::time::Duration;

        Self {
            answers: AnswerTimes {
                longest: Duration::from_mins(10),
                flush: Duration::from_millis(2),
                recheck: Duration::from_millis(10),
                sign_of_life: Duration::from_secs(1),
                patience: Duration::from_secs(1),
            },
            list: ListTimes::default(),
            prompts_per_minute: NonZeroU32::MAX,
            searches_per_minute: None,
            forks: ForkConversation::queue(),
            exports: UserLimit::per_user(NonZeroU32::MIN),
            streams: UserLimit::per_user(NonZeroU32::MAX),
        }
    }
}

/// What the application can do: one of each use case, and what they share.
#[expect(
    missing_docs,
    reason = "each use case is documented by the type of its field"
)]
pub struct Application {
    /// Answers that are being written.
    pub desk: Arc<AnswerDesk>,
    /// Whether requests can be answered.
    pub readiness: Arc<Readiness>,
    /// Where the store is after a write.
    pub positions: Arc<dyn StorePositions>,
    /// Whether every conversation is indexed.
    pub search_index: Arc<SearchIndexState>,
    /// Exports that run.
    pub exports: Arc<UserLimit>,
    /// Event streams and waiting prompts that are open.
    pub streams: Arc<UserLimit>,

    pub authenticate: Authenticate,
    pub authenticate_session: Arc<AuthenticateSession>,
    pub sign_in: SignIn,
    pub sign_out: SignOut,
    pub list_groups: ListGroups,
    pub list_models: ListModels,
    pub read_settings: ReadSettings,
    pub change_settings: ChangeSettings,
    pub list_audit_entries: ListAuditEntries,
    pub read_audit_entry: ReadAuditEntry,

    pub create_conversation: CreateConversation,
    pub list_conversations: ListConversations,
    pub search_conversations: SearchConversations,
    pub follow_list: FollowList,
    pub get_conversation: GetConversation,
    pub follow_conversation: FollowConversation,
    pub rename_conversation: RenameConversation,
    pub delete_conversation: DeleteConversation,
    pub fork_conversation: ForkConversation,
    pub export_conversation: ExportConversation,
    pub toggle_privacy: TogglePrivacy,
    pub read_sharing: ReadSharing,
    pub save_sharing: SaveSharing,
    pub preview_sharing: PreviewSharing,
    pub transfer_conversation: TransferConversation,
    pub explain_access: ExplainAccess,
    pub list_people_with_access: ListPeopleWithAccess,
    pub list_privileged_readings: ListPrivilegedReadings,

    pub show_conversation: ShowConversation,
    pub list_messages: ListMessages,
    pub read_tree: ReadTree,
    pub start_conversation: Arc<StartConversation>,
    pub prompt_conversation: Arc<PromptConversation>,
    pub regenerate_answer: Arc<RegenerateAnswer>,
    pub stop_answer: StopAnswer,
}

impl Application {
    /// The application on these ports.
    pub fn new(ports: Ports, settings: Settings) -> Self {
        let Ports {
            store,
            authenticator,
            catalog,
            chat_model,
            clock,
            ids,
        } = ports;
        let gate = Arc::new(AccessGate {
            reader: store.conversations,
            units: store.units,
            recorder: store.recorder,
            clock: clock.clone(),
            ids,
        });
        let access = AccessChecks::new(store.events.clone());
        let desk = Arc::new(AnswerDesk::new(
            AnswerDeskPorts {
                model: chat_model,
                journal: store.journal,
                messages: store.messages.clone(),
                access: Arc::clone(&access),
                clock: clock.clone(),
            },
            settings.answers,
        ));
        let prompts = PromptLimit {
            allowance: store.allowance,
            per_minute: settings.prompts_per_minute,
        };
        let searches = Arc::new(SearchLimit::new(settings.searches_per_minute));
        let search_index = Arc::<SearchIndexState>::default();
        let gate = || Arc::clone(&gate);
        let desk = || Arc::clone(&desk);
        let directory = || Arc::clone(&store.directory);
        let messages = || Arc::clone(&store.messages);
        let audit_log = || Arc::clone(&store.audit_log);
        let people = || Arc::clone(&store.people);
        let events = || Arc::clone(&store.events);
        let board = || store.changes.board();
        let models = || Arc::clone(&catalog);
        let limit = || prompts.clone();
        Self {
            authenticate: Authenticate::new(authenticator.clone(), directory()),
            authenticate_session: Arc::new(AuthenticateSession::new(store.sessions, clock)),
            sign_in: SignIn::new(gate(), authenticator, directory()),
            sign_out: SignOut::new(gate()),
            list_groups: ListGroups::new(gate(), directory()),
            list_models: ListModels::new(models()),
            read_settings: ReadSettings::new(directory()),
            change_settings: ChangeSettings::new(gate()),
            list_audit_entries: ListAuditEntries::new(gate(), audit_log()),
            read_audit_entry: ReadAuditEntry::new(gate(), audit_log()),

            create_conversation: CreateConversation::new(gate()),
            list_conversations: ListConversations::new(gate()),
            search_conversations: SearchConversations::new(
                gate(),
                messages(),
                searches,
                search_index.clone(),
            ),
            follow_list: FollowList::new(
                gate(),
                (events(), access),
                directory(),
                board(),
                settings.list,
            ),
            get_conversation: GetConversation::new(gate()),
            follow_conversation: FollowConversation::new(gate(), events(), board(), desk()),
            rename_conversation: RenameConversation::new(gate()),
            delete_conversation: DeleteConversation::new(gate()),
            fork_conversation: ForkConversation::new(gate(), messages(), settings.forks),
            export_conversation: ExportConversation::new(
                gate(),
                messages(),
                settings.exports.clone(),
            ),
            toggle_privacy: TogglePrivacy::new(gate()),
            read_sharing: ReadSharing::new(gate()),
            save_sharing: SaveSharing::new(gate()),
            preview_sharing: PreviewSharing::new(gate(), people()),
            transfer_conversation: TransferConversation::new(gate()),
            explain_access: ExplainAccess::new(gate(), directory()),
            list_people_with_access: ListPeopleWithAccess::new(gate(), people()),
            list_privileged_readings: ListPrivilegedReadings::new(gate(), audit_log()),

            show_conversation: ShowConversation::new(gate(), messages()),
            list_messages: ListMessages::new(gate(), messages()),
            read_tree: ReadTree::new(gate(), messages()),
            start_conversation: StartConversation::new(gate(), models(), desk(), limit()).into(),
            prompt_conversation: PromptConversation::new(gate(), models(), desk(), limit()).into(),
            regenerate_answer: RegenerateAnswer::new(gate(), models(), desk(), limit()).into(),
            stop_answer: StopAnswer::new(gate(), messages(), desk()),

            desk: desk(),
            readiness: Arc::new(Readiness::new(store.admin)),
            positions: store.positions,
            search_index,
            exports: settings.exports,
            streams: settings.streams,
        }
    }
}
