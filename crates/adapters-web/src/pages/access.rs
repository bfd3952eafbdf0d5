//! Why the reader can see a conversation; for those who manage it, who else can, and who viewed it with privileged access.

use std::{fmt, str::FromStr};

use askama::Template;
use axum::{Router, extract::State, response::Html, routing::get};
use chrono::{DateTime, Utc};
use i18n_embed_fl::fl;
use parlor_application::{
    caller::Caller,
    paging::PageSize,
    ports::{PrivilegedReadingRecord, UserRef},
    storable::storable_text,
};
use parlor_domain::{
    access::{Access, AccessLevel, Action, Reason},
    audit::PrivilegedReading,
    ids::{AuditEntryId, ConversationId, UserId},
};
use serde::Deserialize;

use crate::{
    errors::{PageError, page},
    extract::{PathId, StrictQuery, Text},
    frame::{Frame, Section},
    i18n::Texts,
    session::SignedIn,
    web::Web,
};

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/conversations/{id}/access", get(show))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccessQuery {
    /// After whom the list of people goes on.
    people: Option<Text<PersonCursor>>,
    /// Before which entry the list of readings goes on.
    readings: Option<Text<AuditEntryId>>,
}

/// A place in the list of people: `<id>:<name>`.
struct PersonCursor(UserRef);

/// The text is no place.
#[derive(Debug, thiserror::Error)]
#[error("not a place in the list")]
struct NotACursor;

impl FromStr for PersonCursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let (id, name) = text.split_once(':').ok_or(NotACursor)?;
        let id: UserId = id.parse().map_err(|_| NotACursor)?;
        let name = storable_text(name.to_owned()).ok_or(NotACursor)?;
        Ok(Self(UserRef { id, name }))
    }
}

impl fmt::Display for PersonCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0.id, self.0.name)
    }
}

#[derive(Template)]
#[template(path = "access.html")]
struct AccessPage {
    frame: Frame,
    id: ConversationId,
    title: String,
    level: String,
    reasons: Vec<String>,
    privileged: bool,
    managed: Option<Managed>,
}

/// What those see who manage it.
struct Managed {
    people: Vec<Person>,
    more_people: Option<String>,
    first_people: Option<String>,
    readings: Vec<Reading>,
    more_readings: Option<String>,
    first_readings: Option<String>,
}

struct Person {
    name: String,
    is_caller: bool,
    level: String,
    reasons: Vec<String>,
}

struct Reading {
    reader: String,
    how: String,
    first: Moment,
    /// Of a visit that took longer than a minute.
    last: Option<Moment>,
}

struct Moment {
    machine_time: String,
    time: String,
}

impl Moment {
    fn new(at: DateTime<Utc>, t: Texts) -> Self {
        Self {
            machine_time: t.machine_time(at),
            time: t.date_time(at),
        }
    }
}

async fn show(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathId(id): PathId<ConversationId>,
    StrictQuery(query): StrictQuery<AccessQuery>,
) -> Result<Html<String>, PageError> {
    let t = frame.t;
    // Who asks for more of a list that they may not see is refused, before anything is shown.
    let next = match (&query.people, &query.readings) {
        (Some(_), _) => Action::ExplainAccess,
        (None, Some(_)) => Action::ReadPrivilegedReadings,
        (None, None) => Action::Read,
    };
    let get = &web.application.get_conversation;
    let view = get.execute_before(&caller, id, next).await?;
    let managed = if view.access.allows(Action::ExplainAccess) {
        Some(manage(&web, &caller, id, query, t).await?)
    } else {
        None
    };
    page(&AccessPage {
        frame: frame.within(Section::Conversations),
        id,
        title: t.title(&view.summary.title),
        level: level_words(&view.access, t),
        reasons: view
            .access
            .reasons()
            .iter()
            .map(|&reason| own_reason(reason, t))
            .collect(),
        privileged: view.access.is_privileged(),
        managed,
    })
}

async fn manage(
    web: &Web,
    caller: &Caller,
    id: ConversationId,
    query: AccessQuery,
    t: Texts,
) -> Result<Managed, PageError> {
    let here = format!("/conversations/{id}/access");
    let (first_people, first_readings) = (
        query.people.is_some().then(|| format!("{here}#people")),
        query.readings.is_some().then(|| format!("{here}#readings")),
    );
    let after = query.people.map(|Text(PersonCursor(after))| after);
    let list = &web.application.list_people_with_access;
    let people = list.execute(caller, id, after, PageSize::DEFAULT).await?;
    let more_people = people.next.map(|after| {
        let place = [("people", PersonCursor(after).to_string())];
        let place = serde_html_form::to_string(place).unwrap_or_default();
        format!("{here}?{place}#people")
    });
    let before = query.readings.map(|Text(before)| before);
    let list = &web.application.list_privileged_readings;
    let readings = list.execute(caller, id, before, PageSize::DEFAULT).await?;
    let more_readings = readings
        .next
        .map(|before| format!("{here}?readings={before}#readings"));
    let person = |found: &parlor_application::conversations::PersonWithAccess| Person {
        name: found.user.name.clone(),
        is_caller: found.user.id == caller.user_id(),
        level: short_level(found.access.level(), t),
        reasons: found
            .access
            .reasons()
            .iter()
            .map(|&reason| their_reason(reason, t))
            .collect(),
    };
    Ok(Managed {
        people: people.items.iter().map(person).collect(),
        more_people,
        first_people,
        readings: readings
            .items
            .into_iter()
            .map(|record| reading(record, t))
            .collect(),
        more_readings,
        first_readings,
    })
}

fn level_words(access: &Access, t: Texts) -> String {
    match access.level() {
        AccessLevel::Manage => fl!(t, "access-level-manage"),
        AccessLevel::Collaborate if access.allows(Action::Prompt) => {
            fl!(t, "access-level-collaborate")
        }
        AccessLevel::Collaborate => fl!(t, "access-level-collaborate-reading"),
        AccessLevel::View | AccessLevel::None => fl!(t, "access-level-view"),
    }
}

/// A level in a word.
pub(super) fn short_level(level: AccessLevel, t: Texts) -> String {
    match level {
        AccessLevel::None => fl!(t, "access-short-none"),
        AccessLevel::View => fl!(t, "access-short-view"),
        AccessLevel::Collaborate => fl!(t, "access-short-collaborate"),
        AccessLevel::Manage => fl!(t, "access-short-manage"),
    }
}

/// A reason of the reader's own.
fn own_reason(reason: Reason, t: Texts) -> String {
    match reason {
        Reason::Owner => fl!(t, "access-reason-owner"),
        Reason::ManageResponses => fl!(t, "access-reason-manage-responses"),
        Reason::OrganizationCollaborate => fl!(t, "access-reason-organization-collaborate"),
        Reason::GroupCollaborate => fl!(t, "access-reason-group-collaborate"),
        Reason::OrganizationView => fl!(t, "access-reason-organization-view"),
        Reason::GroupView => fl!(t, "access-reason-group-view"),
        Reason::ViewPrivateResponses => fl!(t, "access-reason-view-private-responses"),
    }
}

/// Somebody else's reason, in a few words.
pub(super) fn their_reason(reason: Reason, t: Texts) -> String {
    match reason {
        Reason::Owner => fl!(t, "access-they-owner"),
        Reason::ManageResponses => fl!(t, "access-they-manage-responses"),
        Reason::OrganizationCollaborate => fl!(t, "access-they-organization-collaborate"),
        Reason::GroupCollaborate => fl!(t, "access-they-group-collaborate"),
        Reason::OrganizationView => fl!(t, "access-they-organization-view"),
        Reason::GroupView => fl!(t, "access-they-group-view"),
        Reason::ViewPrivateResponses => fl!(t, "access-they-view-private-responses"),
    }
}

fn reading(record: PrivilegedReadingRecord, t: Texts) -> Reading {
    let first = Moment::new(record.read_at, t);
    let last = Moment::new(record.last_read_at, t);
    Reading {
        reader: record.reader.name,
        how: how(record.reading, t),
        last: (last.time != first.time).then_some(last),
        first,
    }
}

fn how(reading: PrivilegedReading, t: Texts) -> String {
    match reading {
        PrivilegedReading::Open => fl!(t, "access-reading-open"),
        PrivilegedReading::Export => fl!(t, "access-reading-export"),
        PrivilegedReading::Fork => fl!(t, "access-reading-fork"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_list_of_people_is_read_as_it_is_written() {
        let text = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f:Zoë: the second";
        assert_eq!(text.parse::<PersonCursor>().unwrap().to_string(), text);
        for text in ["", "Zoë", "0190A2B4-7e1c-7cc0-98c4-dc0c0c07398f:Zoë"] {
            assert!(text.parse::<PersonCursor>().is_err(), "{text}");
        }
    }
}
