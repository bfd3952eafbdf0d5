//! The switch between languages.

use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use serde::Deserialize;

use crate::{
    errors::PageError,
    extract::{Form, LocalPath, NoQuery, Text},
    i18n::{LANGUAGE_COOKIE, Language},
    session::cookies::{self, Lifetime},
    web::Web,
};

/// A year.
const KEPT_FOR: Lifetime = Lifetime::Seconds(365 * 24 * 60 * 60);

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/language", post(switch))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LanguageForm {
    language: String,
    next: Text<LocalPath>,
}

async fn switch(
    State(web): State<Web>,
    _: NoQuery,
    Form(form): Form<LanguageForm>,
) -> Result<Response, PageError> {
    let language = Language::of_tag(&form.language).ok_or(PageError::InvalidForm)?;
    let secure = web.options.is_secure();
    let cookie = cookies::set(LANGUAGE_COOKIE, language.tag(), KEPT_FOR, secure);
    let Text(next) = form.next;
    let target = Redirect::to(next.as_str());
    Ok(([(header::SET_COOKIE, cookie)], target).into_response())
}
