//! Stands between the service and its PostgreSQL, and counts what the service asks.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use reqwest::Url;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
};

/// A wire to a server. It hands everything on as it is, and counts how often the service waits for the server.
pub struct Wire {
    url: Url,
    asked: Arc<AtomicU64>,
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
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let Ok(server) = TcpStream::connect(&server).await else {
                    continue;
                };
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                let (from_client, mut to_client) = client.into_split();
                let (mut from_server, to_server) = server.into_split();
                tokio::spawn(count(from_client, to_server, Arc::clone(&counted)));
                tokio::spawn(async move {
                    // Whoever ends it, it is over for both.
                    let _ = tokio::io::copy(&mut from_server, &mut to_client).await;
                });
            }
        });
        Self { url, asked }
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

/// Hands on what a client says. It waits after a simple query (`Q`), after a call of a function (`F`), and after `Sync` (`S`), with which it
/// ends what it asks in several messages.
async fn count(mut client: OwnedReadHalf, mut server: OwnedWriteHalf, asked: Arc<AtomicU64>) {
    let mut messages = Messages::default();
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = client.read(&mut bytes).await {
        asked.fetch_add(messages.waits(&bytes[..read]), Ordering::SeqCst);
        if server.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

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
    /// After how many messages in these bytes the client waits.
    fn waits(&mut self, bytes: &[u8]) -> u64 {
        let mut waits = 0;
        for byte in bytes {
            if self.rest > 0 {
                self.rest -= 1;
                continue;
            }
            self.head.push(*byte);
            let kind = usize::from(self.started);
            // A first message begins with its length and what it is.
            let whole = if self.started { 5 } else { 8 };
            if self.head.len() < whole {
                continue;
            }
            let number = |at: usize| {
                let bytes = self.head[at..at + 4].try_into().unwrap();
                usize::try_from(u32::from_be_bytes(bytes)).unwrap()
            };
            self.rest = number(kind) + kind - whole;
            if self.started {
                waits += u64::from(b"QFS".contains(&self.head[0]));
            } else {
                // Anything but a question whether the server can encrypt is the start itself.
                self.started = ![80_877_103, 80_877_104].contains(&number(4));
            }
            self.head.clear();
        }
        waits
    }
}
