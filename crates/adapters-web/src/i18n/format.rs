//! Dates, numbers and titles as each language writes them.

use chrono::{DateTime, Locale, SecondsFormat, Utc};
use i18n_embed_fl::fl;
use parlor_domain::text::Title;

use super::{Language, Texts};

impl Texts {
    const fn locale(self) -> Locale {
        match self.language() {
            Language::English => Locale::en_GB,
            Language::Korean => Locale::ko_KR,
        }
    }

    /// A day and a time of day, in UTC and saying so. Scripts show the reader's own time instead, from [`Texts::machine_time`].
    pub fn date_time(self, at: DateTime<Utc>) -> String {
        let format = match self.language() {
            Language::English => "%-d %b %Y, %H:%M UTC",
            Language::Korean => "%Y년 %-m월 %-d일 %p %-I:%M UTC",
        };
        at.format_localized(format, self.locale()).to_string()
    }

    /// For the attribute `datetime` of `time`: RFC 3339 in UTC.
    #[expect(clippy::unused_self, reason = "templates have it beside its siblings")]
    pub fn machine_time(self, at: DateTime<Utc>) -> String {
        at.to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// A conversation's title. The placeholder of one without a title is translated, a given title never is.
    pub fn title(self, title: &Title) -> String {
        if title.is_untitled() {
            fl!(self, "list-untitled")
        } else {
            title.as_str().to_owned()
        }
    }

    /// A whole number, its digits in groups of three. (Both languages use a comma.)
    #[expect(clippy::unused_self, reason = "templates have it beside its siblings")]
    pub fn number(self, number: impl Into<u64>) -> String {
        let digits = number.into().to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_in_each_language() {
        let at = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let [english, korean] = Language::ALL.map(Language::texts);
        assert_eq!(english.date_time(at), "21 Sep 2026, 14:13 UTC");
        assert_eq!(korean.date_time(at), "2026년 9월 21일 오후 2:13 UTC");
        assert_eq!(english.machine_time(at), "2026-09-21T14:13:20.000Z");
    }

    #[test]
    fn the_placeholder_of_a_title_is_translated_and_a_given_title_is_not() {
        let korean = Language::Korean.texts();
        let placeholder = Title::untitled();
        let given = Title::parse(placeholder.as_str()).unwrap();
        assert_eq!(korean.title(&placeholder), "새 대화");
        assert_eq!(korean.title(&given), "New conversation");
    }

    #[test]
    fn numbers_are_grouped() {
        let texts = Language::English.texts();
        for (number, text) in [
            (0_u32, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(texts.number(number), text);
        }
    }
}
