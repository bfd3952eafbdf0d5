//! The words by which stores and clients know the domain's values. Whoever changes one changes what is stored already.

use chrono::{DateTime, Utc};
use parlor_domain::{
    audit::PrivilegedReading,
    conversation::Version,
    grants::{Level, PrivacyKind},
    ids::{ConversationId, MessageId, UserId},
    message::{AnswerFailure, AnswerStatus, IncompleteReason, Message, MessageKind, Role},
    text::Content,
};
use uuid::Uuid;

#[test]
fn levels_are_told_and_understood_by_their_words() {
    for (level, word) in [(Level::View, "view"), (Level::Collaborate, "collaborate")] {
        assert_eq!(level.as_str(), word);
        assert_eq!(level.to_string(), word);
        assert_eq!(word.parse(), Ok(level));
    }
    for word in ["", "View", "manage", "views"] {
        assert!(word.parse::<Level>().is_err(), "{word}");
    }
}

#[test]
fn privacy_is_told_by_its_words() {
    for (kind, word) in [
        (PrivacyKind::Private, "private"),
        (PrivacyKind::Shared, "shared"),
    ] {
        assert_eq!(kind.as_str(), word);
        assert_eq!(kind.to_string(), word);
    }
}

#[test]
fn roles_are_the_words_of_the_chat_models() {
    assert_eq!(Role::User.as_str(), "user");
    assert_eq!(Role::Assistant.as_str(), "assistant");
}

#[test]
fn how_far_an_answer_has_come_is_told_by_its_words() {
    let failures: Vec<_> = AnswerFailure::ALL
        .iter()
        .map(|failure| failure.as_str())
        .collect();
    assert_eq!(
        failures,
        [
            "not_configured",
            "rate_limited",
            "context_too_long",
            "content_filter",
            "unavailable",
            "timeout",
            "interrupted",
            "empty_answer",
            "model_error"
        ]
    );
    let cuts: Vec<_> = IncompleteReason::ALL
        .iter()
        .map(|reason| reason.as_str())
        .collect();
    assert_eq!(cuts, ["length", "content_filter"]);
    for status in AnswerStatus::all() {
        let (word, reason) = match status {
            AnswerStatus::Writing => ("writing", None),
            AnswerStatus::Complete => ("complete", None),
            AnswerStatus::Incomplete(reason) => ("incomplete", Some(reason.as_str())),
            AnswerStatus::Stopped => ("stopped", None),
            AnswerStatus::Failed(failure) => ("failed", Some(failure.as_str())),
        };
        assert_eq!((status.as_str(), status.reason()), (word, reason));
        assert_eq!(status.is_writing(), word == "writing");
    }
    assert_eq!(AnswerStatus::all().count(), 3 + 2 + 9);
    assert_eq!(AnswerStatus::Writing.as_str(), "writing");
    assert!(AnswerStatus::Writing.is_writing());
}

fn message(kind: MessageKind) -> Message {
    Message {
        id: MessageId::from_uuid(Uuid::from_u128(1)),
        conversation_id: ConversationId::from_uuid(Uuid::from_u128(2)),
        parent_id: None,
        position: 1,
        depth: 0,
        content: Content::from_trusted(String::new()),
        created_at: DateTime::<Utc>::UNIX_EPOCH,
        kind,
    }
}

#[test]
fn a_prompt_is_its_authors_and_complete_and_an_answer_is_nobodys() {
    let author_id = UserId::from_uuid(Uuid::from_u128(3));
    let prompt = message(MessageKind::Prompt { author_id });
    assert_eq!(prompt.author_id(), Some(author_id));
    assert_eq!(prompt.role(), Role::User);
    assert_eq!(prompt.status(), AnswerStatus::Complete);

    let answer = message(MessageKind::Answer {
        model: "echo".to_owned(),
        status: AnswerStatus::Writing,
        usage: None,
        reasoning: None,
        left_out: None,
    });
    assert_eq!(answer.author_id(), None);
    assert_eq!(answer.role(), Role::Assistant);
    assert_eq!(answer.status(), AnswerStatus::Writing);
}

#[test]
fn a_version_is_told_as_its_number() {
    assert_eq!(Version::FIRST.to_string(), "1");
    assert_eq!(Version::from_number(41).to_string(), "41");
}

#[test]
fn readings_by_privilege_are_told_by_their_words() {
    let words = PrivilegedReading::ALL.map(PrivilegedReading::as_str);
    assert_eq!(words, ["open", "export", "fork"]);
}
