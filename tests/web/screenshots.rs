//! The pictures that the documentation shows. `cargo xtask screenshots` runs these tests and keeps what they make.

mod pages;

use super::{Pages, Profile};
use crate::harness::is_left_out;

#[tokio::test]
async fn the_documentation_of_the_api_is_pictured() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let browser = pages.browser(Profile::desk()).await;
    browser.open("/api/docs").await;
    browser.sees_text("/api/v1/conversations").await;
    let picture = browser.document_screenshot("api-docs").await;
    assert!(picture.is_file());
}
