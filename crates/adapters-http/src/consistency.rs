//! `Parlor-Consistency`: where the store was after a client's last write, so that no replica shows the client less.
//!
//! A write tells it, and a client that hands it back with what it reads is answered from a replica as soon as that has come so far.
//! Without it an answer is as new as the request.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use parlor_application::ports::StorePosition;
use utoipa::openapi::{
    HeaderBuilder, OpenApi, PathItem, RefOr,
    path::{Operation, Parameter},
};

use crate::{
    api::Api,
    extract::header_parameter,
    problem::{Code, Problem},
};

/// The header's name as one writes it.
const NAME: &str = "Parlor-Consistency";
const HEADER: HeaderName = HeaderName::from_static("parlor-consistency");
/// The first byte of every token; a new layout gets a new one.
const LAYOUT: u8 = 1;

/// Stands among the extensions of an answer to a write that failed after something was stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored;

/// What the client has seen, if it tells.
pub(crate) fn seen(headers: &HeaderMap) -> Result<Option<StorePosition>, Problem> {
    let mut values = headers.get_all(HEADER).iter();
    let position = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => open(value),
        (Some(_), Some(_)) => None,
    };
    position.map(Some).ok_or_else(|| {
        Problem::new(
            Code::InvalidConsistencyToken,
            "`Parlor-Consistency` is not one token as the answer to a write tells it",
        )
    })
}

/// Lets the answer to a write tell where the store is after it. Where that cannot be found out the answer goes without: the
/// write is done.
pub(crate) async fn tell_position(
    State(api): State<Api>,
    request: Request,
    next: Next,
) -> Response {
    let writes = writes(request.method()) && request.uri().path().starts_with("/api/v1/");
    let mut response = next.run(request).await;
    let stored = response.extensions().get::<Stored>().is_some();
    if !writes || !(response.status().is_success() || stored) {
        return response;
    }
    match api.application.positions.now().await {
        Ok(Some(position)) => {
            response.headers_mut().insert(HEADER, seal(position));
        }
        // There is nothing to choose by it.
        Ok(None) => {}
        Err(error) => tracing::warn!(
            error = &error as &(dyn std::error::Error + 'static),
            "a write is answered without its position"
        ),
    }
    response
}

fn writes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn seal(position: StorePosition) -> HeaderValue {
    let mut bytes = vec![LAYOUT];
    bytes.extend(position.as_number().to_be_bytes());
    // Its alphabet is letters, digits, `-` and `_`.
    HeaderValue::try_from(URL_SAFE_NO_PAD.encode(bytes))
        .unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn open(token: &HeaderValue) -> Option<StorePosition> {
    let bytes = URL_SAFE_NO_PAD.decode(token.as_bytes()).ok()?;
    let (&layout, number) = bytes.split_first()?;
    let number = u64::from_be_bytes(number.try_into().ok()?);
    (layout == LAYOUT).then_some(StorePosition::from_number(number))
}

/// Describes the header: what reads take and writes tell.
pub(crate) fn describe(document: &mut OpenApi) {
    let paths = document.paths.paths.iter_mut();
    let items = paths.filter(|(path, _)| path.starts_with("/api/v1/"));
    for (_, item) in items {
        if let Some(read) = &mut item.get {
            let parameters = read.parameters.get_or_insert_default();
            parameters.push(parameter().into());
        }
        for write in writes_of(item) {
            describe_write(write);
        }
    }
}

fn parameter() -> Parameter {
    header_parameter(
        NAME,
        "What the answer to the client's last write told under this name: the answer is not older than that write",
    )
}

fn writes_of(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        post,
        put,
        patch,
        delete,
        ..
    } = item;
    [post, put, patch, delete].into_iter().flatten()
}

fn describe_write(operation: &mut Operation) {
    let responses = operation.responses.responses.iter_mut();
    for (_, response) in responses.filter(|(status, _)| status.starts_with('2')) {
        let RefOr::T(response) = response else {
            continue;
        };
        let header = HeaderBuilder::new()
            .description(Some(
                "An opaque token: reads that hand it back see this write. Absent where every read does",
            ))
            .build();
        response.headers.insert(NAME.to_owned(), header.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Result<Option<StorePosition>, Problem> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_str(value).unwrap());
        }
        seen(&headers)
    }

    #[test]
    fn a_token_tells_the_position_that_it_was_made_of() {
        assert_eq!(read(&[]).unwrap(), None);
        for number in [0, 1, 0x16B_3742_0158, u64::MAX] {
            let position = StorePosition::from_number(number);
            let token = seal(position);
            assert_eq!(read(&[token.to_str().unwrap()]).unwrap(), Some(position));
        }
    }

    #[test]
    fn a_token_does_not_look_like_a_number() {
        assert_eq!(seal(StorePosition::from_number(7)), "AQAAAAAAAAAH");
    }

    #[test]
    fn what_is_no_token_or_more_than_one_is_refused() {
        let token = seal(StorePosition::from_number(7));
        let token = token.to_str().unwrap();
        let of_another_layout = token.replacen("AQ", "Ag", 1);
        for values in [
            &[""][..],
            &["7"],
            &["AQAAAAAAAAA"],
            &["AQAAAAAAAAAHAA"],
            &["AQAAAAAAAAAH=="],
            &["AQAAAAAAAA+H"],
            &["\"AQAAAAAAAAAH\""],
            &[&of_another_layout],
            &[token, token],
        ] {
            let problem = read(values).unwrap_err();
            let code = problem.document(crate::problem::Language::English);
            let code = serde_json::to_value(code).unwrap();
            assert_eq!(code["code"], "invalid-consistency-token", "{values:?}");
        }
    }
}
