//! What one follower is told of its list.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use parlor_domain::{
    audit::{ActionName, Fact},
    ids::ConversationId,
    principal::Principal,
};
use tokio::time::{Instant, sleep_until};

use super::{ListTimes, known::Known};
use crate::{
    access_checks::AccessChecks,
    access_gate::{AccessGate, ConversationView, Viewpoint},
    caller::Caller,
    changes::{ListHint, ListHints},
    ports::{
        ConversationFilter, ConversationQuery, ConversationSummary, Directory, EventReader,
        StoreError, StorePosition,
    },
};

/// How many of the newest conversations are known from the beginning.
const NEWEST: u32 = 200;
/// How many of the newest ones are looked at without a hint.
const GLANCE: u32 = 20;
/// How many are known at most.
const KNOWN: usize = 1_000;
/// How many are looked at together.
const BATCH: usize = 100;

/// What changes in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListEvent {
    /// This conversation is new, or another than before: its title, its privacy, its activity, what the follower may do.
    Changed(Box<ConversationView>),
    /// This conversation, which the follower could see since it follows, it can see no more.
    Removed(ConversationId),
    /// The follower is not an active user any more. Nothing comes after.
    Ended,
}

/// The changes of one follower's list.
///
/// A conversation is handed over as one statement read it together with the follower's rights, so nothing of it was stored after those
/// were lost; and under a look that is not older than the recheck time. What it could not see is
/// not hinted at: not that it is there, nor that it is changed or gone.
pub struct ListEvents {
    gate: Arc<AccessGate>,
    reader: Arc<dyn EventReader>,
    access: Arc<AccessChecks>,
    directory: Arc<dyn Directory>,
    caller: Box<Caller>,
    hints: ListHints,
    times: ListTimes,
    known: Known,
    /// What has to be looked at.
    hinted: BTreeSet<ConversationId>,
    /// How much has to be looked at besides.
    scope: Scope,
    /// When to look, if there is something to look at.
    due: Option<Instant>,
    looked: Instant,
    /// What privilege alone shows, and is told later.
    withheld: BTreeSet<ConversationId>,
    /// When privilege alone may show something again.
    next_privileged: Instant,
    ready: VecDeque<ListEvent>,
    has_ended: bool,
}

/// How much of the list one looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    /// What was hinted at.
    Hinted,
    /// What is newest, too.
    Newest,
    /// Everything that is known, and what is newest.
    Everything,
}

impl ListEvents {
    pub(super) fn new(
        gate: Arc<AccessGate>,
        (reader, access): (Arc<dyn EventReader>, Arc<AccessChecks>),
        directory: Arc<dyn Directory>,
        caller: &Caller,
        hints: ListHints,
        times: ListTimes,
    ) -> Self {
        let now = Instant::now();
        Self {
            gate,
            reader,
            access,
            directory,
            caller: Box::new(caller.clone()),
            hints,
            times,
            known: Known::at_most(KNOWN),
            hinted: BTreeSet::new(),
            scope: Scope::Hinted,
            due: None,
            looked: now,
            withheld: BTreeSet::new(),
            next_privileged: now,
            ready: VecDeque::new(),
            has_ended: false,
        }
    }

    /// Learns what the follower can see now; nothing of it is shown.
    pub(super) async fn begin(&mut self, principal: &Principal) -> Result<(), StoreError> {
        for summary in self.newest(principal, NEWEST).await? {
            self.known.note(&view_for(principal, summary));
        }
        Ok(())
    }

    /// The next change; `None` after the last one. Nothing is lost where the waiting is given up.
    pub async fn next(&mut self) -> Result<Option<ListEvent>, StoreError> {
        let mut is_fresh = false;
        loop {
            if !is_fresh && !self.ready.is_empty() && self.looked.elapsed() >= self.times.recheck {
                self.put_back();
                self.look().await?;
            }
            if let Some(event) = self.hand_over() {
                return Ok(Some(event));
            }
            if self.has_ended {
                return Ok(None);
            }
            self.wait().await;
            self.look().await?;
            is_fresh = true;
        }
    }

    fn hand_over(&mut self) -> Option<ListEvent> {
        let event = self.ready.pop_front()?;
        if self.ready.is_empty() {
            // Thousands of followers wait with nothing in it.
            self.ready = VecDeque::new();
        }
        match &event {
            ListEvent::Changed(view) => self.known.note(view),
            ListEvent::Removed(id) => self.known.forget(*id),
            ListEvent::Ended => false,
        };
        Some(event)
    }

    /// What waited for too long is looked at again instead of handed over. It is known only from then on, so it is news again.
    fn put_back(&mut self) {
        for event in std::mem::take(&mut self.ready) {
            match event {
                ListEvent::Changed(view) => drop(self.hinted.insert(view.summary.id)),
                ListEvent::Removed(id) => drop(self.hinted.insert(id)),
                ListEvent::Ended => {}
            }
        }
    }

    /// Until there is something to look at.
    async fn wait(&mut self) {
        loop {
            while let Some(hint) = self.hints.take() {
                self.collect(hint);
            }
            let is_deaf = self.hints.patience() < crate::changes::ChangeBoard::PATIENCE;
            let patience = if is_deaf {
                self.hints.patience()
            } else {
                self.times.patience
            };
            let idle = self.looked + patience;
            let withheld = (!self.withheld.is_empty()).then_some(self.next_privileged);
            let until = [self.due, withheld]
                .into_iter()
                .flatten()
                .fold(idle, Instant::min);
            tokio::select! {
                hint = self.hints.next() => self.collect(hint),
                () = sleep_until(until) => {
                    if until == idle {
                        let scope = if is_deaf { Scope::Everything } else { Scope::Newest };
                        self.scope = self.scope.max(scope);
                    }
                    return;
                }
            }
        }
    }

    fn collect(&mut self, hint: ListHint) {
        match hint {
            ListHint::Conversation(id) if self.hinted.len() < KNOWN => drop(self.hinted.insert(id)),
            ListHint::Conversation(_) | ListHint::Everything => self.scope = Scope::Everything,
        }
        self.due
            .get_or_insert_with(|| Instant::now() + self.times.gather);
    }

    /// Finds out what is news.
    async fn look(&mut self) -> Result<(), StoreError> {
        let now = Instant::now();
        let member = self.directory.find_member(self.caller.identity()).await?;
        self.looked = now;
        self.due = None;
        let Some(member) = member else {
            self.end();
            return Ok(());
        };
        let scope = std::mem::replace(&mut self.scope, Scope::Hinted);
        let mut ids = std::mem::take(&mut self.hinted);
        if now >= self.next_privileged {
            ids.append(&mut self.withheld);
        }
        if scope == Scope::Everything {
            ids.extend(self.known.ids());
        }
        let mut views = self.find_all(&member.principal, &ids).await?;
        if scope > Scope::Hinted {
            let count = if scope == Scope::Everything {
                NEWEST
            } else {
                GLANCE
            };
            for summary in self.newest(&member.principal, count).await? {
                if ids.insert(summary.id) {
                    views.push(view_for(&member.principal, summary));
                }
            }
        }
        views.retain(|view| view.access.is_visible());
        for view in &views {
            ids.remove(&view.summary.id);
        }
        // What is left cannot be seen.
        self.remove(ids);
        self.tell(views, now).await
    }

    fn end(&mut self) {
        self.has_ended = true;
        self.ready = VecDeque::from([ListEvent::Ended]);
    }

    /// What is news, each with the follower's rights of the same moment: those by which it was found are older. `None` if the user is
    /// not active.
    async fn check(
        &mut self,
        news: Vec<ConversationView>,
    ) -> Result<Option<Vec<ConversationView>>, StoreError> {
        let mut views = Vec::with_capacity(news.len());
        for view in news {
            let id = view.summary.id;
            let key = self.caller.key_of(id);
            let Some(look) = self.access.check(key, self.caller.user_id()).await? else {
                return Ok(None);
            };
            let view = look.found.map(|found| {
                let viewpoint = Viewpoint {
                    principal: look.principal,
                    owner: found.owner,
                    forked_from: found.forked_from,
                };
                viewpoint.view(found.conversation)
            });
            match view.filter(|view| view.access.is_visible()) {
                Some(view) => views.push(view),
                None => self.remove(BTreeSet::from([id])),
            }
        }
        Ok(Some(views))
    }

    fn remove(&mut self, gone: BTreeSet<ConversationId>) {
        for id in gone {
            self.withheld.remove(&id);
            if self.known.has_id(id) {
                self.ready.push_back(ListEvent::Removed(id));
            }
        }
    }

    /// Lets what is news wait for being handed over, the newest activity last. What privilege alone shows is recorded first.
    async fn tell(
        &mut self,
        mut views: Vec<ConversationView>,
        now: Instant,
    ) -> Result<(), StoreError> {
        // Most looks find nothing.
        views.retain(|view| !self.known.has(view));
        let Some(mut views) = self.check(views).await? else {
            self.end();
            return Ok(());
        };
        views.sort_by_key(|view| (view.summary.last_activity_at, view.summary.id));
        let (privileged, mut told): (Vec<_>, Vec<_>) = views
            .into_iter()
            .partition(|view| view.access.is_privileged());
        if now >= self.next_privileged {
            if !privileged.is_empty() {
                self.record(&privileged).await?;
                self.next_privileged = now + self.times.privileged;
                told.extend(privileged);
            }
        } else {
            self.withheld
                .extend(privileged.iter().map(|view| view.summary.id));
        }
        for view in told {
            self.withheld.remove(&view.summary.id);
            self.ready.push_back(ListEvent::Changed(Box::new(view)));
        }
        Ok(())
    }

    async fn record(&self, shown: &[ConversationView]) -> Result<(), StoreError> {
        let ids = shown.iter().map(|view| view.summary.id.as_uuid()).collect();
        let mut entry = self
            .gate
            .entry(
                &self.caller,
                ActionName::ConversationList,
                self.gate.clock.now(),
            )
            .with("conversationIds", Fact::Ids(ids))
            .with("filter", Fact::Word(ConversationFilter::All.as_str()))
            .with("search", Fact::Flag(false))
            .with("followed", Fact::Flag(true));
        entry.access = shown.first().map(|view| (&view.access).into());
        self.gate.recorder.record(&entry).await
    }

    async fn find_all(
        &self,
        principal: &Principal,
        ids: &BTreeSet<ConversationId>,
    ) -> Result<Vec<ConversationView>, StoreError> {
        let ids: Vec<_> = ids.iter().copied().collect();
        let mut views = Vec::with_capacity(ids.len());
        for batch in ids.chunks(BATCH) {
            let found = self.reader.find_all(principal, batch).await?;
            views.extend(
                found
                    .into_iter()
                    .map(|summary| view_for(principal, summary)),
            );
        }
        Ok(views)
    }

    async fn newest(
        &self,
        principal: &Principal,
        limit: u32,
    ) -> Result<Vec<ConversationSummary>, StoreError> {
        let query = ConversationQuery {
            filter: ConversationFilter::All,
            after: None,
            limit,
            at_least: StorePosition::NEWEST,
        };
        self.gate.reader.list(principal, &query).await
    }
}

fn view_for(principal: &Principal, summary: ConversationSummary) -> ConversationView {
    ConversationView {
        access: summary.access_of(principal),
        summary,
    }
}
