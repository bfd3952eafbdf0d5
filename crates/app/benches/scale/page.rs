//! Pages, as a browser asks for them.

use std::net::SocketAddr;

use reqwest::{
    Client, Response,
    header::{COOKIE, SET_COOKIE},
    redirect::Policy,
};

use crate::load::Request;

/// Asks for a page under this cookie.
pub fn request(path: &str, cookie: &str) -> Request {
    let head = format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: text/html\r\ncookie: {cookie}\r\n\r\n"
    );
    head.into_bytes().into()
}

/// Signs in by the form, as one of the demo's people; answers the cookies.
pub async fn sign_in(service: SocketAddr, persona: &str) -> String {
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let url = format!("http://{service}/sign-in");
    let page = client.get(&url).send().await.unwrap();
    let visit = cookies(&page);
    let page = page.text().await.unwrap();
    let (_, after) = page.split_once("name=\"csrf\" value=\"").unwrap();
    let (csrf, _) = after.split_once('"').unwrap();
    let signed_in = client
        .post(&url)
        .header(COOKIE, &visit)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!(
            "csrf={csrf}&persona={persona}&next=%2Fconversations"
        ))
        .send()
        .await
        .unwrap();
    assert_eq!(signed_in.status(), 303, "the sign-in");
    cookies(&signed_in)
}

fn cookies(response: &Response) -> String {
    let set = response.headers().get_all(SET_COOKIE).iter();
    let pairs: Vec<&str> = set
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .filter(|pair| !pair.ends_with('='))
        .collect();
    pairs.join("; ")
}
