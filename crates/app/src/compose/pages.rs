//! The pages: the API's use cases, and those that only pages have.

use std::sync::Arc;

use parlor_adapters_http::UseCases as ApiUseCases;
use parlor_adapters_web::{Persona, UseCases, WebOptions};
use parlor_application::{
    access_gate::AccessGate,
    conversations::{ListPeopleWithAccess, PreviewSharing},
    messages::ShowConversation,
    organization::{AuthenticateSession, ReadAuditEntry, SignIn, SignOut},
    ports::{Authenticator, BearerToken},
    user_limit::UserLimit,
};
use tokio_util::sync::CancellationToken;

use super::{DemoPersona, Store, clock};
use crate::config::Config;

/// The pages, to stand beside the API.
pub(super) fn pages(
    config: &Config,
    personas: &[Persona],
    use_cases: UseCases,
    streams: Arc<UserLimit>,
    shutdown: CancellationToken,
) -> parlor_adapters_http::Pages {
    let options = WebOptions {
        personas: personas.to_vec(),
        public_url: config.http.public_url.clone(),
        message_characters: config.limits.message_characters,
        streams,
        ..WebOptions::default()
    };
    let pages = parlor_adapters_web::router(use_cases, options, shutdown);
    parlor_adapters_http::Pages {
        routes: pages.routes,
        otherwise: Some(pages.otherwise),
    }
}

/// Somebody of the demo organization, to be chosen on the page for signing in.
pub(super) fn persona(demo: &DemoPersona) -> Persona {
    Persona {
        name: demo.name.to_owned(),
        token: BearerToken::new(demo.token()),
        organization: demo.organization.to_owned(),
        permissions: demo.permissions().collect(),
        groups: demo.groups.iter().copied().map(str::to_owned).collect(),
    }
}

/// What the API can do, and what only pages do.
pub(super) fn use_cases(
    api: &ApiUseCases,
    store: &Store,
    gate: &Arc<AccessGate>,
    authenticator: Arc<dyn Authenticator>,
) -> UseCases {
    let gate = || Arc::clone(gate);
    let people = || store.people.clone();
    UseCases {
        sign_in: Arc::new(SignIn::new(gate(), authenticator, store.directory.clone())),
        authenticate_session: Arc::new(AuthenticateSession::new(store.sessions.clone(), clock())),
        sign_out: Arc::new(SignOut::new(gate())),
        list_people_with_access: Arc::new(ListPeopleWithAccess::new(gate(), people())),
        preview_sharing: Arc::new(PreviewSharing::new(gate(), people())),
        read_audit_entry: Arc::new(ReadAuditEntry::new(gate(), store.audit_log.clone())),
        show_conversation: Arc::new(ShowConversation::new(gate(), store.messages.clone())),
        list_groups: api.list_groups.clone(),
        list_models: api.list_models.clone(),
        read_settings: api.read_settings.clone(),
        change_settings: api.change_settings.clone(),
        list_audit_entries: api.list_audit_entries.clone(),
        create_conversation: api.create_conversation.clone(),
        follow_list: api.follow_list.clone(),
        list_conversations: api.list_conversations.clone(),
        search_conversations: api.search_conversations.clone(),
        get_conversation: api.get_conversation.clone(),
        rename_conversation: api.rename_conversation.clone(),
        delete_conversation: api.delete_conversation.clone(),
        toggle_privacy: api.toggle_privacy.clone(),
        read_sharing: api.read_sharing.clone(),
        save_sharing: api.save_sharing.clone(),
        transfer_conversation: api.transfer_conversation.clone(),
        explain_access: api.explain_access.clone(),
        list_privileged_readings: api.list_privileged_readings.clone(),
        fork_conversation: api.fork_conversation.clone(),
        export_conversation: api.export_conversation.clone(),
        follow_conversation: api.follow_conversation.clone(),
        list_messages: api.list_messages.clone(),
        read_tree: api.read_tree.clone(),
        prompt_conversation: api.prompt_conversation.clone(),
        regenerate_answer: api.regenerate_answer.clone(),
        stop_answer: api.stop_answer.clone(),
    }
}
