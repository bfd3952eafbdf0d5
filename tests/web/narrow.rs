//! Conversations with long titles, wide tables and long words on a phone.

use serde_json::json;

use super::{Language, Pages, Profile, steps::prompt};
use crate::harness::{Service, is_left_out};

/// Twelve columns, of which some have a word that is longer than a phone is wide when all are shown beside each other.
const TABLE: &str = "| host | first | last | bytes | protocol | destination | country | reputation | ticket | analyst \
    | verdict | confidence |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n\
    | workstation-1048576 | 2026-11-30 | 2026-12-01 | 1,048,576 | HTTPS | telemetry.example.org | Netherlands | suspicious \
    | INC-20261130 | Incident-Response | malicious | ninety-five |\n\
    | 워크스테이션 | 월요일 | 화요일 | 백만 | 에이치티티피 | 데이터베이스성능점검 | 네덜란드 | 의심스러움 | 사건번호 | 침해사고대응팀 | 악성코드 | 구십오 |";

/// Lists what is wrong with the page at this width.
const WRONG: &str = "
    const wrong = [];
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth) wrong.push(`the page has ${root.scrollWidth} px`);
    const lines = it => {
        const range = document.createRange();
        range.selectNodeContents(it);
        return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
    };
    for (const table of document.querySelectorAll('.markdown-table')) {
        if (table.scrollWidth <= table.clientWidth) wrong.push('a wide table does not scroll');
    }
    for (const cell of document.querySelectorAll('.markdown th, .markdown td')) {
        if (!/[-\\s]/.test(cell.textContent) && lines(cell) > 1) wrong.push(`${cell.textContent} is broken`);
    }
    const title = document.getElementById('conversation-title').getBoundingClientRect();
    if (title.width < 160 || title.right > innerWidth) wrong.push(`the title is ${title.width} px wide`);
    return wrong;
";

async fn fits_phones(language: Language) {
    let pages = Pages::demo().await;
    let author = pages.service().acting_as("alice");
    let titles = [
        "What did the workstations of the incident response team download between Monday and Wednesday?".to_owned(),
        "데이터베이스 성능 점검 결과와 침해사고 대응팀이 월요일부터 수요일까지 조사한 워크스테이션 목록".to_owned(),
        "W".repeat(200),
        "점".repeat(200),
    ];
    let browser = pages.browser(Profile::phone().reading(language)).await;
    browser.sign_in("alice").await;
    let mut wrong = Vec::new();
    for title in titles {
        let id = author.create(&title).await;
        let word = format!("https://example.org/{}", "path".repeat(60));
        author
            .prompt(&id, &format!("{TABLE}\n\n{word} `{word}`"))
            .await;
        browser.open(&format!("/conversations/{id}")).await;
        browser.sees_answers_end().await;
        for width in [320, 390] {
            browser.is_wide(width).await;
            let found: Vec<String> = browser.answer(WRONG, []).await.unwrap();
            wrong.extend(found.iter().map(|it| format!("{width}, {title:.20}: {it}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn long_titles_and_wide_tables_fit_phones() {
    if is_left_out("browser") {
        return;
    }
    fits_phones(Language::English).await;
}

#[tokio::test]
async fn long_titles_and_wide_tables_fit_phones_in_korean() {
    if is_left_out("browser") {
        return;
    }
    fits_phones(Language::Korean).await;
}

/// Lists what is wrong with the choices of a model at this width: in the composer, and in the form that edits a prompt.
const WRONG_CHOICE: &str = "
    const wrong = [];
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > innerWidth) wrong.push(`the page has ${scrollWidth} px`);
    for (const select of document.querySelectorAll('#composer-model, .edit-form select')) {
        select.selectedIndex = arguments[0];
        const { width } = select.getBoundingClientRect();
        if (width < 128) wrong.push(`${select.id} is ${width} px wide`);
        const buttons = [...select.form.querySelectorAll('button, a')].map(it => it.getBoundingClientRect().right);
        if (Math.max(...buttons) > innerWidth) wrong.push('a button is cut off');
    }
    return wrong;
";

#[tokio::test]
async fn the_choice_of_a_model_fits_phones() {
    if is_left_out("browser") {
        return;
    }
    // Nothing listens there: every answer fails.
    let models = "[[model.providers]]\nkind = \"openai\"\nname = \"tests\"\nbase_url = \"http://127.0.0.1:9/v1\"\n\
        models = [\"7b\", \"a-model-with-quite-a-long-name-2026-11-30-instruct-quantized-70b\"]\n";
    let service = Service::builder().file("parlor.toml", models);
    let pages = Pages::of(service).await;
    let author = pages.service().acting_as("alice");
    let id = author.create("Models").await;
    let path = format!("/conversations/{id}/messages");
    author.post(&path, json!({ "content": "Which one?" })).await;
    for (language, edit) in [
        (Language::English, "Edit as a new branch"),
        (Language::Korean, "새 분기로 편집"),
    ] {
        let browser = pages.browser(Profile::phone().reading(language)).await;
        browser.sign_in("alice").await;
        browser.open(&format!("/conversations/{id}")).await;
        browser.clicks_in(&prompt("Which one?"), edit).await;
        browser
            .waits_until("the prompt is edited", async |page| {
                let script = "return document.querySelector('.edit-form select') !== null";
                page.answer(script, []).await
            })
            .await;
        for (choice, width) in [(0, 320), (0, 390), (1, 320), (1, 390)] {
            browser.is_wide(width).await;
            let wrong: Vec<String> = browser
                .answer(WRONG_CHOICE, vec![choice.into()])
                .await
                .unwrap();
            assert!(
                wrong.is_empty(),
                "{language:?}, {width}, {choice}: {wrong:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_list_shows_the_whole_name_of_the_owner_on_a_phone_in_both_languages() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    pages
        .service()
        .acting_as("alice")
        .create("Odd logins")
        .await;
    for language in [Language::English, Language::Korean] {
        let vera = pages.browser(Profile::phone().reading(language)).await;
        vera.sign_in("vera").await;
        for width in [320, 390, 768, 1280] {
            vera.is_wide(width).await;
            let cut = "const owners = [...document.querySelectorAll('.list-owner')]; \
                return [owners.length, owners.filter(it => it.scrollWidth > it.clientWidth).length]";
            let cut: (u32, u32) = vera.answer(cut, []).await.unwrap();
            assert_eq!(cut, (1, 0), "{language:?}, {width}");
        }
    }
}
