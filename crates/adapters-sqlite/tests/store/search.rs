//! The search index, which is a copy: it has to go along with everything.

use parlor_domain::{ids::ConversationId, message::AnswerStatus, text::Title};
use parlor_store_conformance::kit::prelude::*;

use crate::database::Database;

/// Conversations whose titles say their number, and whose messages are about beacons.
async fn fill(store: &Filled, numbers: std::ops::RangeInclusive<u32>) {
    for number in numbers {
        let id = conversation_id(number);
        let asked = prompt(id, 1, None, ALICE, &format!("Beacons of host{number}?"));
        let answered = answer(&asked, "의심스러운 로그인 이후", AnswerStatus::Complete);
        store
            .create_with(&private(number, ALICE), &[asked, answered])
            .await;
    }
}

async fn found(store: &Filled, text: &str) -> Vec<ConversationId> {
    let alice = store.principal(ACME, ALICE).await;
    store.listed(&alice, &searching(text)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_finds_the_same_after_a_vacuum() {
    let database = Database::new();
    let store = database.filled().await;
    fill(&store, 1..=9).await;
    // Gaps, which a VACUUM closes wherever it may.
    for number in [1, 4, 5, 8] {
        store.delete(in_acme(number)).await;
    }
    database.execute("VACUUM").await;
    for number in [2, 3, 6, 7, 9] {
        assert_eq!(
            found(&store, &format!("host{number} beac")).await,
            ids(&[number])
        );
    }
    assert_eq!(found(&store, "host4").await, []);
    assert_eq!(found(&store, "로그").await, ids(&[9, 7, 6, 3, 2]));
    fill(&store, 10..=11).await;
    assert_eq!(found(&store, "conv 10").await, ids(&[10]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_what_was_deleted_or_renamed_stays_in_the_index() {
    let database = Database::new();
    let store = database.filled().await;
    fill(&store, 1..=3).await;
    let renamed = Title::parse("Exfiltration").unwrap();
    store.rename(in_acme(2), renamed).await;
    let words = async |like: &str| {
        let vocabulary =
            "CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab (search_words, 'row')";
        database.execute(vocabulary).await;
        database
            .number(&format!(
                "SELECT count(*) FROM vocabulary WHERE term LIKE '%{like}'"
            ))
            .await
    };
    assert_eq!(
        (words("2").await, words("exfiltration").await),
        (1, 1),
        "host2 and the new title"
    );
    for number in 1..=3 {
        store.delete(in_acme(number)).await;
    }
    assert_eq!(words("").await, 0);
    assert_eq!(
        database
            .number("SELECT count(*) FROM search_documents")
            .await,
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_is_looked_up_among_the_words_of_its_organization() {
    let database = Database::new();
    let store = database.filled().await;
    fill(&store, 1..=1).await;
    database
        .execute("CREATE VIRTUAL TABLE vocabulary USING fts5vocab (search_words, 'row')")
        .await;
    let organization = ACME.as_uuid().simple();
    let foreign = format!("SELECT count(*) FROM vocabulary WHERE term NOT LIKE '{organization}%'");
    assert_eq!(database.number(&foreign).await, 0);
    let own = format!("SELECT count(*) FROM vocabulary WHERE term = '{organization}beacons'");
    assert_eq!(database.number(&own).await, 1);
}
