//! What stands around the content of every page, and what is known of a request before a page sees it.

use std::sync::{Arc, OnceLock};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{Method, header, request::Parts},
    middleware::Next,
    response::Response,
};
use parlor_application::caller::Caller;
use parlor_domain::{
    ids::UserId,
    principal::{Permission, Permissions},
};

use crate::{
    assets,
    csrf::{CsrfToken, hexadecimal},
    errors::PageError,
    extract::{FormKey, LocalPath, is_fragment},
    i18n::{Texts, texts_for},
    session::{
        self,
        cookies::{self, Lifetime},
    },
    web::Web,
};

/// What a form token is made from before somebody is signed in.
const VISIT_COOKIE: &str = "parlor_visit";

/// What is known of a request before a page sees it.
#[derive(Clone)]
pub(crate) struct Surroundings {
    /// The texts, in the visitor's language.
    pub t: Texts,
    /// What forms hold.
    pub csrf: CsrfToken,
    /// The page, or the list where the request is for none.
    pub here: LocalPath,
    /// Whether a script asks for a part of a page.
    pub fragment: bool,
    known: Arc<OnceLock<Frame>>,
}

impl Surroundings {
    /// Those of this request.
    pub fn of(parts: &Parts) -> Result<Self, PageError> {
        let found = parts.extensions.get::<Self>().cloned();
        found.ok_or_else(|| PageError::internal("a page stands outside of its surroundings"))
    }

    /// Keeps the frame for an error page.
    pub fn remember(&self, frame: &Frame) {
        // The first one stays; there is no other.
        let _ = self.known.set(frame.clone());
    }

    /// The frame of whoever is known by now.
    pub fn frame(&self) -> Frame {
        let known = self.known.get().cloned();
        known.unwrap_or_else(|| Frame::for_visitor(self))
    }
}

impl<S: Sync> FromRequestParts<S> for Surroundings {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        Self::of(parts)
    }
}

/// Finds out the surroundings, and lets a new visitor keep what its form tokens are made from.
pub(crate) async fn surround(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let secure = web.options.is_secure();
    let visit = cookies::name(secure, VISIT_COOKIE);
    let headers = request.headers();
    let known = session::secret_of(headers, secure)
        .map(|secret| secret.expose())
        .or_else(|| cookies::find(headers, &visit));
    let known = known.filter(|secret| !secret.is_empty());
    let (secret, is_new) = match known {
        Some(secret) => (secret, false),
        None => (hexadecimal(&rand::random::<[u8; 32]>()), true),
    };
    let here = (*request.method() == Method::GET).then(|| request.uri().path_and_query());
    let here = here
        .flatten()
        .and_then(|here| LocalPath::parse(here.as_str()));
    let is_fragment = is_fragment(headers);
    let surroundings = Surroundings {
        t: texts_for(headers),
        csrf: CsrfToken::of(&secret),
        here: here.unwrap_or_else(LocalPath::home),
        fragment: is_fragment,
        known: Arc::default(),
    };
    request.extensions_mut().insert(surroundings);
    let mut response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    // A part of a page for a script must not change what the forms of a page that is being opened are made from.
    if is_new && is_page && !is_fragment {
        let cookie = cookies::set(&visit, &secret, Lifetime::Visit, secure);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Which entry of the navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Section {
    /// None.
    #[default]
    Elsewhere,
    /// The list, and conversations.
    Conversations,
    /// The audit log.
    Audit,
    /// Settings.
    Settings,
}

/// What stands around the content of a page: every page's struct has one as its field `frame`.
#[derive(Clone)]
pub(crate) struct Frame {
    /// The texts: the first argument of `fl!`.
    pub t: Texts,
    /// What every form holds, in the field `csrf`.
    pub csrf: CsrfToken,
    /// The page, to come back to.
    pub here: LocalPath,
    /// Who is signed in.
    pub user: Option<FrameUser>,
    /// The entry of the navigation that is marked.
    pub section: Section,
}

/// Who is signed in, as the frame shows it.
#[derive(Clone)]
pub(crate) struct FrameUser {
    /// Which user it is: scripts keep what was typed apart by it.
    pub id: UserId,
    /// What it is called.
    pub name: String,
    /// Its address.
    pub email: String,
    /// Its organization's name.
    pub organization: String,
    /// What its roles give.
    permissions: Permissions,
}

impl FrameUser {
    /// Whether the audit log is offered.
    pub const fn reads_audit_log(&self) -> bool {
        self.permissions.allow(Permission::ReadAuditLog)
    }

    /// Whether the settings are offered.
    pub const fn manages_settings(&self) -> bool {
        self.permissions.allow(Permission::ManageSettings)
    }

    /// What stands for the name where there is little room.
    pub fn initial(&self) -> String {
        let first = self.name.chars().next();
        first
            .map(|c| c.to_uppercase().collect())
            .unwrap_or_default()
    }
}

impl Frame {
    /// For somebody who is not signed in.
    pub fn for_visitor(surroundings: &Surroundings) -> Self {
        Self {
            t: surroundings.t,
            csrf: surroundings.csrf.clone(),
            here: surroundings.here.clone(),
            user: None,
            section: Section::default(),
        }
    }

    /// For somebody who is.
    pub fn for_caller(surroundings: &Surroundings, caller: &Caller) -> Self {
        let user = FrameUser {
            id: caller.user_id(),
            name: caller.member.name.clone(),
            email: caller.member.email.clone(),
            organization: caller.member.organization_name.clone(),
            permissions: caller.principal().permissions,
        };
        Self {
            user: Some(user),
            ..Self::for_visitor(surroundings)
        }
    }

    /// The same, in this part of the navigation.
    #[must_use]
    pub fn within(mut self, section: Section) -> Self {
        self.section = section;
        self
    }

    /// Whether the visitor may begin conversations.
    pub fn runs_ai(&self) -> bool {
        self.may(Permission::RunAi)
    }

    /// Whether the visitor sees private conversations of others by privilege.
    pub fn views_private(&self) -> bool {
        self.may(Permission::ViewPrivateResponses)
    }

    fn may(&self, permission: Permission) -> bool {
        let user = self.user.as_ref();
        user.is_some_and(|user| user.permissions.allow(permission))
    }

    /// The idempotency key of one form of the page.
    #[expect(clippy::unused_self, reason = "templates reach it through the frame")]
    pub fn key(&self) -> FormKey {
        FormKey::generate()
    }

    /// Which session the page belongs to, for its event stream.
    pub fn session_mark(&self) -> String {
        self.csrf.session_mark()
    }

    /// Where an asset is, by the name of its file.
    #[expect(clippy::unused_self, reason = "templates reach it through the frame")]
    pub fn asset(&self, name: &str) -> &'static str {
        assets::url(name)
    }
}
