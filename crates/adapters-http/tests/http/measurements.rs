//! What is counted of requests.

use std::sync::{Arc, Mutex};

use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    with_local_recorder,
};

use crate::support::{ALICE, CONVERSATION, World, conversation_path};

/// Notes under which names and labels something is counted.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn note(&self, key: &Key) {
        let labels: Vec<_> = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()))
            .collect();
        let noted = format!("{} {}", key.name(), labels.join(" "));
        self.0.lock().unwrap().push(noted);
    }
}

impl Recorder for Notes {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.note(key);
        Counter::noop()
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.note(key);
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.note(key);
        Histogram::noop()
    }
}

#[test]
fn requests_are_counted_by_the_templates_of_their_routes() {
    let notes = Notes::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    with_local_recorder(&notes, || {
        runtime.block_on(async {
            let world = World::new();
            world.get(ALICE, &conversation_path("?x=secret")).await;
            world.get(ALICE, "/made/up").await;
            let body = serde_json::json!({});
            world.call("BREW", ALICE, "/health/live", &body).await;
        });
    });
    let counted = notes.0.lock().unwrap();
    let labels = [
        "method=GET route=/api/v1/conversations/{id} status=400",
        "method=GET route=unmatched status=404",
        "method=other route=/health/live status=405",
    ];
    let expected = labels.map(|labels| {
        [
            format!("parlor_http_requests_total {labels}"),
            format!("parlor_http_request_duration_seconds {labels}"),
        ]
    });
    assert_eq!(*counted, expected.concat());
    assert!(!counted.iter().any(|noted| noted.contains(CONVERSATION)));
}
