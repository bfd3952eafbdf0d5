//! Repeated requests for what somebody cannot see are counted by all instances together, and no crash loses the count.

use serde_json::{Value, json};

use super::{builder, on_both};
use crate::{
    api::audit::{about, input},
    harness::{Service, eventually, text, user_id},
};

const ABSENT: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";

/// The denials of Carol in the log, the oldest first.
async fn denials(service: &Service, id: &str) -> Vec<Value> {
    let entries = about(service, id).await;
    let of_carol = entries
        .into_iter()
        .filter(|entry| entry["actor"]["id"] == user_id("carol"));
    of_carol.collect()
}

/// Lets a minute pass for everything that is counted.
fn pass_a_minute(service: &Service) {
    let statement = "UPDATE denied_repeats SET began_at = began_at - interval '1 minute'";
    service.database().sql(statement);
}

#[tokio::test]
async fn what_a_killed_instance_counted_has_its_entry_when_the_minute_ends() {
    let mut service = builder().start().await;
    let id = service.acting_as("alice").create("Canary").await;
    let carols = on_both(&service, "carol");
    for probed in [id.as_str(), ABSENT] {
        for _ in 0..3 {
            for carol in &carols {
                let path = format!("/conversations/{probed}");
                carol.get(&path).await.expect(404);
            }
        }
        let first = denials(&service, probed).await;
        assert_eq!(first.len(), 1, "{first:?}");
        assert_eq!(input(&first[0])["count"], Value::Null);
    }
    service.kill();
    pass_a_minute(&service);
    service.start().await;
    let mut told = Vec::new();
    for probed in [id.as_str(), ABSENT] {
        let entries = eventually("the repeats have an entry", || async {
            let entries = denials(&service, probed).await;
            (entries.len() > 1).then_some(entries)
        })
        .await;
        let [first, repeats] = &entries[..] else {
            panic!("{entries:?}")
        };
        assert_eq!(repeats["actionName"], "AI_INFERENCE_STREAM_ACCESS_DENIED");
        assert_eq!(input(repeats)["count"], 5);
        let times = ["firstAt", "lastAt"].map(|name| text(input(repeats), name).to_owned());
        assert!(text(first, "timestamp") < &*times[0] && times[0] <= times[1]);
        assert_eq!(repeats["timestamp"], json!(times[1]));
        // The sink has it, too.
        eventually("the entry is delivered", || async {
            service
                .audited()
                .contains(text(repeats, "id"))
                .then_some(())
        })
        .await;
        // Nothing but the times tells whether the conversation exists.
        let mut repeats = repeats.clone();
        for own in ["id", "timestamp"] {
            repeats[own] = Value::Null;
        }
        repeats["actionDetails"]["requestId"] = Value::Null;
        for time in times {
            let written = repeats.to_string().replace(&time, "then");
            repeats = serde_json::from_str(&written).unwrap();
        }
        told.push(repeats.to_string().replace(probed, "the conversation"));
    }
    assert_eq!(told[0], told[1]);
    let rows = service
        .database()
        .sql("SELECT count(*) FROM denied_repeats");
    assert_eq!(rows.trim(), "0");
}
