//! Every use case on the store of a world.

use std::{num::NonZeroU32, sync::Arc};

use parlor_adapters_http::UseCases;
use parlor_application::{
    access_gate::AccessGate, answering::AnswerDesk, conversations::*, messages::*, organization::*,
    ports::*, user_limit::UserLimit,
};

use super::{World, model, people};

pub fn all(
    world: &World,
    gate: &Arc<AccessGate>,
    desk: &Arc<AnswerDesk>,
    limit: &PromptLimit,
) -> UseCases {
    let (store, forks) = (Arc::new(world.store.clone()), world.forks.clone());
    let directory: Arc<dyn Directory> = store.clone();
    let reader: Arc<dyn MessageReader> = store.clone();
    let catalog: Arc<dyn ModelCatalog> = Arc::new(model::catalog());
    let events: Arc<dyn EventReader> = store.clone();
    let board = store.board();
    let log: Arc<dyn AuditLog> = store;
    UseCases {
        authenticate: Arc::new(Authenticate::new(
            Arc::new(people::authenticator()),
            directory.clone(),
        )),
        list_groups: Arc::new(ListGroups::new(gate.clone(), directory.clone())),
        list_models: Arc::new(ListModels::new(catalog.clone())),
        read_settings: Arc::new(ReadSettings::new(directory.clone())),
        change_settings: Arc::new(ChangeSettings::new(gate.clone())),
        list_audit_entries: Arc::new(ListAuditEntries::new(gate.clone(), log.clone())),
        create_conversation: Arc::new(CreateConversation::new(gate.clone())),
        list_conversations: Arc::new(ListConversations::new(gate.clone())),
        search_conversations: Arc::new(SearchConversations::new(
            gate.clone(),
            reader.clone(),
            Arc::new(SearchLimit::new(world.searches_per_minute)),
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
        list_privileged_readings: Arc::new(ListPrivilegedReadings::new(gate.clone(), log)),
        follow_conversation: Arc::new(FollowConversation::new(
            gate.clone(),
            events.clone(),
            board.clone(),
            desk.clone(),
        )),
        follow_list: Arc::new(FollowList::new(
            gate.clone(),
            events,
            directory,
            board,
            ListTimes::default(),
        )),
        fork_conversation: Arc::new(ForkConversation::new(gate.clone(), reader.clone(), forks)),
        export_conversation: Arc::new(ExportConversation::new(
            gate.clone(),
            reader.clone(),
            UserLimit::per_user(NonZeroU32::MIN),
        )),
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
            limit.clone(),
        )),
        stop_answer: Arc::new(StopAnswer::new(gate.clone(), reader, desk.clone())),
    }
}
