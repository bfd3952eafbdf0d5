//! The share dialog, which is a page of its own too: who gets to see a conversation, and what that will change, before it is saved.
//!
//! The form carries the version that it was opened under and the grants that it was opened with. Every step shows what saving would change;
//! what was not shown is not saved. Somebody else's newer grants are shown beside one's own choice, and replaced only by who has seen them.

mod choice;
mod dialog;
mod words;

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use i18n_embed_fl::fl;
use parlor_application::{
    access_gate::AccessError,
    caller::Caller,
    conversations::{EditError, PreviewSharingError, SaveSharingError, SharingPreview},
    paging::PageSize,
    ports::{NameSearch, Sharing},
    version_condition::VersionCondition,
};
use parlor_domain::{
    access::Action, conversation::Version, grants::Privacy, ids::ConversationId,
    principal::Permission,
};

use crate::{
    errors::{PageError, page},
    extract::{Form, Fragment, NoQuery, PathId, Text},
    frame::{Frame, Section},
    pages::conversation::sharing_saved,
    session::SignedIn,
    web::Web,
};
use choice::{Choice, FoundGroup, KeptGrants, ShareForm};
use dialog::{Conflict, Found, FoundFragment, ShareDialog, ShareFragment, SharePage, Summary};
use words::Names;

/// With what a script asks for the dialog.
const DIALOG: &str = "share";
/// With what a script asks for the groups that were found, and nothing else.
const FOUND: &str = "found";
/// How many of the groups that were found are shown.
const SHOWN: usize = 8;

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/conversations/{id}/sharing", get(open).post(save))
        .route("/conversations/{id}/sharing/preview", post(preview))
}

async fn open(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathId(id): PathId<ConversationId>,
    _: NoQuery,
    Fragment(fragment): Fragment,
) -> Result<Response, PageError> {
    let visit = Visit::new(&web, caller, frame, id, fragment.as_deref())?;
    let sharing = visit.sharing(Action::ReadSharing).await?;
    let title = visit.title().await?;
    let choice = Choice::of(&sharing);
    let found = visit.find("", &choice).await?;
    let shared_now = sharing.privacy != Privacy::Private;
    let opened = KeptGrants(sharing.privacy);
    let dialog = ShareDialog {
        title: Some(title),
        shared_now,
        ..visit.dialog(sharing.version, &opened, &choice, found)
    };
    visit.respond(StatusCode::OK, dialog)
}

async fn preview(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathId(id): PathId<ConversationId>,
    _: NoQuery,
    Fragment(fragment): Fragment,
    Form(form): Form<ShareForm>,
) -> Result<Response, PageError> {
    let found_only = fragment.as_deref() == Some(FOUND);
    let choice = form.choice()?;
    let visit = Visit::new(&web, caller, frame, id, fragment.as_deref())?;
    if found_only {
        let found = visit.find(&form.q, &choice).await?;
        let fragment = FoundFragment {
            frame: visit.frame,
            id,
            found,
        };
        return page(&fragment).map(IntoResponse::into_response);
    }
    visit.show(&form, choice, StatusCode::OK).await
}

async fn save(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathId(id): PathId<ConversationId>,
    _: NoQuery,
    Fragment(fragment): Fragment,
    Form(form): Form<ShareForm>,
) -> Result<Response, PageError> {
    let choice = form.choice()?;
    let visit = Visit::new(&web, caller, frame, id, fragment.as_deref())?;
    if !form.has_reviewed(&choice) {
        return visit.show(&form, choice, StatusCode::OK).await;
    }
    let condition = VersionCondition::OneOf(vec![form.meant_for()]);
    let saving = &web.application.save_sharing;
    let saved = saving.execute(&visit.caller, id, &condition, choice.wanted());
    match saved.await {
        Ok(saved) => {
            let secure = web.options.is_secure();
            let cookie = sharing_saved(id, saved.version, secure, &visit.frame.csrf);
            let target = Redirect::to(&format!("/conversations/{id}"));
            Ok(([(SET_COOKIE, cookie)], target).into_response())
        }
        Err(SaveSharingError::Edit(EditError::VersionMismatch(_))) => {
            visit
                .show(&form, choice, StatusCode::PRECONDITION_FAILED)
                .await
        }
        Err(SaveSharingError::Edit(EditError::PrivateConversationsDisabled(_))) => {
            visit.show(&form, choice, StatusCode::CONFLICT).await
        }
        Err(SaveSharingError::UnknownGroups(_)) => {
            visit
                .show(&form, choice, StatusCode::UNPROCESSABLE_ENTITY)
                .await
        }
        Err(SaveSharingError::Edit(EditError::Access(error))) => Err(error.into()),
        Err(SaveSharingError::Edit(EditError::Store(error))) => Err(error.into()),
        // The form always states one.
        Err(SaveSharingError::VersionRequired) => Err(PageError::InvalidForm),
    }
}

/// One request for the dialog.
struct Visit<'a> {
    web: &'a Web,
    caller: Caller,
    frame: Frame,
    id: ConversationId,
    fragment: bool,
}

impl<'a> Visit<'a> {
    fn new(
        web: &'a Web,
        caller: Caller,
        frame: Frame,
        id: ConversationId,
        fragment: Option<&str>,
    ) -> Result<Self, PageError> {
        match fragment {
            None | Some(DIALOG | FOUND) => Ok(Self {
                web,
                caller,
                frame: frame.within(Section::Conversations),
                id,
                fragment: fragment.is_some(),
            }),
            Some(_) => Err(PageError::InvalidQuery),
        }
    }

    async fn title(&self) -> Result<String, AccessError> {
        let get = &self.web.application.get_conversation;
        let view = get.execute(&self.caller, self.id).await?;
        Ok(self.frame.t.title(&view.summary.title))
    }

    /// The grants, for somebody who is about to do this with them.
    async fn sharing(&self, next: Action) -> Result<Sharing, AccessError> {
        let read = &self.web.application.read_sharing;
        read.execute_before(&self.caller, self.id, next).await
    }

    /// Groups that can be added.
    async fn find(&self, q: &str, choice: &Choice) -> Result<Found, AccessError> {
        let may = |permission| self.caller.principal().may(permission);
        if !may(Permission::RunAi) && !may(Permission::ManageResponses) {
            return Ok(Found::refused());
        }
        let search = NameSearch::parse(q);
        let list = &self.web.application.list_groups;
        // Those that are chosen already are left out, which may be all of a small page.
        let size = PageSize::new(PageSize::MAX).unwrap_or(PageSize::DEFAULT);
        let groups = list.execute(&self.caller, search, None, size).await?;
        let is_last = groups.next.is_none();
        let others = groups
            .items
            .into_iter()
            .filter(|group| !choice.has(group.id));
        let mut others: Vec<_> = others.map(FoundGroup).collect();
        let more = !is_last || others.len() > SHOWN;
        others.truncate(SHOWN);
        Ok(Found::new(q, others, more, self.frame.t))
    }

    /// The dialog again, with what saving this choice would change.
    async fn show(
        self,
        form: &ShareForm,
        mut choice: Choice,
        status: StatusCode,
    ) -> Result<Response, PageError> {
        let t = self.frame.t;
        let sharing = self.sharing(Action::ChangeSharing).await?;
        let title = if self.fragment {
            None
        } else {
            Some(self.title().await?)
        };
        let (preview, problem) = self.foresee(&mut choice).await?;
        let names = names(&sharing, &choice);
        let preview = preview.as_ref();
        let now = preview.map_or(&sharing.privacy, |preview| &preview.now);
        let version = preview.map_or(sharing.version, |preview| preview.version);
        let Text(opened) = &form.opened;
        let conflict = (version != form.version())
            .then(|| Conflict::new(&opened.0, now, &choice.privacy(), &names, t));
        let newer = conflict.is_some().then_some(version);
        let summary = preview.map_or(Summary::Pending, |preview| {
            Summary::of(preview, &names, newer, t)
        });
        let found = self.find(&form.q, &choice).await?;
        let dialog = ShareDialog {
            title,
            shared_now: *now != Privacy::Private,
            summary,
            problem,
            conflict,
            ..self.dialog(form.version(), opened, &choice, found)
        };
        self.respond(status, dialog)
    }

    /// What saving would change, or why it could not be saved. Groups that are not there are taken out of the choice.
    async fn foresee(
        &self,
        choice: &mut Choice,
    ) -> Result<(Option<SharingPreview>, Option<String>), PageError> {
        let t = self.frame.t;
        let mut taken = Vec::new();
        loop {
            let preview = &self.web.application.preview_sharing;
            let foreseen = preview.execute(&self.caller, self.id, choice.wanted());
            match foreseen.await {
                Ok(preview) => {
                    let groups = taken.join(", ");
                    let problem = (!taken.is_empty())
                        .then(|| fl!(t, "share-problem-unknown", groups = groups));
                    return Ok((Some(preview), problem));
                }
                Err(PreviewSharingError::UnknownGroups(ids)) => {
                    let names = choice.take(&ids);
                    if names.is_empty() {
                        return Err(PageError::Conflict);
                    }
                    taken.extend(names);
                }
                Err(PreviewSharingError::PrivateConversationsDisabled(_)) => {
                    return Ok((None, Some(fl!(t, "share-problem-private"))));
                }
                Err(PreviewSharingError::Access(error)) => return Err(error.into()),
            }
        }
    }

    /// A dialog that says nothing yet of what will change.
    fn dialog(
        &self,
        version: Version,
        opened: &KeptGrants,
        choice: &Choice,
        found: Found,
    ) -> ShareDialog {
        ShareDialog {
            id: self.id,
            is_page: !self.fragment,
            title: None,
            organization_name: self.caller.member.organization_name.clone(),
            shared_now: false,
            version: version.as_number(),
            opened: opened.to_string(),
            organization: choice.organization,
            groups: choice.groups(),
            found,
            summary: Summary::Pending,
            problem: None,
            conflict: None,
        }
    }

    fn respond(self, status: StatusCode, dialog: ShareDialog) -> Result<Response, PageError> {
        let frame = self.frame;
        let html = if self.fragment {
            page(&ShareFragment { frame, dialog })?
        } else {
            page(&SharePage { frame, dialog })?
        };
        Ok((status, html).into_response())
    }
}

/// Every name that is known, the directory's own before what the form says.
fn names(sharing: &Sharing, choice: &Choice) -> Names {
    let chosen = choice
        .groups()
        .into_iter()
        .map(|group| (group.id, group.name));
    let granted = sharing
        .groups
        .iter()
        .map(|group| (group.id, group.name.clone()));
    chosen.chain(granted).collect()
}
