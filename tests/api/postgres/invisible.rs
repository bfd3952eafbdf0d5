//! A request for a conversation that the caller cannot see costs the database what a request for an absent one costs: as many
//! statements, and no wait for a lock.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use reqwest::{
    Method, RequestBuilder, StatusCode,
    header::{COOKIE, SET_COOKIE},
    redirect::Policy,
};
use serde_json::{Value, json};

use super::{builder, round_trips::QUIET};
use crate::harness::{As, Database, Service, Wire, eventually, text, user_id};

/// How often each request is sent. The least count is compared, because upkeep sends statements now and then.
const TIMES: usize = 3;

/// How long a stranger's request may take while somebody else holds the lock on the row. The store waits far longer for a lock.
const DEADLINE: Duration = Duration::from_secs(2);

/// How many idempotency keys were used.
static KEYS: AtomicU32 = AtomicU32::new(0);

/// No conversation has this id.
const ABSENT: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c073aaa";

/// What a request carries.
enum Body {
    Nothing,
    Json(Value),
    /// A JSON body, under a new idempotency key each time.
    Keyed(Value),
    /// The fields of a form, encoded.
    Form(&'static str),
}

use Body::{Form, Json, Keyed, Nothing};

/// A route of a conversation: its method, its path below the conversation's, and a body that would be accepted.
type Route = (Method, &'static str, Body);

/// The API's routes. `{mid}` is the id of the hidden conversation's answer.
fn api() -> Vec<Route> {
    let grants = json!({"organization": "view", "groups": []});
    let owner = json!({"user_id": user_id("bob")});
    vec![
        (Method::GET, "", Nothing),
        (Method::PATCH, "", Json(json!({"title": "Mine now"}))),
        (Method::DELETE, "", Nothing),
        (Method::PUT, "/privacy", Json(json!({"privacy": "shared"}))),
        (Method::GET, "/sharing", Nothing),
        (Method::PUT, "/sharing", Json(grants)),
        (Method::PUT, "/owner", Json(owner)),
        (Method::GET, "/access", Nothing),
        (Method::GET, "/privileged-readings", Nothing),
        (Method::GET, "/messages", Nothing),
        (Method::GET, "/tree", Nothing),
        (Method::POST, "/messages", Json(json!({"content": "hello"}))),
        (Method::POST, "/messages", Keyed(json!({"content": "hi"}))),
        (Method::POST, "/messages/{mid}/regenerate", Json(json!({}))),
        (Method::POST, "/messages/{mid}/regenerate", Keyed(json!({}))),
        (Method::POST, "/messages/{mid}/stop", Nothing),
        (Method::POST, "/fork", Json(json!({}))),
        (Method::POST, "/fork", Keyed(json!({}))),
        (Method::GET, "/export?format=json", Nothing),
        (Method::GET, "/export?format=markdown", Nothing),
        (Method::GET, "/events", Nothing),
    ]
}

/// The pages' routes.
fn pages() -> Vec<Route> {
    let reviewed = "version=1&opened=-&organization=on&reviewed=view";
    vec![
        (Method::GET, "", Nothing),
        (Method::POST, "/messages", Form("content=hello")),
        (Method::GET, "/messages/{mid}/edit", Nothing),
        (Method::POST, "/messages/{mid}/regenerate", Form("")),
        (Method::POST, "/messages/{mid}/stop", Form("")),
        (Method::POST, "/privacy", Form("privacy=shared&version=1")),
        (Method::POST, "/privacy/undo", Form("version=1&grants=ov")),
        (Method::POST, "/title", Form("title=Mine&version=1")),
        (Method::GET, "/delete", Nothing),
        (Method::POST, "/delete", Form("version=1")),
        (Method::POST, "/fork", Form("")),
        (Method::GET, "/export?format=json", Nothing),
        (Method::GET, "/tree", Nothing),
        (Method::GET, "/access", Nothing),
        (Method::GET, "/sharing", Nothing),
        (Method::POST, "/sharing", Form(reviewed)),
        (
            Method::POST,
            "/sharing/preview",
            Form("version=1&opened=-&organization=on"),
        ),
    ]
}

/// A hidden conversation, and somebody who cannot see it, at the API and signed in to the pages.
struct Stranger {
    api: As,
    http: reqwest::Client,
    base: String,
    cookie: String,
    csrf: String,
    hidden: String,
    /// An answer in the hidden conversation.
    answer: String,
}

impl Stranger {
    async fn to_a_conversation_of(alice: &As, service: &Service) -> Self {
        let hidden = alice.create("Beacons").await;
        let answer = alice.prompt(&hidden, "Which hosts?").await;
        let answer = text(&answer["assistant_message"], "id").to_owned();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none());
        let http = http.build().unwrap();
        let base = service.instance(0).base().to_owned();
        let page = http.get(format!("{base}/sign-in")).send().await.unwrap();
        let visit = cookie(&page);
        let csrf = csrf(&page.text().await.unwrap());
        let form = format!("csrf={csrf}&next=%2Fconversations&persona=bob");
        let request = http.post(format!("{base}/sign-in")).header(COOKIE, visit);
        let signed_in = with_form(request, &form).send().await.unwrap();
        assert_eq!(signed_in.status(), StatusCode::SEE_OTHER);
        let cookie = cookie(&signed_in);
        let list = http.get(format!("{base}/conversations"));
        let list = list.header(COOKIE, &cookie).send().await.unwrap();
        let csrf = self::csrf(&list.text().await.unwrap());
        Self {
            api: service.instance(0).acting_as("bob"),
            http,
            base,
            cookie,
            csrf,
            hidden,
            answer,
        }
    }

    fn api(&self, route: &Route, id: &str) -> RequestBuilder {
        let (method, below, body) = route;
        let below = below.replace("{mid}", &self.answer);
        let path = format!("/conversations/{id}{below}");
        let request = self.api.request(method.clone(), &path);
        let request = request.header("if-match", "*");
        match body {
            Nothing => request,
            Json(body) => request.json(body),
            Keyed(body) => {
                let key = format!("key-{}", KEYS.fetch_add(1, Ordering::Relaxed));
                request.header("idempotency-key", key).json(body)
            }
            Form(_) => unreachable!("the API has no forms"),
        }
    }

    fn page(&self, route: &Route, id: &str) -> RequestBuilder {
        let (method, below, body) = route;
        let below = below.replace("{mid}", &self.answer);
        let path = format!("{}/conversations/{id}{below}", self.base);
        let request = self.http.request(method.clone(), path);
        let request = request.header(COOKIE, &self.cookie);
        match body {
            Form(fields) => with_form(request, &format!("csrf={}&{fields}", self.csrf)),
            _ => request,
        }
    }
}

fn with_form(request: RequestBuilder, form: &str) -> RequestBuilder {
    let form = form.trim_end_matches('&').to_owned();
    let kind = "application/x-www-form-urlencoded";
    request.header("content-type", kind).body(form)
}

/// The last cookie that an answer sets, as a request sends it.
fn cookie(answer: &reqwest::Response) -> String {
    let set = answer.headers().get_all(SET_COOKIE).iter().next_back();
    let set = set.unwrap().to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

fn csrf(page: &str) -> String {
    let (_, from) = page.split_once(r#"name="csrf" value=""#).unwrap();
    from.split('"').next().unwrap().to_owned()
}

/// How many statements the service sends for a request that must be answered with 404.
async fn statements(wire: &Wire, request: impl Fn() -> RequestBuilder) -> u64 {
    let mut least = u64::MAX;
    for _ in 0..TIMES {
        eventually("the database is asked nothing", || async {
            let before = wire.asked();
            tokio::time::sleep(QUIET).await;
            (wire.asked() == before).then_some(())
        })
        .await;
        let before = wire.asked();
        let answer = request().send().await.unwrap();
        let status = answer.status();
        let body = answer.text().await.unwrap();
        least = least.min(wire.asked() - before);
        assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
    }
    least
}

async fn compare(routes: Vec<Route>, request: impl Fn(&Stranger, &Route, &str) -> RequestBuilder) {
    let database = Database::migrated();
    let wire = Wire::to(&database.url()).await;
    let service = builder()
        .on_database(wire.url())
        .with("PARLOR_AUDIT__SINK", "none")
        .with("PARLOR_METRICS__LISTEN", "")
        .start()
        .await;
    let alice = service.instance(0).acting_as("alice");
    let bob = Stranger::to_a_conversation_of(&alice, &service).await;
    let mut differences = Vec::new();
    for route in routes {
        let of_hidden = statements(&wire, || request(&bob, &route, &bob.hidden)).await;
        let of_absent = statements(&wire, || request(&bob, &route, ABSENT)).await;
        let line = format!("{of_hidden} {of_absent} {} …{}", route.0, route.1);
        println!("{line}");
        assert!(of_absent > 0, "{line}");
        if of_hidden != of_absent {
            differences.push(line);
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

#[tokio::test]
async fn the_api_sends_as_many_statements_for_an_invisible_conversation_as_for_an_absent_one() {
    compare(api(), Stranger::api).await;
}

#[tokio::test]
async fn the_pages_send_as_many_statements_for_an_invisible_conversation_as_for_an_absent_one() {
    compare(pages(), Stranger::page).await;
}

#[tokio::test]
async fn a_stranger_never_waits_for_the_transaction_that_changes_an_invisible_conversation() {
    let database = Database::migrated();
    let service = builder().on_database(database.url()).start().await;
    let alice = service.instance(0).acting_as("alice");
    let bob = Stranger::to_a_conversation_of(&alice, &service).await;
    let mut owner = database.shell();
    owner.say(&format!(
        "BEGIN; SELECT 1 FROM conversations WHERE id = '{}' FOR UPDATE;",
        bob.hidden
    ));
    let holding = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
        AND state = 'idle in transaction' AND query LIKE '%FOR UPDATE%' AND application_name = 'psql'";
    eventually("the row is locked", || async {
        (database.sql(holding).trim() == "1").then_some(())
    })
    .await;

    let requests = api()
        .into_iter()
        .map(|route| (bob.api(&route, &bob.hidden), route));
    let requests = requests.chain(
        pages()
            .into_iter()
            .map(|route| (bob.page(&route, &bob.hidden), route)),
    );
    for (request, (method, below, _)) in requests {
        let answer = tokio::time::timeout(DEADLINE, request.send()).await;
        let answer = answer.unwrap_or_else(|_| panic!("{method} …{below} waits for the lock"));
        let status = answer.unwrap().status();
        assert_eq!(status, StatusCode::NOT_FOUND, "{method} …{below}");
    }

    // The lock was held all along: a change by somebody who can see the conversation waits for it.
    assert_eq!(database.sql(holding).trim(), "1");
    let path = format!("/conversations/{}", bob.hidden);
    let renamed = tokio::spawn(async move { alice.patch(&path, json!({"title": "New"})).await });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
        AND wait_event_type = 'Lock'";
    eventually("the owner's change waits", || async {
        (database.sql(waiting).trim() == "1").then_some(())
    })
    .await;
    owner.say("COMMIT;");
    renamed.await.unwrap().expect(200);
}
