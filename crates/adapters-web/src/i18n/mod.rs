//! The languages of the pages: English and Korean.
//!
//! A text is `fl!(self.frame.t, "list-title")` in a template and `fl!(texts, "list-title")` in code: the macro checks its id and its arguments when the
//! crate is built. `tests/web/texts.rs` sees that both languages have the same texts.

mod format;
mod negotiate;

use std::{ops::Deref, sync::LazyLock};

use i18n_embed::{
    LanguageLoader as _, fluent::FluentLanguageLoader, unic_langid::LanguageIdentifier,
};
use rust_embed::RustEmbed;

pub(crate) use negotiate::{COOKIE as LANGUAGE_COOKIE, texts_for};

/// The texts, as `<language>/parlor_adapters_web.ftl`.
#[derive(RustEmbed)]
#[folder = "i18n"]
struct Files;

const DOMAIN: &str = "parlor_adapters_web";

/// A language that the pages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    English,
    /// Korean.
    Korean,
}

impl Language {
    /// Every language; the first is the one for who says nothing.
    pub const ALL: [Self; 2] = [Self::English, Self::Korean];

    /// Its tag (BCP 47), as in `lang` and in the cookie.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// What its speakers call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Korean => "한국어",
        }
    }

    /// The language with exactly this tag.
    pub fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The texts in this language.
    pub fn texts(self) -> Texts {
        Texts { language: self }
    }

    fn loader(self) -> &'static FluentLanguageLoader {
        static ENGLISH: LazyLock<FluentLanguageLoader> = LazyLock::new(|| load(Language::English));
        static KOREAN: LazyLock<FluentLanguageLoader> = LazyLock::new(|| load(Language::Korean));
        match self {
            Self::English => &ENGLISH,
            Self::Korean => &KOREAN,
        }
    }
}

/// One language's texts, and English for what it lacks.
fn load(language: Language) -> FluentLanguageLoader {
    // Both tags are tags.
    let id = |language: Language| {
        language
            .tag()
            .parse::<LanguageIdentifier>()
            .unwrap_or_default()
    };
    let loader = FluentLanguageLoader::new(DOMAIN, id(Language::English));
    if let Err(error) = loader.load_languages(&Files, &[id(language)]) {
        tracing::error!(%error, "the texts cannot be read");
    }
    // Both languages are written from left to right, and texts go into attributes too. Titles and names stand in `bdi`.
    loader.set_use_isolating(false);
    loader
}

/// The texts in the language of one request: what `fl!` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Texts {
    language: Language,
}

impl Texts {
    /// The language.
    pub const fn language(self) -> Language {
        self.language
    }
}

impl Deref for Texts {
    type Target = FluentLanguageLoader;

    fn deref(&self) -> &FluentLanguageLoader {
        self.language.loader()
    }
}
