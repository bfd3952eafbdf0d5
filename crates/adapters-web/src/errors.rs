//! Everything that goes wrong on a page: one page in the visitor's language for each kind of error. Failures of ours are logged here, once.

mod from_use_cases;

use std::{error::Error, time::Duration};

use askama::Template;
use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Redirect, Response},
};
use i18n_embed_fl::fl;
use parlor_domain::principal::Permission;

use crate::{
    extract::LocalPath,
    frame::{Frame, Surroundings},
    i18n::Texts,
};

/// When to come back after a failure of ours that may pass.
const SOON: Duration = Duration::from_secs(2);

/// Why there is no page. It becomes one in [`render`], where the visitor's language is known.
#[derive(Debug, Clone)]
pub(crate) enum PageError {
    /// There is no such page, or the visitor may not see it: the same for both.
    NotFound,
    /// Nobody is signed in: to the sign-in page, and back from there.
    SignIn {
        /// Whereto.
        next: Option<LocalPath>,
    },
    /// Nobody is signed in, and a script asks.
    Unauthenticated,
    /// The visitor may see it, but not do this with it.
    Forbidden,
    /// The visitor lacks one of these permissions.
    NoPermission(&'static [Permission]),
    /// A query parameter is unknown, there twice or malformed.
    InvalidQuery,
    /// A form's field is unknown, missing, there twice or malformed.
    InvalidForm,
    /// It is no form.
    NotAForm,
    /// It is compressed, or encoded in another way.
    Encoded,
    /// The form is too large.
    TooLarge,
    /// The form came too slowly, or broke off.
    Broken,
    /// The form's token is missing, or another session's.
    Token,
    /// The form was sent by a page of elsewhere.
    Foreign,
    /// Somebody else changed the same thing at the same time.
    Conflict,
    /// Too much at once.
    TooMany {
        /// When to come back.
        retry_after: Duration,
    },
    /// The page does not have this method.
    MethodNotAllowed,
    /// Something of ours is away.
    Unavailable,
    /// Something of ours failed.
    Internal,
    /// What only one page knows, already in the visitor's language.
    Special {
        /// The status of the answer.
        status: StatusCode,
        /// What went wrong, as a heading.
        title: String,
        /// What that means, and what to do.
        text: String,
        /// When to come back, where that helps.
        retry_after: Option<Duration>,
    },
}

impl PageError {
    /// A failure of ours that nobody can mend by asking otherwise.
    pub fn internal(what: &str) -> Self {
        tracing::error!("{what}");
        Self::Internal
    }

    /// The same, of something that failed.
    pub fn failed(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error, "a page failed");
        Self::Internal
    }

    /// Something that a page needs is away.
    pub fn away(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error, "a page failed because something is away");
        Self::Unavailable
    }

    /// The status of the answer.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignIn { .. } => StatusCode::SEE_OTHER,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::NoPermission(_) | Self::Token | Self::Foreign => {
                StatusCode::FORBIDDEN
            }
            Self::InvalidQuery => StatusCode::BAD_REQUEST,
            Self::InvalidForm => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotAForm | Self::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Broken => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Special { status, .. } => *status,
        }
    }

    /// A heading, and what it means.
    pub fn words(&self, t: Texts) -> (String, String) {
        match self {
            Self::NotFound => (
                fl!(t, "error-not-found-title"),
                fl!(t, "error-not-found-text"),
            ),
            Self::SignIn { .. } | Self::Unauthenticated => (
                fl!(t, "error-signed-out-title"),
                fl!(t, "error-signed-out-text"),
            ),
            Self::Forbidden => (
                fl!(t, "error-forbidden-title"),
                fl!(t, "error-forbidden-text"),
            ),
            Self::NoPermission(needed) => {
                (fl!(t, "error-forbidden-title"), no_permission(t, needed))
            }
            Self::Token => (fl!(t, "error-token-title"), fl!(t, "error-token-text")),
            Self::Foreign => (fl!(t, "error-foreign-title"), fl!(t, "error-foreign-text")),
            Self::InvalidQuery => (fl!(t, "error-query-title"), fl!(t, "error-query-text")),
            Self::InvalidForm => (fl!(t, "error-form-title"), fl!(t, "error-form-text")),
            Self::NotAForm => (
                fl!(t, "error-not-a-form-title"),
                fl!(t, "error-not-a-form-text"),
            ),
            Self::Encoded => (fl!(t, "error-encoded-title"), fl!(t, "error-encoded-text")),
            Self::MethodNotAllowed => (fl!(t, "error-method-title"), fl!(t, "error-method-text")),
            Self::TooLarge => (
                fl!(t, "error-too-large-title"),
                fl!(t, "error-too-large-text"),
            ),
            Self::Broken => (fl!(t, "error-broken-title"), fl!(t, "error-broken-text")),
            Self::Conflict => (
                fl!(t, "error-conflict-title"),
                fl!(t, "error-conflict-text"),
            ),
            Self::TooMany { retry_after } => {
                let seconds = retry_after.as_secs().max(1);
                let text = fl!(t, "error-too-many-text", seconds = seconds);
                (fl!(t, "error-too-many-title"), text)
            }
            Self::Unavailable => (fl!(t, "error-away-title"), fl!(t, "error-away-text")),
            Self::Internal => (
                fl!(t, "error-internal-title"),
                fl!(t, "error-internal-text"),
            ),
            Self::Special { title, text, .. } => (title.clone(), text.clone()),
        }
    }

    const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooMany { retry_after } => Some(*retry_after),
            Self::Special { retry_after, .. } => *retry_after,
            Self::Unavailable => Some(SOON),
            _ => None,
        }
    }
}

/// What the visitor may not do.
fn no_permission(t: Texts, needed: &[Permission]) -> String {
    match needed {
        [Permission::ReadAuditLog] => fl!(t, "error-no-permission-audit-log"),
        [Permission::ManageSettings] => fl!(t, "error-no-permission-settings"),
        [Permission::RunAi] => fl!(t, "error-no-permission-run-ai"),
        _ => fl!(t, "error-no-permission-text"),
    }
}

impl IntoResponse for PageError {
    /// Bare, for [`render`] to dress.
    fn into_response(self) -> Response {
        if let Self::SignIn { next } = self {
            let target = next.map_or_else(|| "/sign-in".to_owned(), |next| next.as_next());
            return Redirect::to(&target).into_response();
        }
        let mut response = self.status().into_response();
        let after = self.retry_after();
        if let Some(after) = after {
            let seconds = after.as_millis().div_ceil(1000).max(1).to_string();
            if let Ok(seconds) = HeaderValue::try_from(seconds) {
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// What somebody typed into a form that was refused: its error page shows it, as no browser is to bring it back by itself.
#[derive(Debug, Clone)]
pub(crate) struct Unsent(pub String);

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: Frame,
    title: &'a str,
    text: &'a str,
    unsent: Option<String>,
}

#[derive(Template)]
#[template(path = "error_fragment.html")]
struct ErrorFragment<'a> {
    title: &'a str,
    text: &'a str,
}

/// Makes a page, or a part of one for a script, of every error.
pub(crate) async fn render(surroundings: Surroundings, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(error) = response.extensions_mut().remove::<PageError>() else {
        return response;
    };
    let (title, text) = error.words(surroundings.t);
    let unsent = response.extensions_mut().remove::<Unsent>();
    let rendered = if surroundings.fragment {
        ErrorFragment {
            title: &title,
            text: &text,
        }
        .render()
    } else {
        ErrorPage {
            frame: surroundings.frame(),
            title: &title,
            text: &text,
            unsent: unsent.map(|Unsent(text)| text),
        }
        .render()
    };
    // The templates write into memory; they have nothing that could fail.
    let page = Html(rendered.unwrap_or(title)).into_response();
    let (parts, body) = page.into_parts();
    response.headers_mut().extend(parts.headers);
    *response.body_mut() = body;
    response
}

/// What a page answers: its template, rendered.
pub(crate) fn page(template: &impl Template) -> Result<Html<String>, PageError> {
    template
        .render()
        .map(Html)
        .map_err(|error| PageError::failed(&error))
}
