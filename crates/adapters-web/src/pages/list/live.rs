//! What changes in the list, as entries of it.

use std::collections::VecDeque;

use askama::Template;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use i18n_embed_fl::fl;
use parlor_application::{
    access_gate::ConversationView,
    caller::Caller,
    conversations::{ListEvent, ListEvents},
    ports::{ConversationFilter, StoreError},
};
use parlor_domain::grants::PrivacyKind;
use tracing::Span;

use super::ListItem;
use crate::{
    errors::PageError,
    frame::Frame,
    pages::live::{LiveEvent, Part},
};

#[derive(Template)]
#[template(path = "list_item.html")]
struct ItemFragment<'a> {
    frame: &'a Frame,
    item: ListItem,
}

/// The events of the list under each of its filters, for as long as its user is active.
pub(in crate::pages) struct ListFeed {
    caller: Caller,
    frame: Frame,
    filters: Vec<ConversationFilter>,
    events: ListEvents,
    ready: VecDeque<LiveEvent>,
    ended: bool,
    span: Span,
}

impl ListFeed {
    pub fn new(
        events: ListEvents,
        filters: Vec<ConversationFilter>,
        caller: Caller,
        frame: Frame,
    ) -> Self {
        Self {
            caller,
            frame,
            filters,
            events,
            ready: VecDeque::new(),
            ended: false,
            span: Span::current(),
        }
    }

    pub fn into_stream(self) -> BoxStream<'static, LiveEvent> {
        stream::unfold(self, async |mut feed| {
            let event = feed.next().await?;
            Some((event, feed))
        })
        .boxed()
    }

    async fn next(&mut self) -> Option<LiveEvent> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.ended {
                return None;
            }
            let event = self.events.next().await;
            self.tell(event);
        }
    }

    fn tell(&mut self, event: Result<Option<ListEvent>, StoreError>) {
        match event {
            Ok(Some(ListEvent::Changed(view))) => self.changed(&view),
            Ok(Some(ListEvent::Removed(id))) => {
                for filter in self.filters.clone() {
                    self.push(filter, Part::Removed { id: id.to_string() });
                }
            }
            Ok(Some(ListEvent::Ended)) => {
                let text = fl!(self.frame.t, "conversation-gone-signed-out");
                self.ready.push_back(LiveEvent::session_ended(text));
                self.ended = true;
            }
            Ok(None) => self.ended = true,
            // The browser comes back and asks for the list anew.
            Err(error) => {
                self.span.in_scope(|| PageError::from(error));
                self.ready.push_back(LiveEvent::broken());
                self.ended = true;
            }
        }
    }

    fn changed(&mut self, view: &ConversationView) {
        let fragment = ItemFragment {
            item: ListItem::new(view, &self.caller, self.frame.t),
            frame: &self.frame,
        };
        let html = match fragment.render() {
            Ok(html) => html,
            Err(error) => {
                self.span.in_scope(|| PageError::failed(&error));
                return;
            }
        };
        for filter in self.filters.clone() {
            let part = if belongs(view, &self.caller, filter) {
                Part::Changed { html: html.clone() }
            } else {
                Part::Removed {
                    id: view.summary.id.to_string(),
                }
            };
            self.push(filter, part);
        }
    }

    fn push(&mut self, filter: ConversationFilter, part: Part) {
        let topic = format_args!("list:{}", filter.as_str());
        self.ready.push_back(LiveEvent::new(topic, None, part));
    }
}

/// Whether a visible conversation belongs into the list with this filter: what the stores' statements say, of one.
fn belongs(view: &ConversationView, caller: &Caller, filter: ConversationFilter) -> bool {
    let is_own = view.summary.owner.id == caller.user_id();
    match filter {
        ConversationFilter::All => true,
        ConversationFilter::Mine => is_own,
        ConversationFilter::Shared => !is_own && !view.access.is_privileged(),
        ConversationFilter::Private => !is_own && view.summary.privacy == PrivacyKind::Private,
    }
}
