//! Whatever a page must not do is noticed when it does it.

use super::{at, is_without_browser, visitor};
use crate::web::{Browser, Kind, Profile, Site};

/// What is noticed of one kind.
async fn noticed(browser: &Browser, kind: Kind) -> Vec<String> {
    let notices = browser.noticed().await.into_iter();
    notices
        .filter(|notice| notice.kind == kind)
        .map(|notice| notice.text)
        .collect()
}

#[tokio::test]
async fn a_page_that_does_nothing_is_not_noticed() {
    if is_without_browser() {
        return;
    }
    let (_site, browser) = at("<h1>Nothing</h1><a href='/elsewhere'>Elsewhere</a>").await;
    browser.noticed_nothing().await;
    browser.follow_link("Elsewhere").await;
    assert_eq!(browser.path().await, "/elsewhere");
    browser.noticed_nothing().await;
}

#[tokio::test]
async fn an_inline_script_that_runs_is_noticed_by_what_it_does() {
    if is_without_browser() {
        return;
    }
    let body = "<script>console.log('ran')</script>\
        <script>alert('hello')</script>\
        <img src='data:,' onerror='nothing.there()'>\
        <script>open('data:text/plain,popup')</script>";
    let (_site, browser) = at(body).await;
    let notices = browser.noticed().await;
    let said = |kind: Kind, text: &str| {
        let mut of_it = notices.iter().filter(|notice| notice.kind == kind);
        assert!(
            of_it.any(|it| it.text.contains(text)),
            "{kind:?} {notices:?}"
        );
    };
    said(Kind::Console, "ran");
    said(Kind::Dialog, "alert: hello");
    said(Kind::Exception, "nothing is not defined");
    assert!(browser.noticed().await.is_empty(), "each is told once");
}

#[tokio::test]
async fn a_window_that_a_page_opens_is_noticed() {
    if is_without_browser() {
        return;
    }
    let (_site, browser) = at("<a href='/other' target=_blank>Open</a>").await;
    browser.follow_link("Open").await;
    let windows = noticed(&browser, Kind::Window).await;
    assert!(windows[0].ends_with("/other"), "{windows:?}");
}

#[tokio::test]
async fn what_the_policy_refuses_is_noticed() {
    if is_without_browser() {
        return;
    }
    let policy = "content-security-policy: default-src 'self'; img-src data:\r\n";
    let site = Site::with_headers(policy, "<script>document.title = 'ran'</script>").await;
    let browser = visitor(&site, Profile::desk()).await;
    let refused = noticed(&browser, Kind::Policy).await;
    assert!(refused[0].contains("inline script"), "{refused:?}");
    assert_eq!(browser.session().title().await.unwrap(), "A page");
}

#[tokio::test]
async fn what_cannot_be_loaded_is_noticed() {
    if is_without_browser() {
        return;
    }
    let closed = Site::of("").await.origin().replace("http:", "https:");
    let (_site, browser) = at(&format!("<img alt='' src='{closed}/picture'>")).await;
    assert_eq!(noticed(&browser, Kind::NotLoaded).await.len(), 1);
}

#[tokio::test]
async fn every_way_out_of_the_origin_is_noticed_and_leads_nowhere() {
    if is_without_browser() {
        return;
    }
    let foreign = Site::of("A foreign page").await;
    let (origin, host) = (
        foreign.origin().to_owned(),
        foreign.origin().replace("http://", ""),
    );
    let page = [
        format!("<img alt='' src='{origin}/picture'>"),
        format!("<link rel=stylesheet href='{origin}/style'>"),
        format!("<link rel=prefetch href='{origin}/prefetch'>"),
        format!("<iframe src='{origin}/frame'></iframe>"),
        format!("<script>fetch('{origin}/fetch', {{ mode: 'no-cors' }})</script>"),
        format!("<script>navigator.sendBeacon('{origin}/beacon', 'x')</script>"),
        format!("<script>new WebSocket('ws://{host}/socket')</script>"),
    ];
    let refresh = format!("<meta http-equiv=refresh content='0; url={origin}/refresh'>");
    let form =
        format!("<form action='{origin}/form'></form><script>document.forms[0].submit()</script>");
    let within_a_page = &[
        "picture", "style", "prefetch", "frame", "fetch", "beacon", "socket",
    ][..];
    for (ways, body) in [
        (within_a_page, page.concat()),
        (&["refresh"], refresh),
        (&["form"], form),
    ] {
        let (_site, browser) = at(&body).await;
        let mut left = Vec::new();
        for way in ways {
            let path = format!("{host}/{way}");
            while !left.iter().any(|request: &String| request.contains(&path)) {
                let what = format!("somebody notices the {way} beside {left:?}");
                let more = async |page: &Browser| {
                    let more = noticed(page, Kind::LeftOrigin).await;
                    Ok((!more.is_empty()).then_some(more))
                };
                left.extend(browser.waits_for(&what, more).await);
            }
        }
    }
    assert_eq!(foreign.asked(), [""; 0]);
}

#[tokio::test]
async fn what_no_record_of_pages_knows_is_noticed_on_its_way_out() {
    if is_without_browser() {
        return;
    }
    // A connection that is made in advance, without a request.
    let body = "<link rel=preconnect href='https://parlor.invalid'>";
    let (_site, browser) = at(body).await;
    let left = browser
        .waits_for("somebody notices the connection", async |page| {
            Ok(noticed(page, Kind::LeftOrigin).await.pop())
        })
        .await;
    assert_eq!(left, "CONNECT parlor.invalid:443");
}
