//! Requests that no browser of ours sends, header by header.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use tower::ServiceExt;

use super::Answer;

/// Sends a request with these headers, and a body that is a form unless it is empty.
pub async fn send(
    pages: &Router,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "parlor.example");
    if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", "application/x-www-form-urlencoded");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let response = pages.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

/// What an answer sets the cookie of this name to, with what it says of it.
pub fn set_cookie(answer: &Answer, name: &str) -> Option<String> {
    let all = answer.headers.get_all(header::SET_COOKIE).iter();
    let mut all = all.map(|value| value.to_str().unwrap());
    let found = all.find(|value| value.starts_with(&format!("{name}=")));
    found.map(str::to_owned)
}

/// Name and value of a cookie, to send it back.
pub fn pair(set: &str) -> &str {
    set.split(';').next().unwrap()
}

/// A visitor's cookie, and the token of the forms that it is shown.
pub async fn visit(pages: &Router) -> (String, String) {
    let page = send(pages, "GET", "/sign-in", &[], "").await;
    let named = |name| set_cookie(&page, name);
    let cookie = named("parlor_visit").or_else(|| named("__Host-parlor_visit"));
    let cookie = cookie.unwrap();
    (pair(&cookie).to_owned(), page.value_of("csrf").unwrap())
}

/// Signs in; answers the cookie of the session, and the token of the forms in it.
pub async fn sign_in(pages: &Router, who: &str) -> (String, String) {
    let (visit, csrf) = visit(pages).await;
    let form = format!("csrf={csrf}&persona={who}&next=%2Fconversations");
    let answer = send(pages, "POST", "/sign-in", &[("cookie", &visit)], &form).await;
    let cookie = set_cookie(&answer, "parlor_session").unwrap();
    let cookie = pair(&cookie).to_owned();
    let page = send(pages, "GET", "/conversations", &[("cookie", &cookie)], "").await;
    (cookie, page.value_of("csrf").unwrap())
}
