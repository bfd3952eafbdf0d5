//! Who sees what: the same in the list, in search and by id; and nothing for anybody else.

use serde_json::{Value, json};

use crate::harness::{As, PERSONAS, Service, group_id, user_id};

/// Conversations of alice's in every state, by a name for each.
async fn conversations(service: &Service) -> Vec<(&'static str, String)> {
    let alice = service.acting_as("alice");
    let mut all = Vec::new();
    for (name, sharing) in [
        ("private", json!({ "organization": null, "groups": [] })),
        (
            "organization view",
            json!({ "organization": "view", "groups": [] }),
        ),
        (
            "organization collaborate",
            json!({ "organization": "collaborate", "groups": [] }),
        ),
        (
            "own group view",
            json!({
                "organization": null, "groups": [{ "group_id": group_id("Threat Hunting"), "level": "view" }],
            }),
        ),
        (
            "own group collaborate",
            json!({
                "organization": null, "groups": [{ "group_id": group_id("Threat Hunting"), "level": "collaborate" }],
            }),
        ),
        (
            "other group",
            json!({
                "organization": null, "groups": [{ "group_id": group_id("Incident Response"), "level": "view" }],
            }),
        ),
    ] {
        let id = alice.create(&format!("canary {name}")).await;
        alice.share(&id, sharing).await.expect(200);
        all.push((name, id));
    }
    all
}

/// What a persona may do with one of alice's conversations: the level and the reasons, written from the rules' table.
fn expected(persona: &str, state: &str) -> (&'static str, Vec<&'static str>) {
    let (_, permissions, groups) = PERSONAS
        .into_iter()
        .find(|(name, ..)| *name == persona)
        .unwrap();
    if persona == "mallory" {
        return ("none", vec![]);
    }
    let mut reasons = Vec::new();
    if persona == "alice" {
        reasons.push(("manage", "owner"));
    }
    let managing = permissions.contains(&"manage_responses");
    if managing {
        reasons.push(("manage", "manage_responses"));
    }
    if permissions.contains(&"run_ai") {
        match state {
            "organization view" => reasons.push(("view", "organization_view")),
            "organization collaborate" => reasons.push(("collaborate", "organization_collaborate")),
            "own group view" if groups.contains(&"Threat Hunting") => {
                reasons.push(("view", "group_view"));
            }
            "own group collaborate" if groups.contains(&"Threat Hunting") => {
                reasons.push(("collaborate", "group_collaborate"));
            }
            "other group" if groups.contains(&"Incident Response") => {
                reasons.push(("view", "group_view"));
            }
            _ => {}
        }
    }
    if managing || permissions.contains(&"view_private_responses") {
        reasons.push(("view", "view_private_responses"));
    }
    let level = ["manage", "collaborate", "view"]
        .into_iter()
        .find(|level| reasons.iter().any(|(given, _)| given == level));
    (
        level.unwrap_or("none"),
        reasons.into_iter().map(|(_, reason)| reason).collect(),
    )
}

fn sorted(value: &Value) -> Vec<&str> {
    let mut words: Vec<_> = value
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    words.sort_unstable();
    words
}

#[tokio::test]
async fn every_persona_sees_exactly_what_the_rules_give_it_by_id_in_the_list_and_in_search() {
    let service = Service::demo().await;
    let all = conversations(&service).await;
    for (persona, ..) in PERSONAS {
        let somebody = service.acting_as(persona);
        let listed = somebody.list("limit=2").await;
        let found = somebody.list("q=canary&limit=2").await;
        for (state, id) in &all {
            let (level, mut reasons) = expected(persona, state);
            reasons.sort_unstable();
            let answer = somebody.get(&format!("/conversations/{id}")).await;
            let visible = level != "none";
            assert_eq!(
                answer.status == 200,
                visible,
                "{persona}, {state}: {}",
                answer.text
            );
            assert_eq!(listed.contains(id), visible, "{persona}, {state}: list");
            assert_eq!(found.contains(id), visible, "{persona}, {state}: search");
            if visible {
                let conversation = answer.json();
                assert_eq!(conversation["access"], level, "{persona}, {state}");
                assert_eq!(
                    sorted(&conversation["reasons"]),
                    reasons,
                    "{persona}, {state}"
                );
            }
        }
        let expected_count = all
            .iter()
            .filter(|(state, _)| expected(persona, state).0 != "none")
            .count();
        assert_eq!(
            (listed.len(), found.len()),
            (expected_count, expected_count),
            "{persona}"
        );
    }
}

#[tokio::test]
async fn the_filters_divide_the_list_as_their_names_say() {
    let service = Service::demo().await;
    let all = conversations(&service).await;
    let id = |wanted: &str| {
        all.iter()
            .find(|(name, _)| *name == wanted)
            .unwrap()
            .1
            .clone()
    };
    let (bob, vera, max) = (
        service.acting_as("bob"),
        service.acting_as("vera"),
        service.acting_as("max"),
    );
    let own = bob.create("Bob's own").await;

    assert_eq!(bob.list("filter=mine").await, std::slice::from_ref(&own));
    let shared = bob.list("filter=shared").await;
    for state in [
        "organization view",
        "organization collaborate",
        "own group view",
        "own group collaborate",
    ] {
        assert!(shared.contains(&id(state)), "{state}");
    }
    assert_eq!(shared.len(), 4);
    assert_eq!(bob.list("filter=private").await, Vec::<String>::new());

    let private = vera.list("filter=private").await;
    assert_eq!(
        private,
        [own, id("private")],
        "others' private ones, newest activity first"
    );
    assert_eq!(
        vera.list("filter=shared").await.len(),
        2,
        "a privilege is no sharing"
    );
    assert_eq!(max.list("filter=private").await, private);
    assert_eq!(max.list("filter=all").await.len(), 7);
}

/// The body, without what differs from request to request by design.
async fn refusal(
    somebody: &As,
    method: reqwest::Method,
    path: &str,
    body: Option<Value>,
) -> (u16, String, Vec<String>) {
    let mut request = somebody
        .request(method, path)
        .header("x-request-id", "the-same");
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = somebody.send(request).await;
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.retain(|header| !header.starts_with("date:"));
    headers.sort();
    (answer.status.as_u16(), answer.text, headers)
}

#[tokio::test]
async fn what_is_invisible_and_what_does_not_exist_are_one_answer_on_every_route() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let prompted = alice.prompt(&id, "who?").await;
    let answer = prompted["assistant_message"]["id"].as_str().unwrap();
    let absent = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";

    for persona in ["bob", "erin", "admin", "mallory"] {
        let somebody = service.acting_as(persona);
        for (method, tail, body) in [
            ("GET", "", None),
            ("PATCH", "", Some(json!({ "title": "Mine" }))),
            ("DELETE", "", None),
            ("PUT", "/privacy", Some(json!({ "privacy": "shared" }))),
            ("GET", "/sharing", None),
            (
                "PUT",
                "/sharing",
                Some(json!({ "organization": "view", "groups": [] })),
            ),
            ("PUT", "/owner", Some(json!({ "user_id": user_id("bob") }))),
            ("GET", "/access", None),
            ("GET", "/privileged-readings", None),
            ("GET", "/messages", None),
            ("GET", "/tree", None),
            ("POST", "/messages", Some(json!({ "content": "hello" }))),
            (
                "POST",
                &format!("/messages/{answer}/regenerate"),
                Some(json!({})),
            ),
            ("POST", &format!("/messages/{answer}/stop"), None),
            ("POST", "/fork", Some(json!({}))),
            ("GET", "/export?format=json", None),
        ] {
            let method: reqwest::Method = method.parse().unwrap();
            let there = format!("/conversations/{id}{tail}");
            let nowhere = format!("/conversations/{absent}{tail}");
            let invisible = refusal(&somebody, method.clone(), &there, body.clone()).await;
            let nothing = refusal(&somebody, method.clone(), &nowhere, body).await;
            assert_eq!(
                invisible.0, 404,
                "{persona} {method} {tail}: {}",
                invisible.1
            );
            assert_eq!(invisible, nothing, "{persona} {method} {tail}");
        }
    }
    // Nothing happened to it.
    assert_eq!(
        alice.get(&format!("/conversations/{id}")).await.expect(200)["version"],
        1
    );
}

#[tokio::test]
async fn only_the_canonical_spelling_of_an_id_is_taken() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    for spelling in [
        id.to_uppercase(),
        id.replace('-', ""),
        format!("%7B{id}%7D"),
        format!("urn:uuid:{id}"),
    ] {
        alice
            .get(&format!("/conversations/{spelling}"))
            .await
            .expect_problem(404, "not-found");
    }
}

#[tokio::test]
async fn a_manager_explains_anybodys_access_and_a_viewer_its_own() {
    let service = Service::demo().await;
    let (alice, bob) = (service.acting_as("alice"), service.acting_as("bob"));
    let id = alice.create("Beacons").await;
    alice
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;
    let path = format!("/conversations/{id}/access");

    let own = bob.get(&path).await.expect(200);
    assert_eq!(own["user"]["id"], user_id("bob"));
    assert_eq!(
        (&own["access"], &own["reasons"]),
        (&json!("collaborate"), &json!(["group_collaborate"]))
    );
    bob.get(&format!("{path}?user_id={}", user_id("erin")))
        .await
        .expect_problem(403, "forbidden");

    for (name, level) in [
        ("bob", "collaborate"),
        ("erin", "none"),
        ("vera", "view"),
        ("max", "manage"),
    ] {
        let access = alice
            .get(&format!("{path}?user_id={}", user_id(name)))
            .await
            .expect(200);
        assert_eq!(access["access"], level, "{name}");
    }
    let foreign = alice
        .get(&format!("{path}?user_id={}", user_id("mallory")))
        .await;
    foreign.expect_problem(404, "not-found");
}

#[tokio::test]
async fn two_organizations_never_meet() {
    let service = Service::demo().await;
    let (alice, mallory) = (service.acting_as("alice"), service.acting_as("mallory"));
    let ours = alice.create("canary of Acme").await;
    alice
        .put(
            &format!("/conversations/{ours}/privacy"),
            json!({ "privacy": "shared" }),
        )
        .await
        .expect(200);
    let theirs = mallory.create("canary of Globex").await;
    mallory
        .put(
            &format!("/conversations/{theirs}/privacy"),
            json!({ "privacy": "shared" }),
        )
        .await
        .expect(200);

    assert_eq!(mallory.list("").await, std::slice::from_ref(&theirs));
    assert_eq!(
        mallory.list("q=canary").await,
        std::slice::from_ref(&theirs)
    );
    assert_eq!(alice.list("q=canary").await, std::slice::from_ref(&ours));
    let groups = mallory.get("/groups").await.expect(200);
    assert_eq!(groups["items"].as_array().unwrap().len(), 1);
    mallory
        .put("/settings", json!({ "private_conversations": false }))
        .await
        .expect(200);
    assert_eq!(
        alice.get("/settings").await.expect(200)["private_conversations"],
        true
    );
    let log = mallory
        .get("/audit-events?limit=100")
        .await
        .expect(200)
        .to_string();
    assert!(
        !log.contains(&user_id("alice")),
        "another organization's people in the audit log"
    );
}
