//! A model without a network: it answers from the prompt alone, so that streaming, stopping and branching can be
//! seen and tested anywhere. The same request always gets the same answer.
//!
//! Some words in the prompt change the answer. They count in the last prompt only, and can be combined:
//!
//! | word | what it does |
//! | --- | --- |
//! | `!slow` | writes slowly, about three pieces a second |
//! | `!long` | adds 200 paragraphs |
//! | `!fail` | refuses with status 500 before anything is written |
//! | `!unreachable` | cannot be reached |
//! | `!timeout` | takes too long, without making you wait for it |
//! | `!break` | breaks off in the middle of the answer |
//! | `!hang` | writes half of the answer and then nothing more, until it is stopped |

mod text;

use std::{collections::VecDeque, future, time::Duration};

use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use parlor_application::ports::{AnswerStream, ChatModel, ChatRequest, ModelError, ModelEvent};
use parlor_domain::message::{AnswerFailure, Usage};

use text::{compose, count_words, pieces, tokens};

/// A word that changes what the echo model does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EchoWord {
    /// As it stands in a prompt, between white space.
    pub word: &'static str,
    /// What it does, in a few words.
    pub effect: &'static str,
}

/// Every word that changes what the echo model does.
pub const ECHO_WORDS: [EchoWord; 7] = [
    EchoWord {
        word: SLOW,
        effect: "writes slowly, about three pieces a second",
    },
    EchoWord {
        word: LONG,
        effect: "adds 200 paragraphs",
    },
    EchoWord {
        word: FAIL,
        effect: "refuses with status 500 before anything is written",
    },
    EchoWord {
        word: UNREACHABLE,
        effect: "cannot be reached",
    },
    EchoWord {
        word: TIMEOUT,
        effect: "takes too long, without making you wait for it",
    },
    EchoWord {
        word: BREAK,
        effect: "breaks off in the middle of the answer",
    },
    EchoWord {
        word: HANG,
        effect: "writes half of the answer and then nothing more, until it is stopped",
    },
];

const SLOW: &str = "!slow";
const LONG: &str = "!long";
const FAIL: &str = "!fail";
const UNREACHABLE: &str = "!unreachable";
const TIMEOUT: &str = "!timeout";
const BREAK: &str = "!break";
const HANG: &str = "!hang";

/// The built-in model. See the module's words for what a prompt can make it do.
#[derive(Debug, Clone)]
pub struct EchoModel {
    delay: Duration,
}

impl EchoModel {
    /// The id under which it is listed.
    pub const ID: &'static str = "echo";
    /// What people call it.
    pub const NAME: &'static str = "Echo";
    /// How long it waits between two pieces unless told otherwise.
    pub const DEFAULT_DELAY: Duration = Duration::from_millis(25);
    /// How long it waits between two pieces after `!slow`, whatever its delay is.
    pub const SLOW_DELAY: Duration = Duration::from_millis(300);

    /// An echo model that waits `delay` between two pieces; zero writes as fast as it is read.
    pub const fn with_delay(delay: Duration) -> Self {
        Self { delay }
    }
}

impl Default for EchoModel {
    fn default() -> Self {
        Self::with_delay(Self::DEFAULT_DELAY)
    }
}

#[async_trait]
impl ChatModel for EchoModel {
    async fn answer(&self, request: ChatRequest) -> Result<AnswerStream, ModelError> {
        let prompt = request.prompt.as_str();
        let says = |word: &str| prompt.split_whitespace().any(|said| said == word);
        if says(FAIL) {
            return Err(ModelError::Refused {
                failure: AnswerFailure::ModelError,
                status: 500,
                code: Some("echo_fail".to_owned()),
            });
        }
        if says(UNREACHABLE) {
            return Err(ModelError::Unreachable(None));
        }
        if says(TIMEOUT) {
            return Err(ModelError::TimedOut);
        }

        let text = compose(&request.messages, prompt, says(LONG));
        let mut pieces = pieces(&text);
        let end = if says(BREAK) {
            pieces.truncate(pieces.len().div_ceil(2));
            End::BreaksOff
        } else if says(HANG) {
            pieces.truncate(pieces.len().div_ceil(2));
            End::Hangs
        } else {
            let said = request
                .messages
                .iter()
                .map(|message| count_words(message.content.as_str()))
                .sum();
            End::Finishes(Usage {
                prompt_tokens: tokens(said),
                completion_tokens: tokens(count_words(&text)),
            })
        };
        let delay = if says(SLOW) {
            Self::SLOW_DELAY
        } else {
            self.delay
        };

        let written = stream::unfold(VecDeque::from(pieces), move |mut pieces| async move {
            let piece = pieces.pop_front()?;
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            Some((Ok(ModelEvent::Text(piece)), pieces))
        });
        let ended = stream::once(async move {
            match end {
                End::Finishes(usage) => Ok(ModelEvent::Finished {
                    cut: None,
                    usage: Some(usage),
                }),
                End::BreaksOff => Err(ModelError::Incomplete),
                End::Hangs => future::pending().await,
            }
        });
        Ok(written.chain(ended).boxed())
    }
}

/// How an answer ends.
enum End {
    Finishes(Usage),
    BreaksOff,
    Hangs,
}

#[cfg(test)]
mod tests {
    use parlor_application::ports::ChatMessage;
    use parlor_domain::{message::Role, text::Content};
    use tokio::time::{Instant, timeout};

    use super::*;

    fn said(author: &str, content: &str) -> ChatMessage {
        ChatMessage {
            role: Role::User,
            author_name: Some(author.to_owned()),
            content: Content::from_trusted(content.to_owned()),
        }
    }

    fn answered(content: &str) -> ChatMessage {
        ChatMessage {
            role: Role::Assistant,
            author_name: None,
            content: Content::from_trusted(content.to_owned()),
        }
    }

    async fn ask(model: &EchoModel, messages: &[ChatMessage]) -> Result<AnswerStream, ModelError> {
        model
            .answer(ChatRequest {
                model: EchoModel::ID.to_owned(),
                messages: messages.to_vec(),
                prompt: messages
                    .last()
                    .map_or_else(Content::default, |message| message.content.clone()),
            })
            .await
    }

    /// The pieces, and what the stream ended with.
    async fn read(stream: AnswerStream) -> (Vec<String>, Result<ModelEvent, ModelError>) {
        let mut events: Vec<_> = stream.collect().await;
        let end = events.pop().unwrap();
        let pieces = events.into_iter().map(|event| match event.unwrap() {
            ModelEvent::Text(text) => text,
            other => panic!(
                "the echo model only writes text, and finishes once: {}",
                matches!(other, ModelEvent::Reasoning(_))
            ),
        });
        (pieces.collect(), end)
    }

    async fn whole(messages: &[ChatMessage]) -> String {
        let model = EchoModel::with_delay(Duration::ZERO);
        read(ask(&model, messages).await.unwrap()).await.0.concat()
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_comes_in_several_pieces_over_a_short_time_and_tells_its_usage() {
        let started = Instant::now();
        let (pieces, end) = read(
            ask(&EchoModel::default(), &[said("Alice", "two words")])
                .await
                .unwrap(),
        )
        .await;
        assert!(pieces.len() > 5, "{pieces:?}");
        assert!(
            started.elapsed() < Duration::from_secs(2),
            "{:?}",
            started.elapsed()
        );
        assert!(started.elapsed() >= EchoModel::DEFAULT_DELAY * 5);
        let completion_tokens = tokens(count_words(&pieces.concat()));
        let usage = Usage {
            prompt_tokens: 2,
            completion_tokens,
        };
        assert!(
            matches!(end, Ok(ModelEvent::Finished { cut: None, usage: Some(told) }) if told == usage)
        );
    }

    #[tokio::test]
    async fn it_greets_the_author_quotes_the_prompt_and_is_the_same_every_time() {
        let prompt = [said("Alice", "who logged in?\n\nand when?")];
        let answer = whole(&prompt).await;
        assert!(answer.contains("Hello **Alice**"), "{answer}");
        assert!(
            answer.contains("> who logged in?\n> \n> and when?\n"),
            "{answer}"
        );
        assert_eq!(answer, whole(&prompt).await);
    }

    #[tokio::test]
    async fn it_tells_who_said_how_much_in_a_shared_conversation() {
        let messages = [
            said("Alice", "one"),
            answered("two"),
            said("김민지", "three"),
            said("Alice", "four"),
        ];
        let answer = whole(&messages).await;
        assert!(answer.contains("seen 4 messages"), "{answer}");
        assert!(
            answer.contains(
                "- **Alice**: 2 messages\n- **Echo**: 1 message\n- **김민지**: 1 message\n"
            ),
            "{answer}"
        );
    }

    #[tokio::test]
    async fn a_name_is_shown_and_not_read_as_markdown() {
        let answer = whole(&[said("**Mallory**\n# [x](y)", "hi")]).await;
        assert!(
            answer.contains(r"Hello **\*\*Mallory\*\* \# \[x\]\(y\)**,"),
            "{answer}"
        );
    }

    #[tokio::test]
    async fn a_long_prompt_is_quoted_in_part() {
        let answer = whole(&[said("Alice", &"가".repeat(10_000))]).await;
        assert!(answer.contains("> …"), "{answer}");
        assert!(answer.len() < 4_000, "{}", answer.len());
    }

    #[tokio::test]
    async fn the_words_that_fail_at_once_do_so_before_anything_came() {
        let model = EchoModel::default();
        let failure = |word: &'static str| {
            let model = &model;
            async move {
                ask(model, &[said("Alice", &format!("please {word} now"))])
                    .await
                    .err()
                    .unwrap()
            }
        };
        assert!(matches!(
            failure("!fail").await,
            ModelError::Refused { status: 500, .. }
        ));
        assert!(matches!(
            failure("!unreachable").await,
            ModelError::Unreachable(None)
        ));
        assert!(matches!(failure("!timeout").await, ModelError::TimedOut));
    }

    #[tokio::test]
    async fn a_word_counts_in_the_last_prompt_only_and_only_as_a_word() {
        let messages = [
            said("Alice", "!fail"),
            answered(""),
            said("Alice", "why did you !failed me?"),
        ];
        assert!(whole(&messages).await.contains("seen 3 messages"));
    }

    #[tokio::test]
    async fn break_breaks_off_after_some_text() {
        let model = EchoModel::with_delay(Duration::ZERO);
        let (pieces, end) = read(ask(&model, &[said("Alice", "!break")]).await.unwrap()).await;
        assert!(pieces.len() > 2);
        assert!(matches!(end, Err(ModelError::Incomplete)));
    }

    #[tokio::test(start_paused = true)]
    async fn hang_writes_some_text_and_then_nothing_more() {
        let mut stream = ask(&EchoModel::default(), &[said("Alice", "!hang")])
            .await
            .unwrap();
        let mut pieces = 0;
        while let Ok(event) = timeout(Duration::from_hours(1), stream.next()).await {
            assert!(matches!(event, Some(Ok(ModelEvent::Text(_)))));
            pieces += 1;
        }
        assert!(pieces > 2);
    }

    #[tokio::test(start_paused = true)]
    async fn slow_takes_its_time_even_without_a_delay() {
        let started = Instant::now();
        let model = EchoModel::with_delay(Duration::ZERO);
        let (pieces, _) = read(ask(&model, &[said("Alice", "!slow")]).await.unwrap()).await;
        assert!(started.elapsed() >= EchoModel::SLOW_DELAY * u32::try_from(pieces.len()).unwrap());
    }

    #[tokio::test]
    async fn long_adds_two_hundred_paragraphs() {
        let answer = whole(&[said("Alice", "!long")]).await;
        assert!(answer.contains("Paragraph 200 of 200."));
        assert!(
            answer.len() > 20_000 && answer.len() < 100_000,
            "{}",
            answer.len()
        );
    }

    #[test]
    fn every_word_stands_in_the_modules_documentation() {
        let source = include_str!("echo.rs");
        for EchoWord { word, effect } in ECHO_WORDS {
            assert!(
                source.contains(&format!("//! | `{word}` | {effect} |\n")),
                "{word}"
            );
        }
        assert_eq!(
            source.matches("//! | `!").count() - 1,
            ECHO_WORDS.len(),
            "a word too many in the table"
        );
    }
}
