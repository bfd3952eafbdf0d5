//! The organization's settings: to read for everybody, to change for those who may.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{Html, Redirect},
    routing::get,
};
use i18n_embed_fl::fl;
use parlor_domain::{principal::Permission, settings::Settings};
use serde::Deserialize;

use crate::{
    errors::{PageError, page},
    extract::{Form, NoQuery, StrictQuery},
    frame::{Frame, Section},
    session::SignedIn,
    web::Web,
};

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/settings", get(show).post(change))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsQuery {
    /// Whether they were changed a moment ago.
    saved: Option<Saved>,
}

#[derive(Deserialize)]
enum Saved {
    #[serde(rename = "1")]
    JustNow,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    frame: Frame,
    organization_name: String,
    private_conversations: bool,
    may_change: bool,
    saved: bool,
}

async fn show(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    StrictQuery(query): StrictQuery<SettingsQuery>,
) -> Result<Html<String>, PageError> {
    let settings = web.application.read_settings.execute(&caller).await?;
    page(&SettingsPage {
        frame: frame.within(Section::Settings),
        organization_name: caller.member.organization_name.clone(),
        private_conversations: settings.private_conversations,
        may_change: caller.principal().may(Permission::ManageSettings),
        saved: matches!(query.saved, Some(Saved::JustNow)),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsForm {
    private_conversations: Switch,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Switch {
    On,
    Off,
}

async fn change(
    State(web): State<Web>,
    SignedIn { caller, .. }: SignedIn,
    _: NoQuery,
    Form(form): Form<SettingsForm>,
) -> Result<Redirect, PageError> {
    let settings = Settings {
        private_conversations: matches!(form.private_conversations, Switch::On),
    };
    web.application
        .change_settings
        .execute(&caller, settings)
        .await?;
    Ok(Redirect::to("/settings?saved=1"))
}
