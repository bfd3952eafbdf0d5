//! Everything that the pages can do.

use std::sync::Arc;

use parlor_application::{
    conversations::{
        CreateConversation, DeleteConversation, ExplainAccess, ExportConversation,
        FollowConversation, FollowList, ForkConversation, GetConversation, ListConversations,
        ListPeopleWithAccess, ListPrivilegedReadings, PreviewSharing, ReadSharing,
        RenameConversation, SaveSharing, SearchConversations, TogglePrivacy, TransferConversation,
    },
    messages::{
        ListMessages, PromptConversation, ReadTree, RegenerateAnswer, ShowConversation, StopAnswer,
    },
    organization::{
        AuthenticateSession, ChangeSettings, ListAuditEntries, ListGroups, ListModels,
        ReadAuditEntry, ReadSettings, SignIn, SignOut,
    },
};

/// One of each use case, on whatever ports the application was composed with.
#[derive(Clone)]
#[expect(
    missing_docs,
    reason = "each field is documented by the use case that it holds"
)]
pub struct UseCases {
    pub sign_in: Arc<SignIn>,
    pub authenticate_session: Arc<AuthenticateSession>,
    pub sign_out: Arc<SignOut>,
    pub list_groups: Arc<ListGroups>,
    pub list_models: Arc<ListModels>,
    pub read_settings: Arc<ReadSettings>,
    pub change_settings: Arc<ChangeSettings>,
    pub list_audit_entries: Arc<ListAuditEntries>,
    pub read_audit_entry: Arc<ReadAuditEntry>,
    pub create_conversation: Arc<CreateConversation>,
    pub follow_list: Arc<FollowList>,
    pub list_conversations: Arc<ListConversations>,
    pub search_conversations: Arc<SearchConversations>,
    pub get_conversation: Arc<GetConversation>,
    pub rename_conversation: Arc<RenameConversation>,
    pub delete_conversation: Arc<DeleteConversation>,
    pub toggle_privacy: Arc<TogglePrivacy>,
    pub read_sharing: Arc<ReadSharing>,
    pub save_sharing: Arc<SaveSharing>,
    pub transfer_conversation: Arc<TransferConversation>,
    pub explain_access: Arc<ExplainAccess>,
    pub list_people_with_access: Arc<ListPeopleWithAccess>,
    pub preview_sharing: Arc<PreviewSharing>,
    pub list_privileged_readings: Arc<ListPrivilegedReadings>,
    pub fork_conversation: Arc<ForkConversation>,
    pub export_conversation: Arc<ExportConversation>,
    pub follow_conversation: Arc<FollowConversation>,
    pub show_conversation: Arc<ShowConversation>,
    pub list_messages: Arc<ListMessages>,
    pub read_tree: Arc<ReadTree>,
    pub prompt_conversation: Arc<PromptConversation>,
    pub regenerate_answer: Arc<RegenerateAnswer>,
    pub stop_answer: Arc<StopAnswer>,
}
