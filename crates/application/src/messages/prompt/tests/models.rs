//! Which model is asked where the client names none.

use super::*;

#[tokio::test]
async fn without_a_name_the_model_of_the_newest_answer_before_is_asked() {
    for (before, place, chosen) in [
        ("large", Place::NewestLeaf, "large"),
        ("large", Place::After(message_id(2)), "large"),
        // Nothing comes before.
        ("large", Place::First, "echo"),
        // It is not configured any more.
        ("gone", Place::NewestLeaf, "echo"),
    ] {
        let stage = on_stage();
        stage.change(|stored| set_model(message_mut(stored, message_id(2)), before));
        let (model, mut script) = ScriptedModel::new();
        let request = ask(CONVERSATION, place);
        let desk = stage.desk(model);
        prompt_at(&desk, &stage, &carol(), request).await.unwrap();
        assert_eq!(script.asked().await.model, chosen, "{before} {place:?}");
    }
}

#[tokio::test]
async fn an_unknown_model_is_not_asked_and_nothing_is_stored() {
    let stage = on_stage();
    let request = PromptRequest {
        model: Some("ECHO".to_owned()),
        ..ask_on()
    };
    let outcome = prompt(&stage, &carol(), request).await;
    assert!(matches!(outcome, Err(WriteError::UnknownModel)));
    stage.assert_untouched();
}
