//! Every route of every page, tried by people who see a conversation for different reasons: what is refused is in the audit log.

use std::{collections::BTreeSet, fs, path::Path};

use axum::http::StatusCode;
use parlor_application::{
    ports::{AuditLog, AuditQuery},
    version_condition::VersionCondition,
};
use parlor_domain::{
    access::Action::{self, *},
    grants::Level,
    ids::ConversationId,
};
use parlor_store_memory::seeds::{ACME, ERIN};
use serde_json::Value;

use crate::{
    conversation::{path, prompt, settled},
    support::{Answer, Browser, World},
};

/// What a route tries.
#[derive(Debug, Clone, Copy)]
enum Tries {
    /// This, with a conversation.
    With(Action),
    /// Something that takes a permission; refused under this name.
    Permission(&'static str),
    /// Nothing that an access could refuse.
    Nothing,
}

use Tries::{Nothing, Permission, With};

/// Method, route, query, form. `{id}`, `{mid}` (a prompt) and `{aid}` (an answer) are filled in.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    Tries,
);

const MADE_UP: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";

const ROWS: &[Row] = &[
    ("GET", "/conversations", "", &[], Nothing),
    (
        "POST",
        "/conversations",
        "",
        &[("content", "hello")],
        Permission("AI_INFERENCE_STREAM_CREATE"),
    ),
    ("GET", "/conversations/{id}", "", &[], With(Read)),
    (
        "POST",
        "/conversations/{id}/messages",
        "",
        &[("content", "hello")],
        With(Prompt),
    ),
    (
        "GET",
        "/conversations/{id}/messages/{mid}/edit",
        "",
        &[],
        With(Prompt),
    ),
    (
        "POST",
        "/conversations/{id}/messages/{mid}/regenerate",
        "",
        &[],
        With(Prompt),
    ),
    (
        "POST",
        "/conversations/{id}/messages/{mid}/stop",
        "",
        &[],
        With(Stop),
    ),
    (
        "POST",
        "/conversations/{id}/privacy",
        "",
        &[("privacy", "private"), ("version", "1")],
        With(TogglePrivacy),
    ),
    (
        "POST",
        "/conversations/{id}/privacy",
        "",
        &[("privacy", "shared"), ("version", "1")],
        With(TogglePrivacy),
    ),
    (
        "POST",
        "/conversations/{id}/privacy/undo",
        "",
        &[("version", "1"), ("grants", "ov")],
        With(ChangeSharing),
    ),
    (
        "POST",
        "/conversations/{id}/title",
        "",
        &[("title", "Beacons"), ("version", "1")],
        With(Rename),
    ),
    ("GET", "/conversations/{id}/delete", "", &[], With(Delete)),
    (
        "POST",
        "/conversations/{id}/delete",
        "",
        &[("version", "1")],
        With(Delete),
    ),
    ("POST", "/conversations/{id}/fork", "", &[], With(Fork)),
    (
        "GET",
        "/conversations/{id}/export",
        "?format=json",
        &[],
        With(Read),
    ),
    ("GET", "/conversations/{id}/tree", "", &[], With(Read)),
    (
        "GET",
        "/conversations/{id}/sharing",
        "",
        &[],
        With(ReadSharing),
    ),
    (
        "POST",
        "/conversations/{id}/sharing",
        "",
        &[("version", "1"), ("opened", "-")],
        With(ChangeSharing),
    ),
    (
        "POST",
        "/conversations/{id}/sharing",
        "",
        &[("version", "1"), ("opened", "-"), ("reviewed", "-")],
        With(ChangeSharing),
    ),
    (
        "POST",
        "/conversations/{id}/sharing/preview",
        "",
        &[("version", "1"), ("opened", "-")],
        With(ChangeSharing),
    ),
    ("GET", "/conversations/{id}/access", "", &[], With(Read)),
    (
        "GET",
        "/conversations/{id}/access",
        "?people=0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f:Zoe",
        &[],
        With(ExplainAccess),
    ),
    (
        "GET",
        "/conversations/{id}/access",
        "?readings=0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f",
        &[],
        With(ReadPrivilegedReadings),
    ),
    // A stream is refused like a conversation that is not there, and its end is not awaited here.
    ("GET", "/live", "", &[], Nothing),
    ("GET", "/audit", "", &[], Permission("LIST_AUDIT_LOGS")),
    (
        "GET",
        "/audit/{entry}",
        "",
        &[],
        Permission("LIST_AUDIT_LOGS"),
    ),
    ("GET", "/settings", "", &[], Nothing),
    (
        "POST",
        "/settings",
        "",
        &[("private_conversations", "off")],
        Permission("UPDATE_GENERAL_SETTINGS"),
    ),
    ("GET", "/sign-in", "", &[], Nothing),
    (
        "POST",
        "/sign-in",
        "",
        &[("persona", "bob"), ("next", "/settings")],
        Nothing,
    ),
    ("POST", "/sign-out", "", &[], Nothing),
    (
        "POST",
        "/language",
        "",
        &[("language", "ko"), ("next", "/settings")],
        Nothing,
    ),
];

/// Why somebody sees the conversation.
const PEOPLE: [(&str, &str); 6] = [
    ("alice", "owns it"),
    ("carol", "it is shared with the organization, to view"),
    ("bob", "it is shared with the organization, to collaborate"),
    ("vera", "may read everything"),
    ("max", "manages everything"),
    ("erin", "owns it, and may not use the AI"),
];

/// A conversation with a prompt and an answer, as this person is to see it.
async fn conversation(world: &World, who: &str) -> (ConversationId, String, String) {
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let answer = prompt(&alice, id, "root", "who was it?").await;
    let page = settled(&alice, &path(id, "")).await;
    let (before, _) = page.text.split_once("/edit\"").unwrap();
    let (_, prompt) = before.rsplit_once("/messages/").unwrap();
    match who {
        "carol" => world.share("alice", id, Some(Level::View), &[]).await,
        "bob" => {
            world
                .share("alice", id, Some(Level::Collaborate), &[])
                .await;
        }
        "erin" => {
            let transfer = &world.application.transfer_conversation;
            let caller = world.caller("alice").await;
            let to_erin = transfer.execute(&caller, id, &VersionCondition::Any, ERIN);
            to_erin.await.unwrap();
        }
        _ => {}
    }
    (id, prompt.to_owned(), answer.to_string())
}

async fn send(browser: &Browser, method: &str, address: &str, form: &[(&str, &str)]) -> Answer {
    match method {
        "GET" => browser.get(address).await,
        // As a script sends it: nothing of the conversation is shown around the refusal.
        _ => browser.post_part(address, "share", form).await,
    }
}

/// The organization's entries, the newest first.
async fn entries(world: &World) -> Vec<Value> {
    let query = AuditQuery {
        limit: 1_000,
        ..AuditQuery::default()
    };
    let records = AuditLog::list(&*world.store, ACME, &query).await.unwrap();
    let documents = records.into_iter().map(|record| record.document);
    documents
        .map(|document| serde_json::from_str(&document).unwrap())
        .collect()
}

/// What an entry says of a refusal: its action's name, and the action that was refused.
fn refusal(entry: &Value) -> (&str, &str, &str) {
    let text = |value: &'static str| entry.pointer(value).and_then(Value::as_str).unwrap_or("");
    (
        text("/actionResult"),
        text("/actionName"),
        text("/actionParams/dynamic/input/refusedAction"),
    )
}

#[tokio::test]
async fn every_refused_page_and_form_has_one_entry_that_names_what_was_tried() {
    let mut refused = BTreeSet::new();
    for &(method, route, query, form, tries) in ROWS {
        for (who, why) in PEOPLE {
            let world = World::new().await;
            let (id, prompt, answer) = conversation(&world, who).await;
            let asked_again = route.ends_with("/regenerate") || route.ends_with("/stop");
            let message = if asked_again { answer } else { prompt };
            let address = route
                .replace("{id}", &id.to_string())
                .replace("{mid}", &message)
                .replace("{entry}", MADE_UP);
            let browser = world.browser(who).await;
            let caller = world.caller(who).await;
            let get = &world.application.get_conversation;
            let view = get.execute(&caller, id).await.unwrap();
            let before = entries(&world).await.len();
            let sent = send(&browser, method, &format!("{address}{query}"), form).await;
            let after = entries(&world).await;
            let new = &after[..after.len() - before];
            let told: Vec<_> = new.iter().map(refusal).collect();
            let context = format!(
                "{method} {route}{query} by {who} ({why}): {} {told:?}",
                sent.status
            );

            assert!(!sent.status.is_server_error(), "{context}");
            let expected = match tries {
                With(action) => (!view.access.allows(action)).then_some((
                    "FAILED",
                    "AI_INFERENCE_STREAM_GET",
                    action.as_str(),
                )),
                // Which permission it takes is told by other tests.
                Permission(name) => {
                    (sent.status == StatusCode::FORBIDDEN).then_some(("FAILED", name, ""))
                }
                Nothing => None,
            };
            let is_refused = sent.status == StatusCode::FORBIDDEN;
            assert_eq!(is_refused, expected.is_some(), "{context}");
            if let Some(expected) = expected {
                assert_eq!(told, [expected], "{context}");
                refused.insert(route);
            } else {
                assert!(told.iter().all(|it| it.0 != "FAILED"), "{context}");
            }
        }
    }
    assert!(refused.len() > 12, "{refused:?}");
}

/// Every route that the pages' own code has.
fn routes(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            routes(&path, found);
        } else {
            let code = fs::read_to_string(&path).unwrap();
            for call in code.split(".route(").skip(1) {
                let (_, literal) = call.split_once('"').unwrap();
                let (route, _) = literal.split_once('"').unwrap();
                found.insert(route.to_owned());
            }
        }
    }
}

#[test]
fn every_route_of_the_pages_is_in_the_table() {
    let mut found = BTreeSet::new();
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages");
    routes(&pages, &mut found);
    let rows = ROWS.iter().map(|row| row.1);
    // Entries of the log are named by their own ids.
    let rows = rows.map(|route| route.replace("/audit/{entry}", "/audit/{id}"));
    assert_eq!(found, rows.collect());
}
