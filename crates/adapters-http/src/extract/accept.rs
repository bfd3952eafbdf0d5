//! In which form a prompt is answered.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use parlor_http_edge::weighted::weighted;

use crate::{
    api::Api,
    problem::{Code, Problem},
};

/// The two forms of an answer to a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerForm {
    /// One document, once the answer is whole.
    Json,
    /// Events, as the answer comes.
    Stream,
}

impl FromRequestParts<Api> for AnswerForm {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        form(&parts.headers).ok_or_else(|| {
            Problem::new(
                Code::NotAcceptable,
                "An answer is `application/json` or `text/event-stream`",
            )
        })
    }
}

/// How much a form is wanted: the weight in thousandths, and how closely the range names it.
type Wish = (u16, u8);

/// The form that is wanted more; among equals JSON. Nothing stated means JSON (RFC 9110, section 12.5.1).
fn form(headers: &HeaderMap) -> Option<AnswerForm> {
    let mut ranges = weighted(headers, &header::ACCEPT);
    ranges.retain(|(range, _)| range.contains('/'));
    if ranges.is_empty() {
        return Some(AnswerForm::Json);
    }
    let json = wish(&ranges, "application", "json");
    let stream = wish(&ranges, "text", "event-stream");
    match (json, stream) {
        ((0, _), (0, _)) => None,
        (json, stream) if stream > json => Some(AnswerForm::Stream),
        _ => Some(AnswerForm::Json),
    }
}

/// What the closest range says of a media type.
fn wish(ranges: &[(String, u16)], kind: &str, subtype: &str) -> Wish {
    let closeness = |range: &str| match range.split_once('/') {
        Some((k, s)) if k == kind && s == subtype => Some(3),
        Some((k, "*")) if k == kind => Some(2),
        Some(("*", "*")) => Some(1),
        _ => None,
    };
    ranges
        .iter()
        .filter_map(|(range, weight)| Some((closeness(range)?, *weight)))
        .max()
        .map_or((0, 0), |(closeness, weight)| (weight, closeness))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn wanted(accept: &'static str) -> Option<AnswerForm> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        form(&headers)
    }

    #[test]
    fn json_is_the_answer_unless_a_stream_is_wanted_more() {
        assert_eq!(form(&HeaderMap::new()), Some(AnswerForm::Json));
        for accept in [
            "",
            "*/*",
            "application/json",
            "application/*",
            "APPLICATION/JSON; charset=utf-8",
            "application/json, text/event-stream",
            "text/event-stream;q=0.5, application/json;q=0.9",
            "text/event-stream;q=0, */*",
        ] {
            assert_eq!(wanted(accept), Some(AnswerForm::Json), "{accept}");
        }
        for accept in [
            "text/event-stream",
            "text/*",
            "Text/Event-Stream",
            "text/event-stream, */*",
            "text/event-stream, application/json;q=0.9",
            "application/json;q=0, */*;q=0.1",
        ] {
            assert_eq!(wanted(accept), Some(AnswerForm::Stream), "{accept}");
        }
    }

    #[test]
    fn who_accepts_neither_form_gets_none() {
        for accept in ["text/html", "image/*", "*/*;q=0", "application/json;q=0"] {
            assert_eq!(wanted(accept), None, "{accept}");
        }
    }
}
