//! A browser without scripts: it keeps cookies, and sends forms with the token of the page that they stand on.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
    response::Response,
};
use tower::ServiceExt;

/// An answer, read whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// The value of the first field of this name.
    pub fn value_of(&self, name: &str) -> Option<String> {
        let (_, rest) = self.text.split_once(&format!("name=\"{name}\" value=\""))?;
        let (value, _) = rest.split_once('"')?;
        Some(unescaped(value))
    }

    /// The text without tags, its white space as single spaces.
    pub fn words(&self) -> String {
        let mut words = String::new();
        let mut is_tag = false;
        for character in self.text.chars() {
            match character {
                '<' => is_tag = true,
                '>' => {
                    is_tag = false;
                    words.push(' ');
                }
                _ if is_tag => {}
                other => words.push(other),
            }
        }
        let words = unescaped(&words);
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn unescaped(text: &str) -> String {
    [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (escaped, plain)| {
        text.replace(escaped, plain)
    })
}

/// Somebody's browser.
pub struct Browser {
    pages: Router,
    cookie: String,
    /// What it asks for in `Accept-Language`.
    pub languages: &'static str,
    csrf: String,
}

impl Browser {
    pub async fn signed_in(pages: Router, who: &str) -> Self {
        let mut browser = Self {
            pages,
            cookie: String::new(),
            languages: "en",
            csrf: String::new(),
        };
        let page = browser.get("/sign-in").await;
        browser.cookie = cookie(&page);
        browser.csrf = page.value_of("csrf").unwrap();
        let answer = browser
            .post("/sign-in", &[("persona", who), ("next", "/settings")])
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        browser.cookie = cookie(&answer);
        browser.csrf = browser.get("/settings").await.value_of("csrf").unwrap();
        browser
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path).body(Body::empty()).unwrap())
            .await
    }

    /// The same with one cookie more.
    pub async fn get_with(&self, path: &str, cookie: &str) -> Answer {
        let mut request = self.request("GET", path).body(Body::empty()).unwrap();
        let both = format!("{}; {cookie}", self.cookie);
        let both = both.parse().unwrap();
        request.headers_mut().insert(header::COOKIE, both);
        self.send(request).await
    }

    /// What a script asks for: a part of a page.
    pub async fn get_part(&self, path: &str, part: &str) -> Answer {
        let request = self.request("GET", path).header("parlor-fragment", part);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// What goes on coming.
    pub async fn open(&self, path: &str) -> Response {
        let request = self.request("GET", path).body(Body::empty()).unwrap();
        self.pages.clone().oneshot(request).await.unwrap()
    }

    /// Sends a form with its token.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.form(path, fields, &self.csrf)).await
    }

    /// The same by a script, which wants a part of a page.
    pub async fn post_part(&self, path: &str, part: &str, fields: &[(&str, &str)]) -> Answer {
        let mut request = self.form(path, fields, &self.csrf);
        request
            .headers_mut()
            .insert("parlor-fragment", part.parse().unwrap());
        self.send(request).await
    }

    /// Sends a form with another token.
    pub async fn forge(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.form(path, fields, "forged")).await
    }

    fn form(&self, path: &str, fields: &[(&str, &str)], csrf: &str) -> Request<Body> {
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", csrf)]).collect();
        let body = serde_html_form::to_string(fields).unwrap();
        self.request("POST", path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap()
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "parlor.example")
            .header(header::ACCEPT_LANGUAGE, self.languages)
            .header(header::COOKIE, &self.cookie)
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.pages.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }
}

/// Name and value of the cookie that an answer sets.
fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie");
    set.split(';').next().unwrap_or(set).to_owned()
}
