//! Log lines for programs. Unlike the library's own, they tell what an error was caused by.

use std::{error::Error, fmt, iter};

use serde_json::{Map, Value, json};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields,
        format::{JsonFields, Writer},
        time::{FormatTime as _, SystemTime},
    },
    registry::LookupSpan,
};

use crate::console;

/// One JSON object a line: `timestamp`, `level`, `target`, the event's own fields, and under `span` those of the innermost span,
/// such as a request's id. An error is one text: what it says, and what it was caused by.
pub struct JsonLines;

impl<S> FormatEvent<S, JsonFields> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    JsonFields: for<'a> FormatFields<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let metadata = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        fields.0.insert("timestamp".to_owned(), json!(timestamp));
        fields
            .0
            .insert("level".to_owned(), json!(metadata.level().as_str()));
        fields
            .0
            .insert("target".to_owned(), json!(metadata.target()));
        if let Some(span) = context.lookup_current() {
            let extensions = span.extensions();
            let told = extensions.get::<FormattedFields<JsonFields>>();
            let mut told = told
                .and_then(|told| serde_json::from_str::<Map<String, Value>>(&told.fields).ok())
                .unwrap_or_default();
            told.insert("name".to_owned(), json!(span.name()));
            fields.0.insert("span".to_owned(), Value::Object(told));
        }
        writeln!(writer, "{}", Value::Object(fields.0))
    }
}

/// The fields of an event.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn insert(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, json!(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, json!(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, json!(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, json!(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.insert(field, json!(chain(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field, json!(format!("{value:?}")));
    }
}

/// What an error says, and what it was caused by.
fn chain(error: &(dyn Error + 'static)) -> String {
    let errors = iter::successors(Some(error), |&error| error.source());
    console::chain(errors.map(ToString::to_string))
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use tracing_subscriber::{fmt::MakeWriter, layer::SubscriberExt as _};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Lines {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("the disk is away")]
    struct Away(#[source] io::Error);

    #[test]
    fn a_line_tells_its_fields_its_request_and_what_an_error_was_caused_by() {
        let lines = Lines::default();
        let layer = tracing_subscriber::fmt::layer()
            .fmt_fields(JsonFields::new())
            .event_format(JsonLines)
            .with_writer(lines.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let span = tracing::info_span!("request", request_id = "r-1");
            let _entered = span.enter();
            let error = Away(io::Error::other("no such device"));
            let error: &(dyn Error + 'static) = &error;
            tracing::warn!(
                error,
                status = 503_u16,
                took = 1.5,
                good = false,
                "not \"written\""
            );
        });
        let line = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert_eq!(line.lines().count(), 1);
        let mut line: Value = serde_json::from_str(&line).unwrap();
        assert!(line["timestamp"].take().as_str().unwrap().ends_with('Z'));
        assert_eq!(
            line,
            json!({
                "timestamp": null,
                "level": "WARN",
                "target": "parlor::telemetry::json::tests",
                "message": "not \"written\"",
                "error": "the disk is away: no such device",
                "status": 503,
                "took": 1.5,
                "good": false,
                "span": {"name": "request", "request_id": "r-1"},
            })
        );
    }
}
