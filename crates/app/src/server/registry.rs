//! All open connections of a listener.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::connection::{Connection, Kind, UnreadBytes};

/// How many bytes of answers are in memory for clients that do not read. Beyond it the connection that keeps the most is closed.
pub(super) const MOST_UNREAD: usize = 32 * 1024 * 1024;

/// For how long a client reads nothing before its connection can be closed for what it keeps in memory.
pub(super) const STALLED: Duration = Duration::from_millis(250);

/// The open connections.
#[derive(Default)]
pub(super) struct Registry {
    open: Mutex<Open>,
    unread: Arc<UnreadBytes>,
}

#[derive(Default)]
struct Open {
    next: u64,
    regular: BTreeMap<u64, Arc<Connection>>,
    reserve: BTreeMap<u64, Arc<Connection>>,
}

impl Open {
    const fn of(&mut self, kind: Kind) -> &mut BTreeMap<u64, Arc<Connection>> {
        match kind {
            Kind::Regular => &mut self.regular,
            Kind::Reserve => &mut self.reserve,
        }
    }
}

impl Registry {
    pub fn count(&self, kind: Kind) -> usize {
        self.open().of(kind).len()
    }

    /// A new connection, with so much time for its first head.
    pub fn add(&self, kind: Kind, head: Duration) -> Arc<Connection> {
        let mut open = self.open();
        let number = open.next;
        open.next += 1;
        let connection = Arc::new(Connection::new(
            kind,
            number,
            head,
            Arc::clone(&self.unread),
        ));
        open.of(kind).insert(number, Arc::clone(&connection));
        measure(&open);
        connection
    }

    pub fn remove(&self, connection: &Connection) {
        let mut open = self.open();
        open.of(connection.kind()).remove(&connection.number());
        measure(&open);
    }

    /// Closes the connection of this kind that has waited for a request for longest; answers whether there was one.
    pub fn evict_waiting(&self, kind: Kind) -> bool {
        let mut open = self.open();
        loop {
            let all = open.of(kind).values();
            let waiting = all.filter_map(|it| Some((it.waits_since()?, it.number())));
            let Some((_, number)) = waiting.min() else {
                return false;
            };
            // A head can have become complete meanwhile.
            let evicted = open.of(kind).get(&number).is_some_and(|it| it.evict());
            if evicted {
                // Its task drops the socket in a moment; it counts no more.
                open.of(kind).remove(&number);
                return true;
            }
        }
    }

    /// Closes connections whose clients read nothing, those first that keep the most in memory, until there is room.
    pub fn bound_unread(&self) {
        while self.unread.get() > MOST_UNREAD {
            let open = self.open();
            let all = open.regular.values();
            let stalled = all.filter_map(|it| Some((it.stalled_bytes(STALLED)?, it)));
            let Some((_, connection)) = stalled.max_by_key(|(bytes, _)| *bytes) else {
                return;
            };
            connection.evict_unread();
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge need not be exact beyond 2^53"
)]
fn measure(open: &Open) {
    metrics::gauge!("parlor_http_connections")
        .set((open.regular.len() + open.reserve.len()) as f64);
}
