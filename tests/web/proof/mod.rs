//! The browser and what watches it do what the other tests rely on. What watches notices: on pages that are made for it.

mod accessibility;
mod browser;
mod noticing;
mod person;
mod service;

use super::{Browser, Profile, Site};
use crate::harness::is_left_out;

/// Whether there is no browser, on purpose.
fn is_without_browser() -> bool {
    is_left_out("browser")
}

/// A browser that is at a page with this body.
async fn at(body: &str) -> (Site, Browser) {
    let site = Site::of(body).await;
    let browser = visitor(&site, Profile::desk()).await;
    (site, browser)
}

/// A browser that is at a site.
async fn visitor(site: &Site, profile: Profile) -> Browser {
    let browser = Browser::start(&[site.origin().to_owned()], profile).await;
    browser.open("/").await;
    browser
}
