//! The figures of the documentation: memory and descriptors of a process at rest, after requests, and for each follower.

mod long {
    use futures::{StreamExt as _, stream};
    use reqwest::Method;

    use super::super::process::{descriptors, memory, peak_memory, settled_memory};
    use crate::harness::{EventStream, Service};

    const CLIENTS: usize = 16;
    const REQUESTS: usize = 10_000;
    const FOLLOWERS: usize = 1_000;

    #[tokio::test]
    async fn an_instance_takes_little_memory_at_rest_and_after_ten_thousand_requests() {
        let service = Service::builder()
            .with("PARLOR_LOG__LEVEL", "info")
            .start()
            .await;
        let instance = service.instance(0);
        let idle = settled_memory(instance).await;
        let open = descriptors(instance);
        println!("at rest: {idle:.0} MiB, {open} descriptors");
        assert!(idle < 64.0, "{idle} MiB");

        let people = ["alice", "bob", "carol", "vera"];
        let people = people.map(|name| instance.acting_as(name));
        let mut conversations = Vec::new();
        for person in &people {
            conversations.push(person.create("Beacons").await);
        }
        // A tenth are prompts; the rest reads the list, a conversation, and its messages.
        stream::iter(0..REQUESTS)
            .for_each_concurrent(CLIENTS, |number| {
                let person = &people[number % people.len()];
                let conversation = &conversations[number % people.len()];
                let kind = number / people.len() % 10;
                async move {
                    let answer = match kind {
                        0 => {
                            let created = person.create("Beacons").await;
                            let path = format!("/conversations/{created}/messages");
                            let body = serde_json::json!({ "content": "word ".repeat(80) });
                            person.post(&path, body).await
                        }
                        1..4 => person.get("/conversations").await,
                        4..7 => person.get(&format!("/conversations/{conversation}")).await,
                        _ => {
                            let path = format!("/conversations/{conversation}/messages");
                            person.get(&path).await
                        }
                    };
                    assert!(answer.status.is_success(), "{answer:?}");
                }
            })
            .await;
        let under_load = peak_memory(instance);
        let after = settled_memory(instance).await;
        println!("after {REQUESTS} requests: {after:.0} MiB, {under_load:.0} MiB at most");
        assert!(under_load < 143.0, "{under_load} MiB");
    }

    #[tokio::test]
    async fn a_follower_takes_a_few_dozen_kibibytes_and_one_descriptor() {
        let service = Service::builder()
            .with("PARLOR_LIMITS__STREAMS_PER_USER", &FOLLOWERS)
            .with("PARLOR_LOG__LEVEL", "info")
            .start()
            .await;
        let instance = service.instance(0);
        let alice = instance.acting_as("alice");
        let id = alice.create("Beacons").await;
        let path = format!("/conversations/{id}/events");
        let follow = || async {
            let answer = alice.request(Method::GET, &path).send().await.unwrap();
            EventStream::of(answer)
        };
        // What the first one takes, the others share.
        let _first = follow().await;
        let before = settled_memory(instance).await;
        let open = descriptors(instance);
        let mut followers = Vec::new();
        for _ in 1..FOLLOWERS {
            followers.push(follow().await);
        }
        let most = memory(instance);
        let added = settled_memory(instance).await.max(most) - before;
        let number = |count: usize| f64::from(u32::try_from(count).unwrap());
        let count = number(followers.len());
        let kibibytes = added * 1024.0 / count;
        let each = number(descriptors(instance) - open) / count;
        println!("{FOLLOWERS} followers: {kibibytes:.0} KiB and {each:.2} descriptors each");
        assert!(kibibytes < 80.0, "{kibibytes} KiB");
        assert!(each < 1.05, "{each}");
    }
}
