//! `kill -9` at any moment under load: nothing that was acknowledged is lost, and every change has its entry.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    time::Duration,
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{As, Service, eventually, ids, text};

const ROUNDS: u64 = 6;
const CLIENTS: [&str; 4] = ["alice", "bob", "carol", "max"];

/// What one client was told that it did.
struct Client {
    somebody: As,
    random: StdRng,
    conversations: BTreeMap<String, Acknowledged>,
}

/// The newest acknowledged state of one conversation, and all that it must hold.
#[derive(Default)]
struct Acknowledged {
    conversation: Value,
    messages: Vec<Value>,
}

/// The service is away: what was asked for last may have been done or not.
struct Gone;

impl Client {
    /// Creates, prompts and edits until the service is gone.
    async fn work(&mut self) {
        while self.act().await.is_ok() {}
    }

    async fn act(&mut self) -> Result<(), Gone> {
        let known = self.conversations.len();
        if known == 0 || self.random.random_ratio(1, 4) {
            let body = json!({ "title": format!("Conversation {known}") });
            let created = self.send(Method::POST, "/conversations", body).await?;
            let id = text(&created, "id").to_owned();
            let acknowledged = Acknowledged {
                conversation: created,
                messages: Vec::new(),
            };
            self.conversations.insert(id, acknowledged);
            return Ok(());
        }
        let at = self.random.random_range(0..known);
        let id = self.conversations.keys().nth(at).unwrap().clone();
        let path = format!("/conversations/{id}");
        match self.random.random_range(0..10) {
            0..6 => {
                let body = json!({ "content": format!("Prompt {}", self.random.random::<u32>()) });
                let written = self
                    .send(Method::POST, &format!("{path}/messages"), body)
                    .await?;
                let both = ["user_message", "assistant_message"].map(|name| written[name].clone());
                self.conversations
                    .get_mut(&id)
                    .unwrap()
                    .messages
                    .extend(both);
            }
            6..9 => {
                let private = self.conversations[&id].conversation["privacy"] == "private";
                let body = json!({ "privacy": if private { "shared" } else { "private" } });
                let toggled = self
                    .send(Method::PUT, &format!("{path}/privacy"), body)
                    .await?;
                self.conversations.get_mut(&id).unwrap().conversation = toggled;
            }
            _ => {
                let body = json!({ "title": format!("Title {}", self.random.random::<u32>()) });
                let renamed = self.send(Method::PATCH, &path, body).await?;
                self.conversations.get_mut(&id).unwrap().conversation = renamed;
            }
        }
        Ok(())
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Result<Value, Gone> {
        let sent = self.somebody.request(method, path).json(&body).send().await;
        let answer = sent.map_err(|_| Gone)?;
        let status = answer.status();
        let body: Value = answer.json().await.map_err(|_| Gone)?;
        assert!(status.is_success(), "{path}: {body}");
        Ok(body)
    }

    /// What was acknowledged is there, and what is there further is at most what was asked for last. What is found is what is
    /// known from now on.
    async fn check(&mut self) {
        let path = "/conversations?filter=mine&limit=100";
        let listed = self.somebody.all(path).await;
        let listed: BTreeMap<_, _> = listed.iter().map(|item| (text(item, "id"), item)).collect();
        let mut in_doubt = listed.len() - self.conversations.len();
        for (id, acknowledged) in &mut self.conversations {
            let found = listed
                .get(id.as_str())
                .expect("an acknowledged conversation is there");
            let version = |conversation: &Value| conversation["version"].as_u64().unwrap();
            let ahead = version(found) - version(&acknowledged.conversation);
            if ahead == 0 {
                for fact in ["title", "privacy"] {
                    assert_eq!(found[fact], acknowledged.conversation[fact], "{id}");
                }
            }
            let messages = self.somebody.path(id).await;
            let expected = &acknowledged.messages;
            assert!(
                messages.starts_with(expected),
                "acknowledged messages are there: {id}"
            );
            let more = messages.len() - expected.len();
            assert!(
                [0, 2].contains(&more),
                "a prompt comes with its answer: {more} more"
            );
            assert!(
                messages
                    .iter()
                    .all(|message| message["status"] != "writing"),
                "{id}"
            );
            in_doubt += usize::try_from(ahead).unwrap() + more / 2;
            *acknowledged = Acknowledged {
                conversation: (*found).clone(),
                messages,
            };
        }
        assert!(in_doubt <= 1, "{in_doubt} changes that nobody asked for");
        for (id, item) in listed {
            self.conversations
                .entry(id.to_owned())
                .or_insert_with(|| Acknowledged {
                    conversation: item.clone(),
                    messages: Vec::new(),
                });
        }
    }
}

/// Begins an answer that is still being written when the service is killed; tells its conversation, its id and what was shown.
async fn unfinished(vera: &As) -> (String, String, String) {
    let id = vera.create("Unfinished").await;
    let mut events = vera
        .prompt_stream(&id, json!({ "content": "go on !slow !long" }))
        .await;
    let delta = events.next_named("message_delta").await.data;
    (
        id,
        text(&delta, "message_id").to_owned(),
        text(&delta, "text").to_owned(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_moment_loses_nothing_that_was_acknowledged() {
    let seed = env::var("PARLOR_TEST_SEED").map_or(20_260_722, |seed| seed.parse().unwrap());
    println!("PARLOR_TEST_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut service = super::builder().start().await;
    let mut clients = Vec::new();
    for (number, name) in (0..).zip(CLIENTS) {
        clients.push(Client {
            somebody: service.acting_as(name),
            random: StdRng::seed_from_u64(seed.wrapping_add(number)),
            conversations: BTreeMap::new(),
        });
    }
    let vera = service.acting_as("vera");

    for round in 1..=ROUNDS {
        let (conversation, answer, shown) = unfinished(&vera).await;
        let work = futures::future::join_all(clients.iter_mut().map(Client::work));
        let moment = Duration::from_millis(random.random_range(50..600));
        let kill = async {
            tokio::time::sleep(moment).await;
            service.kill();
        };
        futures::join!(work, kill);

        service.start().await;
        let broken = vera.message(&conversation, &answer).await;
        assert_eq!(
            broken["status"], "failed",
            "what was being written is marked"
        );
        assert!(
            text(&broken, "content").starts_with(&shown),
            "what was shown stays: {broken}"
        );
        for client in &mut clients {
            client.check().await;
        }
        let acknowledged: usize = clients
            .iter()
            .map(|client| client.conversations.len())
            .sum();
        println!("round {round}: killed after {moment:?}, {acknowledged} conversations so far");
    }
    for client in &clients {
        client.somebody.create("Still takes writes").await;
    }
    every_change_has_its_entry(&service, &clients).await;
    the_file_holds_every_entry(&service).await;
}

/// In the store: one entry a change, and no entry without one.
async fn every_change_has_its_entry(service: &Service, clients: &[Client]) {
    let admin = service.acting_as("admin");
    let mut entries: BTreeMap<(String, String), Vec<Value>> = BTreeMap::new();
    for entry in admin.audit("").await {
        let input = &entry["actionParams"]["dynamic"]["input"];
        if entry["actionResult"] == "SUCCEEDED"
            && let Some(conversation) = input["conversationId"].as_str()
        {
            let key = (
                text(&entry, "actionName").to_owned(),
                conversation.to_owned(),
            );
            entries.entry(key).or_default().push(entry);
        }
    }
    let of = |action: &str, id: &str| -> &[Value] {
        let key = (format!("AI_INFERENCE_STREAM_{action}"), id.to_owned());
        entries.get(&key).map_or(&[], Vec::as_slice)
    };
    let mut existing = BTreeSet::new();
    let vera = service.acting_as("vera");
    for somebody in clients.iter().map(|client| &client.somebody).chain([&vera]) {
        for conversation in somebody.all("/conversations?filter=mine&limit=100").await {
            let id = text(&conversation, "id");
            existing.insert(id.to_owned());
            assert_eq!(of("CREATE", id).len(), 1, "{id}");
            let edits = conversation["version"].as_u64().unwrap() - 1;
            assert_eq!(
                of("EDIT", id).len() as u64,
                edits,
                "one entry a version: {id}"
            );
            let prompts = somebody.tree(id).await;
            let prompts = prompts.iter().filter(|message| message["role"] == "user");
            let prompts: BTreeSet<_> = prompts.map(|prompt| text(prompt, "id")).collect();
            let told = of("PROMPT", id)
                .iter()
                .map(|entry| text(&entry["actionParams"]["dynamic"]["input"], "messageId"));
            assert_eq!(told.clone().count(), prompts.len(), "{id}");
            assert_eq!(told.collect::<BTreeSet<_>>(), prompts, "{id}");
        }
    }
    let told: BTreeSet<_> = entries
        .keys()
        .map(|(_, conversation)| conversation.clone())
        .collect();
    assert_eq!(told, existing, "no entry without its change");
}

/// In the file: every entry of the store and no other, in the order of its conversation. What the file has twice, because the
/// service was killed between writing and noting it, is the same twice.
async fn the_file_holds_every_entry(service: &Service) {
    let mut stored = service.acting_as("admin").audit("").await;
    stored.extend(service.acting_as("mallory").audit("").await);
    let stored: BTreeMap<_, _> = stored
        .iter()
        .map(|entry| (text(entry, "id"), entry))
        .collect();
    let lines = eventually("every entry is in the file", || async {
        let file = std::fs::read_to_string(service.audit_file()).unwrap_or_default();
        let lines = file
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<Vec<Value>, _>>()
            .ok()?;
        let delivered: BTreeSet<_> = ids(&lines).into_iter().map(str::to_owned).collect();
        stored
            .keys()
            .all(|id| delivered.contains(*id))
            .then_some(lines)
    })
    .await;

    let mut seen = BTreeSet::new();
    let mut newest: BTreeMap<&str, &str> = BTreeMap::new();
    for line in &lines {
        let id = text(line, "id");
        assert_eq!(stored.get(id), Some(&line), "the same as in the store");
        if seen.insert(id)
            && let Some(about) = line["actionParams"]["dynamic"]["input"]["conversationId"].as_str()
            && let Some(before) = newest.insert(about, id)
        {
            assert!(before < id, "the order within a conversation");
        }
    }
    assert_eq!(seen.len(), stored.len());
    let verified = service.run(&["audit", "verify", service.audit_file().to_str().unwrap()]);
    assert!(verified.status.success(), "{verified:?}");
}
