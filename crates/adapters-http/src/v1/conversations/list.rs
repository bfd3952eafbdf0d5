//! List and search conversations.

use std::str::FromStr;

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use parlor_application::{
    access_gate::ConversationView,
    conversations::{
        ConversationListRequest, ConversationSearchRequest, FoundConversation, FoundConversations,
    },
    ports::{ConversationFilter, SearchTerms},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    api::Api,
    cursor::CursorScope,
    dto::{AccessDto, ConversationDto, PrivacyDto, ReasonDto, UserDto},
    extract::{Authenticated, Limit, StrictQuery},
    openapi::problems,
    problem::Problem,
    wire::Text,
};

/// Which conversations.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConversationsQuery {
    /// Which of the visible ones.
    #[param(value_type = Option<FilterDto>, inline)]
    filter: Option<Text<Filter>>,
    /// A search: only conversations whose title and finished messages together have words that begin with all of these. Of
    /// Korean, Chinese and Japanese any part is found. Case, diacritics and the Unicode form make no difference. At most 16
    /// terms of the first 1,000 characters count. What has no letter or digit finds nothing; only white space is no search.
    ///
    /// A page of results can hold fewer than `limit` items, even none, and have a `next_cursor` all the same: a page looks at a
    /// bounded number of conversations. A user can run 120 searches at once and then 120 more in each minute, unless configured otherwise.
    q: Option<String>,
    /// How many items: 1 to 100.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 50)]
    limit: Option<Text<Limit>>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which of the visible conversations: `all` (default); `mine`; `shared`: others' that were shared with the caller; `private`:
/// others' private ones, seen by privilege.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Filter)]
#[expect(dead_code, reason = "only the schema is used")]
enum FilterDto {
    All,
    Mine,
    Shared,
    Private,
}

/// A page of conversations.
#[derive(Serialize, ToSchema)]
#[schema(as = ConversationPage)]
pub(crate) struct ConversationPageDto {
    /// The items.
    items: Vec<ListedConversationDto>,
    /// Where the next page begins; null on the last one.
    #[schema(required = true)]
    next_cursor: Option<String>,
    /// Of a search: whether conversations are still being indexed after an upgrade, so that some are not found yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    indexing: Option<bool>,
}

/// A conversation of a list.
#[derive(Serialize, ToSchema)]
#[schema(as = ListedConversation)]
pub(crate) struct ListedConversationDto {
    /// Its id.
    id: Uuid,
    /// What it is called.
    title: String,
    /// Whose it is.
    owner: UserDto,
    /// Private or shared.
    privacy: PrivacyDto,
    /// What the caller may do with it.
    access: AccessDto,
    /// Why: every reason that applies.
    reasons: Vec<ReasonDto>,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When a message last came.
    last_activity_at: DateTime<Utc>,
    /// Counts changes of title, privacy, grants and owner; the same number as in the `ETag`.
    version: u64,
    /// What it is a copy of, while the caller can see that one.
    #[schema(required = true)]
    forked_from: Option<Uuid>,
    /// Of a search: where something was found. It is missing where that is not in the beginning of a long message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    excerpt: Option<ExcerptDto>,
}

/// Where in a conversation a search found something.
#[derive(Serialize, ToSchema)]
#[schema(as = Excerpt)]
pub(crate) struct ExcerptDto {
    /// A part of the message or the title, on one line: at most 202 characters, with `…` where the text goes on.
    text: String,
    /// What was found, as pairs of start and end in `text`, counted in Unicode scalar values (not in UTF-16 units); the end
    /// is not included.
    ranges: Vec<[usize; 2]>,
    /// The message; null for the title.
    #[schema(required = true)]
    message_id: Option<Uuid>,
}

impl From<FoundConversation> for ListedConversationDto {
    fn from(found: FoundConversation) -> Self {
        let excerpt = found.excerpt.map(|found| ExcerptDto {
            text: found.excerpt.text,
            ranges: found
                .excerpt
                .ranges
                .into_iter()
                .map(|range| [range.start, range.end])
                .collect(),
            message_id: found.message_id.map(parlor_domain::ids::MessageId::as_uuid),
        });
        Self {
            excerpt,
            ..found.view.into()
        }
    }
}

impl From<ConversationView> for ListedConversationDto {
    fn from(view: ConversationView) -> Self {
        let listed = ConversationDto::from(view);
        Self {
            id: listed.id,
            title: listed.title,
            owner: listed.owner,
            privacy: listed.privacy,
            access: listed.access,
            reasons: listed.reasons,
            created_at: listed.created_at,
            last_activity_at: listed.last_activity_at,
            version: listed.version,
            forked_from: listed.forked_from,
            excerpt: None,
        }
    }
}

impl ConversationPageDto {
    fn found(page: FoundConversations, scope: &CursorScope) -> Self {
        Self {
            items: page.items.into_iter().map(Into::into).collect(),
            next_cursor: page.next.map(|next| scope.seal(&next)),
            indexing: Some(page.indexing),
        }
    }
}

#[derive(Clone, Copy)]
struct Filter(ConversationFilter);

impl FromStr for Filter {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ConversationFilter::ALL
            .into_iter()
            .find(|filter| filter.as_str() == text)
            .map(Self)
            .ok_or("not a filter: `all`, `mine`, `shared` or `private`")
    }
}

/// List the conversations that the caller may see, newest activity first.
#[utoipa::path(
    get,
    path = "/conversations",
    operation_id = "list_conversations",
    tag = "conversations",
    params(ConversationsQuery),
    responses(
        (status = 200, description = "A page of conversations", body = ConversationPageDto),
        problems::Caller,
        problems::Search
    ),
    extensions(("x-permission" = json!("any user")))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    StrictQuery(query): StrictQuery<ConversationsQuery>,
) -> Result<Json<ConversationPageDto>, Problem> {
    let filter = query.filter.map(|Text(Filter(filter))| filter);
    let filter = filter.unwrap_or_default();
    // Nothing but white space is no search: somebody is about to type.
    let typed = query.q.as_deref().filter(|text| !text.trim().is_empty());
    let search = typed.map(SearchTerms::parse);
    let words = search
        .iter()
        .flatten()
        .map(|terms| terms.terms().join(" "))
        .next();
    let scope = CursorScope::new("conversations", caller.identity())
        .with(filter.as_str())
        .with_option(words);
    let after = scope.open(query.cursor.as_deref())?;
    let size = Limit::size(query.limit);
    let Some(search) = search else {
        let request = ConversationListRequest {
            filter,
            after,
            size,
        };
        let list = &api.application.list_conversations;
        let page = list.execute(&caller, request).await?;
        let items = page.items.into_iter();
        return Ok(Json(ConversationPageDto {
            items: items.map(Into::into).collect(),
            next_cursor: page.next.map(|next| scope.seal(&next)),
            indexing: None,
        }));
    };
    // What has no term is found nowhere.
    let Some(terms) = search else {
        let nothing = FoundConversations::default();
        return Ok(Json(ConversationPageDto::found(nothing, &scope)));
    };
    let request = ConversationSearchRequest {
        terms,
        filter,
        after,
        size,
    };
    let search = &api.application.search_conversations;
    let page = search.execute(&caller, request).await?;
    Ok(Json(ConversationPageDto::found(page, &scope)))
}
