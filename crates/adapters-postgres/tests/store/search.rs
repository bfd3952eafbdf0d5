//! What the words of a search cost nobody, and how many of them there may be.

use parlor_domain::{conversation::Conversation, ids::OrganizationId, message::AnswerStatus};
use parlor_store_conformance::kit::prelude::*;
use uuid::Uuid;

use crate::database::Database;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_longer_than_the_index_takes_is_found_by_its_beginning() {
    let store = Database::migrated().await.filled().await;
    let id = conversation_id(1);
    let word = "가".repeat(3_000);
    store
        .create_with(&private(1, ALICE), &[prompt(id, 1, None, ALICE, &word)])
        .await;
    let alice = store.principal(ACME, ALICE).await;
    for text in [&word, "가가", &format!("{word}나")] {
        assert_eq!(store.listed(&alice, &searching(text)).await, [id]);
    }
    assert_eq!(store.listed(&alice, &searching("나")).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_message_with_more_words_than_the_index_takes_the_first_ones_are_found() {
    let store = Database::migrated().await.filled().await;
    let id = conversation_id(1);
    let words: Vec<String> = (0..150_000).map(|number| format!("w{number}")).collect();
    let text = words.join(" ");
    let question = prompt(id, 1, None, ALICE, "who?");
    let reply = answer(&question, &text, AnswerStatus::Complete);
    store
        .create_with(&private(1, ALICE), &[question, reply.clone()])
        .await;
    assert_eq!(store.message(in_acme(1), &reply).await, reply);
    let alice = store.principal(ACME, ALICE).await;
    for (text, finds) in [("w0 w9999", true), ("w50000", true), ("w149999", false)] {
        let found = store.listed(&alice, &searching(text)).await;
        assert_eq!(found.len(), usize::from(finds), "{text}");
    }
}

/// Words stand in the index behind the end of their organization's id, so two organizations may share a place in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn organizations_whose_ids_end_alike_share_no_words() {
    let database = Database::migrated().await;
    let other = OrganizationId::from_uuid(Uuid::from_u128(ACME.as_uuid().as_u128() ^ (1 << 100)));
    let mut seed = two_organizations();
    seed.organizations.push(organization(other, "Alike"));
    let store = Filled::with(database.ports(database.open()), &seed).await;
    for organization_id in [ACME, other] {
        store
            .create(&Conversation {
                organization_id,
                title: title(if organization_id == ACME {
                    "beacons"
                } else {
                    "sinkholes"
                }),
                ..private(1, ALICE)
            })
            .await;
    }
    for (organization_id, text, finds) in [
        (ACME, "beacons", true),
        (ACME, "sinkholes", false),
        (other, "beacons", false),
        (other, "sinkholes", true),
    ] {
        let alice = store.principal(organization_id, ALICE).await;
        let found = store.listed(&alice, &searching(text)).await;
        assert_eq!(found.len(), usize::from(finds), "{organization_id} {text}");
    }
}
