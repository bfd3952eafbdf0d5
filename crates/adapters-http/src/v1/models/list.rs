//! Which models can one prompt?

use std::num::NonZeroU32;

use axum::{Json, extract::State};
use parlor_application::{paging::Page, ports::Model};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::Api,
    cursor::CursorScope,
    dto::PageDto,
    extract::{Authenticated, PageQuery, StrictQuery},
    openapi::problems,
    problem::Problem,
};

/// A model.
#[derive(Serialize, ToSchema)]
#[schema(as = Model)]
pub(crate) struct ModelDto {
    /// What one names it by.
    id: String,
    /// What people call it.
    name: String,
    /// How many tokens it can read and write together; null where that is not configured.
    #[schema(required = true)]
    context_length: Option<u32>,
    /// Whether it answers where none is named. Exactly one does.
    default: bool,
}

impl From<Model> for ModelDto {
    fn from(model: Model) -> Self {
        Self {
            id: model.id,
            context_length: model.context_length.map(NonZeroU32::get),
            name: model.name,
            default: model.is_default,
        }
    }
}

/// List the models that one can prompt.
#[utoipa::path(
    get,
    path = "/models",
    operation_id = "list_models",
    tag = "organization",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of models", body = PageDto<ModelDto>),
        problems::Caller
    ),
    extensions(("x-permission" = json!("any user")))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    StrictQuery(query): StrictQuery<PageQuery>,
) -> Result<Json<PageDto<ModelDto>>, Problem> {
    let scope = CursorScope::new("models", caller.identity());
    let after: u32 = scope.open(query.cursor.as_deref())?.unwrap_or(0);
    let size = query.size();
    let models = (1..).zip(api.application.list_models.execute());
    let wanted = models
        .skip(after as usize)
        .take(size.and_one() as usize)
        .collect();
    let page = Page::cut(wanted, size, |(position, _)| *position);
    let page = Page {
        items: page.items.into_iter().map(|(_, model)| model).collect(),
        next: page.next,
    };
    Ok(Json(PageDto::of(page, &scope)))
}
