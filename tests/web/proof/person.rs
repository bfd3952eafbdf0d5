//! What a person can do on a page, a test can.

use thirtyfour::Key;

use super::{at, is_without_browser};

const FORM: &str = "
    <h1>Share</h1>
    <p hidden>A secret</p>
    <form action='/saved'>
        <label>Title <input name=title value='An old title'></label>
        <label for=with>With</label>
        <select id=with name=with><option value=1>Nobody</option><option value=2>Threat Hunting</option></select>
        <label><input type=checkbox name=write> May write</label>
        <button aria-label='Save it'>✓</button>
        <button hidden>Save it</button>
    </form>
    <a href='/away'>Away</a>
    <p id=said></p>
";

#[tokio::test]
async fn a_form_is_filled_and_sent_by_the_names_of_its_parts() {
    if is_without_browser() {
        return;
    }
    let (_site, alice) = at(FORM).await;
    alice.sees_text("Share").await;
    alice.sees_no_text("A secret").await;
    alice.fill("Title", "사냥 노트").await;
    alice.choose("With", "Threat Hunting").await;
    alice.tick("May write").await;
    alice.click_button("Save it").await;
    let title = "%EC%82%AC%EB%83%A5+%EB%85%B8%ED%8A%B8";
    let saved = format!("/saved?title={title}&with=2&write=on");
    assert_eq!(alice.path().await, saved);
    alice.follow_link("Away").await;
    assert_eq!(alice.path().await, "/away");
}

#[tokio::test]
async fn a_page_is_used_with_the_keyboard_alone() {
    if is_without_browser() {
        return;
    }
    let (_site, alice) = at(FORM).await;
    alice.keyboard(Key::Tab).await;
    assert_eq!(alice.focused().await, "Title");
    alice.keyboard(Key::Control + "a").await;
    alice.keyboard("new" + Key::Tab).await;
    assert_eq!(alice.focused().await, "With");
    alice.keyboard(Key::Shift + Key::Tab).await;
    assert_eq!(alice.focused().await, "Title");
    alice.keyboard(Key::Enter).await;
    alice
        .waits_until("the form is sent", async |page| {
            Ok(page.path().await == "/saved?title=new&with=1")
        })
        .await;
}

#[tokio::test]
async fn what_comes_later_is_waited_for() {
    if is_without_browser() {
        return;
    }
    let later = "<button id=first>First</button>
        <script>first.onclick = () => setTimeout(() => {
            document.querySelector('main').innerHTML = '<button id=second>Second</button>';
            second.onclick = () => { second.replaceWith('Over') };
        }, 300)</script>";
    let (_site, alice) = at(later).await;
    alice.click_button("First").await;
    alice.click_button("Second").await;
    alice.sees_text("Over").await;
    alice.sees_no_text("Second").await;
}

#[tokio::test]
#[should_panic(expected = "there is one button `Delete`: not within 10s")]
async fn two_buttons_of_one_name_are_not_told_apart() {
    assert!(
        !is_without_browser(),
        "there is one button `Delete`: not within 10s, nor a browser"
    );
    let (_site, alice) = at("<button>Delete</button><button>Delete</button>").await;
    alice.click_button("Delete").await;
}

#[tokio::test]
async fn a_person_signs_in_with_the_button_of_their_form() {
    if is_without_browser() {
        return;
    }
    let forms = "
        <form action='/'><input type=hidden name=persona value=alice><button>Alice</button></form>
        <form action='/'><input type=hidden name=persona value=bob><button>Bob</button></form>";
    let (site, bob) = at(forms).await;
    bob.sign_in("bob").await;
    assert_eq!(bob.path().await, "/?persona=bob");
    assert!(
        site.asked()
            .iter()
            .any(|head| head.starts_with("GET /sign-in "))
    );
}
