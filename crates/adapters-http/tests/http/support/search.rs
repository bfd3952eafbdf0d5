//! Searching: whatever somebody sees is found, by its first message.

use std::sync::{Arc, Mutex};

use parlor_application::ports::{
    ActivityCursor, ConversationQuery, ConversationSummary, MockConversationReader,
    MockMessageReader, SearchHit, SearchPage, SearchText,
};
use parlor_domain::principal::Principal;

use super::{State, store::summary};

pub fn expect_search(mock: &mut MockConversationReader, state: &Arc<Mutex<State>>) {
    let shared = Arc::clone(state);
    mock.expect_search().returning(move |principal, query| {
        let mut state = shared.lock().unwrap();
        state.check()?;
        state.positions.push(query.list.at_least);
        let list_query = ConversationQuery {
            limit: query.list.limit + 1,
            ..query.list.clone()
        };
        let mut found = list(&state, principal, &list_query);
        let more = found.len() > query.list.limit as usize;
        found.truncate(query.list.limit as usize);
        let last = found.last().map(|last| ActivityCursor {
            last_activity_at: last.last_activity_at,
            id: last.id,
        });
        let hits = found.into_iter().map(|summary| SearchHit {
            summary,
            position: Some(1),
        });
        Ok(SearchPage {
            hits: hits.collect(),
            next: last.filter(|_| more),
        })
    });
}

pub fn expect_search_texts(mock: &mut MockMessageReader, state: &Arc<Mutex<State>>) {
    let shared = Arc::clone(state);
    mock.expect_search_texts().returning(move |_, query| {
        let state = shared.lock().unwrap();
        let mut texts = Vec::new();
        for (id, position) in &query.places {
            let tree = state.tree(*id);
            let messages = tree.messages().filter(|it| it.position >= *position);
            texts.extend(
                messages
                    .take(query.texts as usize)
                    .map(|message| SearchText {
                        conversation_id: *id,
                        message_id: message.id,
                        content: message.content.as_str().to_owned(),
                        is_cut: false,
                    }),
            );
        }
        Ok(texts)
    });
}

/// A page of what somebody sees, newest activity first.
pub fn list(
    state: &State,
    principal: &Principal,
    query: &ConversationQuery,
) -> Vec<ConversationSummary> {
    let mut found: Vec<_> = state
        .conversations
        .iter()
        .map(summary)
        .filter(|summary| summary.access_of(principal).is_visible())
        .collect();
    let place = |it: &ConversationSummary| (it.last_activity_at, it.id);
    found.sort_by_key(|it| std::cmp::Reverse(place(it)));
    let after = |it: &ConversationSummary, after: ActivityCursor| {
        place(it) < (after.last_activity_at, after.id)
    };
    found.retain(|it| query.after.is_none_or(|cursor| after(it, cursor)));
    found.truncate(query.limit as usize);
    found
}
