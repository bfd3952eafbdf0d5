//! Signing in and out, and the language that one chooses.

use axum::http::StatusCode;
use futures::StreamExt as _;
use parlor_domain::principal::Permission;

use crate::conversation::{path, prompt};
use crate::support::{
    World,
    raw::{self, pair, send, set_cookie},
};

#[tokio::test]
async fn everybody_whom_one_can_be_is_offered_with_what_they_may_do() {
    let mut world = World::new().await;
    for persona in &mut world.options.personas {
        match persona.name.as_str() {
            "vera" => persona.permissions = vec![Permission::ViewPrivateResponses],
            "mallory" => persona.permissions = Permission::ALL.to_vec(),
            "bob" => persona.groups = vec!["Threat <Hunting>".to_owned()],
            _ => {}
        }
    }
    let pages = world.pages();
    for (languages, told) in [
        (
            "en",
            [
                "Sign in as alice",
                "View private responses",
                "Every permission in this organization",
                "In the groups: Threat <Hunting>",
            ],
        ),
        (
            "ko-KR,ko;q=0.9",
            [
                "alice 님으로 로그인",
                "AI 개인 응답 보기",
                "이 조직의 모든 권한",
                "소속 그룹: Threat <Hunting>",
            ],
        ),
    ] {
        let headers = [("accept-language", languages)];
        let page = send(&pages, "GET", "/sign-in", &headers, "").await;
        let words = page.words();
        for text in told {
            assert!(words.contains(text), "{text} in {words}");
        }
        assert!(!page.text.contains("<Hunting>"));
        assert!(!page.text.contains("demo-"), "no token is in the page");
        let lang = languages.split('-').next().unwrap();
        assert!(page.text.contains(&format!("<html lang=\"{lang}\">")));
    }
}

#[tokio::test]
async fn a_session_is_a_cookie_that_no_script_reads() {
    let mut world = World::new().await;
    for (url, name, secure) in [
        (None, "parlor_session", false),
        (Some("http://parlor.example"), "parlor_session", false),
        (
            Some("https://parlor.example"),
            "__Host-parlor_session",
            true,
        ),
    ] {
        world.options.public_url = url.map(str::to_owned);
        let pages = world.pages();
        let (visit, csrf) = raw::visit(&pages).await;
        let form = format!("csrf={csrf}&persona=alice&next=%2Fconversations");
        let answer = send(&pages, "POST", "/sign-in", &[("cookie", &visit)], &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.header("location"), "/conversations");
        let cookie = set_cookie(&answer, name).unwrap();
        let says = |word: &str| cookie.split("; ").any(|part| part == word);
        assert!(
            says("HttpOnly") && says("SameSite=Lax") && says("Path=/"),
            "{cookie}"
        );
        assert_eq!(says("Secure"), secure, "{cookie}");
        assert!(!cookie.contains("Domain"), "{cookie}");
        let page = send(
            &pages,
            "GET",
            "/conversations",
            &[("cookie", pair(&cookie))],
            "",
        )
        .await;
        assert_eq!(page.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn nobody_signs_in_by_a_form_of_elsewhere_or_as_somebody_who_is_not_offered() {
    let world = World::new().await;
    let pages = world.pages();
    let (visit, csrf) = raw::visit(&pages).await;
    let (_, of_another_visit) = raw::visit(&pages).await;
    for (form, status) in [
        ("persona=alice&next=%2F".to_owned(), StatusCode::FORBIDDEN),
        (
            format!("csrf={of_another_visit}&persona=alice&next=%2F"),
            StatusCode::FORBIDDEN,
        ),
        (
            format!("csrf={csrf}&persona=eve&next=%2F"),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            format!("csrf={csrf}&persona=demo-alice&next=%2F"),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            format!("csrf={csrf}&persona=alice&next=%2F%2Fevil.example"),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ] {
        let answer = send(&pages, "POST", "/sign-in", &[("cookie", &visit)], &form).await;
        assert_eq!(answer.status, status, "{form}");
        assert_eq!(set_cookie(&answer, "parlor_session"), None, "{form}");
    }
}

#[tokio::test]
async fn signing_in_leads_to_no_page_of_elsewhere() {
    let world = World::new().await;
    let pages = world.pages();
    let (cookie, _) = raw::sign_in(&pages, "alice").await;
    for next in [
        "https://evil.example",
        "//evil.example",
        "/%5Cevil.example",
        "%5C%5Cevil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "",
    ] {
        let path = format!("/sign-in?next={next}");
        let page = send(&pages, "GET", &path, &[], "").await;
        assert_eq!(page.status, StatusCode::OK, "{next}");
        assert_eq!(page.value_of("next").as_deref(), Some("/sign-in"), "{next}");
        assert!(!page.text.contains("evil"), "{next}");
        let answer = send(&pages, "GET", &path, &[("cookie", &cookie)], "").await;
        assert_eq!(answer.header("location"), "/conversations", "{next}");
    }
    let path = "/sign-in?next=/conversations%3Ffilter%3Dmine";
    let answer = send(&pages, "GET", path, &[("cookie", &cookie)], "").await;
    assert_eq!(answer.header("location"), "/conversations?filter=mine");
}

#[tokio::test]
async fn signing_out_ends_every_session_of_that_person_and_nobody_elses() {
    let world = World::new().await;
    let pages = world.pages();
    let (here, csrf) = raw::sign_in(&pages, "alice").await;
    let (there, _) = raw::sign_in(&pages, "alice").await;
    let (of_bob, _) = raw::sign_in(&pages, "bob").await;
    let form = format!("csrf={csrf}");
    let answer = send(&pages, "POST", "/sign-out", &[("cookie", &here)], &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), "/sign-in");
    let forgotten = set_cookie(&answer, "parlor_session").unwrap();
    assert!(forgotten.starts_with("parlor_session=;"), "{forgotten}");
    assert!(forgotten.contains("Max-Age=0"), "{forgotten}");
    for (cookie, status) in [
        (&here, StatusCode::SEE_OTHER),
        (&there, StatusCode::SEE_OTHER),
        (&of_bob, StatusCode::OK),
    ] {
        let page = send(&pages, "GET", "/conversations", &[("cookie", cookie)], "").await;
        assert_eq!(page.status, status);
    }
}

#[tokio::test]
async fn a_language_is_chosen_once_and_kept() {
    let world = World::new().await;
    let pages = world.pages();
    let (visit, csrf) = raw::visit(&pages).await;
    let form = format!("csrf={csrf}&language=ko&next=%2Fsign-in");
    let answer = send(&pages, "POST", "/language", &[("cookie", &visit)], &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), "/sign-in");
    let cookie = set_cookie(&answer, "parlor_language").unwrap();
    let headers = [("cookie", pair(&cookie)), ("accept-language", "en")];
    let page = send(&pages, "GET", "/sign-in", &headers, "").await;
    assert!(page.text.contains("<html lang=\"ko\">"));
    for (form, status) in [
        ("language=ko&next=%2F".to_owned(), StatusCode::FORBIDDEN),
        (
            format!("csrf={csrf}&language=xx&next=%2F"),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            format!("csrf={csrf}&language=ko&next=https%3A%2F%2Fevil.example"),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ] {
        let answer = send(&pages, "POST", "/language", &[("cookie", &visit)], &form).await;
        assert_eq!(answer.status, status, "{form}");
    }
}

/// The page that is being opened beside it would be out of date before somebody signs in on it.
#[tokio::test]
async fn a_part_of_a_page_for_a_script_does_not_change_what_forms_are_made_from() {
    let world = World::new().await;
    let pages = world.pages();
    let asked = [
        ("/sign-in", &[][..], StatusCode::OK),
        (
            "/conversations",
            &[("parlor-fragment", "list")][..],
            StatusCode::UNAUTHORIZED,
        ),
    ];
    for (path, headers, status) in asked {
        let answer = send(&pages, "GET", path, headers, "").await;
        assert_eq!(answer.status, status);
        assert!(answer.header("content-type").starts_with("text/html"));
        let cookie = set_cookie(&answer, "parlor_visit");
        let cookie = cookie.or_else(|| set_cookie(&answer, "__Host-parlor_visit"));
        assert_eq!(cookie.is_some(), headers.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_sign_out_breaks_off_an_export_that_is_being_sent() {
    let mut world = World::new().await;
    world.options.message_characters = 100_000;
    let id = world.conversation("alice", "Odd logins").await;
    let (here, there) = (world.browser("alice").await, world.browser("alice").await);
    // Each is a piece of its own.
    for _ in 0..4 {
        prompt(&here, id, "root", &"long ".repeat(15_000)).await;
    }
    for is_signed_out in [false, true] {
        let export = there.open(&path(id, "/export?format=markdown")).await;
        assert_eq!(export.status(), StatusCode::OK);
        let mut body = export.into_body().into_data_stream();
        body.next().await.unwrap().unwrap();
        if is_signed_out {
            here.post("/sign-out", &[]).await;
        }
        let rest: Vec<_> = body.collect().await;
        let is_broken = rest.iter().any(Result::is_err);
        assert_eq!(is_broken, is_signed_out);
        assert_eq!(rest.len() == 1, is_signed_out, "nothing is sent after it");
    }
}
