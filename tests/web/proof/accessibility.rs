//! A page that is hard to use is found out.

use super::{at, is_without_browser, visitor};
use crate::web::{Profile, Site};

#[tokio::test]
async fn a_page_that_breaks_rules_is_found_out() {
    if is_without_browser() {
        return;
    }
    let body = "<h1>A form</h1><input id=nameless><img src='data:,'>\
        <p style='color:#bbb;background:#fff'>Hard to read</p>";
    let (_site, browser) = at(body).await;
    let violations = browser.accessibility_violations().await;
    let broken = |rule: &str| violations.iter().find(|broken| broken.rule == rule);
    let nameless = broken("label").unwrap();
    assert_eq!(nameless.impact.as_deref(), Some("critical"));
    assert!(nameless.to_string().contains("<input id=\"nameless\">"));
    assert!(broken("image-alt").is_some());
    assert!(broken("color-contrast").is_some());
}

#[tokio::test]
async fn a_page_that_breaks_none_is_accessible_also_under_a_strict_policy() {
    if is_without_browser() {
        return;
    }
    let policy = "content-security-policy: default-src 'none'; img-src data:\r\n";
    let site = Site::with_headers(policy, "<h1>A page</h1><p>Text</p>").await;
    let browser = visitor(&site, Profile::desk()).await;
    browser.is_accessible().await;
}
