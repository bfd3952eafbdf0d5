//! The page that shows the OpenAPI document: Swagger UI out of this program, and nothing from elsewhere.

use std::sync::Arc;

use axum::{
    Router,
    extract::Path,
    http::{HeaderName, HeaderValue, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use utoipa_swagger_ui::Config;

use crate::{
    extract::NoQuery,
    problem::{Code, Problem},
};

/// Only what this origin serves. The pictures are those that Swagger UI's style sheet carries within itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = include_str!("docs_page/index.html");
const SCRIPT: &str = include_str!("docs_page/start.js");

/// The files of Swagger UI that the page asks for.
const FILES: [&str; 4] = [
    "swagger-ui.css",
    "swagger-ui-bundle.js",
    "favicon-16x16.png",
    "favicon-32x32.png",
];

/// The page and its files.
pub(crate) fn routes() -> Router<crate::api::Api> {
    Router::new()
        .route("/api/docs", get(page))
        .route("/api/docs/{file}", get(file))
}

async fn page(_: NoQuery) -> Result<Response, Problem> {
    Ok(restricted(Html(PAGE)))
}

async fn file(Path(name): Path<String>, _: NoQuery) -> Result<Response, Problem> {
    const JAVASCRIPT: [(HeaderName, &str); 1] =
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")];
    if name == "start.js" {
        return Ok(restricted((JAVASCRIPT, SCRIPT)));
    }
    let missing = || Problem::new(Code::UnknownRoute, "There is no such file");
    if !FILES.contains(&name.as_str()) {
        return Err(missing());
    }
    // The configuration concerns a file that is not served.
    let found = utoipa_swagger_ui::serve(&name, Arc::new(Config::default()));
    let file = found.ok().flatten().ok_or_else(missing)?;
    let kind = [(header::CONTENT_TYPE, file.content_type)];
    let mut response = restricted((kind, file.bytes.into_owned()));
    if file.gzpipped {
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

fn restricted(content: impl IntoResponse) -> Response {
    let policy = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (policy, content).into_response()
}
