//! A model server that says exactly the bytes that a test wants, when it wants.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Listens on a free port until the test ends, and remembers what it was asked.
pub struct ModelServer {
    base_url: String,
    asked: Arc<Mutex<Vec<Value>>>,
    silent: watch::Sender<bool>,
}

impl ModelServer {
    /// Passes each connection to `answer` after reading its request. Requests for the list of models, by which the service
    /// checks that the server is reachable, are answered here.
    pub async fn start<F>(answer: impl Fn(Connection) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let remembered = Arc::clone(&asked);
        let (silent, silence) = watch::channel(false);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let mut connection = Connection(stream, Value::Null);
                let mut silence = silence.clone();
                let spoken = async move {
                    // It ends with the server, too.
                    let _ = silence.wait_for(|silent| !silent).await;
                };
                let Some(request) = connection.request().await else {
                    tokio::spawn(async move {
                        spoken.await;
                        let list = json!({ "data": [] });
                        connection.respond("200 OK", &list).await;
                    });
                    continue;
                };
                connection.1 = request.clone();
                remembered.lock().unwrap().push(request);
                let answering = answer(connection);
                tokio::spawn(async move {
                    spoken.await;
                    answering.await;
                });
            }
        });
        Self {
            base_url,
            asked,
            silent,
        }
    }

    /// Says nothing more to anybody, until it is to speak again.
    pub fn fall_silent(&self) {
        self.silent.send_replace(true);
    }

    /// Answers again, also those who waited.
    pub fn speak(&self) {
        self.silent.send_replace(false);
    }

    /// Where its API begins.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The bodies of the requests so far.
    pub fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap().clone()
    }
}

/// One connection, its request read. Dropping it closes it.
pub struct Connection(TcpStream, Value);

impl Connection {
    /// The body of its request.
    pub const fn asked(&self) -> &Value {
        &self.1
    }

    /// The body of the request; none of one that only reads.
    async fn request(&mut self) -> Option<Value> {
        let mut request = Vec::new();
        loop {
            assert!(
                self.0.read_buf(&mut request).await.unwrap() > 0,
                "the request ends early"
            );
            let Some(end) = request.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
                continue;
            };
            let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
            if head.starts_with("get ") {
                return None;
            }
            let mut lines = head.lines();
            let length = lines
                .find_map(|line| line.strip_prefix("content-length: "))
                .unwrap();
            let body = &request[end + 4..];
            if body.len() >= length.parse().unwrap() {
                return Some(serde_json::from_slice(body).unwrap());
            }
        }
    }

    /// Begins an event stream in HTTP chunks.
    pub async fn begin(&mut self) {
        self.send(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\
             transfer-encoding: chunked\r\n\r\n",
        )
        .await;
    }

    /// One HTTP chunk.
    pub async fn chunk(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        let size = format!("{:x}\r\n", bytes.len());
        self.send([size.as_bytes(), bytes, b"\r\n"].concat()).await;
    }

    /// A piece of the answer.
    pub async fn say(&mut self, text: &str) {
        let delta = json!({ "choices": [{ "index": 0, "delta": { "content": text } }] });
        self.chunk(format!("data: {delta}\n\n")).await;
    }

    /// The end of a whole answer: why it ended, what it cost, and that nothing follows.
    pub async fn finish(&mut self) {
        let finish = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
        let usage = json!({
            "choices": [],
            "usage": { "prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8 },
        });
        self.chunk(format!(
            "data: {finish}\n\ndata: {usage}\n\ndata: [DONE]\n\n"
        ))
        .await;
        self.send("0\r\n\r\n").await;
    }

    /// A whole response that is no event stream.
    pub async fn respond(&mut self, status: &str, body: &Value) {
        let body = body.to_string();
        let length = body.len();
        self.send(format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n\
             content-length: {length}\r\n\r\n{body}"
        ))
        .await;
    }

    /// A whole response with these headers, byte for byte.
    pub async fn respond_raw(&mut self, status: u64, headers: &[(&str, &str)], body: &str) {
        let mut head = format!("HTTP/1.1 {status} Status\r\nconnection: close\r\n");
        for (name, value) in headers {
            head = format!("{head}{name}: {value}\r\n");
        }
        let length = body.len();
        self.send(format!("{head}content-length: {length}\r\n\r\n{body}"))
            .await;
    }

    /// Any bytes. A client that has gone away is no failure: some tests want it to.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.0.write_all(bytes.as_ref()).await;
    }

    /// Waits until the client closes the connection.
    pub async fn closed(&mut self) {
        let mut bytes = [0; 64];
        while matches!(self.0.read(&mut bytes).await, Ok(read) if read > 0) {}
    }
}
