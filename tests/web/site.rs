//! Pages of a test's own, to see what a browser makes of them.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// Serves one page at every path until the test ends.
pub struct Site {
    origin: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    /// One with this body, on a free port.
    pub async fn of(body: &str) -> Self {
        Self::with_headers("", body).await
    }

    /// The same with more headers, each with its end of line.
    pub async fn with_headers(headers: &str, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        // Without an icon of its own a page is asked for one.
        let page = format!(
            "<!doctype html><html lang=en><title>A page</title><link rel=icon href='data:,'>\
             <body><main>{body}</main></body></html>"
        );
        let answer: Arc<str> = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\nconnection: close\r\n\
             content-length: {}\r\n{headers}\r\n{page}",
            page.len()
        )
        .into();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&answer), Arc::clone(&record)));
            }
        });
        Self { origin, asked }
    }

    /// `http://address`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The heads of the requests so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, answer: Arc<str>, record: Arc<Mutex<Vec<String>>>) {
    let mut request = Vec::new();
    while !request.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        match stream.read_buf(&mut request).await {
            Ok(1..) => {}
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&request).into_owned();
    record.lock().unwrap().push(head);
    // Whether the browser waits for it is its own concern.
    let _ = stream.write_all(answer.as_bytes()).await;
}
