//! Every kind of problem.

use axum::http::StatusCode;

use super::Language;

macro_rules! codes {
    ($($variant:ident = $status:ident, $code:literal, $english:literal, $korean:literal;)*) => {
        /// A kind of problem: its stable word, its status, its title in each language.
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
            pub const fn title(self, language: Language) -> &'static str {
                match language {
                    Language::English => match self { $(Self::$variant => $english,)* },
                    Language::Korean => match self { $(Self::$variant => $korean,)* },
                }
            }

            /// The HTTP status.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }
        }
    };
}

codes! {
    InvalidQuery = BAD_REQUEST, "invalid-query", "The query string is not understood", "쿼리 문자열을 이해할 수 없습니다";
    InvalidCursor = BAD_REQUEST, "invalid-cursor", "The cursor does not belong to this list", "이 목록의 커서가 아닙니다";
    InvalidHeader = BAD_REQUEST, "invalid-header", "A header is not understood", "헤더를 이해할 수 없습니다";
    InvalidConsistencyToken = BAD_REQUEST, "invalid-consistency-token", "The consistency token is not understood", "일관성 토큰을 이해할 수 없습니다";
    MalformedJson = BAD_REQUEST, "malformed-json", "The body is not JSON", "본문이 JSON이 아닙니다";
    UnreadableBody = BAD_REQUEST, "unreadable-body", "The body broke off", "본문이 중간에 끊겼습니다";
    Unauthenticated = UNAUTHORIZED, "unauthenticated", "Nobody is known to call", "요청한 사용자를 확인할 수 없습니다";
    Forbidden = FORBIDDEN, "forbidden", "You may not do this", "이 작업을 할 권한이 없습니다";
    NotFound = NOT_FOUND, "not-found", "Not found", "찾을 수 없습니다";
    UnknownRoute = NOT_FOUND, "unknown-route", "There is no such route", "그런 경로가 없습니다";
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method-not-allowed", "The route does not have this method", "이 경로에는 그 메서드가 없습니다";
    NotAcceptable = NOT_ACCEPTABLE, "not-acceptable", "There is no answer in a form that is accepted", "허용된 형식으로 된 응답이 없습니다";
    RequestTimeout = REQUEST_TIMEOUT, "request-timeout", "The body came too slowly", "본문이 너무 느리게 도착했습니다";
    Conflict = CONFLICT, "conflict", "Somebody else changed the same thing at the same time", "다른 사용자가 같은 것을 동시에 변경했습니다";
    PrivateConversationsDisabled = CONFLICT, "private-conversations-disabled", "Private conversations are disabled", "비공개 대화가 꺼져 있습니다";
    AnswerInProgress = CONFLICT, "answer-in-progress", "The answer is still being written", "응답이 아직 작성되고 있습니다";
    ConversationFull = CONFLICT, "conversation-full", "The conversation is full", "대화가 가득 찼습니다";
    NotAnAnswer = CONFLICT, "not-an-answer", "The message is not an answer", "이 메시지는 응답이 아닙니다";
    IdempotencyKeyInUse = CONFLICT, "idempotency-key-in-use", "The first request with this key is still running", "이 키를 사용한 첫 요청이 아직 처리되고 있습니다";
    VersionMismatch = PRECONDITION_FAILED, "version-mismatch", "The conversation has another version", "대화의 버전이 다릅니다";
    BodyTooLarge = PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large", "본문이 너무 큽니다";
    MisdirectedRequest = MISDIRECTED_REQUEST, "misdirected-request", "The request was sent to another name", "요청이 다른 이름으로 전송되었습니다";
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body must be JSON", "본문은 JSON이어야 합니다";
    UnsupportedContentEncoding = UNSUPPORTED_MEDIA_TYPE, "unsupported-content-encoding", "The body must not be compressed or otherwise encoded", "본문은 압축하거나 인코딩하지 않아야 합니다";
    InvalidBody = UNPROCESSABLE_ENTITY, "invalid-body", "The body does not validate", "본문이 유효하지 않습니다";
    IdempotencyKeyReused = UNPROCESSABLE_ENTITY, "idempotency-key-reused", "The key was used for another request", "이 키는 다른 요청에 사용되었습니다";
    PreconditionRequired = PRECONDITION_REQUIRED, "precondition-required", "The version must be stated", "버전을 명시해야 합니다";
    RateLimited = TOO_MANY_REQUESTS, "rate-limited", "Too many requests", "요청이 너무 많습니다";
    TooManyStreams = TOO_MANY_REQUESTS, "too-many-streams", "Too many open streams", "열린 스트림이 너무 많습니다";
    TooManyExports = TOO_MANY_REQUESTS, "too-many-exports", "Too many exports under way", "진행 중인 내보내기가 너무 많습니다";
    TooManyForks = TOO_MANY_REQUESTS, "too-many-forks", "Too many forks under way", "진행 중인 포크가 너무 많습니다";
    TooManyConnections = SERVICE_UNAVAILABLE, "too-many-connections", "Too many open connections", "열린 연결이 너무 많습니다";
    ServiceBusy = SERVICE_UNAVAILABLE, "service-busy", "The service is busy", "서비스가 혼잡합니다";
    Internal = INTERNAL_SERVER_ERROR, "internal-error", "Something went wrong here", "서버에서 문제가 발생했습니다";
    ModelFailed = BAD_GATEWAY, "model-failed", "The model returned an error", "모델이 오류를 반환했습니다";
    ModelNotConfigured = BAD_GATEWAY, "model-not-configured", "The model is not set up correctly", "모델이 올바르게 설정되지 않았습니다";
    ModelUnavailable = BAD_GATEWAY, "model-unavailable", "The model provider cannot be reached or is overloaded", "모델 제공자에 연결할 수 없거나 과부하 상태입니다";
    ContextTooLong = BAD_GATEWAY, "context-too-long", "The conversation is too long for the model", "대화가 모델이 처리하기에 너무 깁니다";
    ContentFiltered = BAD_GATEWAY, "content-filtered", "The provider's content filter refused", "모델 제공자의 콘텐츠 필터가 거부했습니다";
    EmptyAnswer = BAD_GATEWAY, "empty-answer", "The model returned no text", "모델이 텍스트를 반환하지 않았습니다";
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "Something that this needs is away", "필요한 구성 요소를 사용할 수 없습니다";
    NotReady = SERVICE_UNAVAILABLE, "not-ready", "The service is not ready", "서비스가 준비되지 않았습니다";
    ShuttingDown = SERVICE_UNAVAILABLE, "shutting-down", "The service is stopping", "서비스가 종료되고 있습니다";
    ModelRateLimited = SERVICE_UNAVAILABLE, "model-rate-limited", "The model provider accepts no more requests for now", "모델 제공자가 지금은 요청을 더 받지 않습니다";
    AnswerInterrupted = SERVICE_UNAVAILABLE, "answer-interrupted", "The answer broke off", "응답이 중간에 끊겼습니다";
    ModelTimedOut = GATEWAY_TIMEOUT, "model-timed-out", "The model took too long", "모델이 너무 오래 걸렸습니다";
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

    #[test]
    fn every_code_has_a_title_of_its_own_in_each_language() {
        let hangul = |character: char| ('\u{AC00}'..='\u{D7A3}').contains(&character);
        for &language in Language::ALL {
            let titles: BTreeSet<_> = Code::ALL.iter().map(|code| code.title(language)).collect();
            assert_eq!(titles.len(), Code::ALL.len(), "{language:?}");
            for title in titles {
                let is_korean = title.contains(hangul);
                assert_eq!(is_korean, language == Language::Korean, "{title}");
                assert!(!title.ends_with('.') && title.trim() == title, "{title}");
            }
        }
    }
}
