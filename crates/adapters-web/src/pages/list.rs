//! The list of conversations: filters, search, and more as one scrolls.

mod create;
mod cursor;
mod item;
mod live;

use std::str::FromStr;

use askama::Template;
use axum::{Router, extract::State, response::Html, routing::get};
use i18n_embed_fl::fl;
use parlor_application::{
    caller::Caller,
    conversations::{
        ConversationListRequest, ConversationSearchRequest, FoundConversations, SearchError,
        TooManySearches,
    },
    paging::PageSize,
    ports::{ConversationFilter, SearchTerms},
};
use serde::Deserialize;

use crate::{
    errors::{PageError, page},
    extract::{Fragment, StrictQuery, Text},
    frame::{Frame, Section},
    i18n::Texts,
    session::SignedIn,
    web::Web,
};
use cursor::ListCursor;
use item::ListItem;
pub(crate) use item::ShownPrivacy;
pub(super) use live::ListFeed;

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/conversations", get(show).post(create::begin))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    filter: Option<Text<Filter>>,
    q: Option<String>,
    cursor: Option<Text<ListCursor>>,
    /// Whether a conversation was deleted a moment ago.
    deleted: Option<Deleted>,
}

#[derive(Deserialize)]
enum Deleted {
    #[serde(rename = "1")]
    JustNow,
}

#[derive(Clone, Copy)]
pub(super) struct Filter(ConversationFilter);

impl Filter {
    /// What the stores call it.
    pub const fn kind(self) -> ConversationFilter {
        self.0
    }

    /// Its name in addresses.
    pub fn as_str(self) -> &'static str {
        self.0.as_str()
    }

    /// The one that is asked for, or all.
    fn or_all(filter: Option<Text<Self>>) -> ConversationFilter {
        filter.map_or_else(ConversationFilter::default, |Text(Self(filter))| filter)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("not a filter")]
pub(super) struct NotAFilter;

impl FromStr for Filter {
    type Err = NotAFilter;

    fn from_str(text: &str) -> Result<Self, NotAFilter> {
        let mut all = ConversationFilter::ALL.into_iter();
        let found = all.find(|filter| filter.as_str() == text);
        found.map(Self).ok_or(NotAFilter)
    }
}

/// Which list, as the page and its links say it.
struct Wanted {
    filter: ConversationFilter,
    /// As it was typed.
    q: String,
}

impl Wanted {
    /// Path and query of this list, of one with another filter, or of a page after the first.
    fn url(&self, filter: ConversationFilter, cursor: Option<ListCursor>) -> String {
        let mut parameters = Vec::new();
        if filter != ConversationFilter::default() {
            parameters.push(format!("filter={}", filter.as_str()));
        }
        if !self.q.trim().is_empty() {
            parameters.push(format!("q={}", encoded(&self.q)));
        }
        if let Some(cursor) = cursor {
            parameters.push(format!("cursor={cursor}"));
        }
        if parameters.is_empty() {
            "/conversations".to_owned()
        } else {
            format!("/conversations?{}", parameters.join("&"))
        }
    }
}

/// As in a query string.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

struct FilterLink {
    filter: &'static str,
    text: String,
    href: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    frame: Frame,
    filter: ConversationFilter,
    q: String,
    filters: Vec<FilterLink>,
    items: Vec<ListItem>,
    next: Option<String>,
    /// Whether this is a search.
    searching: bool,
    /// Whether a search does not find everything yet.
    indexing: bool,
    told: Option<String>,
    /// What was done a moment ago.
    notice: Option<String>,
    private_by_default: bool,
    message_characters: usize,
}

/// The items alone, for scripts.
#[derive(Template)]
#[template(path = "list_items.html")]
struct ListItems {
    frame: Frame,
    items: Vec<ListItem>,
    next: Option<String>,
    /// Whether this is a search.
    searching: bool,
    /// Whether a search does not find everything yet.
    indexing: bool,
    /// What is said to who does not see that the list is another one.
    told: Option<String>,
}

async fn show(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    Fragment(fragment): Fragment,
    StrictQuery(query): StrictQuery<ListQuery>,
) -> Result<Html<String>, PageError> {
    let wanted = Wanted {
        filter: Filter::or_all(query.filter),
        q: query.q.unwrap_or_default(),
    };
    let after = query.cursor.map(|Text(cursor)| cursor);
    let searching = !wanted.q.trim().is_empty();
    let Shown {
        items,
        next,
        indexing,
    } = find(&web, &caller, &wanted, after, frame.t).await?;
    match fragment.as_deref() {
        Some("list") => page(&ListItems {
            told: Some(fl!(frame.t, "list-found", count = items.len())),
            frame,
            items,
            next,
            searching,
            indexing,
        }),
        Some(_) => Err(PageError::InvalidQuery),
        None => {
            let settings = web.application.read_settings.execute(&caller).await?;
            let notice = query
                .deleted
                .map(|Deleted::JustNow| fl!(frame.t, "list-deleted"));
            page(&ListPage {
                notice,
                filters: filters(&wanted, &frame),
                frame: frame.within(Section::Conversations),
                filter: wanted.filter,
                q: wanted.q,
                items,
                next,
                searching,
                indexing,
                told: None,
                private_by_default: settings.private_conversations,
                message_characters: web.options.message_characters,
            })
        }
    }
}

/// What is shown of a list.
struct Shown {
    items: Vec<ListItem>,
    /// Where the next page is.
    next: Option<String>,
    indexing: bool,
}

/// One page of the list.
async fn find(
    web: &Web,
    caller: &Caller,
    wanted: &Wanted,
    after: Option<ListCursor>,
    t: Texts,
) -> Result<Shown, PageError> {
    let after = after.map(|ListCursor(after)| after);
    let next =
        |place: Option<_>| place.map(|place| wanted.url(wanted.filter, Some(ListCursor(place))));
    if wanted.q.trim().is_empty() {
        let request = ConversationListRequest {
            filter: wanted.filter,
            after,
            size: PageSize::DEFAULT,
        };
        let list = &web.application.list_conversations;
        let page = list.execute(caller, request).await?;
        let items = page.items.iter();
        return Ok(Shown {
            items: items.map(|view| ListItem::new(view, caller, t)).collect(),
            next: next(page.next),
            indexing: false,
        });
    }
    let found = match SearchTerms::parse(&wanted.q) {
        // What has no term is found nowhere.
        None => FoundConversations::default(),
        Some(terms) => {
            let request = ConversationSearchRequest {
                terms,
                filter: wanted.filter,
                after,
                size: PageSize::DEFAULT,
            };
            let search = &web.application.search_conversations;
            search.execute(caller, request).await?
        }
    };
    let items = found.items.iter();
    Ok(Shown {
        items: items
            .map(|found| ListItem::found(found, caller, t))
            .collect(),
        next: next(found.next),
        indexing: found.indexing,
    })
}

impl From<SearchError> for PageError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::TooMany(
                TooManySearches::InAMinute { retry_after, .. }
                | TooManySearches::AtOnce { retry_after, .. },
            ) => Self::TooMany { retry_after },
            SearchError::Store(error) => error.into(),
        }
    }
}

/// Those that can show something to this person.
fn filters(wanted: &Wanted, frame: &Frame) -> Vec<FilterLink> {
    let t = frame.t;
    let views_private = frame.views_private();
    ConversationFilter::ALL
        .into_iter()
        .filter(|&filter| {
            filter != ConversationFilter::Private || views_private || wanted.filter == filter
        })
        .map(|filter| FilterLink {
            text: match filter {
                ConversationFilter::All => fl!(t, "list-filter-all"),
                ConversationFilter::Mine => fl!(t, "list-filter-mine"),
                ConversationFilter::Shared => fl!(t, "list-filter-shared"),
                ConversationFilter::Private => fl!(t, "list-filter-private"),
            },
            filter: filter.as_str(),
            href: wanted.url(filter, None),
            current: filter == wanted.filter,
        })
        .collect()
}
