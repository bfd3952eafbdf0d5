//! Export a conversation.

use std::{sync::Arc, time::Duration};

use parlor_domain::{
    access::Action,
    audit::{ActionName, AuditEntry, Fact},
    ids::ConversationId,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{export_document::Document, export_outline::ExportOutline};
use crate::{
    access_gate::{AccessError, AccessGate, ConversationView},
    caller::Caller,
    ports::{MessageReader, StoreError, StorePosition},
    user_limit::{LimitReached, Permit, UserLimit},
};

/// Reads a whole conversation, its branches too, for taking it away. Every export is audited.
///
/// The document is read and written in pieces, so that its memory does not grow with the conversation. No transaction is open
/// between two pieces. It has the messages that were there when the export began, and no others; a message is as it was when
/// its piece was read, so an answer that was being written can be longer than it was at the beginning. Before each piece but
/// the first, the access is checked again; an export whose reader lost access, or whose conversation was deleted, breaks off.
/// One that goes on by privilege alone, though it did not begin so, is audited again before its next piece.
pub struct ExportConversation {
    gate: Arc<AccessGate>,
    messages: Arc<dyn MessageReader>,
    limit: Arc<UserLimit>,
    /// Who may read and write a piece now.
    pieces: Arc<Semaphore>,
}

/// How many pieces are made at once, of all exports together: a piece is several times in memory until it is sent.
const PIECES_AT_ONCE: usize = 4;

/// How long an export waits for another one to end where the process runs as many as it can.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why nothing is exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Not allowed.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Too many exports are under way.
    #[error(transparent)]
    TooMany(#[from] LimitReached),
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        AccessError::from(error).into()
    }
}

/// Why an export broke off.
#[derive(Debug, thiserror::Error)]
pub enum ExportBrokeOff {
    /// The reader lost access, or the conversation was deleted.
    #[error("the conversation can no longer be read by the user who exports it")]
    AccessLost,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The form that the caller takes it away in; told to the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// One JSON document.
    Json,
    /// Markdown for people.
    Markdown,
}

impl ExportFormat {
    /// The stable word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Markdown => "markdown",
        }
    }
}

/// An export that has begun: the pieces of one document.
pub struct Export {
    gate: Arc<AccessGate>,
    messages: Arc<dyn MessageReader>,
    caller: Box<Caller>,
    at_least: StorePosition,
    format: ExportFormat,
    conversation: ConversationView,
    /// Whether the pieces are read by privilege alone, which is recorded.
    is_privileged: bool,
    outline: ExportOutline,
    document: Document,
    pieces: Arc<Semaphore>,
    /// How many messages are in the pieces so far.
    written: usize,
    state: State,
    _permit: Permit,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Beginning,
    Writing,
    Ended,
}

impl ExportConversation {
    /// The use case behind this gate, within this limit of exports at once.
    pub fn new(
        gate: Arc<AccessGate>,
        messages: Arc<dyn MessageReader>,
        limit: Arc<UserLimit>,
    ) -> Self {
        Self {
            gate,
            messages,
            limit,
            pieces: Arc::new(Semaphore::new(PIECES_AT_ONCE)),
        }
    }

    /// Reads what there is to export, then records that it is exported, then answers.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        format: ExportFormat,
    ) -> Result<Export, ExportError> {
        // First, so that what is refused for the number of exports shows nothing of the conversation, and so that access that
        // ends while an export waits lets it export nothing.
        let permit = match self.limit.enter(caller.user_id()) {
            Err(LimitReached::Process) => {
                self.limit.enter_within(caller.user_id(), PATIENCE).await?
            }
            entered => entered?,
        };
        let conversation = self.gate.authorize(caller, id, Action::Read).await?;
        let at_least = caller.newest_seen();
        let outline = {
            let _turn = turn(&self.pieces).await?;
            self.messages.outline(caller.key_of(id), at_least).await?
        };
        let entry = entry(&self.gate, caller, &conversation, format, outline.len());
        self.gate.recorder.record(&entry).await?;
        Ok(Export {
            gate: Arc::clone(&self.gate),
            messages: Arc::clone(&self.messages),
            caller: Box::new(caller.clone()),
            at_least,
            format,
            is_privileged: conversation.access.is_privileged(),
            conversation,
            outline: ExportOutline::new(outline),
            document: Document::new(format),
            pieces: Arc::clone(&self.pieces),
            written: 0,
            state: State::Beginning,
            _permit: permit,
        })
    }
}

impl Export {
    /// The conversation.
    pub const fn conversation(&self) -> &ConversationView {
        &self.conversation
    }

    /// The next piece of the document; `None` after the last one.
    pub async fn next(&mut self) -> Result<Option<String>, ExportBrokeOff> {
        if self.state == State::Ended {
            return Ok(None);
        }
        let _turn = turn(&self.pieces).await?;
        let mut text = String::new();
        match self.state {
            State::Ended => return Ok(None),
            State::Beginning => {
                self.document.begin(&mut text, &self.conversation);
                self.state = State::Writing;
            }
            State::Writing => self.check_access().await?,
        }
        let part = self.outline.part(self.written);
        if let (Some(first), Some(last)) = (part.first(), part.last()) {
            let key = self.caller.key_of(self.conversation.summary.id);
            let read = self
                .messages
                .span(key, first.position, last.position, self.at_least)
                .await?;
            if read.len() != part.len() {
                return Err(ExportBrokeOff::AccessLost);
            }
            for message in read {
                let at = self.written;
                self.document
                    .message(&mut text, &message, at, &self.outline);
                self.written += 1;
            }
        }
        if self.written == self.outline.len() {
            self.document.end(&mut text);
            self.state = State::Ended;
        }
        Ok(Some(text))
    }

    async fn check_access(&mut self) -> Result<(), ExportBrokeOff> {
        let id = self.conversation.summary.id;
        let found = self
            .gate
            .reader
            .find_with_member(self.caller.identity(), id)
            .await?;
        let view = found.and_then(|(member, found)| {
            let summary = found?;
            let access = summary.access_of(&member.principal);
            Some(ConversationView { summary, access })
        });
        let view = view.filter(|view| view.access.allows(Action::Read));
        let view = view.ok_or(ExportBrokeOff::AccessLost)?;
        let is_privileged = view.access.is_privileged();
        if is_privileged && !self.is_privileged {
            let rest = self.outline.len() - self.written;
            let entry = entry(&self.gate, &self.caller, &view, self.format, rest);
            let entry = entry.with("continued", Fact::Flag(true));
            self.gate.recorder.record(&entry).await?;
        }
        self.is_privileged = is_privileged;
        Ok(())
    }
}

/// Waits until a piece may be made, in the order of those who wait.
async fn turn(pieces: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, StoreError> {
    let turn = Arc::clone(pieces).acquire_owned().await;
    turn.map_err(|closed| StoreError::Unavailable(Some(closed.into())))
}

/// The entry of an export of so many messages.
fn entry(
    gate: &AccessGate,
    caller: &Caller,
    view: &ConversationView,
    format: ExportFormat,
    messages: usize,
) -> AuditEntry {
    gate.entry(caller, ActionName::ConversationExport, gate.clock.now())
        .about(view.summary.id)
        .with("format", Fact::Word(format.as_str()))
        .with("messages", Fact::Count(messages as u64))
        .under(&view.access)
        .at_version(view.summary.version)
}
