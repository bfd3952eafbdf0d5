//! What happened in the conversation, for those who follow it.

use std::sync::{Arc, Mutex};

use parlor_application::ports::{FoundConversation, Look, MockEventReader};

use super::{State, people, store::summary};

pub fn events(state: &Arc<Mutex<State>>) -> MockEventReader {
    let mut mock = MockEventReader::new();
    let shared = Arc::clone(state);
    mock.expect_look().returning(move |identity, id| {
        let state = shared.lock().unwrap();
        state.check()?;
        let home = identity.organization_id;
        let found = state.conversation(home, id).cloned();
        Ok(people::member(identity).map(|member| Look {
            principal: member.principal,
            found: found.map(|conversation| FoundConversation {
                owner: people::user_ref(home, conversation.owner_id).unwrap(),
                conversation,
                forked_from: None,
            }),
            last_event: state.events.last().map_or(0, |event| event.number),
        }))
    });
    let shared = Arc::clone(state);
    mock.expect_after().returning(move |_, after, limit| {
        let state = shared.lock().unwrap();
        state.check()?;
        let events = state.events.iter().filter(|event| event.number > after);
        Ok(events.take(limit as usize).cloned().collect())
    });
    mock.expect_writing().returning(|_| Ok(Vec::new()));
    let shared = Arc::clone(state);
    mock.expect_find_all().returning(move |principal, ids| {
        let state = shared.lock().unwrap();
        state.check()?;
        let found = ids
            .iter()
            .filter_map(|id| state.conversation(principal.organization_id, *id));
        Ok(found.map(summary).collect())
    });
    mock
}
