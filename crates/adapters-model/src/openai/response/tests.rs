use serde_json::json;

use super::*;

fn told(chunk: &Value) -> Told {
    match read_data(&chunk.to_string()).unwrap() {
        Data::Chunks(mut chunks) => chunks.remove(0),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_missing_null_or_empty_tells_nothing() {
    for chunk in [
        json!({}),
        json!({"choices": null, "error": null, "usage": {"prompt_tokens": "many"}}),
        json!({"choices": []}),
        json!({"choices": [null]}),
        json!({"choices": [{"delta": {"role": "assistant", "content": null}, "finish_reason": ""}]}),
        json!({"choices": [{"delta": {"content": ""}, "finish_reason": "null"}]}),
        json!({"choices": [{"delta": null, "finish_reason": false}]}),
        json!({"choices": "secret"}),
        json!({"choices": [{"index": 1, "delta": {"content": "of another choice"}}]}),
        json!({"type": "ping"}),
    ] {
        let told = Told {
            is_completion: false,
            ..told(&chunk)
        };
        assert_eq!(told, Told::default(), "{chunk}");
    }
    for nothing in ["null", "1", "\"\"", "ping", "", "secret"] {
        assert_eq!(read_data(nothing), Ok(Data::Nothing), "{nothing}");
    }
}

#[test]
fn text_and_thoughts_are_told_apart_in_every_shape() {
    for (message, reasoning, text) in [
        (json!({"content": "a"}), None, Some("a")),
        (
            json!({"content": ["a", {"type": "text", "text": "b"}]}),
            None,
            Some("ab"),
        ),
        (
            json!({"content": {"type": "text", "text": "a"}}),
            None,
            Some("a"),
        ),
        (
            json!({"content": [{"type": "thinking", "thinking": "hm"}]}),
            Some("hm"),
            None,
        ),
        (
            json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "a"}]}),
            Some("hm"),
            Some("a"),
        ),
        (json!({"content": "", "reasoning": "hm"}), Some("hm"), None),
        (
            json!({"content": null, "reasoning_content": "hm", "reasoning": "hm"}),
            Some("hm"),
            None,
        ),
        (
            json!({"content": null, "refusal": "No."}),
            None,
            Some("No."),
        ),
    ] {
        for choice in [json!({"delta": message}), json!({"message": message})] {
            let told = told(&json!({"choices": [choice]}));
            let found = (told.reasoning.as_deref(), told.text.as_deref());
            assert_eq!(found, (reasoning, text), "{message}");
        }
    }
    assert_eq!(
        told(&json!({"choices": [{"text": "a"}]})).text.as_deref(),
        Some("a")
    );
}

#[test]
fn the_end_is_read_from_every_servers_words() {
    use IncompleteReason::{ContentFilter, Length};
    for (reason, end) in [
        (json!("stop"), End::Done),
        (json!("eos_token"), End::Done),
        (json!("tool_calls"), End::Done),
        (json!(0), End::Done),
        (json!("length"), End::Cut(Length)),
        (json!("MAX_TOKENS"), End::Cut(Length)),
        (json!("content_filter"), End::Cut(ContentFilter)),
        (json!("SAFETY"), End::Cut(ContentFilter)),
        (json!({"type": "max_tokens"}), End::Cut(Length)),
        (json!("error"), End::Failed(AnswerFailure::ModelError)),
        (
            json!("network_error"),
            End::Failed(AnswerFailure::Interrupted),
        ),
    ] {
        let chunk = json!({"choices": [{"delta": {}, "finish_reason": reason}]});
        assert_eq!(told(&chunk).end, Some(end), "{chunk}");
    }
    for done in ["[DONE]", "[done]", " [Done] ", "\"[DONE]\"", "[ DONE ]"] {
        assert_eq!(read_data(done), Ok(Data::Done), "{done}");
    }
}

#[test]
fn the_usage_is_read_from_wherever_it_is() {
    let usage = Some(Usage {
        prompt_tokens: 3,
        completion_tokens: u32::MAX,
    });
    for cost in [
        json!({"prompt_tokens": 3, "completion_tokens": 9_999_999_999_u64}),
        json!({"prompt_tokens": 3.0, "completion_tokens": 9_999_999_999.0}),
        json!({"input_tokens": 3, "output_tokens": 9_999_999_999_u64}),
    ] {
        assert_eq!(told(&json!({"choices": [], "usage": cost})).usage, usage);
        assert_eq!(
            told(&json!({"choices": [{"delta": {}, "usage": cost}]})).usage,
            usage
        );
    }
    let negative = json!({"usage": {"prompt_tokens": -1, "completion_tokens": 2}});
    assert_eq!(told(&negative).usage, None);
}

#[test]
fn an_error_is_one_only_if_it_says_something() {
    for chunk in [
        json!({"error": {"message": "boom"}}),
        json!({"error": "boom"}),
        json!({"object": "error", "message": "boom"}),
        json!({"type": "error", "message": "boom"}),
        json!({"detail": "boom"}),
        json!({"detail": [{"msg": "boom"}]}),
        json!({"errors": ["boom"]}),
        json!({"message": "boom", "code": 400}),
        json!({"choices": [], "error": {"code": 1}}),
        json!({"choices": [{"delta": {}, "error": {"message": "boom"}}]}),
    ] {
        assert!(told(&chunk).error.is_some(), "{chunk}");
    }
    for chunk in [
        json!({"error": ""}),
        json!({"error": {}}),
        json!({"error": {"message": null}}),
        json!({"error": false}),
        json!({"message": "hello"}),
        json!({"detail": ""}),
        json!({"choices": [], "detail": "prefilled"}),
    ] {
        assert!(told(&chunk).error.is_none(), "{chunk}");
    }
    assert!(read_error("").is_none() && read_error("{}").is_none());
    assert!(read_error("boom").is_some());
}

#[test]
fn what_is_no_json_is_refused_without_quoting_it() {
    for text in ["{\"secret\"", "{\"choices\": [}", "[{\"secret\": 1}"] {
        let refused = read_data(text).unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("secret"));
    }
}

#[test]
fn values_that_follow_one_another_are_read_one_by_one() {
    let values = r#"{"choices":[{"delta":{"content":"a"}}]}
{"choices":[{"delta":{"content":"b"}}]}[{"choices":[{"delta":{"content":"c"}}]}]"#;
    let told = read_values(values.as_bytes()).unwrap();
    let texts: Vec<_> = told
        .iter()
        .map(|told| told.text.as_deref().unwrap())
        .collect();
    assert_eq!(texts, ["a", "b", "c"]);
}
