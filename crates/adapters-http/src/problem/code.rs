//! Every kind of problem.

use axum::http::StatusCode;

macro_rules! codes {
    ($($variant:ident = $status:ident, $code:literal, $title:literal;)*) => {
        /// A kind of problem: its stable word, its status, its title.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code {
            $($variant,)*
        }

        impl Code {
            /// Every kind, in the order of the statuses.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What the word stands for.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// The HTTP status.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }
        }
    };
}

codes! {
    InvalidQuery = BAD_REQUEST, "invalid-query", "The query string is not understood";
    InvalidCursor = BAD_REQUEST, "invalid-cursor", "The cursor does not belong to this list";
    InvalidHeader = BAD_REQUEST, "invalid-header", "A header is not understood";
    InvalidConsistencyToken = BAD_REQUEST, "invalid-consistency-token", "The consistency token is not understood";
    MalformedJson = BAD_REQUEST, "malformed-json", "The body is not JSON";
    UnreadableBody = BAD_REQUEST, "unreadable-body", "The body broke off";
    Unauthenticated = UNAUTHORIZED, "unauthenticated", "Nobody is known to call";
    Forbidden = FORBIDDEN, "forbidden", "You may not do this";
    NotFound = NOT_FOUND, "not-found", "Not found";
    UnknownRoute = NOT_FOUND, "unknown-route", "There is no such route";
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method-not-allowed", "The route does not have this method";
    NotAcceptable = NOT_ACCEPTABLE, "not-acceptable", "There is no answer in a form that is accepted";
    RequestTimeout = REQUEST_TIMEOUT, "request-timeout", "The body came too slowly";
    Conflict = CONFLICT, "conflict", "Somebody else changed the same thing at the same time";
    PrivateConversationsDisabled = CONFLICT, "private-conversations-disabled", "Private conversations are disabled";
    AnswerInProgress = CONFLICT, "answer-in-progress", "The answer is still being written";
    ConversationFull = CONFLICT, "conversation-full", "The conversation is full";
    NotAnAnswer = CONFLICT, "not-an-answer", "The message is not an answer";
    IdempotencyKeyInUse = CONFLICT, "idempotency-key-in-use", "The first request with this key is still running";
    VersionMismatch = PRECONDITION_FAILED, "version-mismatch", "The conversation has another version";
    BodyTooLarge = PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large";
    MisdirectedRequest = MISDIRECTED_REQUEST, "misdirected-request", "The request was sent to another name";
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body must be JSON";
    InvalidBody = UNPROCESSABLE_ENTITY, "invalid-body", "The body does not validate";
    IdempotencyKeyReused = UNPROCESSABLE_ENTITY, "idempotency-key-reused", "The key was used for another request";
    PreconditionRequired = PRECONDITION_REQUIRED, "precondition-required", "The version must be stated";
    RateLimited = TOO_MANY_REQUESTS, "rate-limited", "Too many prompts";
    TooManyStreams = TOO_MANY_REQUESTS, "too-many-streams", "Too many open streams";
    Internal = INTERNAL_SERVER_ERROR, "internal-error", "Something went wrong here";
    ModelFailed = BAD_GATEWAY, "model-failed", "The model failed";
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "Something that this needs is away";
    NotReady = SERVICE_UNAVAILABLE, "not-ready", "The service is not ready";
    ShuttingDown = SERVICE_UNAVAILABLE, "shutting-down", "The service is stopping";
    AnswerInterrupted = SERVICE_UNAVAILABLE, "answer-interrupted", "The service stopped while the answer was being written";
    ModelTimedOut = GATEWAY_TIMEOUT, "model-timed-out", "The model took too long";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_a_kebab_case_word_of_its_own() {
        let words: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        for word in words {
            assert!(
                word.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
                "{word}"
            );
        }
    }
}
