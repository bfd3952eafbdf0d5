//! One event stream a browser: the list and every conversation that its visible pages show.
//!
//! A browser opens few connections to one host, so its pages share a stream (`assets/live.js`). Each subscription checks its own access,
//! as if it were alone, and says where it continues; the stream serves the user of its session and nobody else.

mod event;

use std::{
    collections::{HashSet, VecDeque},
    convert::Infallible,
    str::FromStr,
};

use axum::{
    Router,
    extract::{RawQuery, State},
    http::{HeaderName, HeaderValue, StatusCode},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
    routing::get,
};
use futures::{
    StreamExt as _,
    future::try_join_all,
    stream::{self, BoxStream, SelectAll},
};
use i18n_embed_fl::fl;
use parlor_application::{
    access_gate::AccessError, caller::Caller, conversations::EventNumber, user_limit::Permit,
};
use parlor_domain::ids::ConversationId;
use serde::Deserialize;

use super::{
    conversation::ConversationFeed,
    list::{Filter, ListFeed},
};
use crate::{
    errors::PageError,
    extract::Text,
    frame::{Frame, Surroundings},
    i18n::Texts,
    session::{NotKnown, SessionEnd, SignedIn},
    web::Web,
};
pub(super) use event::{LiveEvent, Part};

/// How many conversations one stream follows.
const MAX_CONVERSATIONS: usize = 16;

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/live", get(live))
        .route("/live/unkept", get(nothing))
}

/// Nothing but `Cache-Control: no-store`, as every page has it. A browser does not keep the page that fetched it
/// (`leaveNoCopy` in `assets/app.js`).
async fn nothing() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// `<conversation>.<number of the last event that the page has>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Subscription {
    conversation_id: ConversationId,
    after: EventNumber,
}

#[derive(Debug, thiserror::Error)]
#[error("not a subscription")]
struct NotASubscription;

impl FromStr for Subscription {
    type Err = NotASubscription;

    fn from_str(text: &str) -> Result<Self, NotASubscription> {
        let (id, after) = text.split_once('.').ok_or(NotASubscription)?;
        Ok(Self {
            conversation_id: id.parse().map_err(|_| NotASubscription)?,
            after: after.parse().map_err(|_| NotASubscription)?,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LiveQuery {
    /// The session whose pages ask, by [`Frame::session_mark`].
    session: String,
    /// The filters of the lists that are shown.
    #[serde(default)]
    list: Vec<Text<Filter>>,
    #[serde(default)]
    conversation: Vec<Text<Subscription>>,
}

impl LiveQuery {
    fn read(query: Option<&str>) -> Result<Self, PageError> {
        let read: Self = serde_html_form::from_str(query.unwrap_or_default())
            .map_err(|_| PageError::InvalidQuery)?;
        let ids: HashSet<_> = read
            .conversation
            .iter()
            .map(|Text(it)| it.conversation_id)
            .collect();
        let filters: HashSet<_> = read.list.iter().map(|Text(it)| it.as_str()).collect();
        let is_valid = ids.len() <= MAX_CONVERSATIONS
            && ids.len() == read.conversation.len()
            && filters.len() == read.list.len()
            && ids.len() + filters.len() > 0;
        is_valid.then_some(read).ok_or(PageError::InvalidQuery)
    }
}

type Feeds = SelectAll<BoxStream<'static, LiveEvent>>;

async fn live(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    session_end: SessionEnd,
    surroundings: Surroundings,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let query = LiveQuery::read(query.as_deref())?;
    // The page was opened in another session than the browser's present one: its user is not served to that page.
    if query.session != surroundings.csrf.session_mark() {
        return Err(PageError::Unauthenticated);
    }
    let permit = web.application.streams.enter(caller.user_id())?;
    let mut feeds = Feeds::new();
    if !query.list.is_empty() {
        let filters = query.list.iter().map(|Text(filter)| filter.kind());
        let events = web.application.follow_list.execute(&caller).await?;
        let feed = ListFeed::new(events, filters.collect(), caller.clone(), frame.clone());
        feeds.push(feed.into_stream());
    }
    let opened = query
        .conversation
        .iter()
        .map(|&Text(it)| subscribe(&web, &caller, &frame, it));
    let mut denials = VecDeque::new();
    for subscribed in try_join_all(opened).await? {
        match subscribed {
            Subscribed::To(feed) => feeds.push(feed),
            Subscribed::Denied(denial) => denials.push_back(denial),
        }
    }
    let open = OpenStream {
        web,
        frame,
        session_end,
        denials,
        feeds,
        has_ended: false,
        _permit: permit,
    };
    Ok(respond(open))
}

/// What became of one subscription.
enum Subscribed {
    To(BoxStream<'static, LiveEvent>),
    /// That there is nothing to follow is sent as soon as the response begins. It tells nothing that was stored.
    Denied(LiveEvent),
}

/// The events of one conversation, or the same end for one that does not exist and one that the caller cannot see.
///
/// That end is sent as soon as the response begins, and the response begins at a fixed step of time (adapters-http, `steps`), so its
/// time does not tell them apart.
async fn subscribe(
    web: &Web,
    caller: &Caller,
    frame: &Frame,
    subscription: Subscription,
) -> Result<Subscribed, PageError> {
    let Subscription {
        conversation_id: id,
        after,
    } = subscription;
    let follow = &web.application.follow_conversation;
    match follow.execute(caller, id, Some(after)).await {
        Ok(events) => {
            let feed = ConversationFeed::new(web, events, caller.user_id(), frame.clone());
            Ok(Subscribed::To(feed.into_stream()))
        }
        Err(AccessError::NotFound) => {
            let text = fl!(frame.t, "error-not-found-text");
            Ok(Subscribed::Denied(LiveEvent::gone(id, text)))
        }
        Err(error) => Err(error.into()),
    }
}

/// An open stream, until the browser leaves, the session ends, or a shutdown begins.
struct OpenStream {
    web: Web,
    frame: Frame,
    session_end: SessionEnd,
    denials: VecDeque<LiveEvent>,
    feeds: Feeds,
    has_ended: bool,
    _permit: Permit,
}

impl OpenStream {
    async fn next(&mut self) -> Option<Event> {
        if self.has_ended {
            return None;
        }
        if let Some(denial) = self.denials.pop_front() {
            return denial.into_sse();
        }
        let event = tokio::select! {
            biased;
            () = self.web.shutdown.cancelled() => {
                self.has_ended = true;
                let hint = Event::default().retry(self.web.options.retry_hint);
                return Some(hint.comment("the service is stopping"));
            }
            () = self.session_end.came() => {
                signed_out(self.frame.t)
            }
            event = next_checked(&mut self.feeds, &self.session_end, self.frame.t) => event?,
        };
        if event.is_broken() || event.is_session_end() {
            self.has_ended = true;
            self.feeds.clear();
        }
        if event.is_broken() {
            return None;
        }
        event.into_sse()
    }
}

/// The next event, if the session still holds once it is there: what is committed after a sign-out is not sent. Where that cannot be
/// checked, nothing is sent; the browser comes back and is told what it missed.
async fn next_checked(feeds: &mut Feeds, session_end: &SessionEnd, t: Texts) -> Option<LiveEvent> {
    let event = feeds.next().await?;
    Some(match session_end.holds().await {
        Ok(true) => event,
        Ok(false) => signed_out(t),
        Err(NotKnown) => LiveEvent::broken(),
    })
}

fn signed_out(t: Texts) -> LiveEvent {
    LiveEvent::session_ended(fl!(t, "conversation-gone-signed-out"))
}

fn respond(open: OpenStream) -> Response {
    let heartbeat = KeepAlive::new().interval(open.web.options.heartbeat);
    let events = stream::unfold(open, async |mut open| {
        let event = open.next().await?;
        Some((Ok::<_, Infallible>(event), open))
    });
    let mut response = Sse::new(events).keep_alive(heartbeat).into_response();
    // Proxies that know this header do not hold events back.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c073990";

    fn is_read(query: &str) -> bool {
        LiveQuery::read(Some(query)).is_ok()
    }

    #[test]
    fn a_query_says_the_session_and_each_subscription_once() {
        assert!(is_read("session=a&list=all&list=mine"));
        assert!(is_read(&format!("session=a&conversation={ID}.7")));
        for query in [
            "",
            "session=a",
            "list=all",
            "session=a&list=all&list=all",
            "session=a&list=everything",
            "session=a&list=all&bypass=1",
            &format!("session=a&conversation={ID}"),
            &format!("session=a&conversation={ID}.-1"),
            &format!("session=a&conversation={ID}.1&conversation={ID}.2"),
        ] {
            assert!(!is_read(query), "{query}");
        }
    }

    #[test]
    fn a_stream_follows_so_many_conversations_and_no_more() {
        let query = |count: usize| {
            (0..count).fold("session=a".to_owned(), |query, number| {
                format!("{query}&conversation=0190a2b4-7e1c-7cc0-98c4-{number:012x}.0")
            })
        };
        assert!(is_read(&query(MAX_CONVERSATIONS)));
        assert!(!is_read(&query(MAX_CONVERSATIONS + 1)));
    }
}
