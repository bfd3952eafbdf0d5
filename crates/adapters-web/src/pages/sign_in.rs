//! Signing in, by choosing one of the demo's people, and signing out.

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use i18n_embed_fl::fl;
use parlor_application::organization::AuthenticateError;
use parlor_domain::principal::Permission;
use serde::Deserialize;

use crate::{
    errors::{PageError, page},
    extract::{Form, LocalPath, NoFields, NoQuery, StrictQuery, Text},
    frame::{Frame, Surroundings},
    i18n::Texts,
    options::Persona,
    session::{self, SignedIn, origin_of},
    web::Web,
};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/sign-in", get(show).post(sign_in))
        .route("/sign-out", post(sign_out))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInQuery {
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInForm {
    persona: String,
    next: Text<LocalPath>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    next: LocalPath,
    organizations: Vec<OrganizationPersonas>,
}

struct OrganizationPersonas {
    name: String,
    personas: Vec<PersonaCard>,
}

struct PersonaCard {
    name: String,
    initial: String,
    may: Vec<String>,
    groups: String,
}

async fn show(
    State(web): State<Web>,
    surroundings: Surroundings,
    signed_in: Option<SignedIn>,
    StrictQuery(query): StrictQuery<SignInQuery>,
) -> Result<Response, PageError> {
    // Whereto is a wish: what leads elsewhere is not followed, and is no reason to show no page.
    let next = query.next.as_deref().and_then(LocalPath::parse);
    let next = next.unwrap_or_else(LocalPath::home);
    if signed_in.is_some() {
        return Ok(Redirect::to(next.as_str()).into_response());
    }
    let mut frame = Frame::for_visitor(&surroundings);
    // The switch of languages comes back here.
    if let Some(here) = LocalPath::parse(&next.as_next()) {
        frame.here = here;
    }
    let organizations = by_organization(&web.options.personas, frame.t);
    let template = SignInPage {
        frame,
        next,
        organizations,
    };
    Ok(page(&template)?.into_response())
}

fn by_organization(personas: &[Persona], t: Texts) -> Vec<OrganizationPersonas> {
    let mut organizations: Vec<OrganizationPersonas> = Vec::new();
    for persona in personas {
        let card = PersonaCard {
            name: persona.name.clone(),
            initial: persona
                .name
                .chars()
                .take(1)
                .flat_map(char::to_uppercase)
                .collect(),
            may: abilities(&persona.permissions, t),
            groups: persona.groups.join(", "),
        };
        match organizations
            .iter_mut()
            .find(|organization| organization.name == persona.organization)
        {
            Some(organization) => organization.personas.push(card),
            None => organizations.push(OrganizationPersonas {
                name: persona.organization.clone(),
                personas: vec![card],
            }),
        }
    }
    organizations
}

/// What somebody may do, in words.
fn abilities(permissions: &[Permission], t: Texts) -> Vec<String> {
    if permissions.len() == Permission::ALL.len() {
        return vec![fl!(t, "sign-in-may-everything")];
    }
    if permissions.is_empty() {
        return vec![fl!(t, "sign-in-may-nothing")];
    }
    permissions
        .iter()
        .filter_map(|permission| match permission {
            Permission::RunAi => Some(fl!(t, "sign-in-may-run-ai")),
            Permission::ViewPrivateResponses => Some(fl!(t, "sign-in-may-view-private")),
            Permission::ManageResponses => Some(fl!(t, "sign-in-may-manage-responses")),
            // There is nothing yet that it is good for.
            Permission::ManageDirectory => None,
            Permission::ManageSettings => Some(fl!(t, "sign-in-may-manage-settings")),
            Permission::ReadAuditLog => Some(fl!(t, "sign-in-may-read-audit-log")),
        })
        .collect()
}

async fn sign_in(
    State(web): State<Web>,
    surroundings: Surroundings,
    _: NoQuery,
    parts: Parts,
    Form(form): Form<SignInForm>,
) -> Result<Response, PageError> {
    let personas = &web.options.personas;
    let persona = personas.iter().find(|persona| persona.name == form.persona);
    let persona = persona.ok_or(PageError::InvalidForm)?;
    let origin = origin_of(&parts);
    let session = match web
        .application
        .sign_in
        .execute(&persona.token, origin)
        .await
    {
        Ok(session) => session,
        Err(AuthenticateError::InvalidToken) => return Err(stopped(surroundings.t)),
        Err(error) => return Err(error.into()),
    };
    let Text(next) = form.next;
    let cookie = session::keep(&session, web.options.is_secure());
    Ok(with_cookie(cookie, &next))
}

fn stopped(t: Texts) -> PageError {
    PageError::Special {
        status: StatusCode::FORBIDDEN,
        title: fl!(t, "sign-in-stopped-title"),
        text: fl!(t, "sign-in-stopped-text"),
        retry_after: None,
    }
}

async fn sign_out(
    State(web): State<Web>,
    SignedIn { caller, .. }: SignedIn,
    _: NoQuery,
    Form(NoFields {}): Form<NoFields>,
) -> Result<Response, PageError> {
    web.application.sign_out.execute(&caller).await?;
    let cookie = session::forget(web.options.is_secure());
    let target = LocalPath::home();
    let mut response = with_cookie(cookie, &target);
    if let Ok(target) = HeaderValue::try_from(target.as_next()) {
        response.headers_mut().insert(header::LOCATION, target);
    }
    Ok(response)
}

fn with_cookie(cookie: HeaderValue, target: &LocalPath) -> Response {
    (
        [(header::SET_COOKIE, cookie)],
        Redirect::to(target.as_str()),
    )
        .into_response()
}
