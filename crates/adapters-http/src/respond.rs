//! Answers that several handlers give.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use parlor_application::access_gate::ConversationView;
use parlor_domain::conversation::Version;
use serde::Serialize;

use crate::dto::ConversationDto;

/// A body under the version that it shows: a strong `ETag`.
pub(crate) struct Versioned<T>(pub Version, pub T);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let Self(version, body) = self;
        let mut response = Json(body).into_response();
        if let Ok(tag) = HeaderValue::try_from(format!("\"{version}\"")) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

impl From<ConversationView> for Versioned<ConversationDto> {
    fn from(view: ConversationView) -> Self {
        Self(view.summary.version, view.into())
    }
}

/// 201, with where to find what was created.
pub(crate) struct Created<T> {
    /// Where it is.
    pub location: String,
    /// What it is.
    pub body: T,
}

impl<T: IntoResponse> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let location = [(header::LOCATION, self.location)];
        (StatusCode::CREATED, location, self.body).into_response()
    }
}

impl From<ConversationView> for Created<Versioned<ConversationDto>> {
    fn from(view: ConversationView) -> Self {
        Self {
            location: format!("/api/v1/conversations/{}", view.summary.id),
            body: view.into(),
        }
    }
}
