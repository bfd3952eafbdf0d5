//! Stands between the service and its PostgreSQL, and counts what the service asks.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use reqwest::Url;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
};

/// A wire to a server. It hands everything on as it is, and counts how often the service waits for the server.
pub struct Wire {
    url: Url,
    asked: Arc<AtomicU64>,
    state: watch::Sender<State>,
}

/// What comes through.
#[derive(Clone, Copy, Default)]
struct State {
    /// Nothing does.
    is_silent: bool,
    /// On connections with a lower number nothing does any more, ever.
    first_alive: u64,
    /// The number of the next connection.
    next: u64,
}

impl State {
    const fn lets_through(&self, number: u64) -> bool {
        !self.is_silent && number >= self.first_alive
    }
}

impl Wire {
    /// A wire to this database, until the test ends.
    pub async fn to(database: &Url) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = (
            database.host_str().unwrap().to_owned(),
            database.port().unwrap(),
        );
        let mut url = database.clone();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port()))
            .unwrap();
        let asked = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&asked);
        let (state, states) = watch::channel(State::default());
        let numbered = state.clone();
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let mut number = 0;
                numbered.send_modify(|state| {
                    number = state.next;
                    state.next += 1;
                });
                let Ok(server) = TcpStream::connect(&server).await else {
                    continue;
                };
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                let counted = Arc::clone(&counted);
                let mut messages = Messages::default();
                let count = move |bytes: &[u8]| {
                    counted.fetch_add(messages.waits(bytes), Ordering::SeqCst);
                };
                let states = || (states.clone(), number);
                tokio::spawn(hand_on(from_client, to_server, states(), count));
                tokio::spawn(hand_on(from_server, to_client, states(), |_| ()));
            }
        });
        Self { url, asked, state }
    }

    /// From now on nothing comes through, and nobody is told: as when a host is gone. Connections are accepted nevertheless.
    pub fn fall_silent(&self) {
        self.state.send_modify(|state| state.is_silent = true);
    }

    /// Everything comes through again, also what was held back.
    pub fn speak(&self) {
        self.state.send_modify(|state| state.is_silent = false);
    }

    /// On the connections that there are nothing comes through any more, and nobody is told: as when something between the two has
    /// forgotten them. New ones are as good as ever.
    pub fn forget_connections(&self) {
        self.state.send_modify(|state| {
            state.is_silent = false;
            state.first_alive = state.next;
        });
    }

    /// The database at this end of the wire.
    pub fn url(&self) -> Url {
        self.url.clone()
    }

    /// How often the service has asked the server for something and waited for it: a statement, each.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Hands on what one side says, until it or the other one ends.
async fn hand_on(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    (mut states, number): (watch::Receiver<State>, u64),
    mut looks: impl FnMut(&[u8]),
) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        looks(&bytes[..read]);
        // The guard is let go of before anything is waited for.
        let is_open = states
            .wait_for(|state| state.lets_through(number))
            .await
            .is_ok();
        if !is_open || to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

/// How a query begins that nobody waits for: when something was refused, a rollback is sent, and the service goes on meanwhile. No
/// query is shorter than this.
const ROLLBACK: &[u8] = b"ROLL";

/// What a client says, message by message.
#[derive(Default)]
struct Messages {
    /// What came of a message whose head is not whole.
    head: Vec<u8>,
    /// How much of the present message is to come.
    rest: usize,
    /// Whether messages begin with their kind; the first ones do not.
    started: bool,
}

impl Messages {
    /// After how many messages in these bytes the client waits: simple queries (`Q`), calls of functions (`F`), and each `Sync`
    /// (`S`), with which it ends what it asks in several messages.
    fn waits(&mut self, bytes: &[u8]) -> u64 {
        let mut waits = 0;
        for byte in bytes {
            if self.rest > 0 {
                self.rest -= 1;
                continue;
            }
            self.head.push(*byte);
            let kind = usize::from(self.started);
            // A first message begins with its length and what it is; of a query, its first words are looked at.
            let whole = match self.head[0] {
                _ if !self.started => 8,
                b'Q' => 5 + ROLLBACK.len(),
                _ => 5,
            };
            if self.head.len() < whole {
                continue;
            }
            let number = |at: usize| {
                let bytes = self.head[at..at + 4].try_into().unwrap();
                usize::try_from(u32::from_be_bytes(bytes)).unwrap()
            };
            self.rest = number(kind) + kind - whole;
            if self.started {
                let is_waited_for =
                    b"QFS".contains(&self.head[0]) && !self.head.ends_with(ROLLBACK);
                waits += u64::from(is_waited_for);
            } else {
                // Anything but a question whether the server can encrypt is the start itself.
                self.started = ![80_877_103, 80_877_104].contains(&number(4));
            }
            self.head.clear();
        }
        waits
    }
}
