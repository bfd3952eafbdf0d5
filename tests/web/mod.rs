//! The pages, in a real browser.

mod accessibility;
mod administration;
mod browser;
mod conversation;
mod crash;
mod driver;
mod every_page;
mod header;
mod hostile_markdown;
mod keyboard;
mod languages;
mod list;
mod live;
mod narrow;
mod notices;
mod outside;
mod pages;
mod person;
mod profile;
mod proof;
mod scene;
mod screenshots;
mod sharing;
mod sign_in;
mod site;
mod steps;
mod streams;
mod thoughts;
mod told;
mod two_people;
mod without_javascript;

pub use browser::Browser;
pub use notices::Kind;
pub use pages::Pages;
pub use profile::{Language, Profile};
pub use site::Site;
