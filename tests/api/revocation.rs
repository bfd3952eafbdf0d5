//! Revocation holds at once.

use serde_json::json;

use crate::harness::{DirectoryChange, Service};

#[tokio::test]
async fn whoever_lost_access_has_lost_it_in_the_very_next_request() {
    let service = Service::demo().await;
    let (alice, bob) = (service.acting_as("alice"), service.acting_as("bob"));
    let id = alice.create("canary").await;
    for _ in 0..5 {
        alice
            .share_with_group(&id, "Threat Hunting", "collaborate")
            .await;
        bob.prompt(&id, "still here?").await;
        assert_eq!(bob.list("q=canary").await, std::slice::from_ref(&id));

        alice
            .put(
                &format!("/conversations/{id}/privacy"),
                json!({ "privacy": "private" }),
            )
            .await
            .expect(200);
        bob.get(&format!("/conversations/{id}")).await.expect(404);
        bob.get(&format!("/conversations/{id}/messages"))
            .await
            .expect(404);
        bob.post(
            &format!("/conversations/{id}/messages"),
            json!({ "content": "and now?" }),
        )
        .await
        .expect(404);
        assert!(bob.list("").await.is_empty() && bob.list("q=canary").await.is_empty());
    }
}

#[tokio::test]
async fn a_downgrade_to_view_ends_prompting_and_leaves_reading() {
    let service = Service::demo().await;
    let (alice, bob) = (service.acting_as("alice"), service.acting_as("bob"));
    let id = alice.create("Beacons").await;
    alice
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;
    bob.prompt(&id, "hello").await;
    alice.share_with_group(&id, "Threat Hunting", "view").await;
    bob.get(&format!("/conversations/{id}/messages"))
        .await
        .expect(200);
    let refused = bob
        .post(
            &format!("/conversations/{id}/messages"),
            json!({ "content": "more" }),
        )
        .await;
    refused.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn access_flips_many_times_and_no_answer_is_given_under_the_old_rights() {
    let service = Service::demo().await;
    let (alice, bob) = (service.acting_as("alice"), service.acting_as("bob"));
    let id = alice.create("Beacons").await;
    let path = format!("/conversations/{id}");
    for round in 0..20 {
        let to = if round % 2 == 0 { "shared" } else { "private" };
        alice
            .put(&format!("{path}/privacy"), json!({ "privacy": to }))
            .await
            .expect(200);
        let expected = if to == "shared" { 200 } else { 404 };
        let (by_id, messages, access) = futures::join!(
            bob.get(&path),
            async { bob.get(&format!("{path}/messages")).await },
            async { bob.get(&format!("{path}/access")).await }
        );
        for answer in [by_id, messages, access] {
            answer.expect(expected);
        }
    }
}

#[tokio::test]
async fn a_fork_tells_its_origin_only_while_that_can_be_seen() {
    let service = Service::demo().await;
    let (alice, bob) = (service.acting_as("alice"), service.acting_as("bob"));
    let id = alice.create("Beacons").await;
    alice.share_with_group(&id, "Threat Hunting", "view").await;
    let fork = bob
        .post(&format!("/conversations/{id}/fork"), json!({}))
        .await
        .expect(201);
    assert_eq!(fork["forked_from"], id.as_str());
    let path = format!("/conversations/{}", fork["id"].as_str().unwrap());

    alice
        .put(
            &format!("/conversations/{id}/privacy"),
            json!({ "privacy": "private" }),
        )
        .await
        .expect(200);
    assert_eq!(bob.get(&path).await.expect(200)["forked_from"], json!(null));
    let listed = bob.get("/conversations").await.expect(200);
    assert_eq!(listed["items"][0]["forked_from"], json!(null));
}

/// The first cookie with this in its name that an answer sets, as a browser sends it back.
fn cookie(answer: &reqwest::Response, name: &str) -> String {
    let cookies = answer.headers().get_all("set-cookie").iter();
    let mut cookies = cookies.filter_map(|cookie| cookie.to_str().unwrap().split(';').next());
    let cookie = cookies.find(|cookie| cookie.contains(name)).unwrap();
    cookie.to_owned()
}

/// A session as a browser begins it; answers its cookie.
pub async fn sign_in(http: &reqwest::Client, base: &str, persona: &str) -> String {
    let address = format!("{base}/sign-in");
    let page = http.get(&address).send().await.unwrap();
    let visit = cookie(&page, "=");
    let page = page.text().await.unwrap();
    let (_, token) = page.split_once("name=\"csrf\" value=\"").unwrap();
    let (token, _) = token.split_once('"').unwrap();
    let answer = http
        .post(&address)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", visit)
        .body(format!(
            "csrf={token}&persona={persona}&next=%2Fconversations"
        ))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303);
    cookie(&answer, "parlor_session")
}

/// Whether a browser with this cookie is signed in, at every instance.
async fn is_signed_in(http: &reqwest::Client, service: &Service, cookie: &str) -> bool {
    let mut statuses = Vec::new();
    for instance in service.instances() {
        let page = format!("{}/conversations", instance.base());
        let answer = http.get(page).header("cookie", cookie).send().await;
        statuses.push(answer.unwrap().status().as_u16());
    }
    assert!(
        statuses
            .iter()
            .all(|status| *status == statuses[0] && [200, 303].contains(status)),
        "{statuses:?}"
    );
    statuses[0] == 200
}

#[tokio::test]
async fn a_stopped_user_who_is_active_again_has_to_sign_in_again() {
    let service = Service::demo().await;
    let no_redirects = reqwest::redirect::Policy::none();
    let http = reqwest::Client::builder().no_proxy().redirect(no_redirects);
    let http = http.build().unwrap();
    let [bob, alice] = [
        sign_in(&http, service.base(), "bob").await,
        sign_in(&http, service.base(), "alice").await,
    ];
    assert!(is_signed_in(&http, &service, &bob).await);
    service.change_directory(DirectoryChange::Stop("bob")).await;
    assert!(!is_signed_in(&http, &service, &bob).await);
    service
        .change_directory(DirectoryChange::Restart("bob"))
        .await;
    assert!(!is_signed_in(&http, &service, &bob).await);
    assert!(is_signed_in(&http, &service, &alice).await, "somebody else");
    let again = sign_in(&http, service.base(), "bob").await;
    assert!(is_signed_in(&http, &service, &again).await);
    service.acting_as("bob").get("/me").await.expect(200);
}
