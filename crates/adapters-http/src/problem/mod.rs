//! Problem documents (RFC 9457): the one shape of everything that goes wrong.

mod code;
mod from_errors;
mod language;

use std::{borrow::Cow, time::Duration};

use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use code::Code;
pub(crate) use language::Language;

use crate::{
    consistency::Stored,
    dto::{MessageDto, PromptedDto},
};

/// The media type of problem documents.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// When to come back after a failure of ours that may pass.
const SOON: Duration = Duration::from_secs(2);

/// The most characters of a detail, which may repeat what a client sent.
const LONGEST_DETAIL: usize = 600;
/// What stays of the beginning and of the end of one that is longer.
const BEGINNING: usize = 150;
const END: usize = 400;

/// A detail of a bounded length: what is too much goes from where clients' own names stand, before what was expected.
fn shortened(detail: Cow<'static, str>) -> Cow<'static, str> {
    let characters = detail.chars().count();
    if characters <= LONGEST_DETAIL {
        return detail;
    }
    let beginning = detail.chars().take(BEGINNING);
    let end = detail.chars().skip(characters - END);
    beginning.chain(" … ".chars()).chain(end).collect()
}

/// What went wrong with a request.
#[derive(Debug)]
pub(crate) struct Problem {
    code: Code,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    messages: Option<Box<PromptedDto>>,
    retry_after: Option<Duration>,
}

/// What is wrong with one value of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Where: a JSON pointer (RFC 6901) into the body.
    pub pointer: String,
    /// What.
    pub detail: String,
}

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDto<'a> {
    /// `urn:parlor:problem:<code>`
    #[serde(rename = "type")]
    kind: String,
    /// What the code stands for, in the language of `Accept-Language`; the same words for each code.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong with this request.
    detail: &'a str,
    /// A stable word, for programs.
    code: &'static str,
    /// What is wrong with each value of a body that does not validate (422).
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
    /// The prompt that the model failed at (502, 503, 504 of a prompt). It is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MessageDto>, nullable = false)]
    user_message: Option<&'a MessageDto>,
    /// What the model wrote of the answer. It is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MessageDto>, nullable = false)]
    assistant_message: Option<&'a MessageDto>,
}

impl Problem {
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            detail: shortened(detail.into()),
            errors: Vec::new(),
            messages: None,
            retry_after: (code.status().as_u16() == 503).then_some(SOON),
        }
    }

    /// One value of the body is wrong.
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::fields(vec![FieldError {
            pointer: pointer.into(),
            detail: shortened(Cow::Owned(detail.into())).into_owned(),
        }])
    }

    /// Several values of the body are wrong.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        Self {
            errors,
            ..Self::new(Code::InvalidBody, "The body does not validate")
        }
    }

    /// The same bytes for everything that the caller cannot see and for everything that does not exist.
    pub fn not_found() -> Self {
        Self::new(
            Code::NotFound,
            "There is no such thing, or you may not see it",
        )
    }

    pub fn unauthenticated() -> Self {
        Self::new(
            Code::Unauthenticated,
            "This needs a good token: `Authorization: Bearer <token>`",
        )
    }

    pub fn query(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidQuery, detail)
    }

    pub fn header(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidHeader, detail)
    }

    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// With the prompt and the answer that are stored nevertheless.
    pub fn with_messages(mut self, messages: PromptedDto) -> Self {
        self.messages = Some(Box::new(messages));
        self
    }

    /// The document itself, with its title in this language.
    pub fn document(&self, language: Language) -> ProblemDto<'_> {
        let messages = self.messages.as_deref();
        ProblemDto {
            kind: format!("urn:parlor:problem:{}", self.code.as_str()),
            title: self.code.title(language),
            status: self.code.status().as_u16(),
            detail: &self.detail,
            code: self.code.as_str(),
            errors: &self.errors,
            user_message: messages.map(|messages| &messages.user_message),
            assistant_message: messages.map(|messages| &messages.assistant_message),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let language = Language::current();
        let document = Json(self.document(language));
        let mut response = (self.code.status(), document).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(language.tag()),
        );
        if self.code == Code::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.messages.is_some() {
            response.extensions_mut().insert(Stored);
        }
        let headers = response.headers_mut();
        if let Some(after) = self.retry_after {
            // Rounded up: who comes back at that second is not refused again.
            let seconds = after.as_millis().div_ceil(1000).max(1);
            let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
