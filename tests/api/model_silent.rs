//! A model's provider that accepts connections and says nothing.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::json;
use tokio::sync::watch;

use super::models::provider;
use crate::harness::{ModelServer, Service, free_port, text, within};

/// How long everything may take once the provider answers again.
const PATIENCE: Duration = Duration::from_secs(15);

/// Everything but answers goes on while the provider says nothing for so long, and the prompts of that time are answered after it.
async fn a_provider_is_silent_for(time: Duration) {
    let (silent, silence) = watch::channel(false);
    let server = ModelServer::start(move |mut connection| {
        let mut silence = silence.clone();
        async move {
            silence.wait_for(|silent| !silent).await.unwrap();
            let messages = connection.asked()["messages"].as_array().unwrap();
            let asked = text(messages.last().unwrap(), "content").to_owned();
            connection.begin().await;
            connection.say(&format!("You said: {asked}")).await;
            connection.finish().await;
        }
    })
    .await;
    let configuration = provider(server.base_url(), "scripted").replace("= 400", "= 120000");
    let service = Service::builder()
        .file("parlor.toml", configuration)
        .start()
        .await;
    let alice = service.acting_as("alice");
    let mut asked = Vec::new();
    for number in 0..5 {
        asked.push((alice.create("Beacons").await, format!("number {number}")));
    }

    silent.send_replace(true);
    let prompts = asked.iter().map(|(id, content)| {
        let body = json!({ "content": content });
        let (alice, id) = (alice.clone(), id.clone());
        tokio::spawn(async move { alice.prompt_with(&id, body).await })
    });
    let prompts: Vec<_> = prompts.collect();
    let until = Instant::now() + time;
    loop {
        let since = Instant::now();
        let created = alice.create("Meanwhile").await;
        within(PATIENCE, "the relay delivers", || async {
            service.audited().contains(&created).then_some(())
        })
        .await;
        for instance in service.instances() {
            let ready = instance.acting_as("alice").get("/health/ready").await;
            assert_eq!(ready.status, 200, "{ready:?}");
        }
        assert!(since.elapsed() < PATIENCE, "{:?}", since.elapsed());
        if Instant::now() >= until {
            break;
        }
    }
    assert!(prompts.iter().all(|prompt| !prompt.is_finished()));

    silent.send_replace(false);
    let since = Instant::now();
    for (prompted, (_, content)) in join_all(prompts).await.into_iter().zip(&asked) {
        let answer = prompted.unwrap().expect(201)["assistant_message"].clone();
        assert_eq!(answer["status"], "complete", "{answer}");
        assert_eq!(answer["content"], format!("You said: {content}"));
    }
    let after = alice.prompt(&asked[0].0, "again").await;
    assert_eq!(after["assistant_message"]["content"], "You said: again");
    assert!(since.elapsed() < PATIENCE, "{:?}", since.elapsed());
}

#[tokio::test]
async fn a_provider_that_says_nothing_holds_up_nothing_but_its_answers() {
    a_provider_is_silent_for(Duration::from_secs(3)).await;
}

/// Waits until every instance says of the provider whether it answers.
async fn until_it_is_told(service: &Service, answers: bool) {
    let name = "parlor_dependency_up{dependency=\"provider:tests\"}";
    let expected = Some(f64::from(u8::from(answers)));
    within(2 * PATIENCE, "the metric tells it", || async {
        let measured = service.measured(name).await;
        measured.iter().all(|it| *it == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_metric_tells_that_a_provider_says_nothing_until_it_answers_again() {
    let server = ModelServer::start(|mut connection| async move {
        connection.begin().await;
        connection.say("Hello").await;
        connection.finish().await;
    })
    .await;
    let configuration = provider(server.base_url(), "scripted") + "connect_timeout_ms = 500\n";
    let service = Service::builder()
        .file("parlor.toml", configuration)
        .start()
        .await;
    // Nobody has prompted yet.
    until_it_is_told(&service, true).await;

    server.fall_silent();
    for instance in service.instances() {
        let alice = instance.acting_as("alice");
        let id = alice.create("Beacons").await;
        let prompt = json!({ "content": "Which hosts?" });
        let path = format!("/conversations/{id}/messages");
        assert_eq!(alice.post(&path, prompt).await.status, 504);
        let ready = alice.get("/health/ready").await;
        assert_eq!(ready.status, 200, "{ready:?}");
    }
    until_it_is_told(&service, false).await;

    // Nobody has to prompt again.
    server.speak();
    until_it_is_told(&service, true).await;
}

#[tokio::test]
async fn a_metric_tells_that_nobody_listens_where_a_provider_should() {
    let nowhere = format!("http://127.0.0.1:{}/v1", free_port());
    let service = Service::builder()
        .file("parlor.toml", provider(&nowhere, "scripted"))
        .start()
        .await;
    until_it_is_told(&service, false).await;
    let told = "a dependency does not answer";
    assert!(service.output().contains(told), "{}", service.output());
}

/// What takes its time.
mod long {
    use super::*;

    #[tokio::test]
    async fn half_a_minute_without_a_word_from_the_provider_ends_with_every_answer() {
        a_provider_is_silent_for(Duration::from_secs(30)).await;
    }
}
