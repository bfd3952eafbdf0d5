//! What every page has, and what no request gets past.

use axum::http::StatusCode;

use crate::support::{
    World,
    raw::{self, send},
};

const ABSENT: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c073990";

#[tokio::test]
async fn every_answer_tells_the_browser_what_not_to_do() {
    let world = World::new().await;
    let pages = world.pages();
    let (cookie, _) = raw::sign_in(&pages, "alice").await;
    let id = world.conversation("alice", "Odd logins").await;
    let conversation = format!("/conversations/{id}");
    for (method, path, status) in [
        ("GET", "/", 303),
        ("GET", "/sign-in", 303),
        ("GET", "/conversations", 200),
        ("GET", conversation.as_str(), 200),
        ("GET", "/conversations?unknown=1", 400),
        ("GET", "/nowhere", 404),
        ("GET", "/assets/nothing.js", 404),
        ("DELETE", "/conversations", 405),
        ("POST", "/conversations", 415),
    ] {
        let answer = send(&pages, method, path, &[("cookie", &cookie)], "").await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        let policy = answer.header("content-security-policy");
        for directive in [
            "default-src 'none'",
            "script-src 'self'",
            "worker-src 'self'",
            "style-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(
                policy.split("; ").any(|it| it == directive),
                "{path}: {policy}"
            );
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(
            answer.header("cache-control"),
            "private, no-store",
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_page_has_no_script_or_style_of_its_own_and_loads_nothing_from_elsewhere() {
    let world = World::new().await;
    let alice = world.browser("alice").await;
    let id = world.conversation("alice", "Odd logins").await;
    for path in [
        "/conversations",
        &format!("/conversations/{id}"),
        "/nowhere",
    ] {
        let page = alice.get(path).await.text;
        for tag in page.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap();
            assert!(!tag.starts_with("style"), "{path}: {tag}");
            // The names of its attributes, and not what sentences in their values say.
            let names: String = tag.split('"').step_by(2).collect();
            assert!(!names.contains(" style="), "{path}: {tag}");
            assert!(!names.contains(" on"), "{path}: {tag}");
            if tag.starts_with("script") || tag.starts_with("link") {
                assert!(tag.contains("=\"/assets/"), "{path}: {tag}");
            }
        }
    }
}

#[tokio::test]
async fn everything_that_a_page_is_made_of_is_there_and_stays_in_the_browser() {
    let world = World::new().await;
    let pages = world.pages();
    let page = send(&pages, "GET", "/sign-in", &[], "").await;
    let assets: Vec<_> = page.text.split("\"/assets/").skip(1).collect();
    assert!(assets.len() >= 4, "{}", page.text);
    for asset in assets {
        let path = format!("/assets/{}", asset.split('"').next().unwrap());
        let asset = send(&pages, "GET", &path, &[], "").await;
        assert_eq!(asset.status, StatusCode::OK, "{path}");
        assert_eq!(
            asset.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
        assert_eq!(asset.header("x-content-type-options"), "nosniff");
        assert!(!asset.header("content-type").is_empty());
    }
}

#[tokio::test]
async fn a_form_without_its_token_or_with_another_sessions_changes_nothing() {
    let world = World::new().await;
    let pages = world.pages();
    let (cookie, token) = raw::sign_in(&pages, "alice").await;
    let (_, of_bob) = raw::sign_in(&pages, "bob").await;
    let (_, of_another_session) = raw::sign_in(&pages, "alice").await;
    let (_, of_a_visit) = raw::visit(&pages).await;
    for form in [
        "content=".to_owned(),
        "csrf=".to_owned(),
        "csrf=forged".to_owned(),
        format!("csrf={of_bob}"),
        format!("csrf={of_another_session}"),
        format!("csrf={of_a_visit}"),
        format!("csrf={token}&csrf={token}"),
        format!("csrf={token}&csrf=forged"),
        format!("csrf={}", token.split_at(1).1),
    ] {
        let answer = send(
            &pages,
            "POST",
            "/conversations",
            &[("cookie", &cookie)],
            &form,
        )
        .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{form}");
        let words = answer.words();
        assert!(words.contains("This page is out of date"), "{words}");
    }
    let list = send(&pages, "GET", "/conversations", &[("cookie", &cookie)], "").await;
    assert!(!list.text.contains("data-id="), "nothing was created");
    let form = format!("csrf={token}");
    let answer = send(
        &pages,
        "POST",
        "/conversations",
        &[("cookie", &cookie)],
        &form,
    )
    .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_of_elsewhere_changes_nothing_even_with_a_good_token() {
    let world = World::new().await;
    let pages = world.pages();
    let (cookie, token) = raw::sign_in(&pages, "alice").await;
    let form = format!("csrf={token}");
    for header in [
        ("origin", "https://evil.example"),
        ("origin", "http://parlor.example.evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let headers = [("cookie", cookie.as_str()), header];
        let answer = send(&pages, "POST", "/conversations", &headers, &form).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{header:?}");
        assert!(answer.words().contains("another site"), "{header:?}");
    }
    for header in [
        ("origin", "http://parlor.example"),
        ("origin", "null"),
        ("sec-fetch-site", "same-origin"),
    ] {
        let headers = [("cookie", cookie.as_str()), header];
        let answer = send(&pages, "POST", "/conversations", &headers, &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{header:?}");
    }
}

#[tokio::test]
async fn unknown_fields_and_parameters_and_other_media_are_refused() {
    let world = World::new().await;
    let pages = world.pages();
    let (cookie, token) = raw::sign_in(&pages, "alice").await;
    let cookie = ("cookie", cookie.as_str());
    for form in [
        format!("csrf={token}&bypass=1"),
        format!("csrf={token}&content=a&content=b"),
    ] {
        let answer = send(&pages, "POST", "/conversations", &[cookie], &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
    }
    for kind in [
        "text/plain",
        "application/json",
        "multipart/form-data; boundary=x",
    ] {
        let headers = [cookie, ("content-type", kind)];
        let form = format!("csrf={token}");
        let answer = send(&pages, "POST", "/conversations", &headers, &form).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
    for query in [
        "bypass=1",
        "filter=everything",
        "filter=mine&filter=all",
        "q=a&q=b",
        "cursor=nonsense",
        "cursor=1.0190A2B4-7E1C-7CC0-98C4-DC0C0C073990",
    ] {
        let path = format!("/conversations?{query}");
        let answer = send(&pages, "GET", &path, &[cookie], "").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
    let path = "/conversations?bypass=1";
    let answer = send(&pages, "POST", path, &[cookie], &format!("csrf={token}")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_somebody_cannot_see_is_the_page_of_what_does_not_exist() {
    let world = World::new().await;
    let id = world.conversation("bob", "Odd logins").await;
    let of_another = world.conversation("mallory", "Theirs").await;
    let alice = world.browser("alice").await;
    let page = |path: String| {
        let alice = &alice;
        async move {
            let answer = alice.get(&path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            // The switch of languages comes back to where one is.
            answer.text.replace(&path, "…")
        }
    };
    for rest in [
        "",
        "/tree",
        "/access",
        "/sharing",
        "/delete",
        "/export?format=markdown",
    ] {
        let absent = page(format!("/conversations/{ABSENT}{rest}")).await;
        for id in [id, of_another] {
            let invisible = page(format!("/conversations/{id}{rest}")).await;
            assert_eq!(invisible, absent, "{rest}");
        }
        assert!(!absent.contains("Odd logins"));
    }
    let nowhere = page("/nowhere".to_owned()).await;
    assert_eq!(nowhere, page(format!("/conversations/{ABSENT}")).await);
}

#[tokio::test]
async fn whoever_is_not_signed_in_signs_in_and_comes_back() {
    let world = World::new().await;
    let pages = world.pages();
    let id = world.conversation("alice", "Odd logins").await;
    for (path, location) in [
        ("/", "/sign-in".to_owned()),
        ("/conversations", "/sign-in".to_owned()),
        (
            "/conversations?filter=mine&q=a%20b",
            "/sign-in?next=/conversations%3Ffilter%3Dmine%26q%3Da%2520b".to_owned(),
        ),
        (
            &format!("/conversations/{id}"),
            format!("/sign-in?next=/conversations/{id}"),
        ),
        (
            &format!("/conversations/{ABSENT}"),
            format!("/sign-in?next=/conversations/{ABSENT}"),
        ),
    ] {
        for headers in [&[][..], &[("cookie", "parlor_session=made.up")]] {
            let answer = send(&pages, "GET", path, headers, "").await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
            assert_eq!(answer.header("location"), location, "{path}");
        }
    }
    for header in [("parlor-fragment", "list"), ("accept", "text/event-stream")] {
        let answer = send(&pages, "GET", "/conversations", &[header], "").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{header:?}");
    }
}
