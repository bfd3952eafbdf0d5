//! The client against an OpenAI-compatible server that nobody here wrote. `cargo xtask test` starts one, and says where
//! it is in `PARLOR_TEST_MODEL_URL` (ends in `/v1`) and what its model is called in `PARLOR_TEST_MODEL_NAME`.

use std::env;

use parlor_adapters_model::{OpenAiChatModel, OpenAiProvider};
use parlor_application::ports::{ChatModel as _, ChatRequest};
use parlor_domain::{
    message::{Role, Usage},
    text::Content,
};

use crate::support::{read, request};

/// The client and the model's name; none if whoever runs the tests left this part out.
fn real_model() -> Option<(OpenAiChatModel, String)> {
    let left_out = env::var("PARLOR_TEST_WITHOUT").unwrap_or_default();
    if left_out
        .split(',')
        .any(|part| part.trim() == "model-server")
    {
        println!("left out: PARLOR_TEST_WITHOUT names model-server");
        return None;
    }
    let variable = |name| {
        env::var(name).unwrap_or_else(|_| {
            panic!("{name} is not set: run `cargo xtask test`, or set PARLOR_TEST_WITHOUT=model-server to leave this out")
        })
    };
    let provider = OpenAiProvider::new("real", variable("PARLOR_TEST_MODEL_URL"));
    Some((
        OpenAiChatModel::new(provider).unwrap(),
        variable("PARLOR_TEST_MODEL_NAME"),
    ))
}

#[tokio::test]
async fn a_real_server_answers_in_pieces_and_tells_the_usage() {
    let Some((client, model)) = real_model() else {
        return;
    };
    let whole = read(client.answer(request(&model)).await.unwrap()).await;
    assert!(whole.pieces.len() > 1, "{whole:?}");
    let Usage {
        prompt_tokens,
        completion_tokens,
    } = whole.end.unwrap().expect("the usage is told");
    assert!(
        prompt_tokens > 0 && completion_tokens > 1,
        "{prompt_tokens} and {completion_tokens}"
    );
}

#[tokio::test]
async fn a_real_server_answers_in_a_conversation_of_several_people() {
    let Some((client, model)) = real_model() else {
        return;
    };
    let mut messages = request(&model).messages;
    let mut answer = messages[0].clone();
    answer.role = Role::Assistant;
    answer.author_name = None;
    answer.content = Content::from_trusted("I do not know.".to_owned());
    let mut second = messages[0].clone();
    second.content = Content::from_trusted("[김민지]: and you?".to_owned());
    messages.extend([answer, second]);
    let whole = read(
        client
            .answer(ChatRequest {
                model,
                messages,
                prompt: Content::default(),
            })
            .await
            .unwrap(),
    )
    .await;
    whole.end.unwrap();
    assert!(!whole.pieces.concat().trim().is_empty());
}
