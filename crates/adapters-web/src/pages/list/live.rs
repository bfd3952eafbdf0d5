//! What changes in the list, as pieces of it: `changed` is an entry that comes or takes the place of the one that is there, `removed` the id of one
//! that goes, and `ended` says that nobody is signed in any more.

use std::{collections::VecDeque, convert::Infallible};

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderName, HeaderValue},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::stream;
use i18n_embed_fl::fl;
use parlor_application::user_limit::Permit;
use parlor_application::{
    access_gate::ConversationView,
    caller::Caller,
    conversations::{ListEvent, ListEvents},
    ports::{ConversationFilter, StoreError},
};
use parlor_domain::grants::PrivacyKind;
use serde::Deserialize;
use tracing::Span;

use super::{Filter, ListItem};
use crate::{
    errors::PageError,
    extract::{StrictQuery, Text},
    frame::Frame,
    session::{SessionEnd, SignedIn},
    web::Web,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LiveQuery {
    filter: Option<Text<Filter>>,
}

#[derive(Template)]
#[template(path = "list_item.html")]
struct ItemFragment<'a> {
    frame: &'a Frame,
    item: ListItem,
}

pub(super) async fn live(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    session_end: SessionEnd,
    StrictQuery(query): StrictQuery<LiveQuery>,
) -> Result<Response, PageError> {
    let permit = web.options.streams.enter(caller.user_id())?;
    let telling = Telling {
        events: web.use_cases.follow_list.execute(&caller).await?,
        filter: Filter::or_all(query.filter),
        web: web.clone(),
        caller,
        frame,
        ready: VecDeque::new(),
        session_end,
        ended: false,
        span: Span::current(),
        _permit: permit,
    };
    let events = stream::unfold(telling, async |mut telling| {
        let event = telling.next().await?;
        Some((Ok::<_, Infallible>(event), telling))
    });
    let heartbeat = KeepAlive::new().interval(web.options.heartbeat);
    let mut response = Sse::new(events).keep_alive(heartbeat).into_response();
    // Proxies that know this header do not hold events back.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(response)
}

/// One stream, for as long as the browser listens, its user may sign in, and no shutdown begins.
struct Telling {
    web: Web,
    caller: Caller,
    frame: Frame,
    filter: ConversationFilter,
    events: ListEvents,
    ready: VecDeque<Event>,
    session_end: SessionEnd,
    ended: bool,
    span: Span,
    _permit: Permit,
}

impl Telling {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.ended {
                return None;
            }
            tokio::select! {
                biased;
                () = self.web.shutdown.cancelled() => {
                    self.ended = true;
                    let hint = Event::default().retry(self.web.options.retry_hint);
                    self.ready.push_back(hint.comment("the service is stopping"));
                }
                () = self.session_end.came() => self.tell(Ok(Some(ListEvent::Ended))),
                event = self.events.next() => self.tell(event),
            }
        }
    }

    fn tell(&mut self, event: Result<Option<ListEvent>, StoreError>) {
        match event {
            Ok(Some(ListEvent::Changed(view))) => self.changed(&view),
            Ok(Some(ListEvent::Removed(id))) => self.push("removed", id.to_string()),
            Ok(Some(ListEvent::Ended)) => {
                // Browsers do not hand on an event without data.
                self.push("ended", "signed-out".to_owned());
                self.ended = true;
            }
            Ok(None) => self.ended = true,
            // The browser comes back and asks for the list anew.
            Err(error) => {
                self.span.in_scope(|| PageError::from(error));
                self.ended = true;
            }
        }
    }

    fn changed(&mut self, view: &ConversationView) {
        if !belongs(view, &self.caller, self.filter) {
            return self.push("removed", view.summary.id.to_string());
        }
        let fragment = ItemFragment {
            item: ListItem::new(view, &self.caller, self.frame.t),
            frame: &self.frame,
        };
        match fragment.render() {
            Ok(html) => self.push("changed", html),
            Err(error) => {
                self.span.in_scope(|| PageError::failed(&error));
            }
        }
    }

    fn push(&mut self, name: &str, data: String) {
        self.ready
            .push_back(Event::default().event(name).data(data));
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
