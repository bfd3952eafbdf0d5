//! Somebody at the pages, as a browser without scripts: it keeps its cookie and sends forms with the token of its pages.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use reqwest::{
    Method, RequestBuilder,
    header::{CONTENT_TYPE, COOKIE, SET_COOKIE},
    redirect::Policy,
};

use super::{Answer, Service, client::read};

/// A browser that is signed in. Where several instances serve, each request goes to another one than the one before.
pub struct Browser {
    http: reqwest::Client,
    bases: Vec<String>,
    requests: AtomicUsize,
    cookie: String,
    csrf: String,
}

impl Browser {
    /// A browser in which this person of the demo has signed in.
    pub async fn signed_in(service: &Service, persona: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy();
        let instances = service.instances().iter();
        let mut browser = Self {
            http: http.redirect(Policy::none()).build().unwrap(),
            bases: instances.map(|it| it.base().to_owned()).collect(),
            requests: AtomicUsize::new(0),
            cookie: String::new(),
            csrf: String::new(),
        };
        let page = browser.get("/sign-in").await;
        browser.cookie = cookie(&page);
        browser.csrf = value_of(&page, "csrf");
        let fields = [("persona", persona), ("next", "/settings")];
        let signed_in = browser.post("/sign-in", &fields).await;
        signed_in.expect_status(303);
        browser.cookie = cookie(&signed_in);
        browser.csrf = value_of(&browser.get("/settings").await, "csrf");
        browser
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let turn = self.requests.fetch_add(1, Ordering::Relaxed);
        let base = &self.bases[turn % self.bases.len()];
        let request = self.http.request(method, format!("{base}{path}"));
        request.header(COOKIE, &self.cookie)
    }

    /// A form with the token of this browser's pages.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let mut body = format!("csrf={}", self.csrf);
        for (name, value) in fields {
            write!(body, "&{name}=").unwrap();
            for byte in value.bytes() {
                write!(body, "%{byte:02X}").unwrap();
            }
        }
        let request = self.request(Method::POST, path);
        request
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body)
    }

    /// Sends a request and reads the answer whole.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.timeout(Duration::from_mins(1));
        read(request.send().await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.form(path, fields)).await
    }
}

/// The last cookie that an answer sets, as a request sends it.
fn cookie(answer: &Answer) -> String {
    let set = answer.headers.get_all(SET_COOKIE).iter().next_back();
    let set = set.unwrap().to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

/// The value of the first field of this name in a page.
fn value_of(page: &Answer, name: &str) -> String {
    let (_, from) = page
        .text
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    from.split('"').next().unwrap().to_owned()
}
