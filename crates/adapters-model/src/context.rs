//! What of a long conversation a model is sent.
//!
//! Where the length of a model's context is configured, the oldest turns are left out until what is sent is estimated to
//! fit beside an answer: a turn of the people together with the answer to it, so that the roles still alternate. The last
//! turn, with the prompt, is always sent.
//!
//! The estimate knows no model's tokens: four ASCII characters are one, every other character is one, and each turn costs
//! four more. It is too high rather than too low for prose, so that a conversation is cut a little too early rather than
//! refused.

use std::num::NonZeroU32;

use parlor_application::ports::ChatMessage;

/// What a turn costs besides its text.
const TURN_TOKENS: usize = 4;
/// So much of the context is kept for the answer, at most; a quarter of a shorter one.
const MOST_FOR_THE_ANSWER: u32 = 4096;

/// Leaves the oldest turns out until the rest is estimated to fit; answers how many were left out.
pub(crate) fn fit(messages: &mut Vec<ChatMessage>, context_length: NonZeroU32) -> usize {
    let length = context_length.get();
    let budget = length - (length / 4).min(MOST_FOR_THE_ANSWER);
    let budget = usize::try_from(budget).unwrap_or(usize::MAX);
    let costs: Vec<usize> = messages.iter().map(cost).collect();
    let mut total: usize = costs.iter().sum();
    let mut left_out = 0;
    for pair in costs.chunks(2) {
        if total <= budget || left_out + pair.len() >= messages.len() {
            break;
        }
        total -= pair.iter().sum::<usize>();
        left_out += pair.len();
    }
    messages.drain(..left_out);
    left_out
}

fn cost(message: &ChatMessage) -> usize {
    let text = message.content.as_str();
    let ascii = text.bytes().filter(u8::is_ascii).count();
    let others = text
        .chars()
        .filter(|character| !character.is_ascii())
        .count();
    TURN_TOKENS + ascii.div_ceil(4) + others
}

#[cfg(test)]
mod tests {
    use parlor_domain::{message::Role, text::Content};

    use super::*;

    /// Turns of so many tokens each, from a person's on.
    fn turns(tokens: &[usize]) -> Vec<ChatMessage> {
        let roles = [Role::User, Role::Assistant].into_iter().cycle();
        roles
            .zip(tokens)
            .map(|(role, tokens)| ChatMessage {
                role,
                author_name: None,
                content: Content::from_trusted("가".repeat(tokens - TURN_TOKENS)),
            })
            .collect()
    }

    #[test]
    fn the_oldest_turns_are_left_out_in_pairs_until_the_rest_fits() {
        // Three quarters of 100 are for the conversation.
        for (tokens, left_out) in [
            (&[75][..], 0),
            (&[500], 0),
            (&[25, 25, 25], 0),
            (&[25, 25, 26], 2),
            (&[5, 70, 10, 10, 10], 2),
            (&[10, 10, 70, 10, 10], 4),
            (&[10, 10, 10, 10, 500], 4),
        ] {
            let mut messages = turns(tokens);
            let last = messages.last().cloned();
            let left = fit(&mut messages, NonZeroU32::new(100).unwrap());
            assert_eq!(left, left_out, "{tokens:?}");
            assert_eq!(messages.len(), tokens.len() - left_out);
            assert_eq!(messages.last().cloned(), last);
            assert_eq!(messages.first().map(|first| first.role), Some(Role::User));
        }
    }

    #[test]
    fn the_estimate_counts_characters_and_not_bytes() {
        let message = |text: &str| ChatMessage {
            role: Role::User,
            author_name: None,
            content: Content::from_trusted(text.to_owned()),
        };
        assert_eq!(cost(&message("")), 4);
        assert_eq!(cost(&message("twelve chars")), 7);
        assert_eq!(cost(&message("한국어")), 7);
    }

    #[test]
    fn at_most_4096_tokens_are_kept_for_the_answer() {
        let mut messages = turns(&[100_000, 20_000, 3_904]);
        assert_eq!(fit(&mut messages, NonZeroU32::new(128_000).unwrap()), 0);
        let mut messages = turns(&[100_000, 20_000, 3_905]);
        assert_eq!(fit(&mut messages, NonZeroU32::new(128_000).unwrap()), 2);
    }
}
