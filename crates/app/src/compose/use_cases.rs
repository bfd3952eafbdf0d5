//! The API's use cases, each behind its ports.

use std::sync::Arc;

use parlor_adapters_http::UseCases;
use parlor_application::{
    access_gate::AccessGate,
    answering::AnswerDesk,
    conversations::{
        CreateConversation, DeleteConversation, ExplainAccess, ExportConversation,
        FollowConversation, FollowList, ForkConversation, GetConversation, ListConversations,
        ListPrivilegedReadings, ListTimes, ReadSharing, RenameConversation, SaveSharing,
        SearchConversations, TogglePrivacy, TransferConversation,
    },
    messages::{
        ListMessages, PromptConversation, PromptLimit, ReadTree, RegenerateAnswer, StopAnswer,
    },
    organization::{
        Authenticate, ChangeSettings, ListAuditEntries, ListGroups, ListModels, ReadSettings,
    },
    ports::{Authenticator, ModelCatalog},
    user_limit::UserLimit,
};

use super::Store;

/// What counts what a user does.
pub(super) struct Limited {
    pub prompts: PromptLimit,
    pub exports: Arc<UserLimit>,
}

pub(super) fn use_cases(
    store: &Store,
    gate: &Arc<AccessGate>,
    authenticator: Arc<dyn Authenticator>,
    catalog: Arc<dyn ModelCatalog>,
    desk: &Arc<AnswerDesk>,
    limited: Limited,
    search: SearchConversations,
) -> UseCases {
    let Limited {
        prompts: prompt_limit,
        exports,
    } = limited;
    let gate = || Arc::clone(gate);
    let desk = || Arc::clone(desk);
    let messages = || store.messages.clone();
    let directory = || store.directory.clone();
    let log = || store.audit_log.clone();
    UseCases {
        authenticate: Arc::new(Authenticate::new(authenticator, directory())),
        list_groups: Arc::new(ListGroups::new(gate(), directory())),
        list_models: Arc::new(ListModels::new(catalog.clone())),
        read_settings: Arc::new(ReadSettings::new(directory())),
        change_settings: Arc::new(ChangeSettings::new(gate())),
        list_audit_entries: Arc::new(ListAuditEntries::new(gate(), log())),
        create_conversation: Arc::new(CreateConversation::new(gate())),
        list_conversations: Arc::new(ListConversations::new(gate())),
        search_conversations: Arc::new(search),
        get_conversation: Arc::new(GetConversation::new(gate())),
        rename_conversation: Arc::new(RenameConversation::new(gate())),
        delete_conversation: Arc::new(DeleteConversation::new(gate())),
        toggle_privacy: Arc::new(TogglePrivacy::new(gate())),
        read_sharing: Arc::new(ReadSharing::new(gate())),
        save_sharing: Arc::new(SaveSharing::new(gate())),
        transfer_conversation: Arc::new(TransferConversation::new(gate())),
        explain_access: Arc::new(ExplainAccess::new(gate(), directory())),
        list_privileged_readings: Arc::new(ListPrivilegedReadings::new(gate(), log())),
        follow_conversation: Arc::new(FollowConversation::new(
            gate(),
            store.events.clone(),
            store.changes.board(),
            desk(),
        )),
        follow_list: Arc::new(FollowList::new(
            gate(),
            store.events.clone(),
            directory(),
            store.changes.board(),
            ListTimes::default(),
        )),
        fork_conversation: Arc::new(ForkConversation::new(
            gate(),
            messages(),
            ForkConversation::queue(),
        )),
        export_conversation: Arc::new(ExportConversation::new(gate(), messages(), exports)),
        list_messages: Arc::new(ListMessages::new(gate(), messages())),
        read_tree: Arc::new(ReadTree::new(gate(), messages())),
        prompt_conversation: Arc::new(PromptConversation::new(
            gate(),
            catalog.clone(),
            desk(),
            prompt_limit.clone(),
        )),
        regenerate_answer: Arc::new(RegenerateAnswer::new(gate(), catalog, desk(), prompt_limit)),
        stop_answer: Arc::new(StopAnswer::new(gate(), messages(), desk())),
    }
}
