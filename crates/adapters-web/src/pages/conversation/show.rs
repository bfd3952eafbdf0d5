//! The page of a conversation, and the same without its surroundings for scripts.

use std::num::NonZeroU32;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, header::SET_COOKIE},
    response::{IntoResponse, Response},
};
use i18n_embed_fl::fl;
use parlor_application::{
    caller::Caller,
    conversations::EventNumber,
    messages::{ShowConversation, ShowRequest, ShownConversation, ShownPath},
    ports::{MessageView, Model},
};
use parlor_domain::{
    access::Action,
    ids::{ConversationId, MessageId},
};
use serde::Deserialize;

use super::{
    header::HeaderView,
    message::{Articles, MessageItem},
    notice::{self, Notice, Undo},
    trouble::Trouble,
};
use crate::{
    errors::{PageError, page},
    extract::{Fragment, PathId, StrictQuery, Text},
    frame::{Frame, Section},
    page_size::{PAGE_HTML, written},
    pages::list::ShownPrivacy,
    session::SignedIn,
    text_content::TextContent,
    web::Web,
};

/// The name of the fragment with everything of a conversation.
pub(super) const FRAGMENT: &str = "conversation";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShowQuery {
    /// The path to this message.
    leaf: Option<Text<MessageId>>,
    /// The path through this message, to the newest one below it.
    at: Option<Text<MessageId>>,
    /// Of the path only what stands above this depth.
    before: Option<Text<NonZeroU32>>,
}

impl ShowQuery {
    fn request(self) -> Result<ShowRequest, PageError> {
        let path = match (self.leaf, self.at) {
            (None, None) => ShownPath::Newest,
            (Some(Text(leaf)), None) => ShownPath::To(leaf),
            (None, Some(Text(at))) => ShownPath::Through(at),
            (Some(_), Some(_)) => return Err(PageError::InvalidQuery),
        };
        Ok(ShowRequest {
            path,
            before_depth: self.before.map(|Text(before)| before.get()),
            limit: ShowConversation::MAX_MESSAGES,
        })
    }
}

/// What the composer holds, and what went wrong with it.
#[derive(Default)]
pub(super) struct Draft {
    /// What was typed.
    pub content: TextContent,
    /// Where it was to go: `root` or a message; without one, after the path's last message.
    pub parent: Option<String>,
    /// Why it did not go.
    pub trouble: Option<Trouble>,
}

/// Everything that the page shows of a conversation.
pub(super) struct ConversationParts {
    pub header: HeaderView,
    pub notice: Option<Notice>,
    pub messages: Vec<MessageItem>,
    /// The depth before which there is more to show.
    pub earlier: Option<u32>,
    /// Whether the path goes on after what is shown, since only an earlier part of it was asked for.
    pub is_earlier: bool,
    /// Where the path ends before its newest message: that message.
    pub goes_on: Option<MessageId>,
    pub models: Vec<Model>,
    pub may_prompt: bool,
    /// Where the composer's prompt goes: `root` or a message.
    pub parent: String,
    pub draft: Draft,
    /// The last event that is in what is shown.
    pub last_event: Option<EventNumber>,
}

impl ConversationParts {
    /// Adds as many of the newest messages as the page has room for, beside everything else that it holds by now.
    fn fill(&mut self, frame: &Frame, shown: &ShownConversation) {
        /// A link to the earlier messages.
        const LINK: usize = 1 << 10;

        let others = written(&ConversationPage { frame, it: self });
        let room = PAGE_HTML.saturating_sub(others + LINK);
        let articles = Articles::new(frame.t, &shown.conversation, self.models.clone());
        self.messages = articles.newest(frame, &shown.messages, room);
        let first = self.messages.first().map(|first| first.depth);
        self.earlier = first.filter(|&depth| depth > 0);
    }

    /// Forms come back to a path that the user chose.
    fn choose(&mut self, path: ShownPath) {
        if path != ShownPath::Newest {
            self.header.chosen = self.header.leaf;
        }
    }
}

#[derive(Template)]
#[template(path = "conversation.html")]
struct ConversationPage<'a> {
    frame: &'a Frame,
    it: &'a ConversationParts,
}

#[derive(Template)]
#[template(path = "conversation_parts.html")]
struct ConversationFragment<'a> {
    frame: &'a Frame,
    it: &'a ConversationParts,
}

pub(crate) async fn show(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathId(id): PathId<ConversationId>,
    Fragment(fragment): Fragment,
    StrictQuery(query): StrictQuery<ShowQuery>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let request = query.request()?;
    if fragment.as_deref().is_some_and(|name| name != FRAGMENT) {
        return Err(PageError::InvalidQuery);
    }
    let turn = web.rendering.turn(caller.user_id()).await?;
    // What happens from here on is told live, whether or not it is in what is read now.
    let last = web.application.follow_conversation.last_number(&caller, id);
    let last = last.await?;
    let shown = find(&web, &caller, id, request).await?;
    let told = notice::told(&headers, web.options.is_secure(), &frame.csrf);
    let models = web.application.list_models.execute();
    let making = turn.page(move || {
        let frame = frame.within(Section::Conversations);
        let mut it = parts(models, &caller, &frame, &shown, Draft::default());
        it.last_event = Some(last);
        it.is_earlier = request.before_depth.is_some();
        it.choose(request.path);
        it.notice = told.and_then(|told| told.notice(frame.t, &shown.conversation));
        it.fill(&frame, &shown);
        let (frame, it) = (&frame, &it);
        if fragment.is_some() {
            page(&ConversationFragment { frame, it })
        } else {
            page(&ConversationPage { frame, it })
        }
    });
    let html = making.await?;
    let secure = web.options.is_secure();
    let forget = notice::is_told(&headers, secure).then(|| [(SET_COOKIE, notice::forget(secure))]);
    Ok((forget, html).into_response())
}

/// Reads what is shown.
pub(super) async fn find(
    web: &Web,
    caller: &Caller,
    id: ConversationId,
    request: ShowRequest,
) -> Result<ShownConversation, PageError> {
    let show = &web.application.show_conversation;
    Ok(show.execute(caller, id, request).await?)
}

/// The page after something went wrong on it, as a browser without scripts sees it; scripts get what went wrong alone.
pub(super) async fn troubled(
    web: &Web,
    caller: &Caller,
    frame: Frame,
    id: ConversationId,
    fragment: bool,
    path: ShownPath,
    troubled: Troubled,
) -> Result<Response, PageError> {
    let (draft, trouble) = match troubled {
        Troubled::Prompt(draft, trouble) => (draft, trouble),
        Troubled::Elsewhere(trouble) => (Draft::default(), trouble),
    };
    if fragment {
        return Err(trouble.into());
    }
    let request = ShowRequest {
        path,
        before_depth: None,
        limit: ShowConversation::MAX_MESSAGES,
    };
    let turn = web.rendering.turn(caller.user_id()).await?;
    let shown = find(web, caller, id, request).await?;
    let headers = trouble.headers();
    let status = trouble.status;
    let models = web.application.list_models.execute();
    let caller = caller.clone();
    let making = turn.page(move || {
        let frame = frame.within(Section::Conversations);
        let mut it = parts(models, &caller, &frame, &shown, draft);
        it.choose(path);
        if it.draft.content.is_empty() {
            it.notice = Some(Notice::of(trouble));
        } else {
            it.draft.trouble = Some(trouble);
        }
        it.fill(&frame, &shown);
        let (frame, it) = (&frame, &it);
        page(&ConversationPage { frame, it })
    });
    let html = making.await?;
    Ok((status, headers, html).into_response())
}

/// What went wrong where.
pub(super) enum Troubled {
    /// With what was typed into the composer.
    Prompt(Draft, Trouble),
    /// With something else.
    Elsewhere(Trouble),
}

/// The model that gave the last answer of these messages.
pub(super) fn newest_model(messages: &[MessageView]) -> Option<&str> {
    messages.iter().rev().find_map(|view| view.message.model())
}

/// The models with this one selected, where it is still offered; else the default is.
pub(super) fn preselect(mut models: Vec<Model>, selected: Option<&str>) -> Vec<Model> {
    if models
        .iter()
        .any(|model| Some(model.id.as_str()) == selected)
    {
        for model in &mut models {
            model.is_default = Some(model.id.as_str()) == selected;
        }
    }
    models
}

fn parts(
    models: Vec<Model>,
    caller: &Caller,
    frame: &Frame,
    shown: &ShownConversation,
    draft: Draft,
) -> ConversationParts {
    let view = &shown.conversation;
    let is_own = view.summary.owner.id == caller.user_id();
    let leaf = shown
        .leaf
        .map_or_else(|| "root".to_owned(), |leaf| leaf.to_string());
    ConversationParts {
        header: HeaderView::new(frame.t, view, is_own, shown.leaf),
        notice: None,
        earlier: None,
        messages: Vec::new(),
        is_earlier: false,
        goes_on: shown
            .newest_below
            .filter(|&newest| Some(newest) != shown.leaf),
        may_prompt: view.access.allows(Action::Prompt),
        parent: draft.parent.clone().unwrap_or(leaf),
        models: preselect(models, newest_model(&shown.messages)),
        draft,
        last_event: None,
    }
}
