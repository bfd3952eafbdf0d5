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
        let store = shared_with_all();
        store.change_message(CONVERSATION, 1, |it| set_model(it, before));
        let (model, mut script) = ScriptedModel::new();
        let request = ask(CONVERSATION, place);
        let desk = store.desk(model);
        prompt_at(&desk, &store, &carol(), request).await.unwrap();
        assert_eq!(script.asked().await.model, chosen, "{before} {place:?}");
    }
}

#[tokio::test]
async fn an_unknown_model_is_not_asked_and_nothing_is_stored() {
    let store = shared_with_all();
    let request = PromptRequest {
        model: Some("ECHO".to_owned()),
        ..ask_on()
    };
    let outcome = prompt(&store, &carol(), request).await;
    assert!(matches!(outcome, Err(WriteError::UnknownModel)));
    store.assert_untouched();
}
