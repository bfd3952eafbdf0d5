//! What became of the messages of a delivery, and what that means for the entries.

use rdkafka::error::RDKafkaErrorCode;

/// What became of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All in-sync replicas have it.
    Acknowledged,
    /// The client did not take it: it was not sent, and nor was anything behind it.
    NotQueued(RDKafkaErrorCode),
    /// It was refused, or purged since one in front of it was.
    Failed(RDKafkaErrorCode),
    /// Time ran out; it may have been written.
    TimedOut,
    /// Nothing was tried.
    Unsent,
}

/// What a delivery comes to, if the brokers answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Every message is acknowledged.
    Taken,
    /// This message is at fault, whatever goes with it.
    Rejected {
        index: usize,
        code: RDKafkaErrorCode,
    },
    /// A message is at fault, but brokers refuse whole batches: which one it is shows when each of these goes alone.
    Suspects {
        code: RDKafkaErrorCode,
        indexes: Vec<usize>,
    },
}

/// Why it came to nothing that concerns single messages.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    TimedOut { acknowledged: usize },
    Refused { code: RDKafkaErrorCode },
}

pub(crate) fn verdict(outcomes: &[Outcome]) -> Result<Verdict, Trouble> {
    for (index, &outcome) in outcomes.iter().enumerate() {
        match outcome {
            Outcome::NotQueued(code) if is_about_one_message(code) => {
                return Ok(Verdict::Rejected { index, code });
            }
            Outcome::Failed(code) if is_about_one_message(code) => {
                return Ok(Verdict::Suspects {
                    code,
                    indexes: not_acknowledged(outcomes),
                });
            }
            _ => {}
        }
    }
    let left = not_acknowledged(outcomes).len();
    if left == 0 {
        return Ok(Verdict::Taken);
    }
    let purged = |code: &RDKafkaErrorCode| {
        matches!(
            code,
            RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight
        )
    };
    if let Some(code) = codes(outcomes).find(|code| !purged(code)) {
        Err(Trouble::Refused { code })
    } else if outcomes.contains(&Outcome::TimedOut) {
        Err(Trouble::TimedOut {
            acknowledged: outcomes.len().saturating_sub(left),
        })
    } else {
        // The client gave up, and has more to say.
        let code = codes(outcomes).next().unwrap_or(RDKafkaErrorCode::Unknown);
        Err(Trouble::Refused { code })
    }
}

/// Others in front of it or behind it do not matter, and neither does time.
const fn is_about_one_message(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::MessageSizeTooLarge
            | RDKafkaErrorCode::MessageBatchTooLarge
            | RDKafkaErrorCode::InvalidMessage
            | RDKafkaErrorCode::InvalidMessageSize
            | RDKafkaErrorCode::InvalidRecord
    )
}

fn not_acknowledged(outcomes: &[Outcome]) -> Vec<usize> {
    outcomes
        .iter()
        .enumerate()
        .filter(|&(_, &outcome)| outcome != Outcome::Acknowledged)
        .map(|(index, _)| index)
        .collect()
}

fn codes(outcomes: &[Outcome]) -> impl Iterator<Item = RDKafkaErrorCode> {
    outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::NotQueued(code) | Outcome::Failed(code) => Some(*code),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Acknowledged, Failed, NotQueued, TimedOut, Unsent};
    use RDKafkaErrorCode::{
        InvalidRecord, MessageSizeTooLarge, PurgeQueue, QueueFull, TopicAuthorizationFailed,
    };

    #[test]
    fn a_delivery_is_taken_when_all_of_it_is_acknowledged() {
        assert_eq!(verdict(&[Acknowledged, Acknowledged]), Ok(Verdict::Taken));
        assert_eq!(verdict(&[]), Ok(Verdict::Taken));
    }

    #[test]
    fn what_the_client_finds_too_large_is_at_fault_whatever_became_of_the_others() {
        for before in [Acknowledged, TimedOut, Failed(PurgeQueue)] {
            assert_eq!(
                verdict(&[before, NotQueued(MessageSizeTooLarge), Unsent]),
                Ok(Verdict::Rejected {
                    index: 1,
                    code: MessageSizeTooLarge
                })
            );
        }
    }

    #[test]
    fn what_a_broker_refuses_is_suspect_together_with_all_that_is_not_acknowledged() {
        assert_eq!(
            verdict(&[
                Acknowledged,
                Failed(InvalidRecord),
                Failed(InvalidRecord),
                Failed(PurgeQueue)
            ]),
            Ok(Verdict::Suspects {
                code: InvalidRecord,
                indexes: vec![1, 2, 3]
            })
        );
    }

    #[test]
    fn a_refusal_of_everything_is_told_by_its_cause_and_not_by_its_consequence() {
        assert_eq!(
            verdict(&[
                TimedOut,
                Failed(PurgeQueue),
                Failed(TopicAuthorizationFailed)
            ]),
            Err(Trouble::Refused {
                code: TopicAuthorizationFailed
            })
        );
        assert_eq!(
            verdict(&[Acknowledged, NotQueued(QueueFull), Unsent]),
            Err(Trouble::Refused { code: QueueFull })
        );
    }

    #[test]
    fn a_client_that_gave_up_refuses_what_it_purged() {
        assert_eq!(
            verdict(&[Acknowledged, Failed(PurgeQueue)]),
            Err(Trouble::Refused { code: PurgeQueue })
        );
    }

    #[test]
    fn time_that_ran_out_tells_how_far_it_came() {
        assert_eq!(
            verdict(&[Acknowledged, TimedOut, TimedOut]),
            Err(Trouble::TimedOut { acknowledged: 1 })
        );
    }
}
