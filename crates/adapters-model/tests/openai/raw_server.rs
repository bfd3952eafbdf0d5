//! A server that says exactly the bytes that a test wants, when it wants, for what no proper HTTP server does.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// Listens on a free port until the test ends.
pub struct RawServer {
    /// Where its API begins.
    pub base_url: String,
    connections: Arc<AtomicUsize>,
}

impl RawServer {
    /// Hands each connection to `answer`, with its number from 0, once its request has been read.
    pub async fn start<F>(answer: impl Fn(usize, Connection) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let number = counted.fetch_add(1, Ordering::SeqCst);
                let mut connection = Connection(stream);
                connection.read_request().await;
                tokio::spawn(answer(number, connection));
            }
        });
        Self {
            base_url,
            connections,
        }
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// One connection, its request read. Dropping it closes it.
pub struct Connection(TcpStream);

impl Connection {
    async fn read_request(&mut self) {
        let mut request = Vec::new();
        loop {
            let mut bytes = [0; 4096];
            let read = self.0.read(&mut bytes).await.unwrap();
            assert!(read > 0, "the request ended before its end");
            request.extend_from_slice(&bytes[..read]);
            let text = String::from_utf8_lossy(&request);
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let head = head.to_ascii_lowercase();
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "))
                    .unwrap_or("0");
                if body.len() >= length.parse().unwrap() {
                    return;
                }
            }
        }
    }

    /// Begins an event stream in HTTP chunks.
    pub async fn begin(&mut self) {
        self.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n").await;
    }

    /// One HTTP chunk, which reaches the client as a piece of its own.
    pub async fn chunk(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        self.send(chunk).await;
    }

    /// Ends the body as HTTP wants it.
    pub async fn end(&mut self) {
        self.send("0\r\n\r\n").await;
    }

    /// Any bytes. A client that has gone away is no failure: many tests want it to.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.0.write_all(bytes.as_ref()).await;
    }

    /// Any bytes; tells whether the client was still there.
    pub async fn sent(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.write_all(bytes.as_ref()).await.is_ok()
    }

    /// Waits until the client closes the connection.
    pub async fn closed(&mut self) {
        let mut bytes = [0; 64];
        while matches!(self.0.read(&mut bytes).await, Ok(read) if read > 0) {}
    }
}
