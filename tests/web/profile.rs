//! Who looks at the pages, and with what.

/// A language of the pages, as a person tells the browser that they read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    Korean,
}

impl Language {
    /// As in `Accept-Language`, without the weights.
    pub const fn accepted(self) -> &'static str {
        match self {
            Self::English => "en-US,en",
            Self::Korean => "ko-KR,ko",
        }
    }

    /// As a tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en-US",
            Self::Korean => "ko",
        }
    }
}

/// A browser to open: in English, on a desk, in the light, with scripts, unless it is told otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    pub language: Language,
    /// Of the page, in pixels: width and height.
    pub size: (u32, u32),
    pub dark: bool,
    pub scripts: bool,
}

impl Profile {
    /// The one that most tests want.
    pub const fn desk() -> Self {
        Self {
            language: Language::English,
            size: (1280, 800),
            dark: false,
            scripts: true,
        }
    }

    /// As narrow as a small phone.
    pub const fn phone() -> Self {
        Self {
            size: (360, 740),
            ..Self::desk()
        }
    }

    /// Somebody who reads this language.
    pub const fn reading(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Somebody who prefers a dark page.
    pub const fn in_the_dark(mut self) -> Self {
        self.dark = true;
        self
    }

    /// Somebody whose browser runs no scripts.
    pub const fn without_scripts(mut self) -> Self {
        self.scripts = false;
        self
    }
}
