//! Which entries one wants to see, as one types it.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use i18n_embed_fl::fl;
use parlor_application::{ports::AuditQuery, storable::storable_time};
use parlor_domain::{audit::ActionName, ids::AuditEntryId};
use serde::{Deserialize, Serialize};

use super::entry::action_words;
use crate::i18n::Texts;

/// The fields of the form, as they were typed. Empty ones ask for nothing.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Typed {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub action: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub actor: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub conversation: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    cursor: String,
}

/// What is wrong with each field.
#[derive(Debug, Clone, Default)]
pub(super) struct FilterErrors {
    pub action: Option<String>,
    pub actor: Option<String>,
    pub conversation: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub cursor: Option<String>,
}

impl FilterErrors {
    /// Whether anything is.
    pub fn any(&self) -> bool {
        let all = [
            &self.action,
            &self.actor,
            &self.conversation,
            &self.from,
            &self.to,
            &self.cursor,
        ];
        all.into_iter().any(Option::is_some)
    }
}

/// An action to choose.
pub(super) struct ActionOption {
    pub value: &'static str,
    pub text: String,
    pub chosen: bool,
}

impl Typed {
    /// The query, and what is wrong with what was typed.
    pub fn parse(&self, t: Texts) -> (AuditQuery, FilterErrors) {
        let (action, action_error) = field(&self.action, action, || fl!(t, "audit-invalid-action"));
        let invalid_id = || fl!(t, "audit-invalid-id");
        let (actor_id, actor_error) = field(&self.actor, id, invalid_id);
        let (conversation_id, conversation_error) = field(&self.conversation, id, invalid_id);
        let invalid_time = || fl!(t, "audit-invalid-time");
        let (from, from_error) = field(&self.from, time, invalid_time);
        let (to, to_error) = field(&self.to, time, invalid_time);
        let (before, cursor_error) = field(&self.cursor, id, || fl!(t, "audit-invalid-cursor"));
        let query = AuditQuery {
            action,
            actor_id,
            conversation_id,
            from,
            to,
            before,
            ..AuditQuery::default()
        };
        let errors = FilterErrors {
            action: action_error,
            actor: actor_error,
            conversation: conversation_error,
            from: from_error,
            to: to_error,
            cursor: cursor_error,
        };
        (query, errors)
    }

    /// Whether newer entries were left out.
    pub fn is_later_page(&self) -> bool {
        !self.cursor.is_empty()
    }

    /// Whether any filter is set.
    pub fn is_filtered(&self) -> bool {
        [
            &self.action,
            &self.actor,
            &self.conversation,
            &self.from,
            &self.to,
        ]
        .into_iter()
        .any(|text| !text.trim().is_empty())
    }

    /// Where the same filters show their newest entries, or those before one.
    pub fn url(&self, before: Option<AuditEntryId>) -> String {
        let wanted = Self {
            cursor: before.map(|id| id.to_string()).unwrap_or_default(),
            ..self.clone()
        };
        match serde_html_form::to_string(wanted) {
            Ok(query) if !query.is_empty() => format!("/audit?{query}"),
            _ => "/audit".to_owned(),
        }
    }

    /// Every action.
    pub fn actions(&self, t: Texts) -> Vec<ActionOption> {
        ActionName::ALL
            .iter()
            .map(|&action| ActionOption {
                value: action.as_str(),
                text: action_words(action, t),
                chosen: action.as_str() == self.action,
            })
            .collect()
    }
}

/// The value, or what is wrong with the text; neither where there is none.
fn field<T>(
    text: &str,
    parse: impl Fn(&str) -> Option<T>,
    error: impl Fn() -> String,
) -> (Option<T>, Option<String>) {
    let text = text.trim();
    if text.is_empty() {
        return (None, None);
    }
    let value = parse(text);
    let wrong = value.is_none().then(error);
    (value, wrong)
}

/// The action with this name.
pub(super) fn action(text: &str) -> Option<ActionName> {
    let mut all = ActionName::ALL.iter().copied();
    all.find(|action| action.as_str() == text)
}

fn id<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// A time in UTC: what `datetime-local` sends, or a day, which stands for its beginning.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let formats = [
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M:%S%.f",
    ];
    let mut times = formats
        .into_iter()
        .filter_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    let midnight = || day().map(|day| day.and_time(NaiveTime::MIN));
    let time = times.next().or_else(midnight)?.and_utc();
    storable_time(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Language;

    const ID: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";

    fn typed(query: &str) -> Typed {
        serde_html_form::from_str(query).unwrap()
    }

    fn parse(query: &str) -> (AuditQuery, FilterErrors) {
        typed(query).parse(Language::English.texts())
    }

    #[test]
    fn empty_fields_ask_for_nothing() {
        let (query, errors) = parse("action=&actor=&conversation=&from=&to=");
        assert_eq!(query, AuditQuery::default());
        assert!(!errors.any());
    }

    #[test]
    fn every_filter_is_taken() {
        let text = format!(
            "action=AI_INFERENCE_STREAM_EDIT&actor={ID}&conversation={ID}&from=2026-09-21T14:13&to=2026-09-22&cursor={ID}"
        );
        let (query, errors) = parse(&text);
        assert!(!errors.any());
        assert_eq!(query.action, Some(ActionName::ConversationEdit));
        assert_eq!(query.actor_id.unwrap().to_string(), ID);
        assert_eq!(query.conversation_id.unwrap().to_string(), ID);
        assert_eq!(query.before.unwrap().to_string(), ID);
        assert_eq!(
            query.from.unwrap().to_rfc3339(),
            "2026-09-21T14:13:00+00:00"
        );
        assert_eq!(query.to.unwrap().to_rfc3339(), "2026-09-22T00:00:00+00:00");
    }

    #[test]
    fn what_is_wrong_is_told_at_its_field() {
        let (_, errors) =
            parse("action=DROP&actor=alice&conversation=x&from=yesterday&to=1&cursor=2");
        assert!(errors.action.is_some() && errors.actor.is_some());
        assert!(errors.conversation.is_some() && errors.cursor.is_some());
        assert!(errors.from.is_some() && errors.to.is_some());
    }

    #[test]
    fn a_time_that_a_store_cannot_hold_is_wrong() {
        for time in [
            "-5000-01-01",
            "-5000-01-01T00:00",
            "0000-01-01",
            "1969-12-31T23:59:59Z",
            "%2B10000-01-01",
            "%2B262142-01-01",
        ] {
            let (query, errors) = parse(&format!("from={time}&to={time}"));
            assert!(errors.from.is_some() && errors.to.is_some(), "{time}");
            assert_eq!(query, AuditQuery::default(), "{time}");
        }
        let (_, errors) = parse("from=1970-01-01&to=9999-12-31");
        assert!(!errors.any());
    }

    #[test]
    fn a_later_page_keeps_the_filters() {
        let typed = typed(&format!("actor={ID}&from=2026-09-21T14:13&to="));
        let before = ID.parse().unwrap();
        assert_eq!(
            typed.url(Some(before)),
            format!("/audit?actor={ID}&from=2026-09-21T14%3A13&cursor={ID}")
        );
        assert_eq!(Typed::default().url(None), "/audit");
    }

    #[test]
    fn an_unknown_filter_is_refused() {
        assert!(serde_html_form::from_str::<Typed>("bypass=1").is_err());
        assert!(serde_html_form::from_str::<Typed>("actor=1&actor=2").is_err());
    }
}
