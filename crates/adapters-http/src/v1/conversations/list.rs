//! List and search conversations.

use std::str::FromStr;

use axum::{Json, extract::State};
use parlor_application::{
    access_gate::ConversationView,
    conversations::ConversationListRequest,
    paging::Page,
    ports::{ActivityCursor, ConversationFilter, SearchTerms},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::Api,
    cursor::CursorScope,
    dto::{ConversationDto, PageDto},
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
    /// Only those with a title or a message that has words beginning with all of these. Letters and digits make words; what has
    /// none is found nowhere, and nothing but white space is no search.
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
        (status = 200, description = "A page of conversations", body = PageDto<ConversationDto>),
        problems::Caller
    ),
    extensions(("x-permission" = json!("any user")))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    StrictQuery(query): StrictQuery<ConversationsQuery>,
) -> Result<Json<PageDto<ConversationDto>>, Problem> {
    let filter = query.filter.map(|Text(Filter(filter))| filter);
    let filter = filter.unwrap_or_default();
    // Nothing but white space is no search: somebody is about to type.
    let typed = query.q.as_deref().filter(|text| !text.trim().is_empty());
    let search = typed.map(SearchTerms::parse);
    let words = search
        .iter()
        .flatten()
        .map(|terms| terms.words().join(" "))
        .next();
    let scope = CursorScope::new("conversations", caller.identity())
        .with(filter.as_str())
        .with_option(words);
    let after = scope.open(query.cursor.as_deref())?;
    let search = match search {
        // What has no word in it is found nowhere.
        Some(None) => {
            return Ok(Json(PageDto::of(
                Page::<ConversationView, ActivityCursor>::default(),
                &scope,
            )));
        }
        Some(Some(terms)) => Some(terms),
        None => None,
    };
    let request = ConversationListRequest {
        filter,
        search,
        after,
        size: Limit::size(query.limit),
    };
    let page = api
        .use_cases
        .list_conversations
        .execute(&caller, request)
        .await?;
    Ok(Json(PageDto::of(page, &scope)))
}
