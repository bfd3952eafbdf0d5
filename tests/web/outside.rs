//! Everything that is not the service, as far as a browser is concerned: it is recorded, and refused.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// Where the browser goes on its own account: it looks for updates, for the time, for what its maker or its distributor offers.
/// A page that goes there is seen in the browser's own record of what pages ask for.
const OF_THE_BROWSER: &[&str] = &[
    "duckduckgo.com",
    "google.com",
    "googleapis.com",
    "gstatic.com",
    "gvt1.com",
];

/// Stands as the proxy in a browser's way to any other place than the service.
pub struct Outside {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Outside {
    /// Listens on a free port until the test ends.
    pub async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(refuse(stream, Arc::clone(&record)));
            }
        });
        Self { address, asked }
    }

    /// As the host and port of a proxy.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What was asked for since the last time, as `METHOD TARGET`.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

async fn refuse(mut stream: TcpStream, record: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    // A connection without a request says nothing to anybody: browsers keep some ready.
    while !head.contains(&b'\n') {
        match stream.read_buf(&mut head).await {
            Ok(1..) => {}
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head);
    let request: Vec<&str> = head.split_whitespace().take(2).collect();
    if !request
        .get(1)
        .is_some_and(|target| is_of_the_browser(target))
    {
        record.lock().unwrap().push(request.join(" "));
    }
    // Whether the browser hears it is its own concern.
    let _ = stream
        .write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .await;
}

/// A target is a URL, or for a tunnel a host and a port.
fn is_of_the_browser(target: &str) -> bool {
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    let host = rest.split(['/', ':', '?']).next().unwrap();
    OF_THE_BROWSER.iter().any(|own| {
        host.strip_suffix(own)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}
