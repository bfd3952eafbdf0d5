//! Prompt, edit, ask again, stop.

use std::str::FromStr;

use askama::Template;
use axum::{
    extract::State,
    response::{Html, IntoResponse, Redirect, Response},
};
use i18n_embed_fl::fl;
use parlor_application::{
    messages::{
        PromptRequest, RegenerateRequest, ShowConversation, ShowRequest, ShownConversation,
        ShownPath, WriteError,
    },
    ports::Model,
};
use parlor_domain::{
    access::Action,
    ids::{ConversationId, InvalidId, MessageId},
    message::Role,
    message_tree::Place,
    text::Content,
};
use serde::Deserialize;

use super::{
    privacy::address,
    show::{self, Draft, Troubled, newest_model, preselect},
    trouble::Trouble,
};
use crate::{
    errors::{PageError, page},
    extract::{Form, FormKey, Fragment, NoQuery, PathId, PathIds, Text, non_empty, typed_lines},
    frame::{Frame, Section},
    session::SignedIn,
    text_content::TextContent,
    web::Web,
};

/// What a prompt follows: `root` for nothing, or a message.
#[derive(Debug, Clone, Copy)]
struct Parent(Place);

impl FromStr for Parent {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if text == "root" {
            Ok(Self(Place::First))
        } else {
            text.parse().map(Place::After).map(Self)
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PromptForm {
    content: String,
    /// Without it, the newest leaf.
    #[serde(default, deserialize_with = "non_empty")]
    parent: Option<Text<Parent>>,
    #[serde(default, deserialize_with = "non_empty")]
    model: Option<String>,
    /// The same key twice sends one prompt.
    #[serde(default, deserialize_with = "non_empty")]
    key: Option<Text<FormKey>>,
    /// The path that the page showed, where that is not the one to the parent.
    #[serde(default, deserialize_with = "non_empty")]
    leaf: Option<Text<MessageId>>,
}

pub(crate) async fn prompt(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathId(id): PathId<ConversationId>,
    Fragment(fragment): Fragment,
    _: NoQuery,
    Form(form): Form<PromptForm>,
) -> Result<Response, PageError> {
    let place = form
        .parent
        .map_or(Place::NewestLeaf, |Text(Parent(place))| place);
    let typed = typed_lines(&form.content);
    let limit = web.options.message_characters;
    let trouble = match Content::parse_prompt(typed.clone(), limit) {
        Ok(content) => {
            let fields = [
                &id.to_string(),
                content.as_str(),
                &place_name(place).unwrap_or_default(),
                form.model.as_deref().unwrap_or_default(),
            ];
            let request = PromptRequest {
                conversation_id: id,
                idempotency_key: form.key.map(|Text(key)| key.with("prompt", &fields)),
                content,
                place,
                model: form.model,
            };
            let prompt = &web.application.prompt_conversation;
            match prompt.execute(caller.clone(), request).await {
                Ok(prompted) => {
                    let answer = prompted.answer.message.id;
                    let is_branch = prompted.prompt.siblings.count > 1;
                    return Ok(stored(id, answer, is_branch, fragment.is_some()));
                }
                // Sent before: it is stored.
                Err(WriteError::StillRunning(answer)) => {
                    return Ok(stored(id, answer, false, fragment.is_some()));
                }
                Err(error) => Trouble::write(frame.t, error)?,
            }
        }
        Err(error) => Trouble::prompt(frame.t, error),
    };
    let parent = place_name(place);
    let path = match (form.leaf, place) {
        (Some(Text(leaf)), _) | (None, Place::After(leaf)) => ShownPath::To(leaf),
        (None, Place::First | Place::NewestLeaf) => ShownPath::Newest,
    };
    let draft = Draft {
        content: TextContent::new(typed),
        parent,
        trouble: None,
    };
    let troubled = Troubled::Prompt(draft, trouble);
    show::troubled(&web, &caller, frame, id, fragment.is_some(), path, troubled).await
}

/// The place as a form says it.
fn place_name(place: Place) -> Option<String> {
    match place {
        Place::NewestLeaf => None,
        Place::First => Some("root".to_owned()),
        Place::After(parent) => Some(parent.to_string()),
    }
}

/// The prompt is stored, and this answer to it began. A script follows its conversation and needs only the id; a browser without scripts
/// goes to the answer: in the newest path, or in the branch that it began.
fn stored(id: ConversationId, answer: MessageId, is_branch: bool, is_script: bool) -> Response {
    if is_script {
        return Html(format!("<p data-stored=\"{answer}\"></p>")).into_response();
    }
    let base = address(id, is_branch.then_some(answer));
    Redirect::to(&format!("{base}#m-{answer}")).into_response()
}

#[derive(Template)]
#[template(path = "conversation_edit.html")]
struct EditPage {
    frame: Frame,
    edit: Edit,
}

#[derive(Template)]
#[template(path = "conversation_edit_form.html")]
struct EditFragment {
    frame: Frame,
    edit: Edit,
}

struct Edit {
    base: String,
    id: MessageId,
    /// What the edited prompt follows, like the one that is there.
    parent: String,
    content: TextContent,
    models: Vec<Model>,
}

/// The form in which one writes another prompt beside one that is there.
pub(crate) async fn edit(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathIds(id, message_id): PathIds<ConversationId, MessageId>,
    Fragment(fragment): Fragment,
    _: NoQuery,
) -> Result<Response, PageError> {
    let find = async |path| {
        let request = ShowRequest {
            path,
            before_depth: None,
            limit: ShowConversation::MAX_MESSAGES,
        };
        let show = &web.application.show_conversation;
        show.execute_before(&caller, id, request, Action::Prompt)
            .await
    };
    let place = |shown: &ShownConversation| {
        let mut messages = shown.messages.iter();
        messages.position(|view| view.message.id == message_id)
    };
    let turn = web.rendering.turn(caller.user_id()).await?;
    // With the answers that follow the prompt, unless so many do that the prompt is not among them.
    let mut shown = find(ShownPath::Through(message_id)).await?;
    if place(&shown).is_none() {
        shown = find(ShownPath::To(message_id)).await?;
    }
    let models = web.application.list_models.execute();
    let models = preselect(models, newest_model(&shown.messages));
    let place = place(&shown).ok_or(PageError::NotFound)?;
    let message = shown.messages.swap_remove(place).message;
    if message.role() != Role::User {
        return Err(PageError::NotFound);
    }
    let parent = message.parent_id;
    let edit = Edit {
        base: format!("/conversations/{id}"),
        id: message_id,
        parent: parent.map_or_else(|| "root".to_owned(), |parent| parent.to_string()),
        content: TextContent::new(message.content.into_string()),
        models,
    };
    let making = turn.page(move || {
        if fragment.is_some() {
            page(&EditFragment { frame, edit })
        } else {
            let frame = frame.within(Section::Conversations);
            page(&EditPage { frame, edit })
        }
    });
    making.await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegenerateForm {
    #[serde(default, deserialize_with = "non_empty")]
    model: Option<String>,
    /// The same key twice begins one answer.
    #[serde(default, deserialize_with = "non_empty")]
    key: Option<Text<FormKey>>,
}

/// Another answer beside one that is there.
pub(crate) async fn regenerate(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathIds(id, message_id): PathIds<ConversationId, MessageId>,
    Fragment(fragment): Fragment,
    _: NoQuery,
    Form(form): Form<RegenerateForm>,
) -> Result<Response, PageError> {
    let fields = [
        &id.to_string(),
        &message_id.to_string(),
        form.model.as_deref().unwrap_or_default(),
    ];
    let request = RegenerateRequest {
        conversation_id: id,
        message_id,
        idempotency_key: form.key.map(|Text(key)| key.with("regenerate", &fields)),
        model: form.model,
    };
    let regenerate = &web.application.regenerate_answer;
    match regenerate.execute(caller.clone(), request).await {
        Ok(begun) => {
            let answer = begun.answer.message.id;
            Ok(stored(id, answer, true, fragment.is_some()))
        }
        Err(WriteError::StillRunning(answer)) => Ok(stored(id, answer, true, fragment.is_some())),
        Err(error) => {
            let trouble = Troubled::Elsewhere(Trouble::write(frame.t, error)?);
            let path = ShownPath::Through(message_id);
            show::troubled(&web, &caller, frame, id, fragment.is_some(), path, trouble).await
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StopForm {}

/// No more of this answer.
pub(crate) async fn stop(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathIds(id, message_id): PathIds<ConversationId, MessageId>,
    Fragment(fragment): Fragment,
    _: NoQuery,
    Form(StopForm {}): Form<StopForm>,
) -> Result<Response, PageError> {
    match web
        .application
        .stop_answer
        .execute(&caller, id, message_id)
        .await
    {
        Ok(_) => Ok(stored(id, message_id, true, fragment.is_some())),
        Err(error) => {
            let trouble = Troubled::Elsewhere(Trouble::write(frame.t, error)?);
            let path = ShownPath::Through(message_id);
            show::troubled(&web, &caller, frame, id, fragment.is_some(), path, trouble).await
        }
    }
}
